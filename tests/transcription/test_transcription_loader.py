"""The transcription loader with many recordings: failures, concurrency, reruns; and the parser."""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.document_loaders import BaseLoader, BlobLoader
from langchain_core.documents.base import Blob
from recording_helpers import WAV, recording, sources, texts, transcribed

from langchain_telnyx import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    PartialError,
    TelnyxError,
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
)
from langchain_telnyx._shared.manifest import Manifest

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from langchain_telnyx.emulator import TelnyxEmulator

NOVA = "deepgram/nova-3"
TURBO = "openai/whisper-large-v3-turbo"
Load = Callable[..., "list[Document]"]


@pytest.fixture
def mixed(calls: Path) -> list[str]:
    """Two recordings with one that is not there between them."""
    return [str(calls / "0.wav"), "nowhere.wav", str(calls / "1.wav")]


def test_a_failure_is_raised_with_what_was_done_before(load: Load, mixed: list[str]) -> None:
    with pytest.raises(PartialError, match=r"'nowhere.wav' could not .* No such file") as caught:
        load(mixed)
    assert caught.value.done == mixed[:1]
    assert texts(caught.value.partial) == ["Call number 0."]
    assert list(caught.value.failed) == ["nowhere.wav"]
    assert isinstance(caught.value.failed["nowhere.wav"], TelnyxError)
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert not caught.value.is_retryable
    revived = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert texts(revived.partial) == ["Call number 0."]


def test_a_failure_is_skipped_with_a_warning(
    load: Load, mixed: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert texts(load(mixed, on_error="skip")) == ["Call number 0.", "Call number 1."]
    [record] = [r for r in caplog.records if r.name.startswith("langchain_telnyx")]
    assert record.getMessage().startswith("Skipped 'nowhere.wav': [Errno 2] No such file")


def test_a_failure_is_returned_as_a_document(load: Load, mixed: list[str]) -> None:
    _, failed, _ = load(mixed, on_error="document")
    assert failed.page_content == ""
    error = failed.metadata.pop("error")
    assert failed.metadata == {
        "source": "nowhere.wav",
        "model": TURBO,
        "error_type": "FileNotFoundError",
    }
    assert "No such file" in error


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_busy_service_is_retried(load: Load, emulator: TelnyxEmulator, call: Path) -> None:
    emulator.fail(429, times=2, retry_after=0)
    assert len(load(call, on_error="skip")) == 1
    assert transcribed(emulator) == 3


@pytest.mark.parametrize("on_error", ["raise", "skip", "document"])
def test_a_wrong_key_is_raised_whatever_the_policy(
    load: Load, emulator: TelnyxEmulator, mixed: list[str], on_error: str
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        load([mixed[0]] * 20, on_error=on_error, api_key="KEYwrong")
    assert "KEYwrong" not in str(caught.value)
    assert transcribed(emulator) <= 5


# Laziness


def test_creating_a_loader_and_its_iterators_sends_nothing(
    maker: Any, emulator: TelnyxEmulator
) -> None:
    loader = maker("nowhere.wav")
    loader.lazy_load()
    loader.alazy_load()
    assert not emulator.requests


def test_an_iterator_limits_its_prefetch_and_stops_when_closed(
    maker: Any, emulator: TelnyxEmulator, calls: Path
) -> None:
    loader = maker([calls] * 4, max_concurrency=2)
    documents = loader.lazy_load()
    assert [next(documents).page_content for _ in range(3)] == [
        f"Call number {number}." for number in range(3)
    ]
    documents.close()
    assert 3 <= transcribed(emulator) <= 5

    async def begin() -> None:
        documents = loader.alazy_load()
        assert (await anext(documents)).page_content == "Call number 0."
        await documents.aclose()

    before = transcribed(emulator)
    asyncio.run(begin())
    assert transcribed(emulator) - before <= 3


def test_a_loader_can_be_reused_and_pickled(
    maker: Any, emulator: TelnyxEmulator, call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = maker((path for path in [call]), mode="sentences")
    assert loader.load() == loader.load() == asyncio.run(loader.aload())
    pickled = pickle.dumps(loader)
    assert emulator.api_key.encode() not in pickled
    assert emulator.api_key not in repr(loader)
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    assert isinstance(pickle.loads(pickled), TelnyxTranscriptionLoader)  # noqa: S301 - our own


def test_progress_counts_recordings(
    load: Load, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(calls, show_progress=True)
    shown = capsys.readouterr().err
    assert "Transcribing: 100%" in shown
    assert "5/5" in shown


# Reruns


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_rerun_sends_nothing_again_in_any_mode(
    load: Load, emulator: TelnyxEmulator, call: Path
) -> None:
    first = load(call, mode="segments", manifest="done/m.jsonl")
    call.rename("moved.wav")  # it is the content that counts
    again = load("moved.wav", mode="segments", manifest="done/m.jsonl")
    assert transcribed(emulator) == 1
    assert texts(again) == texts(first)
    assert sources(again) == ["moved.wav"] * 3
    assert len(load("moved.wav", mode="words", manifest="done/m.jsonl")) == 12
    assert "cancel" in load("moved.wav", mode="srt", manifest="done/m.jsonl")[0].page_content
    assert transcribed(emulator) == 1


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_other_content_or_other_options_are_requested(
    load: Load, emulator: TelnyxEmulator, call: Path
) -> None:
    load(call, manifest="m.jsonl")
    others: list[dict[str, Any]] = [
        {"language": "en"},
        {"model": NOVA},
        {"model": NOVA, "diarize": True},
    ]
    for count, options in enumerate(others, 2):
        load(call, manifest="m.jsonl", **options)
        assert transcribed(emulator) == count
    call.write_bytes(recording(2))
    load(call, manifest="m.jsonl")
    assert transcribed(emulator) == 5
    assert len(Path("m.jsonl").read_text("utf-8").splitlines()) == 5


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_after_a_failure_only_missing_results_are_requested(
    load: Load, emulator: TelnyxEmulator, calls: Path
) -> None:
    emulator.fail(400, path="/audio/transcriptions", times=1)
    options: dict[str, Any] = {"manifest": "m.jsonl", "max_concurrency": 1}
    assert len(load(calls, on_error="skip", **options)) == 4
    assert len(load(calls, **options)) == 5
    assert transcribed(emulator) == 6


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
@pytest.mark.usefixtures("bucket")
def test_an_object_is_known_by_its_entity_tag_without_a_download(
    load: Load, emulator: TelnyxEmulator
) -> None:
    load("a.wav", bucket="calls", manifest="m.jsonl")
    emulator.requests.clear()
    assert texts(load("a.wav", bucket="calls", manifest="m.jsonl")) == ["This is a.wav."]
    assert [request.path for request in emulator.requests] == ["/calls"]


def test_a_manifest_that_cannot_be_written_raises_at_once(load: Load, calls: Path) -> None:
    Path("file").touch()
    with pytest.raises(ConfigurationError, match="manifest cannot be written"):
        load(calls, manifest="file/m.jsonl", on_error="skip")


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_full_disk_loses_no_document(
    load: Load, calls: Path, emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Manifest.store
    stored: list[Any] = []

    def full_after_two(manifest: Manifest, *answer: Any) -> None:
        if len(stored) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        stored.append(store(manifest, *answer))

    monkeypatch.setattr(Manifest, "store", full_after_two)
    with pytest.raises(ConfigurationError, match="No space left on device") as caught:
        load(calls, manifest="m.jsonl", max_concurrency=1)
    assert transcribed(emulator) == 3
    error: Any = caught.value
    assert len(texts(error.partial)) == 3


@pytest.mark.default_quirks("It counts the attempts by key.", "rate_limited_share")
def test_an_error_of_all_recordings_has_the_documents_before_it(
    load: Load, calls: Path, emulator: TelnyxEmulator
) -> None:
    keys = itertools.chain([emulator.api_key] * 2, itertools.repeat("KEYrevoked"))
    with pytest.raises(AuthenticationError) as caught:
        load(calls, max_concurrency=1, api_key=lambda: next(keys))
    error: Any = caught.value
    assert len(texts(error.partial)) == 2


# The parser


class Blobs(BlobLoader):
    """The blobs of a folder, as community's `FileSystemBlobLoader` yields them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def yield_blobs(self) -> Iterator[Blob]:
        for path in sorted(self._folder.glob("[!.]*.wav")):
            yield Blob.from_path(path)


class Generic(BaseLoader):
    """A loader of blobs and a parser, put together as community's `GenericLoader` does it."""

    def __init__(self, blobs: BlobLoader, parser: TelnyxTranscriptionParser) -> None:
        self._blobs = blobs
        self._parser = parser

    def lazy_load(self) -> Iterator[Document]:
        for blob in self._blobs.yield_blobs():
            yield from self._parser.lazy_parse(blob)


@pytest.mark.usefixtures("_no_recogniser")
def test_the_parser_works_with_a_blob_loader(emulator: TelnyxEmulator, calls: Path) -> None:
    parser = TelnyxTranscriptionParser(mode="sentences", **emulator.options())
    documents = Generic(Blobs(calls), parser).load()
    assert texts(documents) == [f"Call number {number}." for number in range(4)]
    assert documents[3].metadata["duration"] == 4.0


async def test_the_parser_uses_a_blobs_metadata_and_media_type(
    emulator: TelnyxEmulator,
) -> None:
    emulator.transcript("recording.wav", "Hello.")
    parser = TelnyxTranscriptionParser(**emulator.options())
    blob = Blob.from_data(WAV, mime_type="audio/x-wav", metadata={"source": "tape 7", "case": 12})
    [document] = [document async for document in parser.alazy_parse(blob)]
    assert document.metadata == {"source": "tape 7", "case": 12, "model": TURBO}
    assert parser.parse(blob) == [document]


def test_the_parser_raises_errors(emulator: TelnyxEmulator) -> None:
    parser = TelnyxTranscriptionParser(model=NOVA, **emulator.options())
    with pytest.raises(FileNotFoundError):
        parser.parse(Blob.from_path("nowhere.wav"))
    with pytest.raises(ValueError, match="supports mp3, wav"):
        parser.parse(Blob.from_data(b"fLaC"))
    with pytest.raises(BadRequestError):
        parser.parse(Blob.from_data(b"sound", path="a.wav"))
    with pytest.raises(ConfigurationError, match="returns no times"):
        TelnyxTranscriptionParser(mode="vtt", model=TURBO)
