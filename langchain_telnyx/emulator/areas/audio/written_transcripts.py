"""Written transcripts, as plain text or segments, converted into transcripts with times.

Missing times are estimated: the words are spread over the recording by their length, the same on
every run. The text is never estimated.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from langchain_telnyx.emulator.areas.audio.transcript import Segment, Transcript, Word
from langchain_telnyx.emulator.model import units

_MARK = re.compile(r"\s*speaker (\d{1,3})\s*:\s*", re.IGNORECASE)
_LETTERS_A_SECOND = 15.0
"""The assumed speed of speech, for a recording of unknown duration."""


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
    """A written segment; times in seconds, speaker and channel counted from 0."""

    text: str
    channel: int | None = Field(default=None, ge=0)
    words: tuple[WrittenWord, ...] = ()


_SEGMENTS = TypeAdapter(list[WrittenSegment])


def read(transcript: str | Iterable[Mapping[str, Any]]) -> list[WrittenSegment]:
    """Parse a written transcript.

    Args:
        transcript: Text, in which a line may begin with `Speaker 0:`, or segments.

    Raises:
        ValueError: A segment has unknown fields or impossible times.
    """
    return (
        _from_text(transcript)
        if isinstance(transcript, str)
        else _SEGMENTS.validate_python(list(transcript))
    )


def to_json(segments: Sequence[WrittenSegment]) -> str:
    """Serialize segments as JSON."""
    return _SEGMENTS.dump_json(list(segments), exclude_defaults=True).decode()


def from_json(text: str) -> list[WrittenSegment]:
    """Parse segments from the JSON of `to_json`."""
    return _SEGMENTS.validate_json(text)


def transcript(segments: Sequence[WrittenSegment], duration: float | None) -> Transcript:
    """Return the transcript of a recording.

    Args:
        segments: The written segments.
        duration: The recording's duration in seconds, if known.
    """
    timed = all(segment.start is not None for segment in segments)
    spans = _spread([segment.text for segment in segments], 0.0, duration)
    spoken = [
        _segment(segment, (segment.start or 0.0, segment.end or 0.0) if timed else span)
        for segment, span in zip(segments, spans, strict=True)
    ]
    return Transcript(tuple(sorted(spoken, key=lambda segment: segment.start)), duration)


def _from_text(text: str) -> list[WrittenSegment]:
    segments: list[WrittenSegment] = []
    speaker: int | None = None
    for line in text.splitlines():
        if mark := _MARK.match(line):
            speaker = int(mark[1])
        spoken = " ".join(line[mark.end() if mark else 0 :].split())
        segments += [
            WrittenSegment(text=sentence, speaker=speaker) for sentence in units.sentences(spoken)
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
    """Divide a time span between pieces of text, by their length."""
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
