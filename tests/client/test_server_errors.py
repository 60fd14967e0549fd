"""Faults of servers and networks: typed errors with advice."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from langchain_telnyx.client import Call, Telnyx
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    TelnyxError,
)

AsAsync = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[Any], None]], str]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]
NO_MODELS = b'{"object":"list","data":[]}'


def telnyx(base_url: str, **options: Any) -> Telnyx:
    return Telnyx(**{"api_key": "KEY0123", "base_url": base_url, "timeout": 5, **options})


def answer(body: bytes, headers: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


HTML = b"<html><h1>It works!</h1></html>"
JSON_HEAD = "content-type: application/json\r\n"

# A server's response to `models.list`, the error, and a part of its message.
GARBAGE: dict[str, tuple[bytes, type[TelnyxError], str]] = {
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", APIConnectionError, "connection broke"),
    "nothing": (b"", APIConnectionError, "connection broke"),
    "half a head": (b"HTTP/1.1 200 OK\r\ncontent-", APIConnectionError, "connection broke"),
    "half a body": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        APIConnectionError,
        "connection broke",
    ),
    "a body that is not gzip": (
        answer(b"no gzip", f"{JSON_HEAD}content-encoding: gzip\r\n"),
        APIConnectionError,
        "damaged: it cannot be decompressed",
    ),
    "half a gzip": (
        answer(gzip.compress(b'{"data":[' + b" " * 99)[:-12], "content-encoding: gzip\r\n"),
        APIConnectionError,
        "cut off: its compressed content does not end",
    ),
    "a page": (answer(HTML, "content-type: text/html\r\n"), APIResponseError, "text/html"),
    "an empty body": (answer(b""), APIResponseError, "no content type, 0 bytes"),
    "JSON of another kind": (answer(b'{"data": 3}'), APIResponseError, "'{\"data\": 3}'"),
    "no JSON": (answer(b"[" * 10), APIResponseError, "'[[[[[[[[[['"),
}


@pytest.mark.parametrize(("raw", "kind", "expected"), GARBAGE.values(), ids=list(GARBAGE))
async def test_garbage_is_a_typed_error(
    as_async: AsAsync, listen: Listen, raw: bytes, kind: type[TelnyxError], expected: str
) -> None:
    def talk(connection: Any) -> None:
        connection.request()
        connection.send(raw)

    with pytest.raises(kind) as caught:
        await as_async(telnyx(listen(talk), max_retries=0)).models.list()
    assert type(caught.value) is kind
    assert expected in str(caught.value)
    assert "/v2/ai/openai/models" in str(caught.value)


async def test_a_page_instead_of_a_stream_is_a_typed_error(as_async: AsAsync, serve: Serve) -> None:
    base_url = serve(lambda *_: (200, {"content-type": "text/html"}, HTML))
    with pytest.raises(APIResponseError, match="is text/html") as caught:
        await as_async(telnyx(base_url)).chat.stream([])
    assert caught.value.response.content == HTML


async def test_a_refused_connection_has_advice(as_async: AsAsync) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(APIConnectionError) as caught:
        await as_async(telnyx(f"http://127.0.0.1:{port}", max_retries=0)).models.list()
    assert type(caught.value) is APIConnectionError
    assert caught.value.sent is False
    assert f"Could not connect for GET http://127.0.0.1:{port}/v2/ai/openai/" in str(caught.value)
    assert "Check the network, the proxy and `base_url` (TELNYX_BASE_URL)." in str(caught.value)


@pytest.fixture
def deaf() -> Iterator[str]:
    """A port whose queue is full: connecting to it never ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)  # noqa: FBT003 - its only form
            connection.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for connection in waiting:
            connection.close()


async def test_a_connection_that_takes_too_long_is_a_timeout(as_async: AsAsync, deaf: str) -> None:
    with pytest.raises(APITimeoutError) as caught:
        await as_async(telnyx(deaf, max_retries=0, timeout=0.2)).models.list()
    assert caught.value.sent is False
    assert "(ConnectTimeout)" in str(caught.value)


def say_nothing(connection: Any) -> None:
    while connection.request():
        pass


async def test_a_slow_response_is_a_timeout(as_async: AsAsync, listen: Listen) -> None:
    base_url = listen(say_nothing)
    with pytest.raises(APITimeoutError) as caught:
        await as_async(telnyx(base_url, max_retries=0, timeout=0.2)).models.list()
    assert caught.value.sent is True
    assert "No response in time to GET" in str(caught.value)
    assert "Raise `timeout=`, or check the network." in str(caught.value)


async def test_a_call_may_have_its_own_timeout(as_async: AsAsync, listen: Listen) -> None:
    base_url = listen(say_nothing)
    call = Call("GET", "/x", Reply.json, timeout=0.2)
    begun = time.monotonic()
    with pytest.raises(APITimeoutError):
        await as_async(telnyx(base_url, max_retries=0)).send(call)
    assert time.monotonic() - begun < 2


class HangsUpFirst:
    """A server that disconnects at its first request, and responds to the others."""

    def __init__(self) -> None:
        self.requests = 0

    def talk(self, connection: Any) -> None:
        while connection.request():
            self.requests += 1
            if self.requests == 1:
                return
            connection.answer()


async def test_an_idempotent_call_is_retried_after_a_disconnect(
    as_async: AsAsync, listen: Listen
) -> None:
    server = HangsUpFirst()
    assert await as_async(telnyx(listen(server.talk))).models.list() == []
    assert server.requests == 2


async def test_a_call_that_is_not_idempotent_is_not_retried_after_a_disconnect(
    as_async: AsAsync, listen: Listen
) -> None:
    server = HangsUpFirst()
    with pytest.raises(APIConnectionError, match="broke") as caught:
        await as_async(telnyx(listen(server.talk))).send(Call("POST", "/x", Reply.json, json={}))
    assert caught.value.sent is True
    assert server.requests == 1


async def test_retries_respect_retry_after(as_async: AsAsync, serve: Serve) -> None:
    times: list[float] = []

    def refuse_once(*_: object) -> tuple[int, dict[str, str], bytes]:
        times.append(time.monotonic())
        return (429, {"retry-after": "0.3"}, b"") if len(times) == 1 else (200, {}, NO_MODELS)

    assert await as_async(telnyx(serve(refuse_once))).models.list() == []
    assert 0.3 <= times[1] - times[0] < 1


async def test_a_redirect_is_not_followed(as_async: AsAsync, serve: Serve) -> None:
    strangers: list[object] = []

    def stranger(*request: object) -> tuple[int, dict[str, str], bytes]:
        strangers.append(request)
        return 200, {}, NO_MODELS

    away = serve(stranger)
    base_url = serve(lambda *_: (307, {"location": f"{away}/v2/ai/openai/models"}, b""))
    with pytest.raises(APIStatusError) as caught:
        await as_async(telnyx(base_url)).models.list()
    assert caught.value.status_code == 307
    assert strangers == []
