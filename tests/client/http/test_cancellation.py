"""Calls cancelled at each of their awaits: they leave no resources, and the next call works."""

# ruff: noqa: SLF001 - connections of a client that is passed in are counted in its pool

import asyncio
import contextlib
import gc
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import BadRequestError, NotFoundError, TelnyxError
from langchain_telnyx.client.flows import poll
from langchain_telnyx.emulator import TelnyxEmulator
from tests.support.cancellation import (
    WAYS,
    cancel_at,
    count_sockets,
    count_tasks,
    resources,
    until,
)

pytestmark = pytest.mark.waits

MODEL = "moonshotai/Kimi-K2.6"
QUESTION = [{"role": "user", "content": "Hi"}]
Call = Callable[[Telnyx, Path], Awaitable[Any]]
# Three pieces from disk, each more than a socket accepts at once.
LARGE = b"x" * 2_500_000


async def stream(telnyx: Telnyx, _: Path) -> None:
    async with await telnyx.aio.chat.stream(QUESTION, model=MODEL) as chunks:
        async for _chunk in chunks:
            pass


async def left(telnyx: Telnyx, _: Path) -> None:
    async for _chunk in await telnyx.aio.chat.stream(QUESTION, model=MODEL):
        break


async def listing(telnyx: Telnyx, _: Path) -> None:
    async for _object in telnyx.aio.storage.list_objects("docs-bucket", page_size=1):
        pass


async def side_by_side(telnyx: Telnyx, _: Path) -> None:
    async for _models in telnyx.aio.send_each([telnyx.calls.models.list] * 3, width=2):
        pass


async def refused(telnyx: Telnyx, _: Path) -> None:
    with pytest.raises(NotFoundError):
        await telnyx.aio.chat.create(QUESTION, model="no/such-model")


async def transcription(telnyx: Telnyx, file: Path) -> None:
    with pytest.raises(BadRequestError):  # it is uploaded, but is not a recording
        await telnyx.aio.audio.transcribe(
            file.with_name("recording.mp3"), model="openai/whisper-large-v3-turbo"
        )


async def kvs(telnyx: Telnyx, _: Path) -> None:
    async for _namespace in telnyx.aio.kvs.list():
        pass


async def polling(telnyx: Telnyx, _: Path) -> None:
    polls = itertools.count(1)
    await telnyx.aio.send(
        poll(
            telnyx.calls.models.list,
            lambda _models: next(polls) == 3,
            timeout=30,
            first_delay=0.01,
            timeout_error=lambda _models: TelnyxError("30 s have passed"),
        )
    )


CALLS: dict[str, Call] = {
    "chat": lambda telnyx, _: telnyx.aio.chat.create(QUESTION, model=MODEL),
    "stream": stream,
    "left": left,
    "upload": lambda telnyx, file: telnyx.aio.storage.put_object("docs-bucket", "large", file),
    "download": lambda telnyx, file: telnyx.aio.storage.download(
        "docs-bucket", "a.txt", file.with_name("down")
    ),
    "listing": listing,
    "search": lambda telnyx, _: telnyx.aio.bucket_embeddings.similarity_search(
        "docs-bucket", "cat"
    ),
    "side_by_side": side_by_side,
    "refused": refused,
    "transcription": transcription,
    "embeddings": lambda telnyx, _: telnyx.aio.text_embeddings.create(
        input=["a"], model="thenlper/gte-large"
    ),
    "conversations": lambda telnyx, _: telnyx.aio.conversations.create(),
    "kvs": kvs,
    "polling": polling,
}
QUICK = ["stream", "upload", "download", "side_by_side", "polling"]


@pytest.fixture(scope="module")
def server() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator() as running:
        telnyx = Telnyx(**running.options())
        telnyx.storage.create_bucket("docs-bucket")
        for name in ("a.txt", "b.txt"):
            telnyx.storage.put_object("docs-bucket", name, b"The cat sat on the mat.")
        telnyx.bucket_embeddings.embed("docs-bucket")
        telnyx.close()
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "recording.mp3").write_bytes(b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64" + b"\0" * 2000)
    large = tmp_path / "large"
    large.write_bytes(LARGE)
    return large


@pytest.fixture
async def telnyx(server: TelnyxEmulator) -> AsyncIterator[Telnyx]:
    """A client with one connection: if it were lost, further calls would fail."""
    telnyx = Telnyx(**server.options(), max_connections=1, timeout=30, max_retries=0)
    yield telnyx
    await telnyx.aclose()


async def sweep(telnyx: Telnyx, call: Callable[[], Any], way: str, *, cold: bool) -> int:
    """Cancel a call at each of its awaits; return their number."""
    await call()
    await until(
        lambda: (
            resources(telnyx) == replace(resources(telnyx), busy=0, queued=0, sockets=0, tasks=0)
        )
    )
    before = resources(telnyx)
    points = 0
    for late in (False, True):
        at = 1
        while True:
            if cold:
                await telnyx.aclose()
            reached = await cancel_at(call, way, at, late=late)
            await until(lambda: resources(telnyx) == before)
            if not reached:
                break
            at += 1
            points += 1
    await call()
    return points


@pytest.mark.parametrize("way", ["many", "anyio"])
@pytest.mark.parametrize("name", QUICK)
async def test_a_call_that_is_cancelled_leaves_nothing_behind(
    telnyx: Telnyx, name: str, way: str, file: Path
) -> None:
    async def call() -> None:
        await CALLS[name](telnyx, file)

    assert await sweep(telnyx, call, way, cold=True) > 3


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cold", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CALLS)
async def test_every_call_that_is_cancelled_leaves_nothing_behind(
    telnyx: Telnyx,
    name: str,
    way: str,
    cold: bool,  # noqa: FBT001 - a column
    file: Path,
) -> None:
    async def call() -> None:
        await CALLS[name](telnyx, file)

    assert await sweep(telnyx, call, way, cold=cold) > 1


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize("way", ["many", "anyio"])
async def test_a_client_that_is_passed_in_loses_no_connection(
    server: TelnyxEmulator, library: str, way: str
) -> None:
    http = pytest.importorskip(library)
    limits = http.Limits(max_connections=1)
    async with http.AsyncClient(limits=limits) as client:
        telnyx = Telnyx(**server.options(), http_async_client=client, timeout=30, max_retries=0)
        pool = client._transport._pool
        port = httpx.URL(telnyx.config.base_url).port

        def is_free() -> bool:
            busy = sum(not connection.is_idle() for connection in pool.connections)
            open_ = count_sockets(port) - len(pool.connections)
            return (busy, len(pool._requests), open_, count_tasks()) == (0, 0, 0, 0)

        async def call() -> None:
            await CALLS["stream"](telnyx, Path())

        at = 1
        while await cancel_at(call, way, at, late=False):
            await until(is_free)
            at += 1
        assert at > 5
        await call()


async def test_calls_cancelled_by_a_scope_leave_every_connection_free() -> None:
    server_silent = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client may disconnect before it has sent anything.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            server_silent.set()
            await reader.read()  # until the client disconnects
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        silent = Telnyx(
            api_key="KEY0123", base_url=f"http://127.0.0.1:{port}", max_connections=16, timeout=60
        )
        for _ in range(3):
            server_silent.clear()
            async with anyio.create_task_group() as group:
                for _ in range(16):
                    group.start_soon(silent.aio.models.list)
                await server_silent.wait()
                group.cancel_scope.cancel()
            state = resources(silent)
            assert (state.busy, state.queued) == (0, 0)
        await until(lambda: count_sockets(port) == 0 and count_tasks() == 0)


async def test_a_cancelled_waiter_lets_the_next_one_get_a_connection(
    telnyx: Telnyx,
) -> None:
    chunks = await telnyx.aio.chat.stream(QUESTION, model=MODEL)
    waiting = [asyncio.create_task(telnyx.aio.models.list()) for _ in range(5)]
    await until(lambda: resources(telnyx).queued == 5)
    for task in waiting[:3]:
        task.cancel()
    await chunks.aclose()
    # It is lent to the fourth while the fourth is cancelled.
    waiting[3].cancel()
    assert len(await waiting[4]) > 0
    assert [task.cancelled() or not task.done() for task in waiting[:4]] == [True] * 4
    await asyncio.wait(waiting)
    assert resources(telnyx).queued == 0


async def test_an_unreferenced_stream_returns_its_connection(
    telnyx: Telnyx,
) -> None:
    chunks = await telnyx.aio.chat.stream(QUESTION, model=MODEL)
    assert resources(telnyx).busy == 1
    del chunks
    gc.collect()
    assert len(await telnyx.aio.models.list()) > 0


def test_a_blocking_download_frees_its_connection(server: TelnyxEmulator, tmp_path: Path) -> None:
    telnyx = Telnyx(**server.options(), max_connections=1, timeout=30)
    for _ in range(2):
        telnyx.storage.download("docs-bucket", "a.txt", tmp_path / "down")
        state = resources(telnyx, awaited=False)
        assert (state.busy, state.sockets) == (0, 0)
    telnyx.close()


def test_an_unreferenced_sync_stream_returns_its_connection(
    server: TelnyxEmulator,
) -> None:
    telnyx = Telnyx(**server.options(), max_connections=1, timeout=30)
    chunks = telnyx.chat.stream(QUESTION, model=MODEL)
    assert next(iter(chunks))
    del chunks
    gc.collect()
    assert len(telnyx.models.list()) > 0
    telnyx.close()
