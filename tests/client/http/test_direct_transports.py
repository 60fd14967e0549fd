"""Connections with the extra `fast` and without: the same results."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIConnectionError, StreamError
from langchain_telnyx.client.http import files, http1
from langchain_telnyx.client.http.core import core

AsAsync = Callable[[Telnyx], Any]
QUESTION = [{"role": "user", "content": "Hi"}]
EVENT = b'data: {"choices": [{"index": 0, "delta": {"content": "%d"}}]}\n\n'


@pytest.fixture(autouse=True, params=[True, False], ids=["fast", "plain"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "is_installed", lambda: request.param)


class Server:
    """Sends the same bytes to every request, then closes the connection."""

    def __init__(self) -> None:
        self.response = b""
        self.received: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.root = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.received.append(connection.recv(1 << 16))
                connection.sendall(self.response)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def text_of(chunk: Any) -> str:
    return str(chunk["choices"][0]["delta"]["content"])


def client(server: Server) -> Telnyx:
    return Telnyx(
        api_key="KEY0123456",
        base_url=f"{server.root}/v2",
        storage_url=server.root,
        max_retries=0,
        allow_http=True,
    )


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
async def test_events_before_a_broken_chunk_are_valid(server: Server, *, is_async: bool) -> None:
    events = [EVENT % number for number in range(50)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(event), event) for event in events)
    server.response = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        + chunks
        + b"not a chunk\r\n"
    )
    seen: list[str] = []

    async def read() -> None:
        if is_async:
            async for chunk in await client(server).aio.chat.stream(QUESTION, model="m"):
                seen.append(text_of(chunk))  # noqa: PERF401 - what arrives before an error counts
        else:
            for chunk in client(server).chat.stream(QUESTION, model="m"):
                seen.append(text_of(chunk))  # noqa: PERF401 - likewise

    with pytest.raises(StreamError) as caught:
        await read()
    assert seen == [str(number) for number in range(50)]
    assert "KEY0123456" not in str(caught.value)


@pytest.mark.parametrize("change", [-1, 1], ids=["shorter", "longer"])
async def test_a_file_that_changes_while_it_is_sent_is_an_error(
    as_async: AsAsync, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: int
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"abc")
    server.response = b'HTTP/1.1 200 OK\r\ncontent-length: 0\r\netag: "a"\r\n\r\n'
    size = files.size
    monkeypatch.setattr(files, "size", lambda body: size(body) - change)
    with pytest.raises(APIConnectionError, match="changed while it was sent"):
        await as_async(client(server)).storage.put_object("docs-bucket", "a", file)


async def test_a_request_has_one_head_with_one_key(as_async: AsAsync, server: Server) -> None:
    server.response = b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":[]}'
    await as_async(client(server)).models.list()
    head = server.received[0]
    assert head.startswith(b"GET /v2/ai/openai/models HTTP/1.1\r\nhost: 127.0.0.1:")
    assert head.count(b"KEY0123456") == 1
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("name", ["HTTPConnection", "HTTP11Connection"])
def test_what_instruments_a_connection_of_the_library_sees_the_request(
    server: Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    server.response = b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":[]}'
    kind = getattr(core, name)
    original, seen = kind.handle_request, []

    def handle_request(self: Any, request: Any) -> Any:
        seen.append(request.method)
        return original(self, request)

    monkeypatch.setattr(kind, "handle_request", handle_request)
    client(server).models.list()
    assert seen == [b"GET"]
