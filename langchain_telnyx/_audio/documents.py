"""From a transcription to documents, one mode at a time, with what is known in their metadata."""

from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx._audio import captions, said
from langchain_telnyx._audio.asking import Wanted, missing
from langchain_telnyx._audio.said import Piece, Voice, Word
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.transcripts.joining import respaced


def documents(told: Transcription, wanted: Wanted, metadata: Mapping[str, Any]) -> list[Document]:
    """Return what a recording says as documents.

    Args:
        told: What the service told.
        wanted: What is wanted of it.
        metadata: What is known of the recording.

    Raises:
        TelnyxError: The answer does not hold what the mode needs.
    """
    common = {
        **metadata,
        **_known(
            duration=told.duration, language=told.language or wanted.language, model=wanted.model
        ),
    }
    match wanted.mode:
        case "text":
            pieces = said.segments(told)
            about = _voices(voice for piece in pieces for voice in piece.voices)
            about |= _known(confidence=said.mean(said.words(told)))
            text = respaced(told.text, [word.text for word in said.words(told)])
            return [Document(text, metadata={**common, **about})]
        case "srt" | "vtt":
            pieces = _needed(said.segments(told), told, wanted)
            about = _voices(voice for piece in pieces for voice in piece.voices)
            write = captions.srt if wanted.mode == "srt" else captions.vtt
            text = write(pieces, told.language or wanted.language)
            return [Document(text, metadata={**common, **about})]
        case "words":
            words = _needed(said.words(told), told, wanted)
            return [
                Document(word.text, metadata={**common, "position": position, **_word(word)})
                for position, word in enumerate(words)
            ]
        case "speakers":
            return [
                Document(turn.text, metadata={**common, "position": position, **_turn(turn)})
                for position, turn in enumerate(_needed(said.turns(told), told, wanted))
            ]
        case _:
            sentences = wanted.mode == "sentences"
            cut = said.sentences(told, wanted.language) if sentences else said.segments(told)
            return [
                Document(piece.text, metadata={**common, "position": position, **_piece(piece)})
                for position, piece in enumerate(_needed(cut, told, wanted))
            ]


def _needed(found: list[Any], told: Transcription, wanted: Wanted) -> list[Any]:
    """Return what was found; nothing is right only where nothing was said."""
    if not found and told.text.strip():
        raise TelnyxError(missing(wanted.mode, wanted.model))
    return found


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "start": piece.start,
        "end": piece.end,
        **_known(channel=piece.channel, confidence=piece.confidence),
        **_voices(piece.voices),
    }


def _turn(turn: Piece) -> dict[str, Any]:
    alone = turn.voices[0][1] if len(turn.voices) == 1 else None
    return {**_piece(turn), **_known(speaker=alone)}


def _word(word: Word) -> dict[str, Any]:
    channel, speaker = word.voice
    return {
        "start": word.start,
        "end": word.end,
        **_known(channel=channel, confidence=word.confidence, speaker=speaker),
    }


def _voices(voices: Iterable[Voice]) -> dict[str, Any]:
    who = sorted({speaker for _, speaker in voices if speaker is not None})
    return {"speakers": who} if who else {}


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
