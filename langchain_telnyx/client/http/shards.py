"""Width: many small carriers, the least busy first.

httpcore scans its whole pool at the start and end of every request (encode/httpcore#1035): at 100
concurrent calls that alone costs ten times the call. httpcore2 scans faster, but still all of it.
Spread over small pools the scans are short; docs/performance.md has the figures of both.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from langchain_telnyx.client.http.requests import Outgoing

if TYPE_CHECKING:  # so that the library of `core` is loaded by the first request
    from langchain_telnyx.client.http.carriers import AsyncCarrier, Carrier

WIDTH = 64

CarrierT = TypeVar("CarrierT", "Carrier", "AsyncCarrier")


class _Shard(Generic[CarrierT]):
    __slots__ = ("busy", "carrier")

    def __init__(self, carrier: CarrierT) -> None:
        self.carrier: CarrierT = carrier
        self.busy = 0


class _Shards(Generic[CarrierT]):
    """The shards, made as width is needed: a client of one call at a time has one."""

    def __init__(self, make: Callable[[], CarrierT], width: int = WIDTH) -> None:
        self._make: Callable[[], CarrierT] = make
        self._width = width
        self._shards: list[_Shard[CarrierT]] = []
        self._lock = threading.Lock()

    def take(self) -> _Shard[CarrierT]:
        with self._lock:
            shard = min(self._shards, key=_busy, default=None)
            if shard is None or (shard.busy and len(self._shards) < self._width):
                shard = _Shard(self._make())
                self._shards.append(shard)
            shard.busy += 1
            return shard

    def give_back(self, shard: _Shard[CarrierT]) -> None:
        with self._lock:
            shard.busy -= 1

    def drop(self) -> list[CarrierT]:
        with self._lock:
            dropped, self._shards = self._shards, []
        return [shard.carrier for shard in dropped]

    def forget(self) -> object:
        """Let go of the connections without closing them, and return them to be kept alive."""
        # In a forked child: the lock may be held by a thread that was not forked along.
        self._lock = threading.Lock()
        forgotten, self._shards = self._shards, []
        return forgotten


def _busy(shard: _Shard[CarrierT]) -> int:
    return shard.busy


class Sharded(_Shards["Carrier"]):
    """Carries requests, blocking."""

    def send(self, request: Outgoing, body: Any) -> Any:
        """Send one request over the least busy shard; the open answer frees it when closed."""
        shard = self.take()
        free = partial(self.give_back, shard)
        try:
            return shard.carrier.send(request, body, free)
        except BaseException:
            free()
            raise

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        for carrier in self.drop():
            carrier.close()


class AsyncSharded(_Shards["AsyncCarrier"]):
    """Carries requests, awaited."""

    async def send(self, request: Outgoing, body: Any) -> Any:
        """Send one request over the least busy shard; the open answer frees it when closed."""
        shard = self.take()
        free = partial(self.give_back, shard)
        try:
            return await shard.carrier.send(request, body, free)
        except BaseException:
            free()
            raise

    async def aclose(self) -> None:
        """Close every connection; the next request opens new ones."""
        for carrier in self.drop():
            await carrier.aclose()
