"""Streams on a real socket: yielded items stay valid, failures before them are retried."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Flow, Telnyx
from langchain_telnyx.client.errors import BadRequestError, StreamError

AsAsync = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[Any], None]], str]


def telnyx(base_url: str, **options: Any) -> Telnyx:
    return Telnyx(**{"api_key": "KEY0123", "base_url": base_url, "timeout": 5, **options})


def event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


async def test_a_stream_yields_its_chunks(as_async: AsAsync, listen: Listen) -> None:
    def talk(connection: Any) -> None:
        assert b"accept-encoding: identity" in connection.request()
        connection.send(STREAM_HEAD + event("a"))
        connection.send(event("b", "stop") + b"data: [DONE]\n\n")

    chunks = await as_async(telnyx(listen(talk))).chat.stream([])
    assert [chunk["choices"][0]["delta"]["content"] for chunk in chunks] == ["a", "b"]


def cut_after_one(connection: Any) -> None:
    connection.request()
    connection.send(STREAM_HEAD + event("a"))


CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def break_after_one(connection: Any) -> None:
    connection.request()
    connection.send(CHUNKED + b"%x\r\n%s\r\n" % (len(event("a")), event("a")))


@pytest.mark.parametrize("talk", [cut_after_one, break_after_one])
def test_a_broken_stream_yields_the_items_before_the_error(
    listen: Listen, talk: Callable[[Any], None]
) -> None:
    chunks = iter(telnyx(listen(talk)).chat.stream([]))
    assert next(chunks)["choices"][0]["delta"]["content"] == "a"
    with pytest.raises(StreamError, match="Items before that are valid"):
        next(chunks)


@pytest.mark.parametrize("talk", [cut_after_one, break_after_one])
async def test_a_broken_async_stream_yields_the_items_before_the_error(
    listen: Listen, talk: Callable[[Any], None]
) -> None:
    chunks = aiter(await telnyx(listen(talk)).aio.chat.stream([]))
    assert (await anext(chunks))["choices"][0]["delta"]["content"] == "a"
    with pytest.raises(StreamError, match="Items before that are valid"):
        await anext(chunks)


async def test_a_stream_cut_after_the_finish_reason_is_complete(
    as_async: AsAsync, listen: Listen
) -> None:
    def talk(connection: Any) -> None:
        connection.request()
        body = event("a", "stop")
        connection.send(CHUNKED + b"%x\r\n%s\r\n" % (len(body), body))

    assert len(await as_async(telnyx(listen(talk))).chat.stream([])) == 1


async def test_a_stream_that_breaks_before_its_first_chunk_is_retried(
    as_async: AsAsync, listen: Listen
) -> None:
    requests: list[int] = []

    def talk(connection: Any) -> None:
        connection.request()
        requests.append(1)
        connection.send(STREAM_HEAD + b": ping\n\n")
        if len(requests) == 2:
            connection.send(event("a", "stop"))

    assert len(await as_async(telnyx(listen(talk))).chat.stream([])) == 1
    assert len(requests) == 2


async def test_a_stream_is_not_retried_after_its_first_chunk(
    as_async: AsAsync, listen: Listen
) -> None:
    requests: list[int] = []

    def talk(connection: Any) -> None:
        requests.append(1)
        cut_after_one(connection)

    with pytest.raises(StreamError):
        await as_async(telnyx(listen(talk))).chat.stream([])
    assert len(requests) == 1


async def test_a_stream_read_to_its_end_yields_nothing_more(listen: Listen) -> None:
    def talk(connection: Any) -> None:
        connection.request()
        connection.send(STREAM_HEAD + event("a", "stop"))

    client = telnyx(listen(talk))
    stream = await asyncio.to_thread(client.chat.stream, [])
    assert len(list(stream)) == 1
    assert list(stream) == []
    awaited = await client.aio.chat.stream([])
    assert len([chunk async for chunk in awaited]) == 1
    assert [chunk async for chunk in awaited] == []


async def test_a_stream_has_its_headers(listen: Listen) -> None:
    def talk(connection: Any) -> None:
        connection.request()
        head = STREAM_HEAD.replace(b"\r\n\r\n", b"\r\nx-request-id: r1\r\n\r\n")
        connection.send(head + event("a", "stop"))

    client = telnyx(listen(talk))
    async with await client.aio.chat.stream([]) as stream:
        assert stream.headers["x-request-id"] == "r1"
    with await asyncio.to_thread(client.chat.stream, []) as blocking:
        assert blocking.headers["x-request-id"] == "r1"


async def test_a_flow_opens_another_stream_if_the_first_is_refused(
    as_async: AsAsync, listen: Listen
) -> None:
    def talk(connection: Any) -> None:
        if b'"seed"' in connection.request():
            connection.send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        else:
            connection.send(STREAM_HEAD + event("a", "stop") + b"data: [DONE]\n\n")

    def opened(calls: Any) -> Flow[Any]:
        try:
            return (yield from calls.chat.stream([], seed=7))
        except BadRequestError:
            return (yield from calls.chat.stream([]))

    client = telnyx(listen(talk))
    chunks = await as_async(client).send(opened(client.calls))
    assert [chunk["choices"][0]["delta"]["content"] for chunk in chunks] == ["a"]
