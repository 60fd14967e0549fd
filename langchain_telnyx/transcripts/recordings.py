"""Conversion of a transcription to turns, with its unreadable parts."""

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


def of_transcription(transcription: Transcription | Mapping[str, Any]) -> Transcript:
    """Convert a transcription to a transcript.

    Args:
        transcription: A transcription, or its JSON object.

    Raises:
        ValueError: It is not a transcription.
    """
    if not isinstance(transcription, Transcription):
        try:
            transcription = read(Transcription, unwrap(dict(transcription)))
        except ValidationError as error:
            raise ValueError(f"The transcription cannot be read: {reasons(error)}.") from error
    pieces = segmentation.turns(transcription) or segmentation.segments(transcription)
    turns = [turn_of(piece, transcription.language) for piece in pieces if piece.text.strip()]
    if not segmentation.has_times(transcription):
        turns = [_without_times(turn) for turn in turns]
    if not turns and transcription.text.strip():
        turns = [Turn(text=transcription.text.strip(), language=transcription.language)]
    return Transcript(
        turns=turns,
        language=transcription.language,
        duration=transcription.duration,
        defects=[
            *(
                f"`{place}` of the response could not be parsed."
                for place in unreadable(transcription)
            ),
            *(_estimated(pieces) if segmentation.has_times(transcription) else ()),
        ],
    )


def unreadable(transcription: Transcription) -> list[str]:
    """Return the paths of the parts of a transcription that could not be parsed.

    Args:
        transcription: The transcription.
    """
    parts: list[tuple[str, Any]] = [("", transcription)]
    parts += [(f"words.{at}.", word) for at, word in enumerate(transcription.words or ())]
    for at, segment in enumerate(transcription.segments or ()):
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
        estimated = [word for word in piece.words if word.estimated]
        if estimated and len(estimated) == len(piece.words):
            yield f"Turn {position} has no usable times of words: they are estimated."
        elif estimated:
            shown = ", ".join(repr(word.text) for word in estimated)
            yield f"Turn {position} has words without usable times, which are estimated: {shown}."
        elif piece.estimated:
            yield f"Turn {position} has no usable times: they are estimated."
