"""What the tests of the client share: both faces under one name, and small servers on loopback."""

import asyncio
import contextlib
import inspect
import os
import socket
import threading
from collections.abc import AsyncIterable, Callable, Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.http.streams import Stream

# Answers a request: (method, path, headers, body) -> (status, headers, body).
Answer = Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TELNYX_") or name.lower() in _PROXIES:
            monkeypatch.delenv(name)


class Face:
    """One face of a client. Both are asked alike: all is awaited, streams and listings are lists.

    Args:
        root: A `Telnyx`, its `.aio`, or a namespace of either.
        awaited: Whether it is the awaited face.
    """

    def __init__(self, root: Any, *, awaited: bool) -> None:
        self._root = root
        self._awaited = awaited

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._root, name)
        if not callable(found):
            return Face(found, awaited=self._awaited)

        async def ask(*args: Any, **kwargs: Any) -> Any:
            if self._awaited:
                return await _awaited(found(*args, **kwargs))
            return await asyncio.to_thread(lambda: _blocking(found(*args, **kwargs)))

        return ask


async def _awaited(answer: Any) -> Any:
    if inspect.isawaitable(answer):
        answer = await answer
    return [item async for item in answer] if isinstance(answer, AsyncIterable) else answer


def _blocking(answer: Any) -> Any:
    return list(answer) if isinstance(answer, Generator | Stream) else answer


@pytest.fixture(params=["sync", "aio"])
def face(request: pytest.FixtureRequest) -> Callable[[Telnyx], Face]:
    """Show one face of a client: the test runs on the blocking one, then on the awaited one."""
    awaited = request.param == "aio"
    return lambda telnyx: Face(telnyx.aio if awaited else telnyx, awaited=awaited)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Start an HTTP/1.1 server on loopback that answers by a function; returns its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> str:
        server = _Server(("127.0.0.1", 0), _handler(answer))
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def listen() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Start a server that hands each connection, raw, to a function; returns its address."""
    sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve_one(connection: socket.socket, talk: Callable[[socket.socket], None]) -> None:
        # A client that hangs up is what many of these tests are about.
        with connection, contextlib.suppress(OSError):
            talk(connection)

    def accept(listener: socket.socket, talk: Callable[[socket.socket], None]) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            sockets.append(connection)
            thread = threading.Thread(target=serve_one, args=(connection, talk), daemon=True)
            threads.append(thread)
            thread.start()

    def start(talk: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        sockets.append(listener)
        thread = threading.Thread(target=accept, args=(listener, talk), daemon=True)
        threads.append(thread)
        thread.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for each in sockets:
        with contextlib.suppress(OSError):  # closed already
            each.shutdown(socket.SHUT_RDWR)
        each.close()
    for thread in threads:
        thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # with the usual 5, a crowd waits a second for its connections


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = {name.lower(): value for name, value in self.headers.items()}
            status, headers, content = answer(self.command, self.path, asked, body)
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names it looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing."""

    return Handler
