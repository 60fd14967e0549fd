"""Transcripts: segments and words with their times."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word.

    Attributes:
        text: The word with its punctuation.
        start: Its start, in seconds.
        end: Its end, in seconds.
        confidence: The recogniser's confidence, 0 to 1; `None` for a written transcript.
        speaker: The speaker's number, from 0; `None` if unknown.
    """

    text: str
    start: float
    end: float
    confidence: float | None = None
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, or speech without a pause.

    Attributes:
        text: Its text.
        start: Its start, in seconds.
        end: Its end, in seconds.
        words: Its words.
        channel: The channel of the recording, from 0; `None` if unknown.
    """

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    channel: int | None = None

    @property
    def speakers(self) -> list[int]:
        """The numbers of its speakers."""
        return sorted({word.speaker for word in self.words if word.speaker is not None})


@dataclass(frozen=True, slots=True)
class Transcript:
    """The transcript of a whole recording.

    Attributes:
        segments: Its segments, ordered by start.
        duration: The recording's duration in seconds; `None` if its header lacks it.
    """

    segments: tuple[Segment, ...]
    duration: float | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return " ".join(segment.text for segment in self.segments)

    @property
    def words(self) -> list[Word]:
        """Its words."""
        return [word for segment in self.segments for word in segment.words]

    def by_turn(self) -> "Transcript":
        """Return the transcript with one segment for each turn of a speaker."""
        turns = groupby(self.segments, lambda segment: (segment.speakers, segment.channel))
        return Transcript(tuple(_joined(list(turn)) for _, turn in turns), self.duration)


def _joined(segments: Sequence[Segment]) -> Segment:
    return Segment(
        " ".join(segment.text for segment in segments),
        segments[0].start,
        segments[-1].end,
        tuple(word for segment in segments for word in segment.words),
        segments[0].channel,
    )
