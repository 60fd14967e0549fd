"""Subtitles: a transcription as SubRip (srt) or WebVTT (vtt) files.

WebVTT is https://www.w3.org/TR/webvtt1/. SubRip has no standard; this is the form that players
agree on. A cue is two lines at most, of 42 columns or of 16 full-width signs, and seven seconds
where words have times, as subtitlers have it. Where a model gives no words, the time of a segment
is shared out by the width of its text, so the times inside it are estimates.
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

_LINES = 2
_LONGEST = 7.0
# A pause, in seconds, that a cue does not reach across.
_PAUSE = 1.5
_SHORTEST = 1  # a millisecond: WebVTT wants an end after the beginning
# Control characters, without those that are spaces; half of a surrogate pair cannot be written.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_HALF = re.compile(r"[\ud800-\udfff]")
_ARROW = re.compile(r"-{2,}>")


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen at a time.

    Attributes:
        text: Its lines.
        start: When it appears, in milliseconds.
        end: When it disappears.
        voice: Who speaks; `None` where that is not known, or several do.
    """

    text: str
    start: int
    end: int
    voice: Voice | None


def named(voice: Voice) -> str:
    """Return what a speaker is called."""
    return voice_label(*voice) or ""


def srt(
    pieces: Iterable[Piece],
    language: str | None = None,
    *,
    name: Callable[[Voice], str] = named,
) -> str:
    """Return a SubRip file; where several people speak, each is named as they begin.

    Args:
        pieces: The pieces of a transcription.
        language: Its language, where it is known.
        name: What a speaker is called.
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
        # The arrow would be taken for times, and cannot be escaped.
        blocks.append(f"{number}\n{times}\n{_ARROW.sub('->', text)}\n")
    return "\n".join(blocks)


def vtt(
    pieces: Iterable[Piece],
    language: str | None = None,
    *,
    name: Callable[[Voice], str] = named,
) -> str:
    """Return a WebVTT file; speakers are voice tags.

    Args:
        pieces: The pieces of a transcription.
        language: Its language, where it is known.
        name: What a speaker is called.
    """
    blocks = ["WEBVTT\n"]
    for cue in cues(pieces, language):
        text = _escaped(cue.text)
        if cue.voice is not None:
            text = f"<v {_escaped(_clean(name(cue.voice)))}>{text}</v>"
        blocks.append(f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def cues(pieces: Iterable[Piece], language: str | None = None) -> list[Cue]:
    """Cut pieces into cues, by their beginnings; none of a speaker overlaps another."""
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
        end = max(start + _SHORTEST, round(part.end * 1000))
        speaker = (part.channel, part.voices)
        if (place := last.get(speaker)) is not None:
            before = found[place]
            start = max(start, before.start + _SHORTEST)
            end = max(start + _SHORTEST, end)
            found[place] = replace(before, end=min(before.end, start))
        last[speaker] = len(found)
        text = "\n".join(_lines(part.words, language))
        found.append(Cue(text, start, end, part.voices[0] if len(part.voices) == 1 else None))
    return sorted(found, key=lambda cue: cue.start)


def _words(piece: Piece) -> list[Word]:
    """Return the words of a piece, with times that can be; estimated where there are none."""
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
    """Return the parts of a text between which it may be cut, with shares of its time."""
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
    """Cut the words of one voice into what a cue holds."""
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
    """Yield words with their marks, and whether a sentence ends there."""
    for sentence in split_sentences([word.text for word in words], language):
        groups = with_marks(sentence)
        for place, group in enumerate(groups):
            unit = [placed(words[part.index], part) for part in group]
            ends = place == len(groups) - 1
            if fits([word.text for word in unit], _LINES, language):
                yield unit, ends
                continue
            # Wider than a cue, such as a whole text that a model takes for one word.
            finer = list(_finer(unit, language))
            for number, word in enumerate(finer, 1):
                yield [word], ends and number == len(finer)


def _finer(unit: Sequence[Word], language: str | None) -> Iterator[Word]:
    """Cut words that are wider than a cue into lines, with shares of their time."""
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
        unit[-1].end - run[0].start > _LONGEST
        or unit[0].start - run[-1].end > _PAUSE
        or (ended and not fits([word.text for word in run], 1, language))
        or not fits(texts, _LINES, language)
    )


def _lines(words: Sequence[Word], language: str | None) -> list[str]:
    return wrap([word.text for word in words], language=language)


def _voice(word: Word) -> Voice:
    return word.voice


def _clean(text: str, before: str = "") -> str:
    """Return a text in one line that a file can hold, with its first space if `before` is one."""
    line = " ".join(_HALF.sub("\ufffd", _CONTROL.sub("", text)).split())
    return f"{before}{line}" if line and text[:1].isspace() else line


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest:03}"
