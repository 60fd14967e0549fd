"""Conversion of a transcription to documents, by mode."""

from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.transcription import captions
from langchain_telnyx.transcription import segments as segmentation
from langchain_telnyx.transcription.options import TranscriptionRequest, missing_detail_error
from langchain_telnyx.transcription.segments import Piece, Voice, Word
from langchain_telnyx.transcripts import Transcript
from langchain_telnyx.transcripts.joining import respaced
from langchain_telnyx.transcripts.lines import safe_name
from langchain_telnyx.transcripts.recordings import unreadable
from langchain_telnyx.transcripts.speakers import Speaker, given_name, voice_label


def documents(
    transcription: Transcription, request: TranscriptionRequest, metadata: Mapping[str, Any]
) -> list[Document]:
    """Return the documents of a transcription.

    Args:
        transcription: The transcription.
        request: The options of the transcription.
        metadata: The metadata of the recording.

    Raises:
        TelnyxError: The transcription does not have the details that the mode needs.
    """
    language = transcription.language or request.language
    common = {
        **metadata,
        **_without_none(
            duration=transcription.duration,
            language=language,
            model=request.model,
            unreadable=unreadable(transcription) or None,
        ),
    }
    names = request.names
    match request.mode:
        case "text" | "transcript":
            pieces = segmentation.segments(transcription)
            about = _voices((voice for piece in pieces for voice in piece.voices), names)
            about |= _without_none(confidence=segmentation.mean(segmentation.words(transcription)))
            text = respaced(
                transcription.text, [word.text for word in segmentation.words(transcription)]
            )
            if request.mode == "transcript":
                text = Transcript.from_transcription(transcription).named(names).text()
            return [Document(text, metadata={**common, **about})]
        case "srt" | "vtt":
            timed = (
                segmentation.segments(transcription)
                if segmentation.has_times(transcription)
                else []
            )
            pieces = _check_pieces(timed, transcription, request)
            about = _voices((voice for piece in pieces for voice in piece.voices), names)
            write = captions.srt if request.mode == "srt" else captions.vtt
            text = write(pieces, language, name=lambda voice: voice_label(*voice, names) or "")
            return [Document(text, metadata={**common, **about})]
        case "words":
            words = _check_pieces(segmentation.words(transcription), transcription, request)
            found = [(word.text, _word(word, names)) for word in words]
        case "speakers":
            turns = _check_pieces(segmentation.turns(transcription), transcription, request)
            found = [(turn.text, _turn(turn, names)) for turn in turns]
        case _:
            sentences = request.mode == "sentences"
            cut = (
                segmentation.sentences(transcription, language)
                if sentences
                else segmentation.segments(transcription)
            )
            pieces = _check_pieces(cut, transcription, request)
            found = [(piece.text, _piece(piece, names)) for piece in pieces]
    if not segmentation.has_times(transcription):
        time_fields = ("start", "end", "estimated")
        found = [
            (text, {name: value for name, value in about.items() if name not in time_fields})
            for text, about in found
        ]
    return [
        Document(text, metadata={**common, "position": position, **about})
        for position, (text, about) in enumerate(found)
    ]


def _check_pieces(
    found: list[Any], transcription: Transcription, request: TranscriptionRequest
) -> list[Any]:
    """Return the pieces. Without any, raise an error, unless the recording is silent."""
    if not found and transcription.text.strip():
        raise TelnyxError(missing_detail_error(request.mode, request.model))
    return found


def _piece(piece: Piece, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "start": piece.start,
        "end": piece.end,
        **_without_none(
            channel=piece.channel, confidence=piece.confidence, estimated=piece.estimated or None
        ),
        **_voices(piece.voices, names),
    }


def _turn(turn: Piece, names: Mapping[str, str]) -> dict[str, Any]:
    alone = _speaker(turn.voices[0], names) if len(turn.voices) == 1 else None
    return {**_piece(turn, names), **_without_none(speaker=alone)}


def _word(word: Word, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "start": word.start,
        "end": word.end,
        **_without_none(
            channel=word.voice[0],
            confidence=word.confidence,
            estimated=word.estimated or None,
            speaker=_speaker(word.voice, names),
        ),
    }


def _speaker(voice: Voice, names: Mapping[str, str]) -> Speaker | None:
    """Return the name of a voice, or else its number."""
    name = given_name(*voice, names)
    return voice[1] if name is None else safe_name(name) or voice[1]


def _voices(voices: Iterable[Voice], names: Mapping[str, str]) -> dict[str, Any]:
    known = {who for voice in voices if (who := _speaker(voice, names)) is not None}
    numbers = sorted(one for one in known if isinstance(one, int))
    called = sorted(one for one in known if isinstance(one, str))
    return {"speakers": [*numbers, *called]} if known else {}


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
