"""Shared by the tests of the client: sync and async as one, small servers, a driver of flows."""

import asyncio
import contextlib
import inspect
import re
import socket
import sys
import threading
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.attempts import Step
from langchain_telnyx.client.call import Reply, Sleep
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.http.streams import Stream
from langchain_telnyx.emulator.server import TelnyxEmulator

# Responds to a request: (method, path, headers, body) -> (status, headers, body).
Answer = Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


class AwaitableClient:
    """A sync or an async client, with every method awaitable; streams and listings become lists.

    Args:
        root: A `Telnyx`, its `.aio`, or a namespace of either.
        awaited: Whether the methods are async.
    """

    def __init__(self, root: Any, *, awaited: bool) -> None:
        self._root = root
        self._awaited = awaited

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._root, name)
        if not callable(found):
            return AwaitableClient(found, awaited=self._awaited)

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self._awaited:
                return await _awaited(found(*args, **kwargs))
            return await asyncio.to_thread(lambda: _blocking(found(*args, **kwargs)))

        return call


async def _awaited(answer: Any) -> Any:
    if inspect.isawaitable(answer):
        answer = await answer
    return [item async for item in answer] if isinstance(answer, AsyncIterable) else answer


def _blocking(answer: Any) -> Any:
    return list(answer) if isinstance(answer, Generator | Stream) else answer


@pytest.fixture(params=["sync", "aio"])
def as_async(request: pytest.FixtureRequest) -> Callable[[Telnyx], AwaitableClient]:
    """Return a client with awaitable methods: the test runs with the sync, then the async one."""
    awaited = request.param == "aio"
    return lambda telnyx: AwaitableClient(telnyx.aio if awaited else telnyx, awaited=awaited)


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """An emulator without a socket."""
    with TelnyxEmulator(sockets=False) as emulator:
        yield emulator


@pytest.fixture
def api(as_async: Callable[[Telnyx], AwaitableClient], emulator: TelnyxEmulator) -> AwaitableClient:
    """A client of the emulator, sync or async."""
    return as_async(Telnyx(**emulator.options()))


@pytest.fixture
async def bucket(api: Any) -> str:
    """A bucket of the emulator, with a text about a cat and one about dogs in it."""
    cat, dogs = b"The cat sat on the mat.", b"Dogs bark at night in the garden."
    await api.storage.create_bucket("docs-bucket")
    await api.storage.put_object("docs-bucket", "cats/a b+c ä?.txt", cat, content_type="text/plain")
    await api.storage.put_object("docs-bucket", "dogs.txt", dogs, content_type="text/plain")
    return "docs-bucket"


class Outcome(NamedTuple):
    """The result of a driven flow.

    Attributes:
        result: What it returned, or the error it raised.
        sent: The number of its requests.
        slept: The seconds of each of its waits.
    """

    result: Any
    sent: int
    slept: list[float]


def _drive(steps: Generator[Step, Any, Any], answers: Iterable[Reply | Exception]) -> Outcome:
    ready = iter(answers)
    sent, slept = 0, []
    try:
        step = next(steps)
        while True:
            if isinstance(step, Sleep):
                slept.append(step.seconds)
                step = steps.send(None)
                continue
            sent += 1
            answer = next(ready)
            step = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
    except StopIteration as stop:
        return Outcome(stop.value, sent, slept)
    except TelnyxError as error:
        return Outcome(error, sent, slept)


@pytest.fixture
def drive() -> Callable[..., Outcome]:
    """Run a flow with prepared results: replies are sent in, exceptions are thrown in."""
    return _drive


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Start an HTTP/1.1 server on loopback that responds with a function; returns its URL."""
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


class Connection:
    """A server's end of one connection: reads requests, and sends any bytes."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def request(self) -> bytes:
        """Read one request, head and body; empty if the client has disconnected."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self._raw.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        while length and len(body) < int(length[1]):
            body += self._raw.recv(65536)
        return head + b"\r\n\r\n" + body

    def send(self, data: bytes) -> None:
        """Send bytes unchanged."""
        self._raw.sendall(data)

    def answer(self, body: bytes = b'{"data":[]}', headers: str = "") -> None:
        """Respond to a request, by default with an empty list of models."""
        head = f"HTTP/1.1 200 OK\r\n{headers}content-length: {len(body)}\r\n\r\n"
        self.send(head.encode() + body)

    def close(self) -> None:
        """Close the connection at once."""
        with contextlib.suppress(OSError):  # already closed
            self._raw.shutdown(socket.SHUT_RDWR)
        self._raw.close()


@pytest.fixture
def listen() -> Iterator[Callable[[Callable[[Connection], None]], str]]:
    """Start a server that passes each connection to a function; returns its URL."""
    connections: list[Connection] = []
    threads: list[threading.Thread] = []

    def run(target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        threads.append(thread)
        thread.start()

    def serve_one(connection: Connection, talk: Callable[[Connection], None]) -> None:
        # Many of these tests disconnect on purpose.
        with contextlib.suppress(OSError):
            talk(connection)
        connection.close()

    def accept(listener: socket.socket, talk: Callable[[Connection], None]) -> None:
        with contextlib.suppress(OSError):  # closed at the end of the test
            while True:
                connections.append(Connection(listener.accept()[0]))
                run(serve_one, connections[-1], talk)

    def start(talk: Callable[[Connection], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        connections.append(Connection(listener))
        run(accept, listener, talk)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for connection in connections:
        connection.close()
    for thread in threads:
        thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # with the usual 5, a crowd waits a second for its connections

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Do not log disconnects: many of these tests disconnect on purpose."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            request_headers = {name.lower(): value for name, value in self.headers.items()}
            status, headers, content = answer(self.command, self.path, request_headers, body)
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names it looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Do not log requests."""

    return Handler
