"""Timeouts of an open stream: between events, as a whole, and after its end."""

import asyncio
import itertools
import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import StreamTimeouts
from langchain_telnyx.client.errors import APIConnectionError, StreamError, StreamTimeoutError

AsAsync = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[Any], None]], str]

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
COMMENT = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"


def telnyx(base_url: str, **options: Any) -> Telnyx:
    return Telnyx(**{"api_key": "KEY0123", "base_url": base_url, "timeout": 30, **options})


def event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Talk:
    """A server that sends pieces with pauses, and then leaves the connection open."""

    def __init__(self, *pieces: object, hold: float = 10) -> None:
        self.pieces = pieces
        self.hold = hold
        self.connections = 0
        self.requests = 0
        self.over = threading.Event()

    def __call__(self, connection: Any) -> None:
        self.connections += 1
        while connection.request():
            self.requests += 1
            connection.send(HEAD)
            for piece in self.pieces:
                if isinstance(piece, bytes):
                    connection.send(framed(piece))
                elif isinstance(piece, float):
                    self.over.wait(piece)
            self.over.wait(self.hold)
            connection.send(b"0\r\n\r\n")


async def test_silence_between_events_is_allowed_up_to_idle(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(event("a"), event("b"))
    begun = time.monotonic()
    with pytest.raises(StreamTimeoutError, match=r"is silent.*0\.\d+ s.*valid"):
        await as_async(telnyx(listen(talk))).chat.stream([], timeouts=StreamTimeouts(idle=0.2))
    assert 0.2 <= time.monotonic() - begun < 5
    assert talk.requests == 1  # yielded chunks cannot be taken back
    talk.over.set()


async def test_comments_do_not_count_as_items(as_async: AsAsync, listen: Listen) -> None:
    talk = Talk(event("a"), *[0.05, COMMENT] * 40)
    begun = time.monotonic()
    with pytest.raises(StreamTimeoutError):
        await as_async(telnyx(listen(talk))).chat.stream([], timeouts=StreamTimeouts(idle=0.3))
    assert time.monotonic() - begun < 1.8
    talk.over.set()


async def test_comments_count_as_items_with_comments_count(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(event("a"), *[0.1, COMMENT] * 8, event("b", "stop"), DONE)
    timeouts = StreamTimeouts(idle=0.5, comments_count=True)
    chunks = await as_async(telnyx(listen(talk))).chat.stream([], timeouts=timeouts)
    assert len(chunks) == 2
    talk.over.set()


async def test_comments_do_not_keep_a_stream_open_by_default(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(event("a"), *[0.1, COMMENT] * 40)
    with pytest.raises(StreamTimeoutError):
        await as_async(telnyx(listen(talk), timeout=0.5)).chat.stream([])
    talk.over.set()


async def test_comments_do_not_delay_the_first_event_for_ever(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(*[0.1, COMMENT] * 40)
    with pytest.raises(StreamTimeoutError):
        await as_async(telnyx(listen(talk), timeout=0.5, max_retries=0)).chat.stream([])
    talk.over.set()


async def test_the_first_event_may_take_longer_than_those_after_it(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(0.6, event("a"), event("b", "stop"), DONE, hold=0)
    chunks = await as_async(telnyx(listen(talk))).chat.stream([], timeouts=StreamTimeouts(idle=0.2))
    assert len(chunks) == 2


async def test_idle_may_be_longer_than_the_timeout(as_async: AsAsync, listen: Listen) -> None:
    talk = Talk(event("a"), 0.8, event("b", "stop"), DONE, hold=0)
    client = as_async(telnyx(listen(talk), timeout=0.4))
    assert len(await client.chat.stream([], timeouts=StreamTimeouts(idle=5))) == 2


async def test_a_stream_as_a_whole_ends_in_time(as_async: AsAsync, listen: Listen) -> None:
    talk = Talk(*itertools.chain.from_iterable([event("a"), 0.05] for _ in range(60)))
    begun = time.monotonic()
    with pytest.raises(StreamTimeoutError, match=r"did not end within 0\.3 s"):
        await as_async(telnyx(listen(talk))).chat.stream([], timeouts=StreamTimeouts(total=0.3))
    assert time.monotonic() - begun < 2.5
    talk.over.set()


async def test_silence_after_the_finish_reason_loses_nothing(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(event("a", "stop"))
    chunks = await as_async(telnyx(listen(talk))).chat.stream([], timeouts=StreamTimeouts(idle=0.2))
    assert len(chunks) == 1
    talk.over.set()


async def test_a_connection_that_stays_open_after_done_does_not_delay(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(event("a", "stop") + DONE)
    begun = time.monotonic()
    assert len(await as_async(telnyx(listen(talk))).chat.stream([])) == 1
    assert time.monotonic() - begun < 3
    talk.over.set()


async def test_a_connection_whose_stream_ended_is_used_again(
    as_async: AsAsync, listen: Listen
) -> None:
    talk = Talk(event("a", "stop"), DONE, hold=0)
    client = as_async(telnyx(listen(talk)))
    for _ in range(3):
        assert len(await client.chat.stream([], timeouts=StreamTimeouts(idle=1, total=5))) == 1
    assert (talk.connections, talk.requests) == (1, 3)


def test_the_time_that_a_reader_takes_does_not_count(listen: Listen) -> None:
    talk = Talk(event("a"), event("b"), 0.3, event("c", "stop"), DONE, hold=0)
    stream = telnyx(listen(talk)).chat.stream([], timeouts=StreamTimeouts(idle=0.2))
    with pytest.raises(StreamTimeoutError):
        list(stream)
    read = []
    for chunk in telnyx(listen(talk)).chat.stream([], timeouts=StreamTimeouts(idle=0.4)):
        time.sleep(0.5)
        read.append(chunk)
    assert len(read) == 3


async def test_the_time_that_an_awaiting_reader_takes_does_not_count(listen: Listen) -> None:
    talk = Talk(event("a"), event("b"), event("c", "stop"), DONE, hold=0)
    client = telnyx(listen(talk))
    read = []
    async for chunk in await client.aio.chat.stream([], timeouts=StreamTimeouts(idle=0.2)):
        await asyncio.sleep(0.3)
        read.append(chunk)
    assert len(read) == 3


def test_each_of_many_streams_has_its_own_timer(listen: Listen) -> None:
    talk = Talk(event("a"))
    client = telnyx(listen(talk))
    ends: dict[float, float] = {}

    def read(idle: float) -> None:
        begun = time.monotonic()
        with pytest.raises(StreamTimeoutError):
            list(client.chat.stream([], timeouts=StreamTimeouts(idle=idle)))
        ends[idle] = time.monotonic() - begun

    threads = [threading.Thread(target=read, args=(idle,)) for idle in (0.9, 0.3, 0.6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(ends, key=lambda idle: ends[idle]) == [0.3, 0.6, 0.9]
    assert all(end >= idle for idle, end in ends.items())
    talk.over.set()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_its_own_timer_thread(listen: Listen) -> None:
    talk = Talk(event("a"))
    client = telnyx(listen(talk))
    timeouts = StreamTimeouts(idle=0.2)
    with pytest.raises(StreamTimeoutError):
        list(client.chat.stream([], timeouts=timeouts))
    child = os.fork()
    if child == 0:
        try:
            list(client.chat.stream([], timeouts=timeouts))
        except StreamTimeoutError:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    talk.over.set()


async def test_the_deadline_applies_to_a_client_of_the_user(listen: Listen) -> None:
    talk = Talk(event("a"))
    address = listen(talk)
    with httpx.Client() as own, pytest.raises(StreamTimeoutError):
        await asyncio.to_thread(
            lambda: list(
                telnyx(address, http_client=own).chat.stream([], timeouts=StreamTimeouts(idle=0.2))
            )
        )
    async with httpx.AsyncClient() as aown:
        client = telnyx(address, http_async_client=aown)
        with pytest.raises(StreamTimeoutError):
            async for _ in await client.aio.chat.stream([], timeouts=StreamTimeouts(idle=0.2)):
                pass
    talk.over.set()


async def test_a_broken_connection_is_not_a_timeout(as_async: AsAsync, listen: Listen) -> None:
    def talk(connection: Any) -> None:
        connection.request()
        connection.send(HEAD + framed(event("a")))

    with pytest.raises(StreamError) as caught:
        await as_async(telnyx(listen(talk))).chat.stream(
            [], timeouts=StreamTimeouts(idle=5, total=9)
        )
    assert not isinstance(caught.value, StreamTimeoutError | APIConnectionError)
