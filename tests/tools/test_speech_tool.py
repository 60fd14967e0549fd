"""The tool that speaks a text."""

from __future__ import annotations

import base64
import io
import wave
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import TelnyxTextToSpeechTool
from langchain_telnyx.emulator.server import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_core.messages import ToolMessage

CALL = {"name": "telnyx_text_to_speech", "args": {"text": "Hello, Ann!"}, "id": "1"}


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as emulator:
        yield emulator


async def called(emulator: TelnyxEmulator, mode: str, **options: Any) -> ToolMessage:
    tool = TelnyxTextToSpeechTool(audio_format="wav", **options, **emulator.options())
    call = {**CALL, "type": "tool_call"}
    message: ToolMessage = await tool.ainvoke(call) if mode == "async" else tool.invoke(call)
    return message


def length_of(content: bytes) -> int:
    with wave.open(io.BytesIO(content)) as audio:
        frames: int = audio.getnframes()
    return frames


@pytest.mark.parametrize("mode", ["sync", "async"])
async def test_the_artifact_has_the_audio(emulator: TelnyxEmulator, mode: str) -> None:
    message = await called(emulator, mode)
    audio = base64.b64decode(message.artifact["audio_base64"])
    assert length_of(audio) == 1440 * len("Hello, Ann!")
    assert message.artifact["size"] == len(audio)
    assert message.content == f"The text was spoken: audio/wav, {len(audio):,} bytes."


@pytest.mark.parametrize("mode", ["sync", "async"])
async def test_the_audio_is_saved(emulator: TelnyxEmulator, mode: str, tmp_path: Path) -> None:
    message = await called(emulator, mode, directory=tmp_path / "new")
    [file] = (tmp_path / "new").iterdir()
    assert message.artifact["path"] == str(file)
    assert file.suffix == ".wav"
    assert file.name in message.content
    assert length_of(file.read_bytes())


@pytest.mark.parametrize("mode", ["sync", "async"])
async def test_audio_that_cannot_be_saved_is_in_the_artifact(
    emulator: TelnyxEmulator, mode: str, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    message = await called(emulator, mode, directory=blocked)
    assert length_of(base64.b64decode(message.artifact["audio_base64"]))
    assert message.artifact["save_error"]
    assert "could not be saved" in message.content
    assert str(tmp_path) not in message.content


async def test_an_error_is_for_the_model(emulator: TelnyxEmulator) -> None:
    message = await called(emulator, "sync", voice="Telnyx.Nope.ann")
    assert message.status == "error"
    assert "Nope" in message.content
