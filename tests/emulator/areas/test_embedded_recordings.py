"""Recordings in buckets are embedded by their transcripts, and every format's duration is read."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile

from langchain_telnyx.emulator.areas.audio.recording import Recording
from langchain_telnyx.emulator.reading.text import UnreadableError

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

CALL = Path(__file__).parents[2] / "recordings" / "call.wav"


def as_format(name: str, subtype: str | None = None) -> bytes:
    """Return the recorded call in another format."""
    sound, rate = soundfile.read(CALL)
    written = io.BytesIO()
    soundfile.write(written, sound, rate, format=name, subtype=subtype)
    return written.getvalue()


def element(kind: bytes, content: bytes) -> bytes:
    """Return an element of Matroska."""
    return kind + bytes([0x80 | len(content)]) + content


def webm(info: bytes) -> bytes:
    """Return the beginning of a WebM file of a live recording, which has no sizes."""
    unknown = b"\x18\x53\x80\x67\xff"
    return element(b"\x1aE\xdf\xa3", b"\x42\x82\x84webm") + unknown + element(b"\x15I\xa9f", info)


SCALE = element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(3))
TITLE = element(b"\x7b\xa9", b"a call")


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        (CALL.read_bytes(), 4.015),
        (as_format("WAV", "ULAW"), 4.015),
        (as_format("FLAC"), 4.015),
        (as_format("OGG", "VORBIS"), 4.015),
        (as_format("OGG", "OPUS"), 4.015),
        (as_format("MP3"), pytest.approx(4.015, abs=0.1)),
        (webm(TITLE + SCALE + element(b"\x44\x89", struct.pack(">d", 1500.0))), 1.5),
        (webm(SCALE + element(b"\x44\x89", struct.pack(">f", 2500.0))), 2.5),
        (webm(SCALE), None),
    ],
    ids=["wav", "telephone", "flac", "vorbis", "opus", "mp3", "webm", "webm-short", "webm-live"],
)
def test_the_length_of_a_recording_is_read_from_it(content: bytes, seconds: float | None) -> None:
    assert Recording("call", io.BytesIO(content)).duration() == seconds


def test_an_invalid_recording_has_no_duration() -> None:
    with pytest.raises(UnreadableError, match="is not a recording, or is damaged"):
        Recording("call.wav", io.BytesIO(b"RIFF\x00\x00\x00\x00WAVE")).duration()


@pytest.fixture
def _no_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra `emulator-speech` is not installed."""
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)


@pytest.mark.usefixtures("_no_recogniser")
def test_a_recording_in_a_bucket_is_found_by_its_sidecar(api: Api) -> None:
    api.put("calls", "may/call.wav.txt", "Speaker 0: I want to cancel my order.")
    api.put("calls", "may/call.wav", CALL.read_bytes(), "audio/wav")
    assert api.embed("calls") == "success"
    found = {hit["metadata"]["filename"]: hit for hit in api.search("calls", "cancel an order")}
    assert found["may/call.wav"]["document_chunk"] == "I want to cancel my order."


@pytest.mark.usefixtures("_no_recogniser")
@pytest.mark.parametrize("name", ["may/call.wav", "call.wav"])
def test_a_registered_transcript_has_precedence_over_a_sidecar(
    api: Api, emulator: TelnyxEmulator, name: str
) -> None:
    emulator.transcript(name, "Where is my parcel?")
    api.put("calls", "may/call.wav.txt", "Something else.")
    api.put("calls", "may/call.wav", CALL.read_bytes())
    assert api.embed("calls") == "success"
    best, *_ = api.search("calls", "parcel")
    assert best["metadata"]["filename"] == "may/call.wav"
    assert best["document_chunk"] == "Where is my parcel?"


@pytest.mark.usefixtures("_no_recogniser")
def test_a_recording_without_a_transcript_fails_with_the_reason(api: Api) -> None:
    api.put("calls", "call.wav", CALL.read_bytes())
    api.put("calls", "notes.txt", "Ada called.")
    assert api.embed("calls") == "partial_success"
    listed = api.data("GET", "/ai/embeddings/buckets/calls")
    reasons = {file["filename"]: file.get("error_reason", "") for file in listed}
    assert reasons["notes.txt"] == ""
    assert "no transcript of 'call.wav' and no recogniser" in reasons["call.wav"]


def test_the_content_type_identifies_a_recording_without_an_extension(
    api: Api, emulator: TelnyxEmulator
) -> None:
    emulator.transcript("voicemail", "Please call me back.")
    api.put("calls", "voicemail", CALL.read_bytes(), "audio/wav")
    assert api.embed("calls") == "success"
    best, *_ = api.search("calls", "call back")
    assert best["document_chunk"] == "Please call me back."
