"""Bytes on a real socket: connections, width, timeouts, and what servers do wrong."""

import asyncio
import gzip
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from langchain_telnyx.client import Call, Telnyx
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    StreamError,
    TelnyxError,
)
from langchain_telnyx.client.http.shards import AsyncShardedTransport, ShardedTransport

KEY = "KEY0123_secret"
NO_MODELS = b'{"object":"list","data":[]}'
Faces = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[socket.socket], None]], str]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]


def telnyx(base_url: str, **options: Any) -> Telnyx:
    return Telnyx(**{"api_key": KEY, "base_url": base_url, "timeout": 5, **options})


def received(connection: socket.socket) -> bytes:
    """Read one request's head and body; nothing when the client hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        int(line[15:])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes = NO_MODELS, headers: str = "", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body


def event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


# --- connections ---------------------------------------------------------------------------------


async def test_calls_in_a_row_use_one_connection(face: Faces, listen: Listen) -> None:
    connections: list[int] = []

    def talk(connection: socket.socket) -> None:
        connections.append(1)
        while received(connection):
            connection.sendall(answer())

    client = telnyx(listen(talk))
    for _ in range(5):
        assert await face(client).models.list() == []
    assert len(connections) == 1


class Crowd:
    """A server that answers nobody until `enough` requests are in flight, or time is up."""

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._changed = threading.Condition()
        self._now = 0
        self.most = 0

    def talk(self, connection: socket.socket) -> None:
        while received(connection):
            with self._changed:
                self._now += 1
                self.most = max(self.most, self._now)
                self._changed.notify_all()
                self._changed.wait_for(lambda: self.most >= self._enough, timeout=3)
                self._now -= 1
            connection.sendall(answer())


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
async def test_no_more_connections_are_open_than_allowed(limit: int, listen: Listen) -> None:
    crowd = Crowd(limit)
    client = telnyx(listen(crowd.talk), max_connections=limit)
    await asyncio.gather(*(client.aio.models.list() for _ in range(2 * limit)))
    assert crowd.most == limit
    with ThreadPoolExecutor(2 * limit) as threads:
        list(threads.map(lambda _: client.models.list(), range(2 * limit)))
    assert crowd.most == limit


class Nothing(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of nothing, not read yet."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([b""])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


class Shard(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that says in each response which of the transports made it is."""

    def __init__(self, made: list["Shard"]) -> None:
        made.append(self)
        self._name = str(len(made))
        self.closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 - its name
        return httpx.Response(200, headers={"shard": self._name}, stream=Nothing())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


REQUEST = httpx.Request("GET", "http://127.0.0.1/")


def test_the_least_busy_shard_takes_the_next_request() -> None:
    made: list[Shard] = []
    transport = ShardedTransport(lambda: Shard(made), width=3)
    opened = [transport.handle_request(REQUEST) for _ in range(4)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3", "1"]
    opened[2].close()
    assert transport.handle_request(REQUEST).headers["shard"] == "3"
    transport.close()
    assert [shard.closed for shard in made] == [True, True, True]


async def test_the_least_busy_shard_takes_the_next_awaited_request() -> None:
    made: list[Shard] = []
    transport = AsyncShardedTransport(lambda: Shard(made), width=3)
    opened = [await transport.handle_async_request(REQUEST) for _ in range(4)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3", "1"]
    await opened[2].aclose()
    assert (await transport.handle_async_request(REQUEST)).headers["shard"] == "3"
    await transport.aclose()
    assert [shard.closed for shard in made] == [True, True, True]


def test_a_client_of_one_call_at_a_time_has_one_shard() -> None:
    made: list[Shard] = []
    transport = ShardedTransport(lambda: Shard(made))
    for _ in range(5):
        transport.handle_request(REQUEST).close()
    assert len(made) == 1


def test_a_response_closed_twice_frees_its_shard_once() -> None:
    made: list[Shard] = []
    transport = ShardedTransport(lambda: Shard(made), width=2)
    first = transport.handle_request(REQUEST)
    first.close()
    first.close()
    names = [transport.handle_request(REQUEST).headers["shard"] for _ in range(3)]
    assert names == ["1", "2", "1"]


def stream_then_models(connection: socket.socket) -> None:
    """Answer a chat by a stream without an end, anything else by a list of models."""
    while request := received(connection):
        if b"/chat/" not in request:
            connection.sendall(answer())
            continue
        connection.sendall(STREAM_HEAD)
        while True:
            connection.sendall(event("more "))
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


async def test_a_cancelled_call_frees_its_connection(listen: Listen) -> None:
    asked = threading.Event()

    def talk(connection: socket.socket) -> None:
        while request := received(connection):
            if b"/chat/" in request:
                asked.set()
                connection.recv(1)  # until the client hangs up
                return
            connection.sendall(answer())

    client = telnyx(listen(talk), max_connections=1)
    task = asyncio.create_task(client.aio.chat.create([]))
    assert await asyncio.to_thread(asked.wait, 5)
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


# --- failures ------------------------------------------------------------------------------------

HTML = b"<html><h1>It works!</h1></html>"
JSON_HEAD = "content-type: application/json\r\n"

# What a server sends to `models.list`, the error it means, and what the message says.
GARBAGE: dict[str, tuple[bytes, type[TelnyxError], str]] = {
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", APIConnectionError, "connection broke"),
    "nothing": (b"", APIConnectionError, "connection broke"),
    "half a head": (b"HTTP/1.1 200 OK\r\ncontent-", APIConnectionError, "connection broke"),
    "half a body": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        APIConnectionError,
        "connection broke",
    ),
    "a body that is no gzip": (
        answer(b"no gzip", f"{JSON_HEAD}content-encoding: gzip\r\n"),
        APIConnectionError,
        "connection broke",
    ),
    "half a gzip": (
        answer(gzip.compress(b'{"data":[' + b" " * 99)[:-12], "content-encoding: gzip\r\n"),
        APIResponseError,
        "not what the API documents",
    ),
    "a page": (answer(HTML, "content-type: text/html\r\n"), APIResponseError, "text/html"),
    "an empty body": (answer(b""), APIResponseError, "no content type, 0 bytes"),
    "JSON of another kind": (answer(b'{"data": 3}'), APIResponseError, "'{\"data\": 3}'"),
    "no JSON": (answer(b"[" * 10), APIResponseError, "'[[[[[[[[[['"),
}


@pytest.mark.parametrize(("raw", "kind", "said"), GARBAGE.values(), ids=list(GARBAGE))
async def test_garbage_is_a_typed_error(
    face: Faces, listen: Listen, raw: bytes, kind: type[TelnyxError], said: str
) -> None:
    def talk(connection: socket.socket) -> None:
        received(connection)
        connection.sendall(raw)

    with pytest.raises(kind) as caught:
        await face(telnyx(listen(talk), max_retries=0)).models.list()
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "/v2/ai/openai/models" in str(caught.value)


async def test_a_page_instead_of_a_stream_is_a_typed_error(face: Faces, serve: Serve) -> None:
    base_url = serve(lambda *_: (200, {"content-type": "text/html"}, HTML))
    with pytest.raises(APIResponseError, match="text/html came") as caught:
        await face(telnyx(base_url)).chat.stream([])
    assert caught.value.response.content == HTML


async def test_a_refused_connection_says_what_to_check(face: Faces) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(APIConnectionError) as caught:
        await face(telnyx(f"http://127.0.0.1:{port}", max_retries=0)).models.list()
    assert type(caught.value) is APIConnectionError
    assert caught.value.sent is False
    assert f"Could not connect for GET http://127.0.0.1:{port}/v2/ai/openai/" in str(caught.value)
    assert "Check the network, the proxy and `base_url` (TELNYX_BASE_URL)." in str(caught.value)


@pytest.fixture
def deaf() -> Iterator[str]:
    """A port whose queue is full: connecting to it takes for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)  # noqa: FBT003 - its only form
            connection.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for connection in waiting:
            connection.close()


async def test_a_connection_that_takes_too_long_is_a_timeout(face: Faces, deaf: str) -> None:
    with pytest.raises(APITimeoutError) as caught:
        await face(telnyx(deaf, max_retries=0, timeout=0.2)).models.list()
    assert caught.value.sent is False
    assert "(ConnectTimeout)" in str(caught.value)


def say_nothing(connection: socket.socket) -> None:
    while connection.recv(9999):
        pass


async def test_an_answer_that_takes_too_long_is_a_timeout(face: Faces, listen: Listen) -> None:
    base_url = listen(say_nothing)
    with pytest.raises(APITimeoutError) as caught:
        await face(telnyx(base_url, max_retries=0, timeout=0.2)).models.list()
    assert caught.value.sent is True
    assert "No answer in time to GET" in str(caught.value)
    assert "Raise `timeout=`, or look at the network." in str(caught.value)


async def test_a_call_may_bring_its_own_timeout(face: Faces, listen: Listen) -> None:
    base_url = listen(say_nothing)
    call = Call("GET", "/x", Reply.json, timeout=0.2)
    begun = time.monotonic()
    with pytest.raises(APITimeoutError):
        await face(telnyx(base_url, max_retries=0)).send(call)
    assert time.monotonic() - begun < 2


class HangsUpFirst:
    """A server that hangs up on its first request, and answers the others."""

    def __init__(self) -> None:
        self.requests = 0

    def talk(self, connection: socket.socket) -> None:
        while received(connection):
            self.requests += 1
            if self.requests == 1:
                return
            connection.sendall(answer())


async def test_a_repeatable_call_survives_a_server_that_hangs_up(
    face: Faces, listen: Listen
) -> None:
    server = HangsUpFirst()
    assert await face(telnyx(listen(server.talk))).models.list() == []
    assert server.requests == 2


async def test_a_call_that_must_not_be_repeated_is_not_after_a_hang_up(
    face: Faces, listen: Listen
) -> None:
    server = HangsUpFirst()
    with pytest.raises(APIConnectionError, match="broke") as caught:
        await face(telnyx(listen(server.talk))).send(Call("POST", "/x", Reply.json, json={}))
    assert caught.value.sent is True
    assert server.requests == 1


async def test_retries_wait_as_asked(face: Faces, serve: Serve) -> None:
    times: list[float] = []

    def refuse_once(*_: object) -> tuple[int, dict[str, str], bytes]:
        times.append(time.monotonic())
        return (429, {"retry-after": "0.3"}, b"") if len(times) == 1 else (200, {}, NO_MODELS)

    assert await face(telnyx(serve(refuse_once))).models.list() == []
    assert 0.3 <= times[1] - times[0] < 1


async def test_a_redirect_is_not_followed(face: Faces, serve: Serve) -> None:
    strangers: list[object] = []

    def stranger(*request: object) -> tuple[int, dict[str, str], bytes]:
        strangers.append(request)
        return 200, {}, NO_MODELS

    away = serve(stranger)
    base_url = serve(lambda *_: (307, {"location": f"{away}/v2/ai/openai/models"}, b""))
    with pytest.raises(APIStatusError) as caught:
        await face(telnyx(base_url)).models.list()
    assert caught.value.status_code == 307
    assert strangers == []


# --- the key stays hidden ------------------------------------------------------------------------


def everything(error: BaseException) -> str:
    """All that logs, tracebacks and a curious user would see of an error."""
    told = f"{error} {error!r} {vars(error)!r}"
    for below in (error.__cause__, None if error.__suppress_context__ else error.__context__):
        told += "" if below is None else everything(below)
    return told


def echo(
    _: str, path: str, headers: dict[str, str], *__: object
) -> tuple[int, dict[str, str], bytes]:
    """Answer with the key that came, as debugging servers do: 401 when so asked."""
    status = 401 if "/refused" in path else 200
    key = headers["authorization"]
    said = {"x-echo": key, "content-type": "application/json"}
    return status, said, json.dumps({"errors": [{"detail": key}]}).encode()


async def test_a_refusal_that_quotes_the_key_does_not_show_it(face: Faces, serve: Serve) -> None:
    api = face(telnyx(serve(echo)))
    with pytest.raises(AuthenticationError) as caught:
        await api.send(Call("GET", "/refused", Reply.json))
    assert "Bearer ***" in str(caught.value)
    assert KEY not in everything(caught.value)


async def test_an_odd_answer_that_quotes_the_key_does_not_show_it(
    face: Faces, serve: Serve
) -> None:
    api = face(telnyx(serve(echo)))
    with pytest.raises(APIResponseError) as caught:
        await api.models.list()
    assert "Bearer ***" in str(caught.value)
    assert KEY not in everything(caught.value)
    with pytest.raises(APIResponseError) as caught:
        await api.chat.stream([])
    assert "Bearer ***" in str(caught.value)
    assert KEY not in everything(caught.value)


# --- proxies -------------------------------------------------------------------------------------


@pytest.fixture
def proxied() -> list[str]:
    """What the proxy was asked for."""
    return []


@pytest.fixture
def proxy(serve: Serve, proxied: list[str]) -> str:
    """A proxy that answers for any host."""

    def forward(method: str, path: str, *_: object) -> tuple[int, dict[str, str], bytes]:
        proxied.append(f"{method} {path}")
        return 200, {}, NO_MODELS

    return serve(forward)


MODELS = "GET http://telnyx.invalid/v2/ai/openai/models"


async def test_a_proxy_of_the_environment_is_used(
    face: Faces, proxy: str, proxied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    assert await face(telnyx("http://telnyx.invalid")).models.list() == []
    assert proxied == [MODELS]


async def test_a_proxy_may_leave_out_its_scheme(
    face: Faces, proxy: str, proxied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", proxy.removeprefix("http://"))
    assert await face(telnyx("http://telnyx.invalid")).models.list() == []
    assert proxied == [MODELS]


async def test_a_proxy_that_is_given_is_used(face: Faces, proxy: str, proxied: list[str]) -> None:
    assert await face(telnyx("http://telnyx.invalid", proxy=proxy)).models.list() == []
    assert proxied == [MODELS]


async def test_loopback_is_never_asked_of_a_proxy_of_the_environment(
    face: Faces,
    serve: Serve,
    proxy: str,
    proxied: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    base_url = serve(lambda *_: (200, {}, b'{"data": [{"id": "here"}]}'))
    assert [model.id for model in await face(telnyx(base_url)).models.list()] == ["here"]
    assert proxied == []


async def test_each_host_has_its_own_proxy_rule(
    face: Faces,
    serve: Serve,
    proxy: str,
    proxied: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    stored = serve(lambda *_: (200, {}, b"from the storage itself"))
    api = face(telnyx("http://telnyx.invalid", storage_url=stored))
    assert await api.storage.get_object("b", "k") == b"from the storage itself"
    assert await api.models.list() == []
    assert proxied == [MODELS]


async def test_hosts_of_no_proxy_are_asked_directly(
    face: Faces,
    serve: Serve,
    proxy: str,
    proxied: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, *rest, **more: resolve("127.0.0.1", *rest, **more)
    )
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", ".telnyx.invalid")
    there = serve(lambda *_: (200, {}, b'{"data": [{"id": "there"}]}'))
    base_url = there.replace("127.0.0.1", "eu.telnyx.invalid")
    assert [model.id for model in await face(telnyx(base_url)).models.list()] == ["there"]
    assert proxied == []


@pytest.mark.parametrize("url", ["ftp://user:pa55word@proxy", "http://user:pa55word@[::1"])
async def test_a_proxy_that_cannot_be_used_is_told_without_its_password(
    face: Faces, url: str
) -> None:
    with pytest.raises(TelnyxError, match=r"The proxy for http://telnyx.invalid/v2") as caught:
        await face(telnyx("http://telnyx.invalid", proxy=url)).models.list()
    assert "pa55word" not in everything(caught.value)


# --- streams -------------------------------------------------------------------------------------


async def test_a_stream_gives_its_chunks(face: Faces, listen: Listen) -> None:
    def talk(connection: socket.socket) -> None:
        assert b"accept-encoding: identity" in received(connection)
        connection.sendall(STREAM_HEAD + event("a"))
        connection.sendall(event("b", "stop") + b"data: [DONE]\n\n")

    chunks = await face(telnyx(listen(talk))).chat.stream([])
    assert [chunk["choices"][0]["delta"]["content"] for chunk in chunks] == ["a", "b"]


def cut_after_one(connection: socket.socket) -> None:
    received(connection)
    connection.sendall(STREAM_HEAD + event("a"))


CHUNKED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def break_after_one(connection: socket.socket) -> None:
    received(connection)
    connection.sendall(CHUNKED + b"%x\r\n%s\r\n" % (len(event("a")), event("a")))


@pytest.mark.parametrize("talk", [cut_after_one, break_after_one])
def test_a_stream_that_breaks_hands_out_what_came_first(
    listen: Listen, talk: Callable[[socket.socket], None]
) -> None:
    chunks = iter(telnyx(listen(talk)).chat.stream([]))
    assert next(chunks)["choices"][0]["delta"]["content"] == "a"
    with pytest.raises(StreamError, match="What came before is kept"):
        next(chunks)


@pytest.mark.parametrize("talk", [cut_after_one, break_after_one])
async def test_an_awaited_stream_that_breaks_hands_out_what_came_first(
    listen: Listen, talk: Callable[[socket.socket], None]
) -> None:
    chunks = aiter(await telnyx(listen(talk)).aio.chat.stream([]))
    assert (await anext(chunks))["choices"][0]["delta"]["content"] == "a"
    with pytest.raises(StreamError, match="What came before is kept"):
        await anext(chunks)


async def test_a_tail_that_is_lost_after_the_finish_reason_is_no_loss(
    face: Faces, listen: Listen
) -> None:
    def talk(connection: socket.socket) -> None:
        received(connection)
        body = event("a", "stop")
        connection.sendall(CHUNKED + b"%x\r\n%s\r\n" % (len(body), body))

    assert len(await face(telnyx(listen(talk))).chat.stream([])) == 1


async def test_a_stream_that_breaks_before_its_first_chunk_is_asked_again(
    face: Faces, listen: Listen
) -> None:
    requests: list[int] = []

    def talk(connection: socket.socket) -> None:
        received(connection)
        requests.append(1)
        connection.sendall(STREAM_HEAD + b": ping\n\n")
        if len(requests) == 2:
            connection.sendall(event("a", "stop"))

    assert len(await face(telnyx(listen(talk))).chat.stream([])) == 1
    assert len(requests) == 2


async def test_a_stream_is_not_asked_again_after_its_first_chunk(
    face: Faces, listen: Listen
) -> None:
    requests: list[int] = []

    def talk(connection: socket.socket) -> None:
        requests.append(1)
        cut_after_one(connection)

    with pytest.raises(StreamError):
        await face(telnyx(listen(talk))).chat.stream([])
    assert len(requests) == 1


async def test_a_stream_read_to_its_end_has_nothing_more_to_give(listen: Listen) -> None:
    def talk(connection: socket.socket) -> None:
        received(connection)
        connection.sendall(STREAM_HEAD + event("a", "stop"))

    client = telnyx(listen(talk))
    stream = await asyncio.to_thread(client.chat.stream, [])
    assert len(list(stream)) == 1
    assert list(stream) == []
    awaited = await client.aio.chat.stream([])
    assert len([chunk async for chunk in awaited]) == 1
    assert [chunk async for chunk in awaited] == []


async def test_a_stream_knows_its_headers(listen: Listen) -> None:
    def talk(connection: socket.socket) -> None:
        received(connection)
        head = STREAM_HEAD.replace(b"\r\n\r\n", b"\r\nx-request-id: r1\r\n\r\n")
        connection.sendall(head + event("a", "stop"))

    client = telnyx(listen(talk))
    async with await client.aio.chat.stream([]) as stream:
        assert stream.headers["x-request-id"] == "r1"
    with await asyncio.to_thread(client.chat.stream, []) as blocking:
        assert blocking.headers["x-request-id"] == "r1"
