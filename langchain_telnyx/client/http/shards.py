"""Width: one transport made of many small ones, the least busy first.

httpcore scans its whole pool at the start and end of every request (encode/httpcore#1035): at 100
concurrent calls that alone costs ten times the call. Spread over small pools the scans are short.
"""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Generic, TypeVar

import httpx

WIDTH = 32

TransportT = TypeVar("TransportT", httpx.BaseTransport, httpx.AsyncBaseTransport)


class _Shard(Generic[TransportT]):
    __slots__ = ("busy", "transport")

    def __init__(self, transport: TransportT) -> None:
        self.transport: TransportT = transport
        self.busy = 0


class _Shards(Generic[TransportT]):
    """The shards, made as width is needed: a client of one call at a time has one."""

    def __init__(self, make: Callable[[], TransportT], width: int) -> None:
        self._make: Callable[[], TransportT] = make
        self._width = width
        self._shards: list[_Shard[TransportT]] = []
        self._lock = threading.Lock()

    def take(self) -> _Shard[TransportT]:
        with self._lock:
            shard = min(self._shards, key=_busy, default=None)
            if shard is None or (shard.busy and len(self._shards) < self._width):
                shard = _Shard(self._make())
                self._shards.append(shard)
            shard.busy += 1
            return shard

    def give_back(self, shard: _Shard[TransportT]) -> None:
        with self._lock:
            shard.busy -= 1

    def drop(self) -> list[TransportT]:
        with self._lock:
            dropped, self._shards = self._shards, []
        return [shard.transport for shard in dropped]

    def forget(self) -> list[_Shard[TransportT]]:
        # In a forked child: the lock may be held by a thread that was not forked along.
        self._lock = threading.Lock()
        forgotten, self._shards = self._shards, []
        return forgotten


def _busy(shard: _Shard[TransportT]) -> int:
    return shard.busy


class ShardedTransport(httpx.BaseTransport):
    """A synchronous transport that spreads requests over small ones."""

    def __init__(self, make: Callable[[], httpx.BaseTransport], width: int = WIDTH) -> None:
        self._shards: _Shards[httpx.BaseTransport] = _Shards(make, width)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request over the least busy shard."""
        shard = self._shards.take()
        try:
            response = shard.transport.handle_request(request)
        except BaseException:
            self._shards.give_back(shard)
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - narrows the type
        response.stream = _Stream(response.stream, lambda: self._shards.give_back(shard))
        return response

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        for transport in self._shards.drop():
            transport.close()

    def forget(self) -> object:
        """Let go of the connections without closing them, and return them to be kept alive."""
        return self._shards.forget()


class AsyncShardedTransport(httpx.AsyncBaseTransport):
    """An asynchronous transport that spreads requests over small ones."""

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], width: int = WIDTH) -> None:
        self._shards: _Shards[httpx.AsyncBaseTransport] = _Shards(make, width)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request over the least busy shard."""
        shard = self._shards.take()
        try:
            response = await shard.transport.handle_async_request(request)
        except BaseException:
            self._shards.give_back(shard)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - narrows the type
        response.stream = _AsyncStream(response.stream, lambda: self._shards.give_back(shard))
        return response

    async def aclose(self) -> None:
        """Close every connection; the next request opens new ones."""
        for transport in self._shards.drop():
            await transport.aclose()


class _Stream(httpx.SyncByteStream):
    """A response body that frees its shard when it is closed."""

    def __init__(self, stream: httpx.SyncByteStream, closed: Callable[[], None]) -> None:
        self._stream = stream
        self._closed: Callable[[], None] | None = closed

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            closed, self._closed = self._closed, None
            if closed is not None:
                closed()


class _AsyncStream(httpx.AsyncByteStream):
    """A response body that frees its shard when it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, closed: Callable[[], None]) -> None:
        self._stream = stream
        self._closed: Callable[[], None] | None = closed

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            closed, self._closed = self._closed, None
            if closed is not None:
                closed()
