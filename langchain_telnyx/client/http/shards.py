"""Shards: small carriers of one connection each, and who holds which.

An exchange holds a shard from before it is sent until its answer is closed. What ends as it should
gives its shard back; what is cancelled, interrupted or fails hangs up, at once and without waiting
for anything, so that nothing can come between. An exchange that nobody holds any more, whatever
became of it, ends by itself. No connection stays busy without an exchange.

The libraries' own pools do not promise that: a task that is cancelled between two steps of theirs
leaves a connection which they count as busy for ever (encode/httpcore#1093). They also look
through all of their connections at the start and at the end of every request
(encode/httpcore#1035); with one in each there is nothing to look through.
"""

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from langchain_telnyx.client.http.requests import OutgoingRequest

if TYPE_CHECKING:  # so that the library of `core` is loaded by the first request
    from langchain_telnyx.client.http.transports import AsyncTransport, Transport

# How much of a URL's beginning has no slash of the path: `https://`.
_SCHEME = 8

CarrierT = TypeVar("CarrierT", "Carrier", "AsyncCarrier")


class _Shard(Generic[CarrierT]):
    """A carrier, and where its connection leads."""

    __slots__ = ("__weakref__", "carrier", "is_dropped", "origin", "since")

    def __init__(self, carrier: CarrierT, origin: str) -> None:
        self.carrier: CarrierT = carrier
        self.origin = origin
        self.since = 0.0
        self.is_dropped = False


class Lease(Generic[CarrierT]):
    """One exchange's hold of a shard. Dropped without an end, it ends by itself.

    Args:
        shards: Whose shard it is.
        shard: The shard.
    """

    __slots__ = ("_shard", "_shards")

    def __init__(self, shards: "_Shards[CarrierT]", shard: _Shard[CarrierT]) -> None:
        self._shards: _Shards[CarrierT] = shards
        self._shard: _Shard[CarrierT] | None = shard

    @property
    def carrier(self) -> CarrierT:
        """What carries the exchange."""
        assert self._shard is not None  # noqa: S101 - narrows the type: it is used before its end
        return self._shard.carrier

    def end(self, *, clean: bool) -> None:
        """End the hold; every call but the first does nothing.

        Args:
            clean: Whether the exchange ran to its end: its connection may then be used again.
        """
        shard, self._shard = self._shard, None
        if shard is not None:
            self._shards.take_back(shard, clean=clean)

    def __del__(self) -> None:
        if (shard := self._shard) is not None:
            self._shards.take_orphan(shard)


class _Waiter(Generic[CarrierT]):
    """Who waits for a shard. A lease that it is given and does not take goes to the next."""

    __slots__ = ("lease", "origin", "wake")

    def __init__(self, origin: str, wake: Callable[[], object]) -> None:
        self.origin = origin
        self.wake = wake
        self.lease: Lease[CarrierT] | None = None


class _Shards(Generic[CarrierT]):
    """The shards, made as they are needed: a client of one call at a time has one.

    Args:
        make: Makes a carrier of one connection.
        limit: Shards at most.
        keep_alive: Seconds after which a shard that is not used is closed, with the next request.
    """

    def __init__(self, make: Callable[[], CarrierT], limit: int, keep_alive: float = 15.0) -> None:
        self._make: Callable[[], CarrierT] = make
        self._limit = limit
        self._keep_alive = keep_alive
        self._reset()

    def _reset(self) -> None:
        # Those in use are held by their leases, the others by the second list: the last one used
        # at its end. Weakly here, so that one which an interrupt takes out of both is gone.
        self._shards: weakref.WeakSet[_Shard[CarrierT]] = weakref.WeakSet()
        self._idle: list[_Shard[CarrierT]] = []
        self._waiting: deque[_Waiter[CarrierT]] = deque()
        self._lock = threading.Lock()
        # A lease may be collected at any point, also while its own thread holds the lock.
        self._orphans: deque[_Shard[CarrierT]] = deque()

    def take(self, url: str) -> Lease[CarrierT] | None:
        """Return a lease of a shard for a request, or `None` where all are in use."""
        with self._lock:
            # Those who wait came first.
            lease = None if self._waiting else self._free(_origin(url))
        if self._orphans:
            self._reap()
        return lease

    def _free(self, origin: str) -> Lease[CarrierT] | None:
        idle = self._idle
        if idle:
            if idle[0].since < monotonic() - self._keep_alive:
                self._drop_stale()
            for place in range(len(idle) - 1, -1, -1):
                if idle[place].origin == origin:
                    return Lease(self, idle.pop(place))
        if len(self._shards) >= self._limit:
            if not idle:
                return None
            self._drop(idle.pop(0))
        shard = _Shard(self._make(), origin)
        self._shards.add(shard)
        return Lease(self, shard)

    def _drop_stale(self) -> None:
        end = monotonic() - self._keep_alive
        while self._idle and self._idle[0].since < end:
            self._drop(self._idle.pop(0))

    def _drop(self, shard: _Shard[CarrierT]) -> None:
        shard.is_dropped = True
        self._shards.discard(shard)
        shard.carrier.abort()

    def take_back(self, shard: _Shard[CarrierT], *, clean: bool) -> None:
        """Take a shard back from its lease, and lend it to whoever waits.

        Args:
            shard: The shard.
            clean: Whether its exchange ran to its end.
        """
        with self._lock:
            self._take_in(shard, clean=clean)
        if self._orphans:
            self._reap()

    def _take_in(self, shard: _Shard[CarrierT], *, clean: bool) -> None:
        if clean and not shard.is_dropped and shard.carrier.is_idle():
            shard.since = monotonic()
            self._idle.append(shard)
        else:
            self._drop(shard)
        if self._waiting:
            self._serve()

    def take_orphan(self, shard: _Shard[CarrierT]) -> None:
        """Take a shard back whose exchange is gone."""
        self._orphans.append(shard)
        self._reap()

    def _reap(self) -> None:
        # Where the lock is held, its holder comes by afterwards.
        while self._orphans and self._lock.acquire(blocking=False):
            try:
                while self._orphans:
                    self._take_in(self._orphans.popleft(), clean=False)
            finally:
                self._lock.release()

    def _serve(self) -> None:
        """Lend shards to those who wait, for as long as there are any."""
        while self._waiting and (lease := self._free(self._waiting[0].origin)) is not None:
            waiter = self._waiting.popleft()
            waiter.lease = lease
            waiter.wake()

    def _join(self, waiter: _Waiter[CarrierT]) -> None:
        """Wait for a shard; one may have become free meanwhile."""
        with self._lock:
            self._waiting.append(waiter)
            self._serve()

    def _leave(self, waiter: _Waiter[CarrierT]) -> Lease[CarrierT] | None:
        """Wait no longer, and return what came."""
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
        lease, waiter.lease = waiter.lease, None
        return lease

    def drop(self) -> list[CarrierT]:
        """Forget every shard, and return their carriers to be closed."""
        with self._lock:
            dropped = list(self._shards)
            for shard in dropped:
                shard.is_dropped = True
            self._idle.clear()
            self._shards.clear()
            self._serve()  # over new ones
        return [shard.carrier for shard in dropped]

    def retire(self) -> None:
        """Close the shards that are not in use, and the others once they are taken back."""
        with self._lock:
            for shard in list(self._shards):
                shard.is_dropped = True
            while self._idle:
                self._drop(self._idle.pop())

    def forget(self) -> object:
        """Let go of the connections without closing them, and return them to be kept alive."""
        # In a forked child: the lock may be held by a thread that was not forked along.
        forgotten = (list(self._shards), self._waiting)
        self._reset()
        return forgotten


class ShardPool(_Shards["Carrier"]):
    """Carries requests, blocking."""

    def send(self, request: OutgoingRequest, body: Any) -> Any:
        """Send one request over a free shard; the open answer gives it back when closed."""
        lease = self.take(request.url)
        if lease is None:
            lease = self._wait(request)
        try:
            return lease.carrier.send(request, body, lease)
        except BaseException:
            lease.end(clean=False)
            raise

    def _wait(self, request: OutgoingRequest) -> Lease["Carrier"]:
        woken = threading.Event()
        waiter: _Waiter[Transport] = _Waiter(_origin(request.url), woken.set)
        try:
            self._join(waiter)
            woken.wait(request.timeout["pool"])
        except BaseException:
            if (lease := self._leave(waiter)) is not None:
                lease.end(clean=True)
            raise
        if (lease := self._leave(waiter)) is None:
            raise _too_late()
        return lease

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        for carrier in self.drop():
            carrier.close()


class AsyncShardPool(_Shards["AsyncCarrier"]):
    """Carries requests, awaited."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: OutgoingRequest, body: Any) -> Any:
        """Send one request over a free shard; the open answer gives it back when closed."""
        lease = self.take(request.url)
        if lease is None:
            lease = await self._wait(request)
        try:
            return await lease.carrier.send(request, body, lease)
        except BaseException:
            lease.end(clean=False)
            raise

    async def _wait(self, request: OutgoingRequest) -> Lease["AsyncCarrier"]:
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        waiter: _Waiter[AsyncTransport] = _Waiter(_origin(request.url), lambda: _settle(woken))
        patience = request.timeout["pool"]
        timer = None if patience is None else loop.call_later(patience, _settle, woken)
        try:
            self._join(waiter)
            await woken
        except BaseException:
            if (lease := self._leave(waiter)) is not None:
                lease.end(clean=True)
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if (lease := self._leave(waiter)) is None:
            raise _too_late()
        return lease

    def take(self, url: str) -> Lease["AsyncCarrier"] | None:
        """Return a lease of a shard for a request, or `None` where all are in use."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return super().take(url)

    def take_orphan(self, shard: _Shard["AsyncCarrier"]) -> None:
        """Take a shard back whose exchange is gone, in the event loop that it belongs to."""
        # The collector comes by in any thread, and after the loop has ended.
        if _running_loop() is self._loop:
            super().take_orphan(shard)
        elif self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(super().take_orphan, shard)

    async def aclose(self) -> None:
        """Close every connection; the next request opens new ones."""
        carriers = self.drop()
        for carrier in carriers:
            carrier.abort()  # all of them, however this goes on
        for carrier in carriers:
            await carrier.aclose()
        await asyncio.sleep(0)  # in which the loop closes the sockets


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _origin(url: str) -> str:
    return url[: url.find("/", _SCHEME)]


def _settle(woken: "asyncio.Future[None]") -> None:
    if not woken.done():
        woken.set_result(None)


def _too_late() -> Exception:
    # With the first request, as `carriers`.
    from langchain_telnyx.client.http.core import core  # noqa: PLC0415

    error: Exception = core.PoolTimeout("All connections were in use: raise `max_connections`.")
    return error
