"""Speech to text, with times and speakers if the model returns them.

API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text
"""

import json
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from langchain_telnyx.client.audio_files import (
    RecordingFile,
    extension_of,
    filename_for,
    recording_content,
    utf8_filename,
)
from langchain_telnyx.client.call import Call
from langchain_telnyx.client.decode import Model, data
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.errors import FileTooLargeError
from langchain_telnyx.client.multipart import FilePart, Multipart

_LARGEST = 100 * 1024 * 1024


def _as_number(value: Any) -> Any:
    """Return a speaker as its number if it is a number in text; `None` for an empty name."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    return int(value) if value.isdecimal() else value or None


Speaker = Annotated[int | str | None, BeforeValidator(_as_number)]
"""A number counted from 0; some models return a name, or none."""


class TranscribedWord(Model):
    """A word.

    Attributes:
        word: The word, plain.
        start: Where it begins, in seconds.
        end: Where it ends.
        confidence: How sure the model is, 0 to 1.
        speaker: The speaker, counted from 0, or a name; with `diarize` in `model_config`.
        speaker_confidence: How sure the model is of that.
        punctuated_word: The word with punctuation; with `punctuate` in `model_config`.
    """

    word: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    speaker: Speaker = None
    speaker_confidence: float | None = None
    punctuated_word: str | None = None


class TranscriptionSegment(Model):
    """A sentence or turn.

    Attributes:
        id: Its number.
        start: Where it begins, in seconds; `None` if the model returns no time.
        end: Where it ends; likewise.
        text: Its text.
        words: Its words, if the model returns them.
        speakers: Its speakers, counted from 0, or names; with `diarize` in `model_config`.
        channel: Which channel it is from, counted from 0; with `multichannel`, where speakers are
            counted for each channel.
    """

    id: int | float | str | None = None
    start: float | None = None
    end: float | None = None
    text: str = ""
    words: list[TranscribedWord] | None = None
    speakers: list[Speaker] | None = None
    channel: int | None = None


class Transcription(Model):
    """The transcription of a recording.

    Attributes:
        text: All of it.
        duration: The recording's length in seconds; with `verbose_json`.
        language: Its language, if the model returns it.
        segments: With `verbose_json`, if the model returns times.
        words: All words, if the model returns them.
    """

    text: str
    duration: float | None = None
    language: str | None = None
    segments: list[TranscriptionSegment] | None = None
    words: list[TranscribedWord] | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_of_its_parts(cls, response: Any) -> Any:
        """Join the texts of the segments if the response has no text."""
        text = response.get("text", "") if isinstance(response, dict) else None
        if not isinstance(response, dict) or (isinstance(text, str) and text.strip()):
            return response
        for parts, names in (("segments", ("text",)), ("words", ("punctuated_word", "word"))):
            listed = response.get(parts)
            rows = listed if isinstance(listed, list) else []
            rows = [row for row in rows if isinstance(row, dict)]
            texts = [next((row[name] for name in names if row.get(name)), None) for row in rows]
            known = [text.strip() for text in texts if isinstance(text, str)]
            if known:
                return {**response, "text": " ".join(known)}
        return response


class Audio(Resource[M]):
    """`telnyx.audio`: transcription."""

    @endpoint
    def transcribe(
        self,
        file: RecordingFile | None = None,
        *,
        model: str,
        file_url: str | None = None,
        filename: str | None = None,
        language: str | None = None,
        response_format: Literal["json", "verbose_json"] | None = None,
        timestamp_granularities: Sequence[Literal["segment"]] | None = None,
        model_config: Mapping[str, Any] | None = None,
        timeout: float = 600.0,
    ) -> Call[Transcription]:
        """Transcribe a recording.

        Operation: `audio_public_audio_transcriptions_post`.

        Args:
            file: The recording: its bytes (also as `bytearray` or `memoryview`), a path or
                `file://` URL of a file to stream from disk, a file that is open for reading bytes,
                or a pair of a file name and bytes. 100 MB at most, as flac, m4a, mp3, mp4, mpeg,
                mpga, ogg, wav or webm; `deepgram/*` accepts only mp3 and wav.
            model: Such as `openai/whisper-large-v3-turbo` (many languages, text only) or
                `deepgram/nova-3` (segments, words and speakers).
            file_url: The public address of the recording, instead of `file`. It is fetched without
                a key within 15 s, and its server must send its length.
            filename: The name of `file`. Default: that of the file on disk. The service reads the
                format from its extension: if the first bytes have another format, the name is sent
                with the extension of that.
            language: Its language, such as `en-US`.
            response_format: `verbose_json` adds duration and segments, if the model returns them.
            timestamp_granularities: `["segment"]`; needs `verbose_json`.
            model_config: Options of the model, such as `{"diarize": True}`; for `deepgram/*` and
                `reson8/prerecorded`.
            timeout: Seconds to wait for the response, which comes after the whole transcription.

        Raises:
            TypeError: `file` has another type; the message lists those that are accepted.
            ValueError: Not exactly one of `file` and `file_url` is given, the recording is empty,
                or its format is unknown by its bytes and its name.
            FileTooLargeError: The recording is larger than 100 MB; nothing was sent.
            OSError: The file cannot be read.
        """
        fields = _fields(
            {
                "model": model,
                "file_url": file_url,
                "language": language,
                "response_format": response_format,
                "model_config": None if model_config is None else json.dumps(dict(model_config)),
            }
        )
        # The service fails without the brackets.
        fields += [("timestamp_granularities[]", each) for each in timestamp_granularities or ()]
        return Call(
            "POST",
            "/ai/audio/transcriptions",
            _decode,
            body=Multipart(fields, _files(file, file_url, filename)),
            repeatable=True,
            timeout=timeout,
        )


def _fields(values: Mapping[str, str | None]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in values.items() if value is not None]


def _files(
    file: RecordingFile | None, file_url: str | None, filename: str | None
) -> Sequence[FilePart]:
    if (file is None) == (file_url is None):
        raise ValueError("Pass either `file` or `file_url`: the recording, or its URL.")
    if file is None:
        return ()
    known, content = recording_content(file)
    name = utf8_filename(filename or known)
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if not size:
        raise ValueError(f"{name or 'The recording'!r} is empty: it has 0 bytes.")
    if size > _LARGEST:
        raise FileTooLargeError(
            f"{name!r} has {size:,} bytes, and Telnyx transcribes at most {_LARGEST:,}: "
            f"compress it, as mp3 for instance, or cut it."
        )
    name = filename_for(name, content)
    if not extension_of(name):
        raise ValueError(
            f"The file name {name!r} has no extension, from which Telnyx reads the format, and its "
            f"first bytes have no known format: pass `filename`, such as 'call.wav'."
        )
    kind, _ = mimetypes.guess_type(name)
    return [FilePart("file", name, content, kind or "application/octet-stream")]


_decode = data(Transcription)
