"""Transcription, sync and async, against the emulator: requests and results."""

import io
import json
import os
import re
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.errors import (
    APIResponseError,
    BadRequestError,
    FileTooLargeError,
    UnprocessableEntityError,
)
from langchain_telnyx.emulator.server import TelnyxEmulator

NOVA = "deepgram/nova-3"
TURBO = "openai/whisper-large-v3-turbo"


def recording() -> bytes:
    """Return two seconds of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(32_000))
    return written.getvalue()


def sent(emulator: TelnyxEmulator) -> list[tuple[str, bytes]]:
    """Return the fields of the last form, in order."""
    body = emulator.requests[-1].body
    fields = re.findall(
        rb'name="([^"]+)"[^\r]*\r\n(?:Content-Type: \S+\r\n)?\r\n(.*?)\r\n--', body, re.DOTALL
    )
    return [(name.decode(), value) for name, value in fields]


@pytest.fixture
def call(tmp_path: Path, emulator: TelnyxEmulator) -> Path:
    """A recorded call of the emulator."""
    emulator.transcript("call.wav", "Speaker 0: Hello.\nSpeaker 1: Hi there.")
    file = tmp_path / "call.wav"
    file.write_bytes(recording())
    return file


async def test_a_recording_is_transcribed(api: Any, emulator: TelnyxEmulator, call: Path) -> None:
    found = await api.audio.transcribe(call, model=TURBO)
    assert found == Transcription(text="Hello. Hi there.")
    assert sent(emulator) == [("model", TURBO.encode()), ("file", recording())]
    assert b'filename="call.wav"' in emulator.requests[-1].body


async def test_every_option_is_sent_in_the_services_form(
    api: Any, emulator: TelnyxEmulator, call: Path
) -> None:
    config = {"diarize": True, "keywords": ["hi"], "language": "de"}
    found = await api.audio.transcribe(
        call,
        model=NOVA,
        language="en-US",
        response_format="verbose_json",
        timestamp_granularities=["segment"],
        model_config=config,
    )
    fields = dict(sent(emulator))
    assert json.loads(fields.pop("model_config")) == config
    assert fields == {
        "model": b"deepgram/nova-3",
        "language": b"en-US",
        "response_format": b"verbose_json",
        "timestamp_granularities[]": b"segment",
        "file": recording(),
    }
    assert found.duration == 2.0
    assert [(segment.text, segment.speakers) for segment in found.segments] == [
        ("Hello.", [0]),
        ("Hi there.", [1]),
    ]
    last = found.words[-1]
    assert (last.word, last.start, last.end, last.speaker) == ("there", 1.177, 2.0, 1)


@pytest.mark.usefixtures("call")
async def test_bytes_of_an_unknown_format_need_a_name(api: Any, emulator: TelnyxEmulator) -> None:
    found = await api.audio.transcribe(recording(), filename="call.wav", model=TURBO)
    assert found.text == "Hello. Hi there."
    assert (await api.audio.transcribe(recording(), filename="call", model=TURBO)) == found
    before = len(emulator.requests)
    for name in (None, "call"):
        with pytest.raises(ValueError, match="has no extension"):
            await api.audio.transcribe(b"sound", filename=name, model=TURBO)
    assert len(emulator.requests) == before


class Opened(io.BytesIO):
    """An open file with a name."""

    name = "calls/call.wav"


@pytest.mark.parametrize(
    "form",
    [
        bytearray,
        memoryview,
        io.BytesIO,
        Opened,
        lambda content: ("call.wav", content),
        lambda content: ("call", io.BytesIO(content)),
        lambda _: str(Path("call.wav").resolve()),
        lambda _: Path("call.wav").resolve().as_uri(),
        lambda _: {entry.name: entry for entry in os.scandir()}["call.wav"],
    ],
)
async def test_a_recording_may_have_many_types(
    api: Any,
    emulator: TelnyxEmulator,
    call: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: Callable[[bytes], Any],
) -> None:
    monkeypatch.chdir(call.parent)
    emulator.transcript("recording.wav", "Speaker 0: Hello.\nSpeaker 1: Hi there.")
    found = await api.audio.transcribe(form(recording()), model=TURBO)
    assert found.text == "Hello. Hi there."


@pytest.mark.parametrize(
    "given", [12, ["call.wav"], {"file": b""}, io.StringIO("text"), ("call.wav", "text"), object()]
)
async def test_an_invalid_recording_is_a_type_error_with_the_accepted_types(
    api: Any, emulator: TelnyxEmulator, given: Any
) -> None:
    with pytest.raises(TypeError, match=r"bytearray.*file open for reading bytes"):
        await api.audio.transcribe(given, model=TURBO)
    assert not emulator.requests


@pytest.mark.parametrize("given", [b"", ("call.wav", b""), io.BytesIO()])
async def test_an_empty_recording_is_not_sent(
    api: Any, emulator: TelnyxEmulator, given: Any
) -> None:
    with pytest.raises(ValueError, match="is empty: it has 0 bytes"):
        await api.audio.transcribe(given, model=TURBO)
    assert not emulator.requests


@pytest.fixture
def bare(call: Path) -> Path:
    """The same call in a file without an extension."""
    return call.rename(call.with_name("recording"))


async def test_a_name_can_be_passed_for_a_file_without_one(
    api: Any, emulator: TelnyxEmulator, bare: Path
) -> None:
    found = await api.audio.transcribe(bare, filename="call.wav", model=TURBO)
    assert found.text == "Hello. Hi there."
    assert b'filename="call.wav"' in emulator.requests[-1].body


async def test_an_address_is_sent_as_a_field(api: Any, emulator: TelnyxEmulator) -> None:
    with pytest.raises(BadRequestError, match="loopback addresses only"):
        await api.audio.transcribe(file_url="http://192.0.2.1/call.wav", model=TURBO)
    assert sent(emulator) == [
        ("model", TURBO.encode()),
        ("file_url", b"http://192.0.2.1/call.wav"),
    ]


@pytest.mark.parametrize("given", [{}, {"file": b"x", "file_url": "http://127.0.0.1/a.wav"}])
async def test_either_a_file_or_an_address_is_needed(
    api: Any, emulator: TelnyxEmulator, given: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="either `file` or `file_url`"):
        await api.audio.transcribe(**given, model=TURBO)
    assert not emulator.requests


async def test_a_recording_over_100_mb_is_not_sent(
    api: Any, emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    file = tmp_path / "long.wav"
    with file.open("wb") as handle:
        handle.truncate(100 * 1024 * 1024 + 1)
    with pytest.raises(FileTooLargeError, match=r"'long.wav' has 104,857,601 bytes"):
        await api.audio.transcribe(file, model=TURBO)
    assert not emulator.requests


async def test_a_missing_file_is_reported(api: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await api.audio.transcribe(tmp_path / "missing.wav", model=TURBO)


async def test_errors_of_the_service_are_raised(api: Any, call: Path) -> None:
    with pytest.raises(BadRequestError, match="does not support `language`") as caught:
        await api.audio.transcribe(call, model="distil-whisper/distil-large-v2", language="en")
    assert caught.value.code == "10015"
    with pytest.raises(UnprocessableEntityError, match="model"):
        await api.audio.transcribe(call, model="no/model")


@pytest.mark.parametrize("status", [429, 503, 502])
async def test_a_retry_sends_the_whole_recording_again(
    api: Any, emulator: TelnyxEmulator, call: Path, status: int
) -> None:
    emulator.fail(status, retry_after=0)
    assert (await api.audio.transcribe(call, model=TURBO)).text == "Hello. Hi there."
    assert sent(emulator)[-1] == ("file", recording())


@pytest.fixture
def answered(as_async: Callable[[Telnyx], Any], serve: Callable[..., str]) -> Callable[[Any], Any]:
    """Create a client of a server that responds to everything with one body."""

    def start(body: Any) -> Any:
        content = json.dumps(body).encode()
        reply = (200, {"content-type": "application/json"}, content)
        return as_async(Telnyx(api_key="KEY", base_url=serve(lambda *_: reply)))

    return start


async def test_a_response_wrapped_in_data_is_read_too(answered: Callable[[Any], Any]) -> None:
    for body in ({"text": "Hello."}, {"data": {"text": "Hello."}}):
        found = await answered(body).audio.transcribe(b"x", filename="a.mp3", model=TURBO)
        assert found.text == "Hello."


async def test_new_fields_and_words_without_times_are_read(
    answered: Callable[[Any], Any],
) -> None:
    words: Sequence[Any] = [{"word": "Hello", "mood": "happy"}, {"word": "you", "speaker": None}]
    segment = {"id": 0.5, "start": 0, "end": 1, "text": "Hello you", "words": words, "channel": 1}
    body = {"text": "Hello you", "language": "en", "segments": [segment], "usage": {"seconds": 1}}
    found = await answered(body).audio.transcribe(b"x", filename="a.mp3", model=TURBO)
    assert (found.language, found.usage) == ("en", {"seconds": 1})
    assert (found.segments[0].id, found.segments[0].channel) == (0.5, 1)
    assert [word.start for word in found.segments[0].words] == [None, None]
    assert found.segments[0].words[0].mood == "happy"


async def test_a_response_without_text_is_an_error(answered: Callable[[Any], Any]) -> None:
    with pytest.raises(APIResponseError):
        await answered({"segments": []}).audio.transcribe(b"x", filename="a.mp3", model=TURBO)
