"""Subtitles: a transcription as SubRip (srt) or WebVTT (vtt) files.

WebVTT is https://www.w3.org/TR/webvtt1/. SubRip has no standard; this is the form that players
support. A cue has at most two lines of 42 columns or 16 full-width characters, and lasts at most
seven seconds if words have times, as in common subtitling guidelines. If a model returns no words,
times within a segment are estimated from the width of its text.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from langchain_telnyx.transcription.segments import Piece, Voice, Word, placed, spoken
from langchain_telnyx.transcripts.sentences import Part, split_sentences, with_marks
from langchain_telnyx.transcripts.speakers import voice_label
from langchain_telnyx.transcripts.times import in_order
from langchain_telnyx.transcripts.widths import atoms, display_width, fits, wrap

_MAX_LINES = 2
_MAX_SECONDS = 7.0
# A pause in seconds that ends a cue.
_PAUSE = 1.5
_MIN_MILLISECONDS = 1  # WebVTT requires the end after the start
# Control characters other than spaces, and unpaired surrogates, which cannot be encoded.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ARROW = re.compile(r"-{2,}>")


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle.

    Attributes:
        text: Its text, with line breaks.
        start: Its start in milliseconds.
        end: Its end in milliseconds.
        voice: Its speaker; `None` if unknown, or if there are several.
    """

    text: str
    start: int
    end: int
    voice: Voice | None


def default_name(voice: Voice) -> str:
    """Return the default name of a speaker."""
    return voice_label(*voice) or ""


def srt(
    pieces: Iterable[Piece],
    language: str | None = None,
    *,
    name: Callable[[Voice], str] = default_name,
) -> str:
    """Return a SubRip file; where several people speak, each is default_name as they begin.

    Args:
        pieces: The pieces of a transcription.
        language: Its language, if known.
        name: Returns the name of a speaker.
    """
    listed = cues(pieces, language)
    several = len({cue.voice for cue in listed}) > 1
    blocks: list[str] = []
    before: Voice | None = None
    for number, cue in enumerate(listed, 1):
        text = cue.text
        if several and cue.voice is not None and cue.voice != before:
            text = f"{_clean(name(cue.voice))}:\n{text}"
        before = cue.voice
        times = f"{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}"
        # Players parse an arrow as times, and there is no escape sequence.
        blocks.append(f"{number}\n{times}\n{_ARROW.sub('->', text)}\n")
    return "\n".join(blocks)


def vtt(
    pieces: Iterable[Piece],
    language: str | None = None,
    *,
    name: Callable[[Voice], str] = default_name,
) -> str:
    """Return a WebVTT file, with voice tags for speakers.

    Args:
        pieces: The pieces of a transcription.
        language: Its language, if known.
        name: Returns the name of a speaker.
    """
    blocks = ["WEBVTT\n"]
    for cue in cues(pieces, language):
        text = _escaped(cue.text)
        if cue.voice is not None:
            text = f"<v {_escaped(_clean(name(cue.voice)))}>{text}</v>"
        blocks.append(f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def cues(pieces: Iterable[Piece], language: str | None = None) -> list[Cue]:
    """Split pieces into cues, by start time. Cues of the same speaker do not overlap."""
    parts = [
        part
        for piece in pieces
        for voice, words in groupby(_words(piece), key=_voice)
        for part in _cut(list(words), piece, voice, language)
    ]
    last: dict[tuple[int | None, tuple[Voice, ...]], int] = {}
    found: list[Cue] = []
    for part in sorted(parts, key=lambda part: part.start):
        start = round(part.start * 1000)
        end = max(start + _MIN_MILLISECONDS, round(part.end * 1000))
        speaker = (part.channel, part.voices)
        if (place := last.get(speaker)) is not None:
            before = found[place]
            start = max(start, before.start + _MIN_MILLISECONDS)
            end = max(start + _MIN_MILLISECONDS, end)
            found[place] = replace(before, end=min(before.end, start))
        last[speaker] = len(found)
        text = "\n".join(_lines(part.words, language))
        found.append(Cue(text, start, end, part.voices[0] if len(part.voices) == 1 else None))
    return sorted(found, key=lambda cue: cue.start)


def _words(piece: Piece) -> list[Word]:
    """Return the words of a piece with valid times, estimated if necessary."""
    timed = [replace(word, text=text) for word in piece.words if (text := _clean(word.text, " "))]
    if not timed:
        return _estimated(_clean(piece.text), *_times(piece.start, piece.end))
    times = in_order([(word.start, word.end) for word in timed])
    return [
        replace(word, start=start, end=end) for word, (start, end) in zip(timed, times, strict=True)
    ]


def _times(start: float, end: float) -> tuple[float, float]:
    start = start if math.isfinite(start) and start > 0 else 0.0
    return start, max(start, end) if math.isfinite(end) else start


def _estimated(text: str, start: float, end: float) -> list[Word]:
    """Split a text at possible line breaks, with estimated times."""
    parts = atoms(text)
    widths = [max(1, display_width(part.strip())) for part in parts]
    total, before = sum(widths), 0
    found: list[Word] = []
    for part, width in zip(parts, widths, strict=True):
        begins, ends = (start + (end - start) * share / total for share in (before, before + width))
        found.append(Word(part, begins, ends, None, (None, None)))
        before += width
    return found


def _cut(
    words: Sequence[Word], piece: Piece, voice: Voice, language: str | None
) -> Iterator[Piece]:
    """Split the words of one voice into cues."""
    known = replace(spoken(words), channel=piece.channel)
    if not piece.words or (voice[1] is None and len(piece.voices) == 1):
        known = replace(known, voices=piece.voices)
    run: list[Word] = []
    ended = False
    for unit, ends in _units(words, language):
        if run and _ends_before(unit, run, language, ended=ended):
            yield _part(run, known)
            run = []
        run += unit
        ended = ends
    if run:
        yield _part(run, known)


def _part(run: Sequence[Word], known: Piece) -> Piece:
    return replace(known, start=run[0].start, end=max(word.end for word in run), words=tuple(run))


def _units(words: Sequence[Word], language: str | None) -> Iterator[tuple[list[Word], bool]]:
    """Yield words with their punctuation, and whether a sentence ends after them."""
    for sentence in split_sentences([word.text for word in words], language):
        groups = with_marks(sentence)
        for place, group in enumerate(groups):
            unit = [placed(words[part.index], part) for part in group]
            ends = place == len(groups) - 1
            if fits([word.text for word in unit], _MAX_LINES, language):
                yield unit, ends
                continue
            # Wider than a cue, for example a whole text as one word.
            finer = list(_finer(unit, language))
            for number, word in enumerate(finer, 1):
                yield [word], ends and number == len(finer)


def _finer(unit: Sequence[Word], language: str | None) -> Iterator[Word]:
    """Split words that are wider than a cue into lines, with estimated times."""
    for word in unit:
        at = 0
        for line in _lines([word], language):
            start = word.text.index(line, at)
            at = start + len(line)
            space = " " if word.text[start - 1 : start].isspace() else ""
            part = Part(0, space + line, start / len(word.text), at / len(word.text))
            yield placed(word, part)


def _ends_before(
    unit: Sequence[Word], run: Sequence[Word], language: str | None, *, ended: bool
) -> bool:
    texts = [word.text for word in (*run, *unit)]
    return (
        unit[-1].end - run[0].start > _MAX_SECONDS
        or unit[0].start - run[-1].end > _PAUSE
        or (ended and not fits([word.text for word in run], 1, language))
        or not fits(texts, _MAX_LINES, language)
    )


def _lines(words: Sequence[Word], language: str | None) -> list[str]:
    return wrap([word.text for word in words], language=language)


def _voice(word: Word) -> Voice:
    return word.voice


def _clean(text: str, before: str = "") -> str:
    """Return a text on one line, without invalid characters; keep a leading space as `before`."""
    line = " ".join(_SURROGATE.sub("\ufffd", _CONTROL.sub("", text)).split())
    return f"{before}{line}" if line and text[:1].isspace() else line


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest:03}"
