"""Transcripts that somebody wrote: plain text or segments, made into a transcript with times.

Where the writer gave no times, the words are spread over the recording by their length: an
estimate, and the same on every run. What is said is never estimated.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from langchain_telnyx.emulator.areas.audio.transcript import Segment, Transcript, Word
from langchain_telnyx.emulator.model import units

_MARK = re.compile(r"\s*speaker (\d{1,3})\s*:\s*", re.IGNORECASE)
_LETTERS_A_SECOND = 15.0
"""How fast people speak, for a recording whose length is not known."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    speaker: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("`start` and `end` are given together, or not at all")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("`end` must not be before `start`")
        return self


class WrittenWord(_Written):
    """A word with its times in seconds."""

    word: str = Field(min_length=1)
    confidence: float | None = Field(default=None, ge=0, le=1)


class WrittenSegment(_Written):
    """What was said in one go; times in seconds, speaker and channel counted from 0."""

    text: str
    channel: int | None = Field(default=None, ge=0)
    words: tuple[WrittenWord, ...] = ()


_SEGMENTS = TypeAdapter(list[WrittenSegment])


def read(said: str | Iterable[Mapping[str, Any]]) -> list[WrittenSegment]:
    """Read what somebody wrote.

    Args:
        said: Text, in which a line may begin with `Speaker 0:`, or segments.

    Raises:
        ValueError: A segment has unknown fields or impossible times.
    """
    return _from_text(said) if isinstance(said, str) else _SEGMENTS.validate_python(list(said))


def stored(segments: Sequence[WrittenSegment]) -> str:
    """Return segments as JSON."""
    return _SEGMENTS.dump_json(list(segments), exclude_defaults=True).decode()


def restored(text: str) -> list[WrittenSegment]:
    """Return the segments in JSON of `stored`."""
    return _SEGMENTS.validate_json(text)


def transcript(segments: Sequence[WrittenSegment], duration: float | None) -> Transcript:
    """Return a transcript of a recording.

    Args:
        segments: What was said.
        duration: The recording's length in seconds, if known.
    """
    told = all(segment.start is not None for segment in segments)
    spans = _spread([segment.text for segment in segments], 0.0, duration)
    made = [
        _segment(segment, (segment.start or 0.0, segment.end or 0.0) if told else span)
        for segment, span in zip(segments, spans, strict=True)
    ]
    return Transcript(tuple(sorted(made, key=lambda segment: segment.start)), duration)


def _from_text(text: str) -> list[WrittenSegment]:
    segments: list[WrittenSegment] = []
    speaker: int | None = None
    for line in text.splitlines():
        if mark := _MARK.match(line):
            speaker = int(mark[1])
        said = " ".join(line[mark.end() if mark else 0 :].split())
        segments += [
            WrittenSegment(text=sentence, speaker=speaker) for sentence in units.sentences(said)
        ]
    return segments


def _segment(written: WrittenSegment, span: tuple[float, float]) -> Segment:
    pieces = [word.word for word in written.words] or written.text.split()
    spans = _spread(pieces, *span)
    if written.words and all(word.start is not None for word in written.words):
        spans = [(word.start or 0.0, word.end or 0.0) for word in written.words]
    details = written.words or (None,) * len(pieces)
    words = tuple(
        Word(
            piece,
            *times,
            confidence=detail.confidence if detail else None,
            speaker=detail.speaker if detail and detail.speaker is not None else written.speaker,
        )
        for piece, times, detail in zip(pieces, spans, details, strict=True)
    )
    return Segment(written.text, *span, words, written.channel)


def _spread(pieces: Sequence[str], start: float, end: float | None) -> list[tuple[float, float]]:
    """Give each piece a share of the time by its length."""
    lengths = [len(piece) + 1 for piece in pieces]
    total = sum(lengths)
    end = start + total / _LETTERS_A_SECOND if end is None else end
    spans: list[tuple[float, float]] = []
    before = 0
    for length in lengths:
        begin = start + (end - start) * before / total
        before += length
        spans.append((round(begin, 3), round(start + (end - start) * before / total, 3)))
    return spans
