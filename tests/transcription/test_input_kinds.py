"""Every type of input loads, or raises a TypeError that lists the supported types."""

from __future__ import annotations

import io
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from recording_helpers import WAV, recording, sources, texts

from langchain_telnyx import PartialError, TelnyxTranscriptionParser
from langchain_telnyx.client import audio_files
from langchain_telnyx.client.audio_files import filename_for, local_path, utf8_filename
from langchain_telnyx.transcription.recordings import flatten_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator

    Load = Callable[..., list[Document]]

OGG = b"OggS\0\2" + bytes(20) + b"\1OpusHead"
FORMATS = {
    "wav": WAV[:44],
    "flac": b"fLaC\0\0\0\x22",
    "ogg": OGG,
    "mp3": b"\xff\xfb\x90\x44\0\0",
    "m4a": b"\0\0\0\x1cftypM4A \0\0",
    "mp4": b"\0\0\0\x1cftypisom\0\0",
    "webm": b"\x1a\x45\xdf\xa3\x01\0",
    "amr": b"#!AMR\n<",
    "aac": b"\xff\xf1\x50\x80\0\0",
    "caf": b"caff\0\1\0\0",
    "aiff": b"FORM\0\0\0\0AIFFCOMM",
}


@pytest.mark.parametrize(
    "form",
    [
        bytearray,
        memoryview,
        io.BytesIO,
        lambda content: ("call.wav", bytearray(content)),
        lambda content: ("call", io.BytesIO(content)),
        lambda content: [[], [(content,)]],
        lambda content: ((each for each in [content]),),
        lambda content: {content},
        lambda content: dict.fromkeys([content]).keys(),
        lambda _: {entry.name: entry for entry in os.scandir()}["call.wav"],
        lambda _: "~/call.wav",
        lambda _: Path("~/*.wav"),
        lambda _: Path("call.wav").resolve().as_uri(),
        lambda _: f"FILE://localhost{Path('call.wav').resolve()}",
        lambda _: f"file://{Path.cwd()}/c%61ll.wav",
        lambda _: Blob(path="~/call.wav"),
    ],
)
def test_every_supported_type_loads(
    load: Load,
    emulator: TelnyxEmulator,
    call: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: Callable[[bytes], Any],
) -> None:
    monkeypatch.setenv("HOME", str(Path.cwd()))
    emulator.transcript("recording.wav", "Good morning.")
    [document] = load(form(call.read_bytes()))
    assert document.page_content.startswith("Good morning.")


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    "given",
    [
        12,
        [None],
        {"a.wav": b""},
        io.StringIO("text"),
        tempfile.SpooledTemporaryFile(mode="w+"),  # noqa: SIM115 - nothing is on the disk
        Document("text"),
        ("a.wav", WAV, "audio/wav"),
        object(),
        [["a.wav"], [1.5]],
    ],
    ids=lambda given: type(given).__name__,
)
def test_unsupported_types_raise_a_type_error_with_the_supported_types(
    maker: Callable[..., Any], given: Any, *, nested: bool
) -> None:
    with pytest.raises(TypeError, match=r"`inputs.*bytearray.*memoryview.*mode 'rb'.*`Blob`"):
        maker(["a.wav", given] if nested else given)


def test_files_in_text_mode_and_async_files_raise_type_errors(
    maker: Callable[..., Any], call: Path
) -> None:
    class Awaited:
        async def read(self) -> bytes:
            return b""

    with call.open(encoding="latin-1") as text, tempfile.NamedTemporaryFile("w+") as temporary:
        for file in (text, temporary, Awaited()):
            with pytest.raises(TypeError, match="does not return bytes"):
                maker(file)


@pytest.mark.parametrize("given", ["call.wav", b"RIFF", None, Document("text")])
def test_the_parser_explains_how_to_create_a_blob(emulator: TelnyxEmulator, given: Any) -> None:
    with pytest.raises(TypeError, match=r"expects a `Blob`, not .*`Blob.from_path`"):
        TelnyxTranscriptionParser(**emulator.options()).parse(given)


ANY = st.recursive(
    st.one_of(
        st.none(), st.integers(), st.text(max_size=5), st.binary(max_size=5), st.builds(io.BytesIO)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=8,
)


@given(st.lists(ANY, max_size=4))
@example([["", b""]])
def test_lists_in_lists_lose_nothing(inputs: list[Any]) -> None:
    def leaves(value: Any) -> list[Any]:
        match value:
            case (str(), bytes() | io.BytesIO()) if isinstance(value, tuple):
                return [value]
            case list() | tuple():
                return [leaf for each in value for leaf in leaves(each)]
            case _:
                return [value]

    try:
        found = flatten_inputs(inputs)
    except TypeError:
        return  # there is another test for these
    assert found == leaves(inputs)


# Formats


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize(
    "name", ["", "call", "call.2026-11-28", "note.opus", "b.wave", "x.wav", "x.mp3", "v1.2", "ä."]
)
def test_the_format_comes_from_the_bytes_or_else_from_the_name(name: str, extension: str) -> None:
    found = filename_for(name, FORMATS[extension])
    assert found.endswith(f".{extension}")
    assert found.startswith(name.partition(".")[0])
    assert filename_for(found, FORMATS[extension]) == found
    assert filename_for("b.wave", b"unknown") == "b.wav"
    assert filename_for(name, b"unknown") in {name, "note.ogg", "b.wav"}


@pytest.mark.parametrize(
    ("tagged", "extension"),
    [(b"\xff\xfb\x90\x44", "mp3"), (b"fLaC", "flac"), (b"\xff\xf1\x50", "aac"), (b"?", "mp3")],
)
def test_the_content_after_a_tag_determines_the_format(
    tmp_path: Path, tagged: bytes, extension: str
) -> None:
    content = b"ID3\4\0\0\0\0\1\x01" + bytes(129) + tagged
    file = tmp_path / "tagged"
    file.write_bytes(content)
    assert filename_for("a", content) == filename_for("a", file) == f"a.{extension}"


@pytest.mark.parametrize("content", [b"\xff\xfeh\0i\0", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBP"])
def test_texts_and_images_are_not_recordings(content: bytes) -> None:
    assert filename_for("a", content) == "a"


def test_folders_and_patterns_select_recordings_by_content(
    load: Load, emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    Path("notes").mkdir()
    names = ["PTT-WA0001.opus", "b.wave", "call.2026-11-28", "headerless"]
    for seconds, name in enumerate(names, 1):
        Path("notes", name).write_bytes(recording(seconds))
    Path("notes/a.txt").write_text("text", "utf-8")
    Path("notes/empty").touch()
    for name in ("PTT-WA0001.wav", "b.wav", "call.2026-11-28.wav", "headerless.wav"):
        emulator.transcript(name, name)
    for inputs in ("notes", "notes/*", "notes/**"):
        documents = load(inputs)
        assert sources(documents) == [str(Path("notes", name)) for name in names]
        assert texts(documents)[0] == "PTT-WA0001.wav"
    with caplog.at_level(logging.WARNING):
        assert load("notes/*.txt") == []
    assert "'notes/*.txt' matches 1 files, none of which is a recording" in caplog.text


def test_unsupported_formats_and_empty_files_raise_before_the_upload(
    load: Load, emulator: TelnyxEmulator
) -> None:
    Path("calls").mkdir()
    Path("calls/a.wav").touch()
    Path("calls/b.wav").write_bytes(FORMATS["amr"])
    documents = load(["calls", b"", io.BytesIO()], on_error="document")
    errors = [document.metadata["error"] for document in documents]
    assert ["0 bytes" in error for error in errors] == [True, False, True, True]
    assert "but not 'b.amr'" in errors[1]
    assert not emulator.requests


# Names and failures


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_file_name_that_is_not_utf_8_is_replaced(load: Load, emulator: TelnyxEmulator) -> None:
    Path("calls").mkdir()
    Path(os.fsdecode(b"calls/2\xe9.wav")).write_bytes(WAV)
    emulator.transcript("2\\xe9.wav", "Hello.")
    [document] = load("calls")
    assert document.metadata["source"] == "calls/2\\xe9.wav"
    assert document.page_content == "Hello."


@given(st.text(st.characters(), max_size=20))
def test_any_name_can_be_sent(name: str) -> None:
    assert utf8_filename(name).encode().decode() == utf8_filename(name)
    assert utf8_filename(utf8_filename(name)) == utf8_filename(name)


@pytest.mark.parametrize(
    "odd",
    [
        "nul\0.wav",
        "s3://bucket/a.wav",
        "ftp://h/a.wav",
        "data:audio/wav;base64,UklGRg==",
        "file://elsewhere/a.wav",
        "~nobody-of-this-name/a.wav",
        "http://[::1/a.wav",
        "https://h/\udce9.wav",
        "nothing/*.wav",
        Blob(path="gone.wav"),
        ("\ud800.wav", b"sound"),
        b"sound",
    ],
)
def test_an_invalid_input_does_not_affect_the_others(load: Load, call: Path, odd: Any) -> None:
    documents = load([call, odd, call], on_error="document")
    assert [bool(document.page_content) for document in documents] == [True, False, True]
    assert documents[1].metadata["source"].encode()
    with pytest.raises(PartialError) as caught:
        load([call, odd])
    assert caught.value.done == ["call.wav"]


@pytest.mark.parametrize(
    ("url", "posix", "windows"),
    [
        ("file:///a/b%20c.wav", "/a/b c.wav", "/a/b c.wav"),
        ("file:/a.wav", "/a.wav", "/a.wav"),
        ("file://LOCALHOST/a%3F.wav", "/a?.wav", "/a?.wav"),
        ("file:///C:/a.wav", "/C:/a.wav", "C:/a.wav"),
        ("file:///c|/a.wav", "/c|/a.wav", "c:/a.wav"),
        ("file://C:/a.wav", None, "C:/a.wav"),
        ("file://server/share/a.wav", None, "//server/share/a.wav"),
    ],
)
def test_file_urls_are_read_as_browsers_read_them(
    url: str, posix: str | None, windows: str
) -> None:
    read = audio_files._of_file_url  # noqa: SLF001 - Windows' form is tested everywhere
    assert read(url, windows=True) == windows
    if posix is None:
        with pytest.raises(ValueError, match="names the host"):
            read(url, windows=False)
    else:
        assert read(url, windows=False) == posix


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=30))
def test_a_path_and_its_url_are_the_same(name: str) -> None:
    path = Path("/", name)
    assert local_path(path.as_uri()) == path
