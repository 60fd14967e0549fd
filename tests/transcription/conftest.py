"""Recordings with transcripts in the emulator, and the transcription loader, sync and async."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from recording_helpers import WAV, recording

from langchain_telnyx import (
    Telnyx,
    TelnyxTranscriptionLoader,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator

CALL = "Speaker 0: Good morning. How can I help?\nSpeaker 1: I want to cancel my order."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _what_was_begun_is_over(emulator: TelnyxEmulator) -> Iterator[None]:
    # Closing an iterator does not wait for requests that cannot be ended; the emulator's end must.
    yield
    assert emulator.base_url
    for thread in threading.enumerate():
        if thread.name.startswith("telnyx-ahead"):
            thread.join(20)


@pytest.fixture
def _no_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)


@pytest.fixture
def call(emulator: TelnyxEmulator) -> Path:
    """A recorded call with a transcript in the emulator."""
    emulator.transcript("call.wav", CALL)
    Path("call.wav").write_bytes(WAV)
    return Path("call.wav")


@pytest.fixture
def calls(emulator: TelnyxEmulator) -> Path:
    """A folder of five recordings, each of another length and with a text of its own."""
    for number in range(5):
        file = Path("calls", "deep" if number == 4 else "", f"{number}.wav")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(recording(1 + number))
        emulator.transcript(f"{number}.wav", f"Call number {number}.")
    Path("calls", "notes.txt").write_text("no recording", "utf-8")
    Path("calls", ".hidden.wav").write_bytes(WAV)
    return Path("calls")


@pytest.fixture
def maker(emulator: TelnyxEmulator) -> Callable[..., TelnyxTranscriptionLoader]:
    def make(inputs: Any = None, **options: Any) -> TelnyxTranscriptionLoader:
        return TelnyxTranscriptionLoader(inputs, **{**emulator.options(), **options})

    return make


@pytest.fixture(params=["sync", "async"])
def load(
    request: pytest.FixtureRequest, maker: Callable[..., TelnyxTranscriptionLoader]
) -> Callable[..., list[Document]]:
    def run(inputs: Any = None, **options: Any) -> list[Document]:
        loader = maker(inputs, **options)
        return asyncio.run(loader.aload()) if request.param == "async" else loader.load()

    return run


@pytest.fixture
def bucket(emulator: TelnyxEmulator) -> Telnyx:
    """A bucket of three recordings and a text."""
    telnyx = Telnyx(**emulator.options())
    telnyx.storage.create_bucket("calls")
    for seconds, key in enumerate(("a.wav", "2026/b.wav", "2026/c.wav", "2026/c.txt"), 1):
        content = recording(seconds) if key.endswith("wav") else b"words"
        telnyx.storage.put_object("calls", key, content)
        emulator.transcript(Path(key).name, f"This is {key}.")
    return telnyx
