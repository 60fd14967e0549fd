"""Recordings: a transcription as turns, and what of it could not be read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.decode import read, reasons, unwrap
from langchain_telnyx.transcription import segments as segmentation
from langchain_telnyx.transcription.segments import Piece
from langchain_telnyx.transcripts._pieces import turn_of
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
            answer = read(Transcription, unwrap(dict(answer)))
        except ValidationError as error:
            raise ValueError(f"The transcription cannot be read: {reasons(error)}.") from error
    pieces = segmentation.turns(answer) or segmentation.segments(answer)
    turns = [turn_of(piece, answer.language) for piece in pieces if piece.text.strip()]
    if not segmentation.has_times(answer):
        turns = [_without_times(turn) for turn in turns]
    if not turns and answer.text.strip():
        turns = [Turn(text=answer.text.strip(), language=answer.language)]
    return Transcript(
        turns=turns,
        language=answer.language,
        duration=answer.duration,
        defects=[
            *(f"`{place}` of the answer could not be read." for place in unreadable(answer)),
            *(_estimated(pieces) if segmentation.has_times(answer) else ()),
        ],
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
    return sorted(
        f"{place}{name}"
        for place, part in parts
        for name, value in part.unreadable_fields.items()
        if value is not None or name.rpartition(".")[2].isdecimal()
    )


def _without_times(turn: Turn) -> Turn:
    words = [Word(text=word.text, confidence=word.confidence) for word in turn.words or ()]
    return turn.model_copy(update={"start": None, "end": None, "words": words or None})


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
