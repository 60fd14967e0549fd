"""Connections: reuse, limits, and release in every case."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import StreamError

AsAsync = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[Any], None]], str]


def telnyx(base_url: str, **options: Any) -> Telnyx:
    return Telnyx(**{"api_key": "KEY0123", "base_url": base_url, "timeout": 5, **options})


def event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


CHUNKED_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


async def test_calls_in_a_row_use_one_connection(as_async: AsAsync, listen: Listen) -> None:
    connections: list[int] = []

    def talk(connection: Any) -> None:
        connections.append(1)
        while connection.request():
            connection.answer()

    client = telnyx(listen(talk))
    for _ in range(5):
        assert await as_async(client).models.list() == []
    assert len(connections) == 1


class Crowd:
    """A server that responds once `enough` requests are in flight, or after a timeout."""

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._changed = threading.Condition()
        self._now = 0
        self.most = 0

    def talk(self, connection: Any) -> None:
        while connection.request():
            with self._changed:
                self._now += 1
                self.most = max(self.most, self._now)
                self._changed.notify_all()
                self._changed.wait_for(lambda: self.most >= self._enough, timeout=3)
                self._now -= 1
            connection.answer()


def test_a_hundred_threads_are_served_at_once(listen: Listen) -> None:
    crowd = Crowd(100)
    client = telnyx(listen(crowd.talk))
    with ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(lambda _: client.models.list(), range(100)))
    assert crowd.most >= 90
    assert answers == [[]] * 100


async def test_a_hundred_tasks_are_served_at_once(listen: Listen) -> None:
    crowd = Crowd(100)
    client = telnyx(listen(crowd.talk))
    answers = await asyncio.gather(*(client.aio.models.list() for _ in range(100)))
    assert crowd.most >= 90
    assert answers == [[]] * 100


@pytest.mark.parametrize("limit", [1, 3, 40])
async def test_max_connections_is_respected(limit: int, listen: Listen) -> None:
    crowd = Crowd(limit)
    client = telnyx(listen(crowd.talk), max_connections=limit)
    await asyncio.gather(*(client.aio.models.list() for _ in range(2 * limit)))
    assert crowd.most == limit
    with ThreadPoolExecutor(2 * limit) as threads:
        list(threads.map(lambda _: client.models.list(), range(2 * limit)))
    assert crowd.most == limit


def stream_then_models(connection: Any) -> None:
    """Respond to a chat with an endless stream, to other requests with a list of models."""
    while request := connection.request():
        if b"/chat/" not in request:
            connection.answer()
            continue
        connection.send(STREAM_HEAD)
        while True:
            connection.send(event("more "))
            time.sleep(0.01)


def test_a_stream_closed_early_frees_its_connection(listen: Listen) -> None:
    client = telnyx(listen(stream_then_models), max_connections=1)
    with client.chat.stream([]) as stream:
        assert next(iter(stream))["choices"][0]["delta"]["content"] == "more "
    assert client.models.list() == []
    for chunk in client.chat.stream([]):
        assert chunk["choices"]
        break
    assert client.models.list() == []


async def test_an_awaited_stream_closed_early_frees_its_connection(listen: Listen) -> None:
    client = telnyx(listen(stream_then_models), max_connections=1)
    async with await client.aio.chat.stream([]) as stream:
        async for chunk in stream:
            assert chunk["choices"][0]["delta"]["content"] == "more "
            break
    assert await client.aio.models.list() == []


class Begun:
    """Responds to every chat with a stream, all of it at once or only its first event."""

    def __init__(self, *rest: bytes) -> None:
        pieces = (event("a"), *rest)
        self._answer = CHUNKED_HEAD + b"".join(b"%x\r\n%b\r\n" % (len(it), it) for it in pieces)
        if rest:
            self._answer += b"0\r\n\r\n"
        self.connections = 0
        self.hung_up = threading.Event()

    def talk(self, connection: Any) -> None:
        self.connections += 1
        while connection.request():
            connection.send(self._answer)
        self.hung_up.set()


async def leave(client: Telnyx) -> None:
    with client.chat.stream([]) as stream:
        assert next(iter(stream))["choices"][0]["delta"]["content"] == "a"


async def aleave(client: Telnyx) -> None:
    async with await client.aio.chat.stream([]) as stream:
        async for chunk in stream:
            assert chunk["choices"][0]["delta"]["content"] == "a"
            break


@pytest.mark.parametrize("leaving", [leave, aleave])
async def test_a_stream_closed_after_its_end_returns_its_connection(
    listen: Listen, leaving: Callable[[Telnyx], Any]
) -> None:
    server = Begun(event("b", "stop"), b"data: [DONE]\n\n")
    client = telnyx(listen(server.talk))
    for _ in range(3):
        await leaving(client)
    assert server.connections == 1


@pytest.mark.parametrize("leaving", [leave, aleave])
async def test_a_stream_closed_early_closes_its_connection(
    listen: Listen, leaving: Callable[[Telnyx], Any]
) -> None:
    server = Begun()
    client = telnyx(listen(server.talk))
    await leaving(client)
    assert await asyncio.to_thread(server.hung_up.wait, 5)
    await leaving(client)
    assert server.connections == 2


def test_a_stream_closed_by_another_thread_ends_its_reader(listen: Listen) -> None:
    server = Begun()
    stream = telnyx(listen(server.talk), timeout=1).chat.stream([])
    closing = threading.Timer(0.1, stream.close)
    closing.start()
    with pytest.raises(StreamError):
        list(stream)
    closing.join()
    assert server.hung_up.wait(5)


async def test_a_cancelled_call_frees_its_connection(listen: Listen) -> None:
    received = threading.Event()

    def talk(connection: Any) -> None:
        while request := connection.request():
            if b"/chat/" in request:
                received.set()
                connection.request()  # until the client disconnects
                return
            connection.answer()

    client = telnyx(listen(talk), max_connections=1)
    task = asyncio.create_task(client.aio.chat.create([]))
    assert await asyncio.to_thread(received.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.aio.models.list() == []


async def test_a_cancelled_stream_frees_its_connection(listen: Listen) -> None:
    client = telnyx(listen(stream_then_models), max_connections=1)

    async def read() -> None:
        async for _ in await client.aio.chat.stream([]):
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.aio.models.list() == []
