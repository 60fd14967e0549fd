"""A store and the service: waiting, buckets, files, progress, concurrency."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import fpdf
import pytest

from langchain_telnyx import (
    ConflictError,
    NotFoundError,
    PartialWriteError,
    PermissionDeniedError,
    TaskError,
    TaskTimeoutError,
    Telnyx,
    TelnyxVectorStore,
    WriteTimeoutError,
)
from langchain_telnyx.emulator import after_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

MOONS = ["Titan is a moon of Saturn.", "Europa is an icy moon of Jupiter."]


def calls(emulator: TelnyxEmulator, method: str, path: str) -> int:
    """Return how many requests had this method and a path that holds this text."""
    return sum(r.method == method and path in r.path for r in emulator.requests)


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_write_waits_until_its_documents_can_be_found(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    make("waits").add_texts(MOONS)
    assert calls(emulator, "GET", "/v2/ai/embeddings/") >= 1
    emulator.requests.clear()
    store = make("goes-on", wait=False)
    store.add_texts(MOONS)
    assert [r.path for r in emulator.requests].count("/v2/ai/embeddings") == 1
    assert calls(emulator, "GET", "/v2/ai/embeddings/") == 0
    store.add_texts(["Rhea is a moon of Saturn."])  # embedded by the service itself
    assert [r.path for r in emulator.requests].count("/v2/ai/embeddings") == 1


def test_waiting_ends_after_wait_timeout(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    emulator.account.jobs.pace = after_seconds(60)
    with pytest.raises(WriteTimeoutError, match=r"not embedded within `wait_timeout`") as caught:
        make(wait_timeout=0.2).add_texts(MOONS)
    assert isinstance(caught.value, TaskTimeoutError)
    assert len(caught.value.not_embedded) == 2


def test_the_error_reports_a_bucket_of_another_customer(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    emulator.fail(403, path="/moons")  # the response to HEAD
    emulator.fail(409, path="/moons")  # the response to creating it
    with pytest.raises(ConflictError, match="belongs to another customer"):
        make().add_texts(MOONS)


def test_a_wrong_key_is_not_mistaken_for_a_bucket_of_another_customer(
    make: Callable[..., Store],
) -> None:
    with pytest.raises(PermissionDeniedError, match="access key id is not a known API key"):
        make(api_key="KEYwrong").add_texts(MOONS)


def test_searching_a_misspelt_bucket_is_an_error_and_an_empty_one_finds_nothing(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    with pytest.raises(NotFoundError):
        make("mooons").similarity_search("moon")
    emulator.account.objects.create_bucket("empty")
    assert make("empty").similarity_search("moon") == []


@pytest.mark.parametrize("name", ["ab", "Moons", "my_moons", "-moons", "m" * 64])
def test_a_bucket_name_that_breaks_the_rules_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match="bucket"):
        TelnyxVectorStore(name)


def test_chunk_sizes_and_the_model_are_sent(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    model = "intfloat/multilingual-e5-large"
    make(chunk_size=200, chunk_overlap=20, embedding_model=model).add_texts(["a moon"])
    recipe = emulator.account.embedded.recipe("moons")
    assert recipe is not None
    assert (recipe.chunk_size, recipe.overlap) == (200, 20)
    assert recipe.model == model


def pdf(text: str) -> bytes:
    document = fpdf.FPDF()
    document.add_page()
    document.set_font("Helvetica", size=12)
    document.cell(text=text)
    return bytes(document.output())


def test_files_are_read_by_the_service_and_unreadable_ones_are_named(
    make: Callable[..., Store], tmp_path: Path
) -> None:
    contents = {
        "titan.pdf": pdf("Titan is a moon of Saturn."),
        "europa.html": b"<html><body><h1>Europa</h1><p>It is icy.</p></body></html>",
        "junk.png": b"\x89PNG\r\n\x1a\n" + bytes(200),
    }
    files = {}
    for name, content in contents.items():
        files[f"docs/{name}"] = tmp_path / name
        files[f"docs/{name}"].write_bytes(content)
    store = make()
    with pytest.raises(PartialWriteError, match="stored but not embedded") as caught:
        store.add_files(files)
    assert isinstance(caught.value, TaskError)
    assert caught.value.done == ["docs/titan.pdf", "docs/europa.html"]
    assert list(caught.value.reasons) == ["docs/junk.png"]
    assert "PNG image" in caught.value.reasons["docs/junk.png"]
    [icy, *_] = store.similarity_search("What is icy?")
    assert (icy.id, icy.metadata) == ("docs/europa.html", {"source": "docs/europa.html"})
    sources = {d.metadata["source"] for d in store.similarity_search("moon of Saturn", k=9)}
    assert sources == {"docs/titan.pdf", "docs/europa.html"}


def test_a_missing_file_is_an_os_error(make: Callable[..., Store], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.txt"):
        make().add_files({"a.txt": tmp_path / "nowhere.txt"})


def test_progress_is_drawn_on_standard_error_on_request(
    make: Callable[..., Store], capsys: pytest.CaptureFixture[str]
) -> None:
    make().add_texts(MOONS)
    assert capsys.readouterr().err == ""
    make(show_progress=True).add_texts(MOONS)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Uploading: 100%" in shown.err
    assert "Embedding: 100%" in shown.err


class InFlight:
    """A client that counts concurrent uploads.

    The first uploads wait until as many are in flight as are allowed, so that a slow
    machine does not end one before the next begins.
    """

    def __init__(self, client: Any, width: int) -> None:
        self._client = client
        self._width = width
        self._full = threading.Event()
        self._lock = threading.Lock()
        self.now = 0
        self.most = 0
        self.build_request = client.build_request

    def send(self, request: Any, **options: Any) -> Any:
        self._begin(request, 1)
        self._wait(request)
        self._begin(request, -1)
        return self._client.send(request, **options)

    def _begin(self, request: Any, change: int) -> None:
        with self._lock:
            self.now += change * _is_upload(request)
            self.most = max(self.most, self.now)
            if self.most >= self._width:
                self._full.set()

    def _wait(self, request: Any) -> None:
        if _is_upload(request):
            self._full.wait(timeout=10)
            time.sleep(0.01)  # One upload too many has the time to begin.


class AsyncInFlight(InFlight):
    """The same, async."""

    async def send(self, request: Any, **options: Any) -> Any:
        self._begin(request, 1)
        await asyncio.to_thread(self._wait, request)
        self._begin(request, -1)
        return await self._client.send(request, **options)


def _is_upload(request: Any) -> bool:
    return bool(request.method == "PUT" and ".txt" in request.url.path)


@pytest.mark.parametrize("width", [1, 3])
def test_uploads_run_concurrently_up_to_the_limit(
    make: Callable[..., Store], emulator: TelnyxEmulator, width: int
) -> None:
    clients = (
        InFlight(emulator.http_client, width),
        AsyncInFlight(emulator.http_async_client, width),
    )
    store = make(max_concurrency=width, http_client=clients[0], http_async_client=clients[1])
    store.add_texts([f"moon {n}" for n in range(12)])
    assert max(client.most for client in clients) == width


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_a_bucket_with_concurrent_writes_is_deleted(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make()
    store.add_texts(MOONS)
    storage = Telnyx(max_retries=0, **emulator.options()).storage
    deleting = threading.Event()

    def write() -> None:
        # Like uploads that Ctrl-C did not cancel: they continue for a moment.
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            try:
                storage.put_object("moons", f"{time.monotonic_ns()}.txt", b"One more moon.")
            except NotFoundError:
                return
            deleting.set()

    writer = threading.Thread(target=write)
    writer.start()
    deleting.wait()
    store.delete_bucket()
    writer.join()
    assert not emulator.account.objects.has_bucket("moons")
