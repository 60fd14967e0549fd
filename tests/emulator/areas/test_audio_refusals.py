"""Transcriptions that are refused because of the model, the form or the recording's URL."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.conftest import Api
from tests.emulator.areas.test_audio import (
    CALL,
    DISTIL,
    NOVA,
    RESON8,
    TURBO,
    VERBOSE,
    WORDS,
    recording,
    refused,
    transcribe,
    transcription,
)


@pytest.fixture
def call(emulator: TelnyxEmulator) -> None:
    """A registered transcript of `call.wav`."""
    emulator.transcript("call.wav", CALL)


REFUSALS = {
    "language": (
        {"model": DISTIL, "language": "en"},
        "'distil-whisper/distil-large-v2' does not support `language`.",
    ),
    "language-of-deepgram": (
        {"model": NOVA, "language": "tlh"},
        "'deepgram/nova-3' does not support the language 'tlh'.",
    ),
    "language-of-a-medical-model": (
        {"model": "deepgram/nova-2-medical", "language": "de"},
        "'deepgram/nova-2-medical' does not support the language 'de'.",
    ),
    "granularities": (
        {"model": DISTIL, "timestamp_granularities[]": "segment"},
        "`timestamp_granularities[]` needs `response_format` to be 'verbose_json'.",
    ),
    "config": (
        {"model": TURBO, "model_config": '{"punctuate": true}'},
        "'openai/whisper-large-v3-turbo' does not take a `model_config`.",
    ),
    "config-of-reson8": (
        {"model": RESON8, "model_config": '{"punctuate": true}'},
        "The `model_config` of 'reson8/prerecorded' has no punctuate.",
    ),
    "speakers-of-reson8": (
        {"model": RESON8, "model_config[max_speakers]": "9"},
        "`max_speakers` must be from 1 to 8.",
    ),
    "config-is-no-json": (
        {"model": NOVA, "model_config": "punctuate"},
        "`model_config` must be a JSON object.",
    ),
    "config-is-no-object": (
        {"model": NOVA, "model_config": "[1]"},
        "`model_config` must be a JSON object.",
    ),
    "both": (
        {"model": TURBO, "file_url": "http://127.0.0.1/a.wav"},
        "Exactly one of `file` and `file_url` must be given.",
    ),
}


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(("fields", "why"), REFUSALS.values(), ids=REFUSALS)
def test_options_that_a_model_does_not_support_are_refused(
    api: Api, fields: dict[str, Any], why: str
) -> None:
    assert refused(transcribe(api, **fields)) == why


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(
    ("model", "language"),
    [(NOVA, "en-US"), (NOVA, "de-CH"), (NOVA, "multi"), (TURBO, "zu"), (RESON8, "fy")],
)
def test_a_supported_language_is_accepted(api: Api, model: str, language: str) -> None:
    assert transcription(api, model=model, language=language)["text"] == "Hello. Hi there."


@pytest.mark.parametrize(
    ("name", "model", "why"),
    [
        ("call", TURBO, "The file name 'call' has no extension, which names its format."),
        ("call.ogg", NOVA, "'deepgram/nova-3' takes mp3, wav, not ogg."),
        (
            "call.txt",
            TURBO,
            f"{TURBO!r} takes flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav, webm, not txt.",
        ),
    ],
)
def test_the_file_name_determines_the_format_and_some_are_refused(
    api: Api, name: str, model: str, why: str
) -> None:
    assert refused(transcribe(api, name, model=model)) == why


@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", b"some text", b"ID3" + bytes(50), bytes(range(256)) * 9, recording()[:20]],
)
def test_an_invalid_recording_is_refused_even_with_a_registered_transcript(
    api: Api, content: bytes
) -> None:
    assert refused(transcribe(api, content=content, model=TURBO)) == (
        "'call.wav' is not a recording, or is damaged."
    )


def test_a_form_without_a_recording_is_refused(api: Api) -> None:
    answer = api.send("POST", "/ai/audio/transcriptions", data={"model": TURBO})
    assert refused(answer) == "Exactly one of `file` and `file_url` must be given."
    answer = api.send("POST", "/ai/audio/transcriptions", data={"model": TURBO, "file": "text"})
    assert refused(answer) == "`file` must be a file, and have a name with an extension."


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({}, "model"),
        ({"model": ""}, "model"),
        ({"model": "openai/whisper-large-v9"}, "model"),
        ({"model": TURBO, "response_format": "srt"}, "response_format"),
    ],
)
def test_a_field_that_is_missing_or_not_among_its_values_is_a_422(
    api: Api, fields: dict[str, Any], where: str
) -> None:
    answer = transcribe(api, **fields)
    assert answer.status_code == 422
    assert [item["loc"] for item in answer.json()["detail"]] == [["body", where]]


def test_granularities_other_than_segments_are_a_422(api: Api) -> None:
    answer = transcribe(api, model=DISTIL, **VERBOSE, **WORDS)
    assert answer.status_code == 422


def test_a_body_other_than_a_form_is_a_422(api: Api) -> None:
    answer = api.send("POST", "/ai/audio/transcriptions", json={"model": TURBO})
    assert answer.status_code == 422


def test_granularities_without_brackets_are_a_server_error_as_observed(api: Api) -> None:
    answer = transcribe(api, model=DISTIL, **VERBOSE, timestamp_granularities="segment")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["code"] == "10007"


def test_more_than_100_mb_are_refused(api: Api) -> None:
    answer = transcribe(api, content=bytes(100 * 1024 * 1024 + 1), model=TURBO)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["detail"] == "The recording is larger than 100 MB."


@pytest.fixture
def emulator_on_a_socket() -> Iterator[TelnyxEmulator]:
    """An account on a socket, which can fetch from itself."""
    with TelnyxEmulator() as running:
        running.transcript("call.wav", CALL)
        yield running


def by_address(emulator: TelnyxEmulator, url: str) -> Any:
    return emulator.http_client.post(
        f"{emulator.base_url}/ai/audio/transcriptions",
        headers={"authorization": f"Bearer {emulator.api_key}"},
        data={"model": TURBO, "file_url": url},
    )


def test_a_recording_is_downloaded_from_its_url_without_the_key(
    emulator_on_a_socket: TelnyxEmulator,
) -> None:
    account = emulator_on_a_socket.account
    account.objects.create_bucket("calls")
    body = account.objects.blobs.stage()
    body.write(recording())
    account.objects.put("calls", "call.wav", body, "audio/wav")
    signed = emulator_on_a_socket.http_client.post(
        f"{emulator_on_a_socket.base_url}/storage/buckets/calls/call.wav/presigned_url",
        headers={"authorization": f"Bearer {emulator_on_a_socket.api_key}"},
        json={"ttl": 60},
    ).json()["content"]["presigned_url"]
    answer = by_address(emulator_on_a_socket, signed)
    assert answer.json() == {"text": "Hello. Hi there."}
    assert "authorization" not in account.requests[-1].headers


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "content-length not found in the answer of "),
        ({"content-length": "104857601"}, "The recording at "),
        ({"location": "http://192.0.2.1/call.wav"}, " cannot be fetched: HTTP Error 302"),
    ],
    ids=["no-length", "too-long", "led-away"],
)
def test_a_failed_download_is_refused(
    emulator_on_a_socket: TelnyxEmulator,
    headers: dict[str, str],
    why: str,
) -> None:
    status = "302 Found" if "location" in headers else "200 OK"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode())

        server = threading.Thread(target=serve)
        server.start()
        port = listener.getsockname()[1]
        answer = by_address(emulator_on_a_socket, f"http://127.0.0.1:{port}/call.wav")
        server.join()
    assert answer.status_code == (413 if "100 MB" in answer.text else 400)
    assert why in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("call.wav", "`file_url` must be the address of a recording, not 'call.wav'."),
        ("file:///etc/call.wav", "`file_url` must be the address of a recording"),
        ("http://192.0.2.1/call.wav", "The emulator fetches from loopback addresses only"),
        ("http://127.0.0.1:1/call", "The file name 'call' has no extension"),
        ("http://127.0.0.1:1/call.wav", "Connection refused"),
    ],
)
def test_an_unreachable_url_is_refused(
    emulator_on_a_socket: TelnyxEmulator, url: str, why: str
) -> None:
    assert why in refused(by_address(emulator_on_a_socket, url))
