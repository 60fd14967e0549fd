"""The two drivers: the same flows, run blocking or awaited.

`Sync` and `Async` mirror each other method by method; everything that decides anything (retry,
decoding, paging, errors) lives in the sans-I/O modules and is shared.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any, Protocol, TypeVar

import httpx

from langchain_telnyx.client.call import Call, Flow, Paging, Reply, Sleep, StreamCall
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import Open, Send, Step, expand, openings
from langchain_telnyx.client.http.faults import connection_error, faults
from langchain_telnyx.client.http.pools import AsyncPool, SyncPool
from langchain_telnyx.client.http.requests import Outgoing, apieces, outgoing, pieces
from langchain_telnyx.client.http.streams import AsyncStream, Stream

T = TypeVar("T")


class SyncHTTPClient(Protocol):
    """What is used of a client the user passes in: `httpx.Client`, or httpx2's."""

    def build_request(self, method: str, url: str, /, **options: Any) -> Any:
        """Make a request."""
        ...

    def send(self, request: Any, /, **options: Any) -> Any:
        """Send it."""
        ...


class AsyncHTTPClient(Protocol):
    """What is used of a client the user passes in: `httpx.AsyncClient`, or httpx2's."""

    def build_request(self, method: str, url: str, /, **options: Any) -> Any:
        """Make a request."""
        ...

    async def send(self, request: Any, /, **options: Any) -> Any:
        """Send it."""
        ...


class Sync:
    """Runs calls, flows, streams and listings, blocking.

    Args:
        config: How to reach the API.
        client: A client of the user's, which is used as it is and never closed.
    """

    def __init__(self, config: Config, client: SyncHTTPClient | None = None) -> None:
        self.config = config
        self._client = client
        self._pool = SyncPool(config) if client is None else None

    def run(self, flow: Call[T] | Flow[T]) -> T:
        """Run a call or a flow to its result."""
        return self._drive(expand(flow, self.config))

    def stream(self, stream: StreamCall[T]) -> Stream[T]:
        """Open a stream: returns once its first item has arrived."""
        opened: Stream[T] = self._drive(openings(stream, self.config))
        return opened

    def pages(self, paging: Paging[T]) -> Generator[T, None, None]:
        """Yield every item of a listing, page by page as they are consumed."""
        cursor: str | None = None
        while True:
            page = self.run(paging.call(cursor))
            yield from page.items
            cursor = page.cursor
            if cursor is None:
                return

    def close(self) -> None:
        """Close every connection opened here; the next request opens new ones."""
        if self._pool is not None:
            self._pool.close()

    def _drive(self, steps: Generator[Step, Any, T]) -> T:
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._perform(step)
                except TelnyxError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _perform(self, step: Step) -> Any:
        match step:
            case Send():
                return self._exchange(step.call)
            case Open():
                return self._open(step.stream)
            case Sleep():
                time.sleep(step.seconds)
                return None

    def _exchange(self, call: Call[Any]) -> Reply:
        request = outgoing(call, self.config)
        try:
            response = self._send(request)
            try:
                content: bytes = response.read()
            except BaseException:
                response.close()
                raise
        except faults() as cause:
            raise connection_error(cause, request.label) from cause
        return request.reply(response.status_code, response.headers, content)

    def _open(self, stream: StreamCall[T]) -> Stream[T]:
        request = outgoing(stream.call, self.config, stream=True)
        try:
            response = self._send(request)
        except faults() as cause:
            raise connection_error(cause, request.label) from cause
        opened = Stream(response, stream, request)
        try:
            opened.begin()
        except BaseException:
            opened.close()
            raise
        return opened

    def _send(self, request: Outgoing) -> Any:
        body = request.body if isinstance(request.body, bytes) else pieces(request.body)
        if self._pool is not None:
            return self._pool.send(
                httpx.Request(
                    request.method,
                    request.url,
                    headers=request.headers,
                    content=body,
                    extensions={"timeout": request.timeout},
                )
            )
        assert self._client is not None  # noqa: S101 - narrows the type: one of the two is there
        theirs = self._client.build_request(
            request.method,
            request.url,
            headers=request.headers,
            content=body,
            timeout=tuple(request.timeout.values()),
        )
        # A redirect could lead the key to another host.
        return self._client.send(theirs, stream=True, follow_redirects=False)


class Async:
    """Runs calls, flows, streams and listings, awaited.

    Args:
        config: How to reach the API.
        client: A client of the user's, which is used as it is and never closed.
    """

    def __init__(self, config: Config, client: AsyncHTTPClient | None = None) -> None:
        self.config = config
        self._client = client
        self._pool = AsyncPool(config) if client is None else None

    async def run(self, flow: Call[T] | Flow[T]) -> T:
        """Run a call or a flow to its result."""
        return await self._drive(expand(flow, self.config))

    async def stream(self, stream: StreamCall[T]) -> AsyncStream[T]:
        """Open a stream: returns once its first item has arrived."""
        opened: AsyncStream[T] = await self._drive(openings(stream, self.config))
        return opened

    async def pages(self, paging: Paging[T]) -> AsyncGenerator[T, None]:
        """Yield every item of a listing, page by page as they are consumed."""
        cursor: str | None = None
        while True:
            page = await self.run(paging.call(cursor))
            for item in page.items:
                yield item
            cursor = page.cursor
            if cursor is None:
                return

    async def aclose(self) -> None:
        """Close the running loop's connections opened here; the next request opens new ones."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _drive(self, steps: Generator[Step, Any, T]) -> T:
        try:
            step = next(steps)
            while True:
                try:
                    answer = await self._perform(step)
                except TelnyxError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result

    async def _perform(self, step: Step) -> Any:
        match step:
            case Send():
                return await self._exchange(step.call)
            case Open():
                return await self._open(step.stream)
            case Sleep():
                await asyncio.sleep(step.seconds)
                return None

    async def _exchange(self, call: Call[Any]) -> Reply:
        request = outgoing(call, self.config)
        try:
            response = await self._send(request)
            try:
                content: bytes = await response.aread()
            except BaseException:
                await response.aclose()
                raise
        except faults() as cause:
            raise connection_error(cause, request.label) from cause
        return request.reply(response.status_code, response.headers, content)

    async def _open(self, stream: StreamCall[T]) -> AsyncStream[T]:
        request = outgoing(stream.call, self.config, stream=True)
        try:
            response = await self._send(request)
        except faults() as cause:
            raise connection_error(cause, request.label) from cause
        opened = AsyncStream(response, stream, request)
        try:
            await opened.begin()
        except BaseException:
            await opened.aclose()
            raise
        return opened

    async def _send(self, request: Outgoing) -> Any:
        body = request.body if isinstance(request.body, bytes) else apieces(request.body)
        if self._pool is not None:
            return await self._pool.send(
                httpx.Request(
                    request.method,
                    request.url,
                    headers=request.headers,
                    content=body,
                    extensions={"timeout": request.timeout},
                )
            )
        assert self._client is not None  # noqa: S101 - narrows the type: one of the two is there
        theirs = self._client.build_request(
            request.method,
            request.url,
            headers=request.headers,
            content=body,
            timeout=tuple(request.timeout.values()),
        )
        # A redirect could lead the key to another host.
        return await self._client.send(theirs, stream=True, follow_redirects=False)
