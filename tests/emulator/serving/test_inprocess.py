"""The transports without sockets: streaming in both directions, early ends, many event loops."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_socket

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.serving.background import LoopThread
from langchain_telnyx.emulator.serving.inprocess import AsyncInProcessClient, InProcessClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import Receive, Scope, Send

    from tests.emulator.conftest import Api

URL = "http://app.test/"


class Metronome:
    """An application that sends a chunk on each beat, and detects a lost client."""

    def __init__(self) -> None:
        self.beats = threading.Semaphore(0)
        self.disconnected = threading.Event()
        self.chunk_received = threading.Event()
        self.received: list[bytes] = []

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            self.received.append(message["body"])
            self.chunk_received.set()
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.ensure_future(receive())
        for number in range(3):
            while not self.beats.acquire(blocking=False):
                if gone.done():
                    self.disconnected.set()
                    return
                await asyncio.sleep(0.001)
            await send(
                {"type": "http.response.body", "body": b"%d" % number, "more_body": number < 2}
            )
        gone.cancel()


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    running = LoopThread("test-app")
    yield running
    running.close()


def test_a_sync_reader_gets_each_piece_as_it_is_sent(loop: LoopThread) -> None:
    app = Metronome()
    with InProcessClient(app, loop) as client, client.stream("GET", URL) as answer:
        pieces = answer.iter_raw()
        for expected in (b"0", b"1", b"2"):
            app.beats.release()
            assert next(pieces) == expected
        assert next(pieces, None) is None


async def test_an_async_reader_gets_each_piece_as_it_is_sent(loop: LoopThread) -> None:
    app = Metronome()
    async with AsyncInProcessClient(app, loop) as client, client.stream("GET", URL) as answer:
        pieces = answer.aiter_raw()
        for expected in (b"0", b"1", b"2"):
            app.beats.release()
            assert await anext(pieces) == expected
        assert await anext(pieces, None) is None


def test_a_sync_body_is_sent_piece_by_piece(loop: LoopThread) -> None:
    app = Metronome()
    app.beats.release(3)

    def body() -> Iterator[bytes]:
        yield b"a"
        assert app.chunk_received.wait(
            5
        )  # the first chunk is received before the second is created
        yield b"b"

    with InProcessClient(app, loop) as client:
        assert client.post(URL, content=body()).content == b"012"
    assert app.received == [b"a", b"b", b""]


async def test_an_async_body_is_sent_piece_by_piece(loop: LoopThread) -> None:
    app = Metronome()
    app.beats.release(3)

    async def body() -> AsyncIterator[bytes]:
        yield b"a"
        assert await asyncio.to_thread(app.chunk_received.wait, 5)
        yield b"b"

    async with AsyncInProcessClient(app, loop) as client:
        assert (await client.post(URL, content=body())).content == b"012"
    assert app.received == [b"a", b"b", b""]


async def test_an_empty_piece_does_not_end_a_body(loop: LoopThread) -> None:
    def body() -> Iterator[bytes]:
        yield from (b"a", b"", b"b")

    async def awaited() -> AsyncIterator[bytes]:
        for piece in body():
            yield piece

    app = Metronome()
    app.beats.release(6)
    with InProcessClient(app, loop) as client:
        client.post(URL, content=body())
    async with AsyncInProcessClient(app, loop) as async_client:
        await async_client.post(URL, content=awaited())
    assert b"".join(app.received) == b"abab"


def test_closing_a_sync_stream_disconnects_the_application(loop: LoopThread) -> None:
    app = Metronome()
    app.beats.release()
    with InProcessClient(app, loop) as client, client.stream("GET", URL) as answer:
        assert next(answer.iter_raw()) == b"0"
    assert app.disconnected.wait(5)


async def test_closing_an_async_stream_disconnects_the_application(loop: LoopThread) -> None:
    app = Metronome()
    app.beats.release()
    async with AsyncInProcessClient(app, loop) as client, client.stream("GET", URL) as answer:
        assert await anext(answer.aiter_raw()) == b"0"
    assert app.disconnected.wait(5)


def test_a_silent_stream_runs_into_the_read_timeout(loop: LoopThread) -> None:
    with (
        InProcessClient(Metronome(), loop) as client,
        client.stream("GET", URL, timeout=0.02) as answer,
        pytest.raises(httpx.ReadTimeout),
    ):
        answer.read()


async def test_a_silent_stream_runs_into_the_async_read_timeout(loop: LoopThread) -> None:
    async with (
        AsyncInProcessClient(Metronome(), loop) as client,
        client.stream("GET", URL, timeout=0.02) as answer,
    ):
        with pytest.raises(httpx.ReadTimeout):
            await answer.aread()


def test_an_early_response_ends_the_upload(loop: LoopThread) -> None:
    async def hasty(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b"too much"})

    with InProcessClient(hasty, loop) as client:
        answer = client.post(URL, content=(b"x" * 1000 for _ in range(100)))
    assert (answer.status_code, answer.content) == (413, b"too much")


def test_a_crashing_application_is_a_lost_connection(loop: LoopThread) -> None:
    async def crash(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    with InProcessClient(crash, loop) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get(URL)


def test_a_dropped_connection_is_a_protocol_error_sync_and_async(
    emulator: TelnyxEmulator, api: Api
) -> None:
    emulator.script.drop_connection(times=2)
    with pytest.raises(httpx.RemoteProtocolError):
        api.send("GET", "/ai/embeddings")
    with pytest.raises(httpx.RemoteProtocolError):
        api.asend("GET", "/ai/embeddings")
    assert api.send("GET", "/ai/embeddings").status_code == 200


def test_the_async_client_works_in_one_event_loop_after_another(api: Api) -> None:
    assert [api.asend("GET", "/ai/embeddings").status_code for _ in range(3)] == [200] * 3


async def test_the_async_client_sends_many_requests_at_once(
    emulator: TelnyxEmulator, bearer: dict[str, str]
) -> None:
    url = f"{emulator.base_url}/ai/embeddings"
    answers = await asyncio.gather(
        *(emulator.http_async_client.get(url, headers=bearer) for _ in range(100))
    )
    assert {answer.status_code for answer in answers} == {200}


def test_no_socket_is_opened(request: pytest.FixtureRequest) -> None:
    request.addfinalizer(pytest_socket.enable_socket)
    pytest_socket.disable_socket(allow_unix_socket=True)  # as `--disable-socket` does
    with TelnyxEmulator(sockets=False) as emulator:
        answer = emulator.http_client.get(f"{emulator.base_url}/ai/embeddings")
    assert emulator.options is not None
    assert answer.status_code == 401


# A request while the emulator stops


def is_expected(error: object) -> bool:
    """Whether httpx raises this error, also where the emulator has closed its client."""
    closed = isinstance(error, RuntimeError) and "client has been closed" in str(error)
    return closed or isinstance(error, httpx.TransportError)


@pytest.mark.parametrize("delay", [0, 0.001, 0.01])
def test_requests_while_the_emulator_stops_raise_httpx_errors(delay: float) -> None:
    emulator = TelnyxEmulator().start()
    client = emulator.http_client
    errors: list[Exception] = []

    def send() -> None:
        try:
            while True:
                client.post("/v2/ai/chat/completions", content=iter([b"{}"]))
        except (httpx.TransportError, RuntimeError) as error:
            errors.append(error)

    client.base_url = httpx.URL("http://emulator")
    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(delay)
    emulator.stop()
    for thread in threads:
        thread.join(10)
    assert len(errors) == 8
    assert all(is_expected(error) for error in errors), errors
    # A coroutine that never ran would warn when it is collected, and the test would fail.
    gc.collect()


async def test_async_requests_while_the_emulator_stops_raise_httpx_errors() -> None:
    emulator = TelnyxEmulator().start()
    client = emulator.http_async_client
    client.base_url = httpx.URL("http://emulator")

    async def chunks() -> AsyncIterator[bytes]:
        yield b"{}"

    async def send() -> None:
        while True:
            await client.post("/v2/ai/chat/completions", content=chunks())

    tasks = [asyncio.create_task(send()) for _ in range(8)]
    await asyncio.sleep(0.01)
    await asyncio.to_thread(emulator.stop)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(is_expected(result) for result in results), results
    gc.collect()


async def test_a_cancelled_request_does_not_outlive_its_emulator() -> None:
    for _ in range(20):
        emulator = TelnyxEmulator().start()
        client = emulator.http_async_client
        client.base_url = httpx.URL("http://emulator")

        async def chunks() -> AsyncIterator[bytes]:
            yield b"{}"

        send = client.post("/v2/ai/chat/completions", content=chunks())
        task = asyncio.create_task(send)
        await asyncio.sleep(0.0005)
        task.cancel()
        stop = asyncio.create_task(asyncio.to_thread(emulator.stop))
        with suppress(asyncio.CancelledError, httpx.TransportError):
            await task
        await stop
    gc.collect()
