"""httpx transports that call the emulator in this process, with no socket between.

The application runs on one private event loop, so the transports serve any thread and any number
of callers' event loops, one after the other or at once. Both directions stream piece by piece
(`httpx.ASGITransport` keeps an answer until it is whole), and closing an answer early reaches the
application as a lost client.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, NamedTuple, TypeVar, cast

import httpx
from starlette.types import ASGIApp

from langchain_telnyx.emulator.serving.background import LoopThread
from langchain_telnyx.emulator.serving.exchange import Disconnected, Exchange

T = TypeVar("T")


class InProcessTransport(httpx.BaseTransport):
    """The way to the emulator for `httpx.Client`."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        self._app = app
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; its answer's body is still to be read."""
        timeout = _read_timeout(request)
        if isinstance(request.stream, httpx.ByteStream):
            whole = b"".join(request.stream)
            begun = self._wait(_begin(self._app, request, whole), timeout)
        else:
            begun = self._begin_with_stream(request, timeout)
        body = _Body(self, begun.exchange, timeout)
        return httpx.Response(begun.status, headers=begun.headers, stream=body)

    def _begin_with_stream(self, request: httpx.Request, timeout: float | None) -> "_Begun":
        exchange = self._wait(_open(self._app, request), timeout)
        try:
            pieces = iter(cast("httpx.SyncByteStream", request.stream))
            # An empty piece, such as an empty file in a form, does not end the body.
            while (piece := next(pieces, None)) is not None:
                if not self._wait(exchange.feed(piece, more=True), timeout):
                    break
            return self._wait(_end(exchange), timeout)
        except BaseException:
            self._wait(exchange.close(), None)
            raise

    def _wait(self, step: Coroutine[Any, Any, T], timeout: float | None) -> T:
        future = self._loop.submit(step)
        try:
            return future.result(timeout)
        except FutureTimeoutError:
            future.cancel()
            raise httpx.ReadTimeout("The emulator did not answer in time.") from None
        except Disconnected:
            raise _hung_up() from None


class AsyncInProcessTransport(httpx.AsyncBaseTransport):
    """The way to the emulator for `httpx.AsyncClient`, on any event loop."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        self._app = app
        self._loop = loop

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; its answer's body is still to be read."""
        timeout = _read_timeout(request)
        if isinstance(request.stream, httpx.ByteStream):
            whole = b"".join(request.stream)
            begun = await self._wait(_begin(self._app, request, whole), timeout)
        else:
            begun = await self._begin_with_stream(request, timeout)
        body = _AsyncBody(self, begun.exchange, timeout)
        return httpx.Response(begun.status, headers=begun.headers, stream=body)

    async def _begin_with_stream(self, request: httpx.Request, timeout: float | None) -> "_Begun":  # noqa: ASYNC109 - httpx's own, per read
        exchange = await self._wait(_open(self._app, request), timeout)
        try:
            pieces = aiter(cast("httpx.AsyncByteStream", request.stream))
            while (piece := await anext(pieces, None)) is not None:
                if not await self._wait(exchange.feed(piece, more=True), timeout):
                    break
            return await self._wait(_end(exchange), timeout)
        except BaseException:
            await self._wait(exchange.close(), None)
            raise

    async def _wait(self, step: Coroutine[Any, Any, T], timeout: float | None) -> T:  # noqa: ASYNC109 - httpx's own, per read
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._loop.submit(step)), timeout)
        except TimeoutError:
            raise httpx.ReadTimeout("The emulator did not answer in time.") from None
        except Disconnected:
            raise _hung_up() from None


class InProcessClient(httpx.Client):
    """An `httpx.Client` whose every request goes to the emulator."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        super().__init__(transport=InProcessTransport(app, loop))


class AsyncInProcessClient(httpx.AsyncClient):
    """An `httpx.AsyncClient` whose every request goes to the emulator."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        super().__init__(transport=AsyncInProcessTransport(app, loop))


class _Body(httpx.SyncByteStream):
    """The body of an answer, for a synchronous reader."""

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
            piece, self._more = self._transport._wait(step, self._timeout)  # noqa: SLF001 - one file, one idea
            if piece:
                yield piece

    def close(self) -> None:
        if self._more:
            self._transport._wait(self._exchange.close(), None)  # noqa: SLF001 - one file, one idea


class _AsyncBody(httpx.AsyncByteStream):
    """The body of an answer, for an asynchronous reader."""

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
            piece, self._more = await self._transport._wait(step, self._timeout)  # noqa: SLF001 - one file, one idea
            if piece:
                yield piece

    async def aclose(self) -> None:
        if self._more:
            await self._transport._wait(self._exchange.close(), None)  # noqa: SLF001 - one file, one idea


class _Begun(NamedTuple):
    """An exchange whose answer has begun."""

    exchange: Exchange
    status: int
    headers: Sequence[tuple[bytes, bytes]]


async def _begin(app: ASGIApp, request: httpx.Request, body: bytes) -> _Begun:
    """Do all that comes before the answer's body in one go: a step costs two thread switches."""
    exchange = await _open(app, request)
    try:
        await exchange.feed(body, more=False)
        return _Begun(exchange, *await exchange.head())
    except BaseException:
        await exchange.close()
        raise


async def _end(exchange: Exchange) -> _Begun:
    """End a request whose body was fed piece by piece, and wait for the answer to begin."""
    await exchange.feed(b"", more=False)
    return _Begun(exchange, *await exchange.head())


async def _open(app: ASGIApp, request: httpx.Request) -> Exchange:
    """Begin an exchange; a coroutine, so that it is made on the application's loop."""
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


def _hung_up() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(
        "The emulator closed the connection before its answer was whole."
    )
