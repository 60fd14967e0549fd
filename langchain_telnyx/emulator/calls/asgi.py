"""Connections to an ASGI application in this process, without sockets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from starlette.types import ASGIApp, Message

from langchain_telnyx.emulator.serving.exchange import Exchange

_HOST = b"localhost"


# The running applications of each event loop, and how many calls each has.
_running: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, "_Running"]] = WeakKeyDictionary()


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Start an application, and shut it down at the end; concurrent calls share a run of it.

    Raises:
        RuntimeError: It does not start.
    """
    applications = _running.setdefault(asyncio.get_running_loop(), {})
    running = applications.setdefault(id(app), _Running(app))
    running.calls += 1
    try:
        await running.start()
        yield
    finally:
        running.calls -= 1
        if not running.calls:
            del applications[id(app)]
            await running.stop()


class _Running:
    """An application between its startup and its shutdown."""

    def __init__(self, app: ASGIApp) -> None:
        self.calls = 0
        self._app = app
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._started = ""

    async def start(self) -> None:
        """Start the application, unless it runs."""
        async with self._lock:
            if self._task is None:
                self._task = asyncio.create_task(self._run())
                await self._incoming.put({"type": "lifespan.startup"})
                message = await self._outgoing.get()
                self._started = message["type"]
                if self._started == "lifespan.startup.failed":
                    text = message.get("message", "")
                    raise RuntimeError(f"The application does not start: {text}")

    async def stop(self) -> None:
        """Shut the application down."""
        if self._task is None:
            return
        if self._started == "lifespan.startup.complete":
            await self._incoming.put({"type": "lifespan.shutdown"})
        await self._task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._app(scope, self._incoming.get, self._outgoing.put)
        except Exception as error:  # noqa: BLE001 - an application without lifespan raises
            await self._outgoing.put({"type": "lifespan.unsupported", "message": str(error)})


class ClosedError(Exception):
    """The application closed the connection.

    Attributes:
        code: The WebSocket's close code.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"The application closed the connection with code {code}.")
        self.code = code


class WebSocket:
    """A WebSocket to an application.

    Args:
        app: The application.
        path: The path, with a query if any.
    """

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue(maxsize=16)
        target, _, query = path.partition("?")
        self._scope: dict[str, Any] = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", _HOST)],
            "client": ("127.0.0.1", 0),
            "server": ("localhost", 80),
            "subprotocols": [],
            "state": {},
        }
        self._task = asyncio.create_task(self._run(app))

    async def _run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._incoming.get, self._outgoing.put)
        finally:
            await self._outgoing.put({"type": "websocket.close", "code": 1006})

    async def open(self) -> None:
        """Wait until the application accepts.

        Raises:
            ClosedError: It refuses.
        """
        await self._incoming.put({"type": "websocket.connect"})
        message = await self._outgoing.get()
        if message["type"] != "websocket.accept":
            raise ClosedError(message.get("code", 1000))

    async def send(self, text: str) -> None:
        """Send a text frame."""
        await self._incoming.put({"type": "websocket.receive", "text": text})

    async def receive(self) -> str:
        """Return the next text frame.

        Raises:
            ClosedError: The application closed the connection.
        """
        message = await self._outgoing.get()
        if message["type"] == "websocket.close":
            await self._outgoing.put(message)
            raise ClosedError(message.get("code", 1000))
        return str(message.get("text", ""))

    async def close(self) -> None:
        """Disconnect, and wait for the application to end.

        Raises:
            Exception: What the application raised.
        """
        await self._incoming.put({"type": "websocket.disconnect", "code": 1000})
        while not self._task.done():
            await asyncio.wait(
                {self._task, asyncio.ensure_future(self._outgoing.get())},
                return_when=asyncio.FIRST_COMPLETED,
            )
        await self._task


class Answer:
    """The response to a request.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, exchange: Exchange, status: int) -> None:
        self._exchange = exchange
        self._is_complete = False
        self.status = status

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the lines of the body, without their ends.

        Raises:
            Disconnected: The application ended before the response was complete.
        """
        rest = b""
        while not self._is_complete:
            chunk, more = await self._exchange.read()
            self._is_complete = not more
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line
        if rest:
            yield rest

    async def text(self) -> str:
        """Return the body."""
        return b"\n".join([line async for line in self]).decode("utf-8", "replace")

    async def close(self) -> None:
        """Disconnect, unless the response is complete."""
        if not self._is_complete:
            await self._exchange.close()


@asynccontextmanager
async def post(
    app: ASGIApp,
    path: str,
    body: bytes,
    media_type: str,
    signature: Mapping[str, str] | None = None,
) -> AsyncIterator[Answer]:
    """Send a request to an application of the same event loop; the response is streamed.

    Args:
        app: The application.
        path: The path.
        body: The body.
        media_type: Its media type.
        signature: The headers of a webhook's signature.

    Raises:
        Disconnected: The application fails without a response.
    """
    headers = [
        (b"host", _HOST),
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.encode(), value.encode()) for name, value in (signature or {}).items()),
    ]
    exchange = Exchange(
        app,
        {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 0),
            "server": ("localhost", 80),
        },
    )
    try:
        await exchange.feed(body, more=False)
        status, _ = await exchange.head()
    except BaseException:
        await exchange.close()
        raise
    answer = Answer(exchange, status)
    try:
        yield answer
    finally:
        await answer.close()
