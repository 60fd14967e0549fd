"""httpx transports that call the emulator in this process, without a socket.

The application runs on one private event loop, so the transports work in any thread and any number
of event loops. Requests and responses are streamed (`httpx.ASGITransport` buffers a whole
response), and when a response is closed early, the application detects a lost client.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar, cast

import httpx
from starlette.types import ASGIApp

from langchain_telnyx.emulator.serving.background import LoopClosedError, LoopThread
from langchain_telnyx.emulator.serving.exchange import Disconnected, Exchange

T = TypeVar("T")


class InProcessTransport(httpx.BaseTransport):
    """The transport to the emulator for `httpx.Client`."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        self._app = app
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the body of the response is streamed."""
        timeout = _read_timeout(request)
        if isinstance(request.stream, httpx.ByteStream):
            content = b"".join(request.stream)
            started = self._wait(_start(self._app, request, content), timeout)
        else:
            started = self._start_with_stream(request, timeout)
        body = _Body(self, started.exchange, timeout)
        return httpx.Response(started.status, headers=started.headers, stream=body)

    def _start_with_stream(self, request: httpx.Request, timeout: float | None) -> "_Started":
        exchange = self._wait(_open_exchange(self._app, request), timeout)
        try:
            chunks = iter(cast("httpx.SyncByteStream", request.stream))
            # An empty chunk, such as an empty file in a form, does not end the body.
            while (chunk := next(chunks, None)) is not None:
                if not self._wait(exchange.feed(chunk, more=True), timeout):
                    break
            return self._wait(_end(exchange), timeout)
        except BaseException:
            self._close(exchange)
            raise

    def _wait(self, step: Coroutine[Any, Any, T], timeout: float | None) -> T:
        try:
            future = self._loop.submit(step)
        except LoopClosedError:
            raise _stopped() from None
        try:
            return future.result(timeout)
        except FutureTimeoutError:
            future.cancel()
            raise httpx.ReadTimeout("The emulator did not answer in time.") from None
        except (Disconnected, FutureCancelledError):
            raise _disconnected() from None

    def _close(self, exchange: Exchange) -> None:
        with suppress(httpx.TransportError):  # a stopped emulator has closed it
            self._wait(exchange.close(), None)


class AsyncInProcessTransport(httpx.AsyncBaseTransport):
    """The transport to the emulator for `httpx.AsyncClient`, on any event loop."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        self._app = app
        self._loop = loop

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the body of the response is streamed."""
        timeout = _read_timeout(request)
        if isinstance(request.stream, httpx.ByteStream):
            content = b"".join(request.stream)
            started = await self._wait(_start(self._app, request, content), timeout)
        else:
            started = await self._start_with_stream(request, timeout)
        body = _AsyncBody(self, started.exchange, timeout)
        return httpx.Response(started.status, headers=started.headers, stream=body)

    async def _start_with_stream(self, request: httpx.Request, timeout: float | None) -> "_Started":  # noqa: ASYNC109 - httpx's timeout, per read
        exchange = await self._wait(_open_exchange(self._app, request), timeout)
        try:
            chunks = aiter(cast("httpx.AsyncByteStream", request.stream))
            while (chunk := await anext(chunks, None)) is not None:
                if not await self._wait(exchange.feed(chunk, more=True), timeout):
                    break
            return await self._wait(_end(exchange), timeout)
        except BaseException:
            await self._close(exchange)
            raise

    async def _wait(self, step: Coroutine[Any, Any, T], timeout: float | None) -> T:  # noqa: ASYNC109 - httpx's timeout, per read
        try:
            future = asyncio.wrap_future(self._loop.submit(step))
        except LoopClosedError:
            raise _stopped() from None
        # `asyncio.wait` tells a cancelled step, whose emulator stops, from a cancelled caller.
        try:
            done, _ = await asyncio.wait({future}, timeout=timeout)
        except asyncio.CancelledError:
            future.cancel()
            raise
        if not done:
            future.cancel()
            raise httpx.ReadTimeout("The emulator did not answer in time.")
        try:
            return future.result()
        except (Disconnected, asyncio.CancelledError):
            raise _disconnected() from None

    async def _close(self, exchange: Exchange) -> None:
        with suppress(httpx.TransportError):  # a stopped emulator has closed it
            await self._wait(exchange.close(), None)


class InProcessClient(httpx.Client):
    """An `httpx.Client` that sends every request to the emulator."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        super().__init__(transport=InProcessTransport(app, loop))


class AsyncInProcessClient(httpx.AsyncClient):
    """An `httpx.AsyncClient` that sends every request to the emulator."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        super().__init__(transport=AsyncInProcessTransport(app, loop))


class _Body(httpx.SyncByteStream):
    """The body of a response, for sync readers."""

    def __init__(
        self, transport: InProcessTransport, exchange: Exchange, timeout: float | None
    ) -> None:
        self._transport = transport
        self._exchange = exchange
        self._timeout = timeout
        self._more = True

    def __iter__(self) -> Iterator[bytes]:
        while self._more:
            step = self._exchange.read()
            chunk, self._more = self._transport._wait(step, self._timeout)  # noqa: SLF001 - same module
            if chunk:
                yield chunk

    def close(self) -> None:
        if self._more:
            self._transport._close(self._exchange)  # noqa: SLF001 - same module


class _AsyncBody(httpx.AsyncByteStream):
    """The body of a response, for async readers."""

    def __init__(
        self, transport: AsyncInProcessTransport, exchange: Exchange, timeout: float | None
    ) -> None:
        self._transport = transport
        self._exchange = exchange
        self._timeout = timeout
        self._more = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._more:
            step = self._exchange.read()
            chunk, self._more = await self._transport._wait(step, self._timeout)  # noqa: SLF001 - same module
            if chunk:
                yield chunk

    async def aclose(self) -> None:
        if self._more:
            await self._transport._close(self._exchange)  # noqa: SLF001 - same module


class _Started(NamedTuple):
    """An exchange whose response has started."""

    exchange: Exchange
    status: int
    headers: Sequence[tuple[bytes, bytes]]


async def _start(app: ASGIApp, request: httpx.Request, body: bytes) -> _Started:
    """Send a request, and wait for the headers, in one step: a step costs two thread switches."""
    exchange = await _open_exchange(app, request)
    try:
        await exchange.feed(body, more=False)
        return _Started(exchange, *await exchange.head())
    except BaseException:
        await exchange.close()
        raise


async def _end(exchange: Exchange) -> _Started:
    """End a streamed request body, and wait for the response's headers."""
    await exchange.feed(b"", more=False)
    return _Started(exchange, *await exchange.head())


async def _open_exchange(app: ASGIApp, request: httpx.Request) -> Exchange:
    """Open an exchange; a coroutine, so that it runs on the application's loop."""
    path, _, query = request.url.raw_path.partition(b"?")
    return Exchange(
        app,
        {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 0),
            "server": (request.url.host, request.url.port or 80),
        },
    )


def _read_timeout(request: httpx.Request) -> float | None:
    timeout: float | None = request.extensions.get("timeout", {}).get("read")
    return timeout


def _disconnected() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(
        "The emulator closed the connection before the response was complete."
    )


def _stopped() -> httpx.ConnectError:
    return httpx.ConnectError("The emulator is stopped.")
