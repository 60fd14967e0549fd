"""Conversion between turns and pieces, from which subtitles are created."""

from collections.abc import Iterator, Mapping, Sequence

from langchain_telnyx.transcription.segments import Piece, Voice
from langchain_telnyx.transcription.segments import Word as PlacedWord
from langchain_telnyx.transcripts.rendering import label
from langchain_telnyx.transcripts.spans import Span, Timed, placed, usable
from langchain_telnyx.transcripts.turns import Turn, Word


def turn_of(piece: Piece, language: str | None = None) -> Turn:
    """Convert a piece of a recording to a turn.

    Args:
        piece: The piece.
        language: Its language.
    """
    speakers = [speaker for _, speaker in piece.voices if speaker is not None]
    words = [
        Word(
            text=word.text,
            start=word.start,
            end=word.end,
            confidence=word.confidence,
            estimated=word.estimated,
        )
        for word in piece.words
    ]
    channel = piece.voices[0][0] if piece.voices and piece.channel is None else piece.channel
    return Turn(
        text=piece.text.strip(),
        start=piece.start,
        end=piece.end,
        speaker=speakers[0] if len(speakers) == 1 else None,
        speakers=speakers if len(speakers) > 1 else [],
        channel=channel,
        confidence=piece.confidence,
        language=language,
        words=words or None,
    )


def pieces_of(
    turns: Sequence[Turn], names: Mapping[str, str], duration: float | None = None
) -> list[Piece]:
    """Convert turns to pieces with times, estimated for turns and words without times.

    Args:
        turns: The turns.
        names: Names from `names_of`.
        duration: The length of the recording, in seconds.

    Raises:
        ValueError: No turn has a time.
    """
    shown = [turn for turn in turns if turn.text.strip()]
    times = [_times(turn) for turn in shown]
    if shown and all(start is None and end is None for start, end in times):
        raise ValueError("No turn has a time, so there are no subtitles: use `text` instead.")
    if len({turn.source for turn in shown}) > 1:
        raise ValueError("The turns are of several recordings: create subtitles for each.")
    timed = [Timed(*pair, len(turn.text)) for pair, turn in zip(times, shown, strict=True)]
    found: list[Piece] = []
    for turn, span in zip(shown, placed(timed, 0.0, duration), strict=True):
        speaker = turn.speaker
        if speaker is None and (turn.role is not None or turn.speakers):
            speaker = label(turn, names)
        voice = (turn.channel, speaker)
        voices = () if voice == (None, None) else (voice,)
        words = tuple(_words(turn, span, voice))
        found.append(Piece(turn.text, span.start, span.end, words, voices, turn.channel))
    return found


def _times(turn: Turn) -> tuple[float | None, float | None]:
    start, end = usable(turn.start, turn.end)
    spans = [usable(word.start, word.end) for word in turn.words or ()]
    moments = [moment for span in spans for moment in span if moment is not None]
    if moments:
        start = min(moments) if start is None else start
        end = max(moments) if end is None else end
    return usable(start, end)


def _words(turn: Turn, span: Span, voice: Voice) -> Iterator[PlacedWord]:
    listed = turn.words or ()
    timed = [Timed(word.start, word.end, len(word.text)) for word in listed]
    for word, at in zip(listed, placed(timed, span.start, span.end), strict=True):
        yield PlacedWord(word.text, at.start, at.end, word.confidence, voice, at.estimated)
