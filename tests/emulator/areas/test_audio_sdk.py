"""Transcription with OpenAI's SDK, on Telnyx's base URL."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import openai
import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """An account on a socket, which the SDK needs."""
    with TelnyxEmulator() as running:
        yield running


@pytest.fixture
def sdk(emulator: TelnyxEmulator) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=emulator.api_key,
        base_url=f"{emulator.base_url}/ai",
        max_retries=0,
    ) as client:
        yield client


@pytest.fixture
def call(emulator: TelnyxEmulator) -> tuple[str, bytes]:
    """A recorded call with a registered transcript."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(32_000))
    emulator.transcript("call.wav", "Hello. Hi there.")
    return "call.wav", written.getvalue()


def test_a_recording_is_transcribed(sdk: openai.OpenAI, call: tuple[str, bytes]) -> None:
    found = sdk.audio.transcriptions.create(file=call, model="openai/whisper-large-v3-turbo")
    assert found.text == "Hello. Hi there."


def test_the_sdk_requests_times_with_brackets(sdk: openai.OpenAI, call: tuple[str, bytes]) -> None:
    found = sdk.audio.transcriptions.create(
        file=call,
        model="distil-whisper/distil-large-v2",
        response_format="verbose_json",
        timestamp_granularities=["segment"],
    )
    assert found.duration == 2.0
    assert [(segment.start, segment.text) for segment in found.segments or ()] == [
        (0.0, "Hello."),
        (0.824, "Hi there."),
    ]


def test_a_refusal_is_raised_with_its_message(sdk: openai.OpenAI, call: tuple[str, bytes]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.audio.transcriptions.create(
            file=call, model="distil-whisper/distil-large-v2", language="en"
        )
    assert "does not support `language`" in caught.value.response.text
