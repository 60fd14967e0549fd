"""Text to speech: audio whole or as a stream of bytes, and the list of voices.

API page: https://developers.telnyx.com/api-reference/text-to-speech-commands/generate-speech-from-text
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypedDict, Unpack, get_args

from langchain_telnyx.client.call import (
    JSON,
    Call,
    Reply,
    StreamCall,
    StreamTimeouts,
    omit_none,
    query,
)
from langchain_telnyx.client.decode import Model, reports_error, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint, streaming
from langchain_telnyx.client.error_mapping import error_for, status_in
from langchain_telnyx.client.errors import InvalidTextError, StreamError
from langchain_telnyx.client.rows import Rows

Provider: TypeAlias = Literal[
    "aws", "telnyx", "azure", "elevenlabs", "minimax", "resemble", "xai", "humain", "soniox"
]
PROVIDERS: tuple[str, ...] = get_args(Provider)
"""The providers, which are also the names of the objects with their options."""

_PATH = "/text-to-speech/speech"
_UNKNOWN_TYPE = "application/octet-stream"
_AUDIO = ("audio/", _UNKNOWN_TYPE)
# Synthesis of a long text ends minutes after it begins.
_PATIENCE = 600.0
# The first bytes of a file, and its media type.
_BEGINNINGS = (
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "audio/webm"),
)


class SpeechParameters(TypedDict, total=False):
    """Every documented field of the request beside `text`; `None` is not sent."""

    voice: str | None
    """`provider.model_id.voice_id` or `provider.voice_id`, such as `Telnyx.KokoroTTS.af_heart`."""

    provider: Provider | None
    """The provider; required unless `voice` is given, which takes precedence."""

    language: str | None
    """Language code, such as `en-US`."""

    text_type: Literal["text", "ssml"] | None
    """`ssml` for marked-up text; AWS and Azure support it."""

    disable_cache: bool | None
    """Whether to synthesize again what the service has in its cache."""

    voice_settings: Mapping[str, Any] | None
    """Settings of the voice; they depend on the provider."""

    aws: Mapping[str, Any] | None
    """AWS Polly: `language_code`, `lexicon_names`, `output_format`, `sample_rate`, `text_type`."""

    azure: Mapping[str, Any] | None
    """Azure: `output_format`, `language_code`, `effect`, `gender`, `region`, `text_type` …"""

    elevenlabs: Mapping[str, Any] | None
    """ElevenLabs: `language_code`, `voice_settings` …"""

    humain: Mapping[str, Any] | None
    """Humain: `voice_id` (required), `ttfb_eagerness`."""

    minimax: Mapping[str, Any] | None
    """Minimax: `response_format`, `speed`, `vol`, `pitch`, `language_boost`."""

    resemble: Mapping[str, Any] | None
    """Resemble: `format`, `sample_rate`, `precision` …"""

    soniox: Mapping[str, Any] | None
    """Soniox: `voice_id` (required), `audio_format`, `sample_rate`, `speed` …"""

    telnyx: Mapping[str, Any] | None
    """Telnyx: `response_format`, `sampling_rate` (Hz), `voice_speed`, `volume`, `emotion`."""

    xai: Mapping[str, Any] | None
    """xAI: `voice_id` (required), `output_format`, `sample_rate`, `language`."""


class Voice(Model):
    """A voice.

    Attributes:
        voice_id: The provider's identifier of the voice.
        name: Its name.
        provider: The provider.
        language: Its language, such as `en-US`.
        gender: Its gender.
        hosted: Whether Telnyx runs it, instead of a third party.
    """

    voice_id: str | None = None
    name: str | None = None
    provider: str | None = None
    language: str | None = None
    gender: str | None = None
    hosted: bool | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """Synthesized speech.

    Attributes:
        content: The audio.
        media_type: Its media type, such as `audio/mpeg`, from the response, else from the first
            bytes; `application/octet-stream` for raw samples.
        headers: The headers of the response.
    """

    content: bytes = field(repr=False)
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def save(self, path: str | Path) -> Path:
        """Write the audio to a file, which is replaced if it exists.

        Args:
            path: The file.

        Returns:
            Its path.

        Raises:
            OSError: The file cannot be written.
        """
        path = Path(path)
        path.write_bytes(self.content)
        return path


class TextToSpeech(Resource[M]):
    """`telnyx.text_to_speech`: synthesized speech."""

    @endpoint
    def generate(
        self, text: str, *, timeout: float = _PATIENCE, **parameters: Unpack[SpeechParameters]
    ) -> Call[Speech]:
        """Synthesize a text, and return the whole audio.

        Endpoint: `POST /text-to-speech/speech`.

        Args:
            text: The text.
            timeout: Seconds to wait for data.
            **parameters: The request's other fields.

        Raises:
            InvalidTextError: The text is blank, or is not text.
            TypeError: A parameter is unknown.
            ValueError: Neither `voice` nor `provider` is given, or the provider is unknown.
            APIResponseError: The response is not audio.
        """
        body = _request(text, parameters)
        return Call(
            "POST", _PATH, _speech, json=body, repeatable=True, timeout=timeout, is_content=True
        )

    @streaming
    def stream(
        self,
        text: str,
        *,
        timeout: float = _PATIENCE,
        timeouts: StreamTimeouts | None = None,
        **parameters: Unpack[SpeechParameters],
    ) -> StreamCall[bytes]:
        """Synthesize a text, and yield the bytes of the audio as they arrive.

        Endpoint: `POST /text-to-speech/speech` with `stream`.

        Only the bytes that were not read yet are in memory.

        Args:
            text: The text.
            timeout: Seconds to wait for the first bytes.
            timeouts: How long to wait for the bytes after the first.
            **parameters: The request's other fields.

        Raises:
            InvalidTextError: The text is blank, or is not text.
            TypeError: A parameter is unknown.
            ValueError: Neither `voice` nor `provider` is given, or the provider is unknown.
            APIResponseError: The response is not audio.
            StreamError: The response breaks off, or has no audio.
        """
        body = _request(text, parameters)
        call: Call[None] = Call(
            "POST", _PATH, lambda _: None, json=body, repeatable=True, timeout=timeout
        )
        return StreamCall(
            call,
            _Pieces,
            content_type=_AUDIO,
            timeouts=timeouts or StreamTimeouts(),
            whole=lambda reply: [_speech(reply).content],
        )

    @endpoint
    def list_voices(self, *, provider: Provider | None = None) -> Call[Rows[Voice]]:
        """List the voices of one provider, or of all.

        Endpoint: `GET /text-to-speech/voices`.

        The API also takes your key of another provider, in the URL. This client does not send it,
        because logs and proxies show URLs.

        Args:
            provider: The provider.

        Raises:
            ValueError: The provider is unknown.
        """
        _check_provider(provider)
        return Call("GET", "/text-to-speech/voices", _voices, query=query(provider=provider))


class _Pieces:
    """Passes the bytes of a body on; see `Decoder`."""

    complete = done = False

    def __init__(self) -> None:
        self.failure: StreamError | None = None
        self._is_empty = True

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bytes."""
        self._is_empty = self._is_empty and not data
        return [data] if data else []

    def end(self) -> list[bytes]:
        """Check that there were bytes."""
        if self._is_empty:
            self.failure = StreamError("The response has no audio: its body is empty.")
        return []


_voices = rows(Voice, "voices")


def media_type_of(content: bytes, sent: str | None) -> str:
    """Return the media type of audio.

    Args:
        content: The audio, or its first bytes.
        sent: The content type of the response; it is used unless it names no format.
    """
    named = (sent or "").partition(";")[0].strip().lower()
    if named and named != _UNKNOWN_TYPE:
        return named
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    found = (kind for beginning, kind in _BEGINNINGS if content.startswith(beginning))
    return next(found, _UNKNOWN_TYPE)


def _speech(reply: Reply) -> Speech:
    """Return the audio in a response, also if it is base64 in JSON.

    Raises:
        APIStatusError: The body is an error, with a status of success.
        ValueError: It is not audio.
    """
    kind = reply.headers.get("content-type", _UNKNOWN_TYPE).lower()
    content = reply.content
    if "json" in kind:
        content, kind = _decoded(reply), ""
    elif not kind.startswith(_AUDIO):
        raise ValueError("it is not audio")
    if not content:
        raise ValueError("it has no audio")
    return Speech(content, media_type_of(content, kind), dict(reply.headers))


def _decoded(reply: Reply) -> bytes:
    body = reply.json()
    if reports_error(body):
        raise error_for(replace(reply, status_code=status_in(body)))
    encoded = body.get("base64_audio") if isinstance(body, dict) else None
    if not isinstance(encoded, str):
        raise ValueError("it has no `base64_audio`")  # noqa: TRY004 - as other odd bodies
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError("`base64_audio` is not base64") from error


def _request(text: str, parameters: Mapping[str, Any]) -> JSON:
    if not isinstance(text, str):
        raise InvalidTextError(f"`text` must be a string, not {type(text).__name__}.", [0])
    if not text.strip():
        raise InvalidTextError("`text` is blank: there is nothing to synthesize.", [0])
    unknown = sorted(parameters.keys() - SpeechParameters.__optional_keys__)
    if unknown:
        known = ", ".join(sorted(SpeechParameters.__optional_keys__))
        raise TypeError(f"Unknown parameter: {', '.join(unknown)}. The parameters are: {known}.")
    if not (parameters.get("voice") or parameters.get("provider")):
        raise ValueError("Pass `voice`, such as 'Telnyx.KokoroTTS.af_heart', or `provider`.")
    _check_provider(parameters.get("provider"))
    return omit_none(text=text, **parameters)


def _check_provider(provider: str | None) -> None:
    if provider is not None and provider not in PROVIDERS:
        raise ValueError(f"`provider` must be one of {', '.join(PROVIDERS)}, not {provider!r}.")
