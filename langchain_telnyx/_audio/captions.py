"""Subtitles: what was said as SubRip (srt) or WebVTT (vtt) files.

WebVTT is https://www.w3.org/TR/webvtt1/. SubRip has no standard; this is the form that players
agree on. A cue is two lines of 42 characters at most, and seven seconds where words have times,
as subtitlers have it. Where a model tells no words, a long segment is cut by the length of its
text, so the times inside it are estimates.
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from langchain_telnyx._audio.said import Piece, Voice, Word, joined, spoken
from langchain_telnyx.transcripts.speakers import voice_label

_LINE = 42
_LINES = 2
_LONGEST = 7.0
# A pause, in seconds, that a cue does not reach across.
_PAUSE = 1.5
_CLAUSE_ENDS = (".", "!", "?", "\u2026", "\u3002")
_SHORTEST = 1  # a millisecond: WebVTT wants an end after the beginning


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


def srt(pieces: Iterable[Piece], names: Mapping[str, str] | None = None) -> str:
    """Return a SubRip file; where several people speak, each is named as they begin.

    Args:
        pieces: What is said.
        names: Names of speakers, as `transcripts.speakers.names_of` returns them.
    """
    listed = cues(pieces)
    several = len({cue.voice for cue in listed}) > 1
    blocks: list[str] = []
    before: Voice | None = None
    for number, cue in enumerate(listed, 1):
        text = cue.text
        if several and cue.voice is not None and cue.voice != before:
            text = f"{voice_label(*cue.voice, names)}:\n{text}"
        # The arrow would be taken for times, and cannot be escaped.
        text = text.replace("-->", "->")
        before = cue.voice
        times = f"{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}"
        blocks.append(f"{number}\n{times}\n{text}\n")
    return "\n".join(blocks)


def vtt(pieces: Iterable[Piece], names: Mapping[str, str] | None = None) -> str:
    """Return a WebVTT file; speakers are voice tags.

    Args:
        pieces: What is said.
        names: Names of speakers, as `transcripts.speakers.names_of` returns them.
    """
    blocks = ["WEBVTT\n"]
    for cue in cues(pieces):
        text = _escaped(cue.text)
        if cue.voice is not None:
            text = f"<v {_escaped(voice_label(*cue.voice, names) or '')}>{text}</v>"
        blocks.append(f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def cues(pieces: Iterable[Piece]) -> list[Cue]:
    """Cut what was said into cues, by their beginnings."""
    found = [
        _cue(part)
        for piece in pieces
        for part in (_by_words(piece.words) if piece.words else _by_length(piece))
        if part.text.strip()
    ]
    return sorted(found, key=lambda cue: (cue.start, cue.end))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cue(part: Piece) -> Cue:
    start = round(part.start * 1000)
    return Cue(
        "\n".join(_lines(part.text)),
        start,
        max(start + _SHORTEST, round(part.end * 1000)),
        part.voices[0] if len(part.voices) == 1 else None,
    )


def _lines(text: str) -> list[str]:
    """Break a text into lines, of about the same length where there are two."""
    text = " ".join(text.split())
    lines = textwrap.wrap(text, _LINE)
    if len(lines) == _LINES:
        for width in range(len(text) // _LINES, _LINE):
            if len(even := textwrap.wrap(text, width)) == _LINES:
                return even
    return lines


def _by_words(words: Sequence[Word]) -> Iterator[Piece]:
    run: list[Word] = []
    for word in words:
        if run and _ends_before(word, run):
            yield spoken(run)
            run = []
        run.append(word)
    if run:
        yield spoken(run)


def _ends_before(word: Word, run: Sequence[Word]) -> bool:
    text = joined(each.text for each in run)
    return (
        word.voice != run[0].voice
        or len(_lines(joined((text, word.text)))) > _LINES
        or word.end - run[0].start > _LONGEST
        or word.start - run[-1].end > _PAUSE
        or (len(text) > _LINE and text.endswith(_CLAUSE_ENDS))
    )


def _by_length(piece: Piece) -> Iterator[Piece]:
    """Cut a piece whose words have no times; each part gets a share of its time by its length."""
    lines = _lines(piece.text)
    parts = [" ".join(lines[at : at + _LINES]) for at in range(0, len(lines), _LINES)]
    total = sum(map(len, parts))
    before = 0
    for part in parts:
        start = piece.start + (piece.end - piece.start) * before / total
        before += len(part)
        end = piece.start + (piece.end - piece.start) * before / total
        yield Piece(part, start, end, voices=piece.voices, channel=piece.channel)


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest:03}"
