"""Recordings that the transcription loader accepts, by form."""

from __future__ import annotations

import asyncio
import io
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents.base import Blob
from recording_helpers import WAV, field, recording, sources, texts

from langchain_telnyx import (
    BadRequestError,
    NotFoundError,
    PartialError,
)

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator

NOVA = "deepgram/nova-3"
Load = Callable[..., "list[Document]"]


@pytest.mark.parametrize(
    "given",
    [
        "call.wav",
        Path("call.wav"),
        ("call.wav", WAV),
        Blob.from_path("call.wav"),
        Blob.from_data(WAV, path="call.wav"),
        ["call.wav"],
        "call.*",
        "*",
        ".",
    ],
    ids=["str", "path", "pair", "blob on disk", "blob", "list", "glob", "star", "folder"],
)
def test_a_recording_can_have_many_forms(load: Load, call: Path, given: Any) -> None:
    [document] = load(given)
    assert document.page_content.startswith("Good morning.")
    assert document.metadata["source"] == str(call)


@pytest.mark.parametrize(
    ("beginning", "extension"),
    [
        (b"RIFF\x24\0\0\0WAVE", "wav"),
        (b"fLaC\0\0\0\x22", "flac"),
        (b"OggS\0\2", "ogg"),
        (b"ID3\4\0", "mp3"),
        (b"\xff\xfb\x90\x44", "mp3"),
        (b"\0\0\0\x1cftypM4A \0", "m4a"),
        (b"\0\0\0\x1cftypisom\0", "mp4"),
        (b"\x1a\x45\xdf\xa3\x01", "webm"),
    ],
)
def test_bytes_are_named_after_their_format(
    maker: Any, emulator: TelnyxEmulator, beginning: bytes, extension: str
) -> None:
    with pytest.raises(PartialError):  # too short to be a recording
        maker(beginning).load()
    assert f'filename="recording.{extension}"'.encode() in emulator.requests[-1].body


def test_bytes_of_an_unknown_format_need_a_name(load: Load, emulator: TelnyxEmulator) -> None:
    with pytest.raises(PartialError, match=r"^'recording 0'.*has no extension"):
        load([b"sound"])
    assert not emulator.requests


def test_a_file_without_an_extension_is_looked_into(load: Load, emulator: TelnyxEmulator) -> None:
    Path("call").write_bytes(WAV)
    emulator.transcript("call.wav", "Hello.")
    [document] = load("call")
    assert (document.page_content, document.metadata["source"]) == ("Hello.", "call")


@pytest.mark.usefixtures("_no_recogniser")
def test_an_open_file_is_read_again_by_each_load(maker: Any, call: Path) -> None:
    with call.open("rb") as opened:
        loader = maker([opened, io.BytesIO(recording(2))], on_error="skip")
        opened.read(10)
        assert sources(loader.load()) == sources(asyncio.run(loader.aload())) == ["call.wav"]
    with pytest.raises(PartialError, match="closed file"):
        maker(opened).load()


class Pipe:
    """A file that can be read once."""

    def __init__(self) -> None:
        self._left = [WAV]

    def read(self, size: int = -1, /) -> bytes:
        assert size == -1
        return self._left.pop() if self._left else b""


def test_a_pipe_can_be_read_only_once(maker: Any, emulator: TelnyxEmulator) -> None:
    emulator.transcript("recording.wav", "Hello.")
    loader = maker(Pipe())
    assert texts(loader.load()) == ["Hello."]
    with pytest.raises(PartialError, match="Pass its bytes instead"):
        loader.load()


def test_a_folder_stands_for_the_recordings_in_its_tree(load: Load, calls: Path) -> None:
    names = [str(calls / name) for name in ("0.wav", "1.wav", "2.wav", "3.wav", "deep/4.wav")]
    documents = load(calls)
    assert sources(documents) == names
    assert texts(documents) == [f"Call number {number}." for number in range(5)]
    assert sources(load("calls/**/[34].wav")) == names[3:]
    assert sources(load(f"{calls.resolve()}/*.wav")) == [str(Path(n).resolve()) for n in names[:4]]


def test_an_address_is_fetched_by_the_service_and_its_signature_is_shown_nowhere(
    load: Load, emulator: TelnyxEmulator
) -> None:
    plain = "http://192.0.2.1/calls/a.wav"
    url = f"{plain}?X-Amz-Signature=5ec4e7"
    with pytest.raises(PartialError, match=rf"^'{plain}' could not be") as caught:
        load(url)
    failure = caught.value.failed[plain]
    assert isinstance(failure, BadRequestError)
    assert field(emulator, "file_url") == url
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert "5ec4e7" not in shown + repr(failure.response)
    with pytest.raises(PartialError, match="supports mp3, wav"):
        load(f"{plain[:-3]}flac", model=NOVA)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("inputs", "keys"),
    [
        (None, ["2026/b.wav", "2026/c.wav", "a.wav"]),
        ("2026/*", ["2026/b.wav", "2026/c.wav"]),
        (["a.wav", "2026/b.wav"], ["a.wav", "2026/b.wav"]),
        ("*[ab].wav", ["2026/b.wav", "a.wav"]),
    ],
)
def test_a_bucket_gives_its_recordings(load: Load, inputs: Any, keys: list[str]) -> None:
    documents = load(inputs, bucket="calls")
    assert sources(documents) == [f"calls/{key}" for key in keys]
    assert texts(documents) == [f"This is {key}." for key in keys]


@pytest.mark.usefixtures("bucket")
def test_a_missing_object_does_not_affect_the_others(load: Load) -> None:
    with pytest.raises(PartialError) as caught:
        load(["a.wav", "d.wav"], bucket="calls")
    assert caught.value.done == ["calls/a.wav"]
    assert isinstance(caught.value.failed["calls/d.wav"], NotFoundError)
