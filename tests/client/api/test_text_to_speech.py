"""Text to speech, sync and async, against the emulator and small servers."""

import asyncio
import base64
import io
import json
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.text_to_speech import media_type_of
from langchain_telnyx.client.errors import (
    APIResponseError,
    InvalidTextError,
    RateLimitError,
    StreamError,
    UnprocessableEntityError,
)
from langchain_telnyx.emulator.server import TelnyxEmulator

VOICE = "Telnyx.KokoroTTS.af_heart"
PCM = {"response_format": "pcm"}


def body_of(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


async def test_speech_is_returned_whole(api: Any, emulator: TelnyxEmulator, tmp_path: Path) -> None:
    speech = await api.text_to_speech.generate(
        "Hello, Ann!", voice=VOICE, telnyx={"response_format": "wav"}
    )
    assert speech.media_type == "audio/wav"
    with wave.open(io.BytesIO(speech.content)) as audio:
        assert audio.getframerate() == 24_000
        assert audio.getnframes() == pytest.approx(24_000 * 0.06 * len("Hello, Ann!"))
    assert speech.save(tmp_path / "hello.wav").read_bytes() == speech.content
    assert body_of(emulator) == {
        "text": "Hello, Ann!",
        "voice": VOICE,
        "telnyx": {"response_format": "wav"},
    }
    assert repr(speech) == "Speech(media_type='audio/wav')"


async def test_the_stream_has_the_bytes_of_the_whole(api: Any) -> None:
    whole = await api.text_to_speech.generate("Hello, Ann!", voice=VOICE, telnyx=PCM)
    pieces = await api.text_to_speech.stream("Hello, Ann!", voice=VOICE, telnyx=PCM)
    assert len(pieces) > 1
    assert b"".join(pieces) == whole.content
    assert whole.media_type == "application/octet-stream"


async def test_voices_are_listed_with_new_fields(as_async: Any, serve: Callable[..., str]) -> None:
    rows = [{"voice_id": "af", "provider": "telnyx", "tags": ["warm"]}, {"voice_id": 7}, 5]
    url = serve(lambda *_: (200, {}, json.dumps({"voices": rows}).encode()))
    voices = await as_async(Telnyx(api_key="KEY1", base_url=url)).text_to_speech.list_voices()
    assert [voice.voice_id for voice in voices] == ["af", None]
    assert voices[0].tags == ["warm"]
    assert voices[1].unreadable_fields == {"voice_id": 7}
    assert voices.unreadable[0].position == 2


async def test_voices_of_a_provider(api: Any, emulator: TelnyxEmulator) -> None:
    voices = await api.text_to_speech.list_voices(provider="xai")
    assert {voice.provider for voice in voices} == {"xai"}
    assert emulator.requests[-1].query == "provider=xai"


@pytest.mark.parametrize("method", ["generate", "stream"])
async def test_what_cannot_be_spoken_is_refused_before_a_request(
    api: Any, emulator: TelnyxEmulator, method: str
) -> None:
    call = getattr(api.text_to_speech, method)
    with pytest.raises(InvalidTextError, match="blank"):
        await call(" \n", voice=VOICE)
    with pytest.raises(InvalidTextError, match="not bytes"):
        await call(b"Hello", voice=VOICE)
    with pytest.raises(TypeError, match="Unknown parameter: speed, voise"):
        await call("Hello", voice=VOICE, voise="x", speed=2)
    with pytest.raises(ValueError, match="Pass `voice`"):
        await call("Hello")
    with pytest.raises(ValueError, match="not 'acme'"):
        await call("Hello", provider="acme")
    assert not emulator.requests


async def test_errors_of_the_service_are_typed(api: Any, emulator: TelnyxEmulator) -> None:
    with pytest.raises(UnprocessableEntityError, match="'Nope' does not exist"):
        await api.text_to_speech.generate("Hello", voice="Telnyx.Nope.ann")
    emulator.fail(429, times=3, path="/text-to-speech", retry_after=0)
    with pytest.raises(RateLimitError):
        await api.text_to_speech.stream("Hello", voice=VOICE)


async def test_a_request_is_repeated_before_the_first_byte(
    api: Any, emulator: TelnyxEmulator
) -> None:
    emulator.fail(503, path="/text-to-speech", retry_after=0)
    assert await api.text_to_speech.stream("Hello", voice=VOICE)
    assert len(emulator.requests) == 2


@pytest.mark.parametrize("mode", ["sockets", "in process"])
def test_a_broken_stream_is_an_error_after_its_bytes(mode: str) -> None:
    with TelnyxEmulator(sockets=mode == "sockets") as emulator:
        telnyx = Telnyx(**emulator.options())
        emulator.cut_stream(after=2)
        received: list[bytes] = []
        stream = telnyx.text_to_speech.stream("Hello, Ann!", voice=VOICE, telnyx=PCM)
        with pytest.raises(StreamError, match="broke off"):
            received.extend(stream)
        assert len(b"".join(received)) == 2 * 4096


@pytest.mark.parametrize("mode", ["sockets", "in process"])
async def test_a_broken_async_stream_is_an_error_after_its_bytes(mode: str) -> None:
    with TelnyxEmulator(sockets=mode == "sockets") as emulator:
        telnyx = Telnyx(**emulator.options())
        emulator.cut_stream(after=2)
        stream = await telnyx.aio.text_to_speech.stream("Hello, Ann!", voice=VOICE, telnyx=PCM)
        pieces = aiter(stream)
        assert len(await anext(pieces) + await anext(pieces)) == 2 * 4096
        with pytest.raises(StreamError, match="broke off"):
            await anext(pieces)


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("text/html", b"<html>", "must be audio/ or application/octet-stream, and is text/html"),
        ("application/json", b'{"base64_audio": "a"}', "not base64"),
        ("application/json", b"{}", "no `base64_audio`"),
    ],
)
async def test_a_response_that_is_not_audio_is_an_error(
    as_async: Any, serve: Callable[..., str], kind: str, body: bytes, reason: str
) -> None:
    url = serve(lambda *_: (200, {"content-type": kind}, body))
    api = as_async(Telnyx(api_key="KEY1", base_url=url, max_retries=0))
    with pytest.raises(APIResponseError, match=reason):
        await api.text_to_speech.stream("Hello", voice=VOICE)
    with pytest.raises(APIResponseError):
        await api.text_to_speech.generate("Hello", voice=VOICE)


async def test_an_error_with_a_status_of_success_is_an_error(
    as_async: Any, serve: Callable[..., str]
) -> None:
    errors = {"errors": [{"code": "10011", "title": "Too many requests"}]}
    answer = (200, {"content-type": "application/json"}, json.dumps(errors).encode())
    api = as_async(
        Telnyx(api_key="KEY1", base_url=serve(lambda *_: answer), max_retries=0)
    ).text_to_speech
    for method in (api.generate, api.stream):
        with pytest.raises(RateLimitError):
            await method("Hello", voice=VOICE)


async def test_an_empty_response_is_an_error(as_async: Any, serve: Callable[..., str]) -> None:
    url = serve(lambda *_: (200, {"content-type": "audio/mpeg"}, b""))
    api = as_async(Telnyx(api_key="KEY1", base_url=url, max_retries=0)).text_to_speech
    with pytest.raises(StreamError, match="empty"):
        await api.stream("Hello", voice=VOICE)
    with pytest.raises(APIResponseError, match="no audio"):
        await api.generate("Hello", voice=VOICE)


async def test_base64_audio_is_decoded(as_async: Any, serve: Callable[..., str]) -> None:
    body = json.dumps({"base64_audio": base64.b64encode(b"ID3 audio").decode()}).encode()
    url = serve(lambda *_: (200, {"content-type": "application/json"}, body))
    api = as_async(Telnyx(api_key="KEY1", base_url=url)).text_to_speech
    speech = await api.generate("Hello", voice=VOICE)
    assert (speech.content, speech.media_type) == (b"ID3 audio", "audio/mpeg")
    assert await api.stream("Hello", voice=VOICE) == [b"ID3 audio"]


def test_bytes_arrive_before_the_end(listen: Callable[..., str]) -> None:
    was_read = threading.Event()

    def talk(connection: Any) -> None:
        connection.request()
        connection.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n"
            b"5\r\nfirst\r\n"
        )
        if was_read.wait(30):
            connection.send(b"4\r\nlast\r\n0\r\n\r\n")

    telnyx = Telnyx(api_key="KEY1", base_url=listen(talk))
    with telnyx.text_to_speech.stream("Hello", voice=VOICE) as stream:
        pieces = iter(stream)
        assert next(pieces) == b"first"
        was_read.set()
        assert b"".join(pieces) == b"last"


async def test_a_cancelled_stream_closes_its_connection(listen: Callable[..., str]) -> None:
    is_closed = threading.Event()

    def talk(connection: Any) -> None:
        connection.request()
        connection.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n"
            b"5\r\nfirst\r\n"
        )
        if not connection.request():
            is_closed.set()

    telnyx = Telnyx(api_key="KEY1", base_url=listen(talk))
    has_begun = asyncio.Event()

    async def read() -> None:
        async for _ in await telnyx.aio.text_to_speech.stream("Hello", voice=VOICE):
            has_begun.set()

    task = asyncio.create_task(read())
    await asyncio.wait_for(has_begun.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(is_closed.wait, 30)


@pytest.mark.parametrize(
    ("content", "sent", "expected"),
    [
        (b"RIFF\0\0\0\0WAVE", "application/octet-stream", "audio/wav"),
        (b"\xff\xf3\x84", None, "audio/mpeg"),
        (b"OggS", "", "audio/ogg"),
        (b"\0\1\0\1", None, "application/octet-stream"),
        (b"\0\1\0\1", "Audio/L16; rate=8000", "audio/l16"),
    ],
)
def test_the_media_type_is_sent_or_found_in_the_bytes(
    content: bytes, sent: str | None, expected: str
) -> None:
    assert media_type_of(content, sent) == expected
