"""A pool of shards: transports of one connection each, leased to one exchange at a time.

An exchange leases a shard from before its request is sent until its response is closed. An exchange
that ends normally returns its shard. One that fails, or is cancelled or interrupted, closes the
connection at once and without waiting, so that nothing can intervene. An exchange without
references ends by itself. So no connection stays busy without an exchange.

The libraries' own pools do not guarantee that: a task that is cancelled between two of their steps
leaves a connection which they count as busy for ever (encode/httpcore#1093). They also iterate
over all their connections at the start and the end of every request (encode/httpcore#1035); here
each pool has one.
"""

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from langchain_telnyx.client.http.requests import OutgoingRequest

# The length of `https://`: the path begins at the first slash after it.
_SCHEME = 8


class Transport(Protocol):
    """Sends requests over one connection, sync: see `transports` and `direct_transports`."""

    def send(self, request: OutgoingRequest, body: Any, lease: Any, /) -> Any:
        """Send a request and return the open response."""

    def is_idle(self) -> bool:
        """Return whether the next request can be sent."""
        ...

    def abort(self) -> None:
        """Close the connection at once, even in use."""

    def close(self) -> None:
        """Close the connection."""


class AsyncTransport(Protocol):
    """Sends requests over one connection, async."""

    async def send(self, request: OutgoingRequest, body: Any, lease: Any, /) -> Any:
        """Send a request and return the open response."""

    def is_idle(self) -> bool:
        """Return whether the next request can be sent."""
        ...

    def abort(self) -> None:
        """Close the connection at once, even in use."""

    async def aclose(self) -> None:
        """Close the connection."""


TransportT = TypeVar("TransportT", Transport, AsyncTransport)


class _Shard(Generic[TransportT]):
    """A transport, and the origin that its connection leads to."""

    __slots__ = ("__weakref__", "is_dropped", "origin", "since", "transport")

    def __init__(self, transport: TransportT, origin: str) -> None:
        self.transport: TransportT = transport
        self.origin = origin
        self.since = 0.0
        self.is_dropped = False


class Lease(Generic[TransportT]):
    """The lease of a shard by one exchange. Without references, it ends by itself.

    Args:
        shards: The pool of the shard.
        shard: The shard.
    """

    __slots__ = ("_shard", "_shards")

    def __init__(self, shards: "_Shards[TransportT]", shard: _Shard[TransportT]) -> None:
        self._shards: _Shards[TransportT] = shards
        self._shard: _Shard[TransportT] | None = shard

    @property
    def transport(self) -> TransportT:
        """The transport of the exchange."""
        assert self._shard is not None  # noqa: S101 - narrows the type: it is used before its end
        return self._shard.transport

    def end(self, *, clean: bool) -> None:
        """End the lease; every call but the first does nothing.

        Args:
            clean: Whether the exchange ran to its end: its connection can then be used again.
        """
        shard, self._shard = self._shard, None
        if shard is not None:
            self._shards.take_back(shard, clean=clean)

    def __del__(self) -> None:
        if (shard := self._shard) is not None:
            self._shards.take_orphan(shard)


class _Waiter(Generic[TransportT]):
    """A caller that waits for a shard. A lease that it does not take goes to the next waiter."""

    __slots__ = ("lease", "origin", "wake")

    def __init__(self, origin: str, wake: Callable[[], object]) -> None:
        self.origin = origin
        self.wake = wake
        self.lease: Lease[TransportT] | None = None


class _Shards(Generic[TransportT]):
    """Shards, created on demand: a client with one call at a time has one.

    Args:
        make: Creates a transport of one connection.
        limit: Maximum number of shards.
        keep_alive: Seconds after which the next request closes an unused shard.
    """

    def __init__(
        self, make: Callable[[], TransportT], limit: int, keep_alive: float = 15.0
    ) -> None:
        self._make: Callable[[], TransportT] = make
        self._limit = limit
        self._keep_alive = keep_alive
        self._reset()

    def _reset(self) -> None:
        # Leases reference the shards in use, `_idle` the others, the last used one at its end. This
        # set is weak, so that a shard which an interrupt removes from both is gone.
        self._shards: weakref.WeakSet[_Shard[TransportT]] = weakref.WeakSet()
        self._idle: list[_Shard[TransportT]] = []
        self._waiting: deque[_Waiter[TransportT]] = deque()
        self._lock = threading.Lock()
        # A lease may be collected at any point, even while its own thread holds the lock.
        self._orphans: deque[_Shard[TransportT]] = deque()

    def take(self, url: str) -> Lease[TransportT] | None:
        """Return a lease of a shard for a request, or `None` where all are in use."""
        with self._lock:
            # Waiters come first.
            lease = None if self._waiting else self._lend(_origin(url))
        if self._orphans:
            self._return_orphans()
        return lease

    def _lend(self, origin: str) -> Lease[TransportT] | None:
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

    def _drop(self, shard: _Shard[TransportT]) -> None:
        shard.is_dropped = True
        self._shards.discard(shard)
        shard.transport.abort()

    def take_back(self, shard: _Shard[TransportT], *, clean: bool) -> None:
        """Take a shard back from its lease, and lend it to a waiter.

        Args:
            shard: The shard.
            clean: Whether its exchange ran to its end.
        """
        with self._lock:
            self._return_shard(shard, clean=clean)
        if self._orphans:
            self._return_orphans()

    def _return_shard(self, shard: _Shard[TransportT], *, clean: bool) -> None:
        if clean and not shard.is_dropped and shard.transport.is_idle():
            shard.since = monotonic()
            self._idle.append(shard)
        else:
            self._drop(shard)
        if self._waiting:
            self._lend_to_waiters()

    def take_orphan(self, shard: _Shard[TransportT]) -> None:
        """Take a shard back whose exchange was collected."""
        self._orphans.append(shard)
        self._return_orphans()

    def _return_orphans(self) -> None:
        # If the lock is held, its holder calls this afterwards.
        while self._orphans and self._lock.acquire(blocking=False):
            try:
                while self._orphans:
                    self._return_shard(self._orphans.popleft(), clean=False)
            finally:
                self._lock.release()

    def _lend_to_waiters(self) -> None:
        """Lend free shards to waiters."""
        while self._waiting and (lease := self._lend(self._waiting[0].origin)) is not None:
            waiter = self._waiting.popleft()
            waiter.lease = lease
            waiter.wake()

    def _enqueue(self, waiter: _Waiter[TransportT]) -> None:
        """Add a waiter; a shard may have become free meanwhile."""
        with self._lock:
            self._waiting.append(waiter)
            self._lend_to_waiters()

    def _dequeue(self, waiter: _Waiter[TransportT]) -> Lease[TransportT] | None:
        """Remove a waiter, and return its lease if it has one."""
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
        lease, waiter.lease = waiter.lease, None
        return lease

    def drop(self) -> list[TransportT]:
        """Forget all shards, and return their transports, to be closed."""
        with self._lock:
            dropped = list(self._shards)
            for shard in dropped:
                shard.is_dropped = True
            self._idle.clear()
            self._shards.clear()
            self._lend_to_waiters()  # new shards
        return [shard.transport for shard in dropped]

    def retire(self) -> None:
        """Close the shards that are not in use, and the others once they are returned."""
        with self._lock:
            for shard in list(self._shards):
                shard.is_dropped = True
            while self._idle:
                self._drop(self._idle.pop())

    def forget(self) -> object:
        """Forget the connections without closing them, and return them, to be kept alive."""
        # In a forked child, a thread of the parent may hold the lock.
        forgotten = (list(self._shards), self._waiting)
        self._reset()
        return forgotten


class ShardPool(_Shards[Transport]):
    """Sends requests over shards, sync."""

    def send(self, request: OutgoingRequest, body: Any) -> Any:
        """Send one request over a free shard; closing the response returns the shard."""
        lease = self.take(request.url)
        if lease is None:
            lease = self._wait(request)
        try:
            return lease.transport.send(request, body, lease)
        except BaseException:
            lease.end(clean=False)
            raise

    def _wait(self, request: OutgoingRequest) -> Lease[Transport]:
        woken = threading.Event()
        waiter: _Waiter[Transport] = _Waiter(_origin(request.url), woken.set)
        try:
            self._enqueue(waiter)
            woken.wait(request.timeout["pool"])
        except BaseException:
            if (lease := self._dequeue(waiter)) is not None:
                lease.end(clean=True)
            raise
        if (lease := self._dequeue(waiter)) is None:
            raise _pool_timeout()
        return lease

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        for transport in self.drop():
            transport.close()


class AsyncShardPool(_Shards[AsyncTransport]):
    """Sends requests over shards, async."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: OutgoingRequest, body: Any) -> Any:
        """Send one request over a free shard; closing the response returns the shard."""
        lease = self.take(request.url)
        if lease is None:
            lease = await self._wait(request)
        try:
            return await lease.transport.send(request, body, lease)
        except BaseException:
            lease.end(clean=False)
            raise

    async def _wait(self, request: OutgoingRequest) -> Lease[AsyncTransport]:
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        waiter: _Waiter[AsyncTransport] = _Waiter(_origin(request.url), lambda: _wake(woken))
        seconds = request.timeout["pool"]
        timer = None if seconds is None else loop.call_later(seconds, _wake, woken)
        try:
            self._enqueue(waiter)
            await woken
        except BaseException:
            if (lease := self._dequeue(waiter)) is not None:
                lease.end(clean=True)
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if (lease := self._dequeue(waiter)) is None:
            raise _pool_timeout()
        return lease

    def take(self, url: str) -> Lease[AsyncTransport] | None:
        """Return a lease of a shard for a request, or `None` where all are in use."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return super().take(url)

    def take_orphan(self, shard: _Shard[AsyncTransport]) -> None:
        """Take a shard back whose exchange was collected, in the event loop that it belongs to."""
        # The garbage collector may run in any thread, even after the loop has ended.
        if _running_loop() is self._loop:
            super().take_orphan(shard)
        elif self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(super().take_orphan, shard)

    async def aclose(self) -> None:
        """Close every connection; the next request opens new ones."""
        transports = self.drop()
        for transport in transports:
            transport.abort()  # all of them, even if an `aclose` below fails
        for transport in transports:
            await transport.aclose()
        await asyncio.sleep(0)  # lets the loop close the sockets


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _origin(url: str) -> str:
    return url[: url.find("/", _SCHEME)]


def _wake(woken: "asyncio.Future[None]") -> None:
    if not woken.done():
        woken.set_result(None)


def _pool_timeout() -> Exception:
    # Imported by the first request, like `transports`.
    from langchain_telnyx.client.http.core import core  # noqa: PLC0415

    error: Exception = core.PoolTimeout("All connections were in use: raise `max_connections`.")
    return error
