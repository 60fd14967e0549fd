"""What is said in a recording: segments and words, with their times."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was said.

    Attributes:
        text: The word, as written, with its punctuation.
        start: Where it begins, in seconds.
        end: Where it ends.
        confidence: How sure the recogniser is, 0 to 1; `None` where nobody recognised anything.
        speaker: Who says it, counted from 0; `None` where nobody told.
    """

    text: str
    start: float
    end: float
    confidence: float | None = None
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, or what was said in one breath.

    Attributes:
        text: What was said.
        start: Where it begins, in seconds.
        end: Where it ends.
        words: Its words.
        channel: The channel of the recording, counted from 0; `None` where nobody told.
    """

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    channel: int | None = None

    @property
    def speakers(self) -> list[int]:
        """Who speaks in it."""
        return sorted({word.speaker for word in self.words if word.speaker is not None})


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole recording.

    Attributes:
        segments: Its segments, in the order of their beginnings.
        duration: The recording's length in seconds; `None` where its header does not tell.
    """

    segments: tuple[Segment, ...]
    duration: float | None = None

    @property
    def text(self) -> str:
        """All that is said."""
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
