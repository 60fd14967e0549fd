"""Recordings: a transcription as turns, and turns as the pieces of which subtitles are made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from langchain_telnyx._audio import said
from langchain_telnyx._audio.said import Piece
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.decode import read, reasons, unwrapped
from langchain_telnyx.transcripts.times import Span, Timed, placed, usable
from langchain_telnyx.transcripts.transcript import Transcript
from langchain_telnyx.transcripts.turns import Turn, Word


def of_transcription(answer: Transcription | Mapping[str, Any]) -> Transcript:
    """Return what a recording says.

    Args:
        answer: A transcription, or its JSON object.

    Raises:
        ValueError: It is not a transcription.
    """
    if not isinstance(answer, Transcription):
        try:
            answer = read(Transcription, unwrapped(dict(answer)))
        except ValidationError as error:
            raise ValueError(f"The transcription cannot be read: {reasons(error)}.") from error
    pieces = said.turns(answer) or said.segments(answer)
    turns = [turn_of(piece, answer.language) for piece in pieces if piece.text.strip()]
    if not said.has_times(answer):
        turns = [_without_times(turn) for turn in turns]
    if not turns and answer.text.strip():
        turns = [Turn(text=answer.text.strip(), language=answer.language)]
    return Transcript(
        turns=turns,
        language=answer.language,
        duration=answer.duration,
        defects=[*unreadable(answer), *(_estimated(pieces) if said.has_times(answer) else ())],
    )


def unreadable(answer: Transcription) -> list[str]:
    """Return which parts of an answer could not be read, by their place in it.

    Args:
        answer: The answer.
    """
    parts: list[tuple[str, Any]] = [("", answer)]
    parts += [(f"words.{at}.", word) for at, word in enumerate(answer.words or ())]
    for at, segment in enumerate(answer.segments or ()):
        parts.append((f"segments.{at}.", segment))
        parts += [(f"segments.{at}.words.{n}.", word) for n, word in enumerate(segment.words or ())]
    return [
        f"`{place}{name}` of the answer could not be read."
        for place, part in parts
        for name, value in part.unreadable_fields.items()
        if value is not None or name.rpartition(".")[2].isdecimal()
    ]


def turn_of(piece: Piece, language: str | None = None) -> Turn:
    """Return a piece of a recording as a turn.

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
    """Return turns as pieces with times; turns and words without times are placed.

    Args:
        turns: The turns.
        names: Names as `names_of` returns them.
        duration: The length of the recording, in seconds.

    Raises:
        ValueError: No turn has a time.
    """
    from langchain_telnyx.transcripts.rendering import label  # noqa: PLC0415 - it needs captions

    shown = [turn for turn in turns if turn.text.strip()]
    times = [_times(turn) for turn in shown]
    if shown and all(start is None and end is None for start, end in times):
        raise ValueError("No turn has a time, so there are no subtitles: use `text` instead.")
    if len({turn.source for turn in shown}) > 1:
        raise ValueError("The turns are of several recordings: make subtitles of each.")
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


def _without_times(turn: Turn) -> Turn:
    words = [Word(text=word.text, confidence=word.confidence) for word in turn.words or ()]
    return turn.model_copy(update={"start": None, "end": None, "words": words or None})


def _times(turn: Turn) -> tuple[float | None, float | None]:
    start, end = usable(turn.start, turn.end)
    spans = [usable(word.start, word.end) for word in turn.words or ()]
    moments = [moment for span in spans for moment in span if moment is not None]
    if moments:
        start = min(moments) if start is None else start
        end = max(moments) if end is None else end
    return usable(start, end)


def _words(turn: Turn, span: Span, voice: said.Voice) -> Iterator[said.Word]:
    listed = turn.words or ()
    timed = [Timed(word.start, word.end, len(word.text)) for word in listed]
    for word, at in zip(listed, placed(timed, span.start, span.end), strict=True):
        yield said.Word(word.text, at.start, at.end, word.confidence, voice, at.estimated)


def _estimated(pieces: Sequence[Piece]) -> Iterator[str]:
    for position, piece in enumerate(pieces):
        odd = [word for word in piece.words if word.estimated]
        if odd and len(odd) == len(piece.words):
            yield f"Turn {position} has no usable times of words: they are estimated."
        elif odd:
            shown = ", ".join(repr(word.text) for word in odd)
            yield f"Turn {position} has words without usable times, which are estimated: {shown}."
        elif piece.estimated:
            yield f"Turn {position} has no usable times: they are estimated."
