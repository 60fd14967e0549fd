"""Helpers of transcription tests: silent recordings, fields of documents and requests."""

from __future__ import annotations

import io
import re
import wave
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator


def recording(seconds: float = 4.0) -> bytes:
    """Return silence as a WAV file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(seconds * 8000) * 2))
    return written.getvalue()


WAV = recording()


def texts(documents: list[Document]) -> list[str]:
    return [document.page_content for document in documents]


def sources(documents: list[Document]) -> list[str]:
    return [document.metadata["source"] for document in documents]


def field(emulator: TelnyxEmulator, name: str, at: int = -1) -> str | None:
    """Return a form field of a recorded request."""
    body = emulator.requests[at].body
    found = re.search(rf'name="{re.escape(name)}"\r\n\r\n(.*?)\r\n--'.encode(), body, re.DOTALL)
    return found[1].decode() if found else None


def transcribed(emulator: TelnyxEmulator) -> int:
    return sum(request.path.endswith("/audio/transcriptions") for request in emulator.requests)
