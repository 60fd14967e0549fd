"""Breaks calls off at every await, and counts what is left of them."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

import anyio
import psutil

from langchain_telnyx import Telnyx

Work = Callable[[], Coroutine[Any, Any, object]]
_BOUND = 30.0


class Stepped:
    """A coroutine of which something happens at one await.

    Args:
        work: The coroutine.
        at: The number of the await, from 1.
        act: What happens.
        late: Whether it happens once what is awaited is there, before the coroutine goes on.
    """

    def __init__(
        self, work: Coroutine[Any, Any, object], at: int, act: Callable[[], None], *, late: bool
    ) -> None:
        self._work = work
        self._at = at
        self._act = act
        self._late = late
        self.reached = False

    def __await__(self) -> Generator[Any, Any, object]:
        count = 0
        try:
            awaited = self._work.send(None)
            while True:
                count += 1
                if count == self._at:
                    self.reached = True
                    if self._late and awaited is not None:
                        # Before the callback of the task itself, which comes with the `yield`.
                        awaited.add_done_callback(lambda _: self._act())
                    else:
                        self._act()
                try:
                    value = yield awaited
                except BaseException as error:  # noqa: BLE001 - passed on
                    awaited = self._work.throw(error)
                else:
                    awaited = self._work.send(value)
        except StopIteration as stop:
            return stop.value


async def _by_task(work: Work, at: int, *, late: bool) -> bool:
    async def run() -> None:
        stepped.append(Stepped(work(), at, task.cancel, late=late))
        await stepped[0]

    stepped: list[Stepped] = []
    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return _reached(stepped[0], task)


async def _by_two(work: Work, at: int, *, late: bool) -> bool:
    """Cancel again while the first cancellation is under way."""

    def again() -> None:
        task.cancel()
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: (task.cancel(), loop.call_soon(task.cancel)))

    async def run() -> None:
        stepped.append(Stepped(work(), at, again, late=late))
        await stepped[0]

    stepped: list[Stepped] = []
    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return _reached(stepped[0], task)


async def _by_wait_for(work: Work, at: int, *, late: bool) -> bool:
    async def run() -> None:
        stepped.append(Stepped(work(), at, task.cancel, late=late))
        await stepped[0]

    stepped: list[Stepped] = []
    task = asyncio.create_task(asyncio.wait_for(run(), _BOUND))
    await asyncio.wait([task])
    return _reached(stepped[0], task)


async def _by_timeout(work: Work, at: int, *, late: bool) -> bool:
    async def run() -> None:
        async with asyncio.timeout(None) as limit:
            act = lambda: limit.reschedule(0)  # noqa: E731 - what has passed
            stepped.append(Stepped(work(), at, act, late=late))
            await stepped[0]

    stepped: list[Stepped] = []
    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return _reached(stepped[0], task)


async def _by_anyio(work: Work, at: int, *, late: bool) -> bool:
    """Cancel a scope, which cancels its task again and again until it is left."""

    async def run() -> None:
        with anyio.CancelScope() as scope:
            stepped.append(Stepped(work(), at, scope.cancel, late=late))
            await stepped[0]

    stepped: list[Stepped] = []
    task = asyncio.create_task(run())
    await asyncio.wait([task])
    return _reached(stepped[0], task)


def _reached(stepped: Stepped, task: "asyncio.Task[Any]") -> bool:
    """Whether there was such an await; what the call raised of its own is a failure of the test."""
    if not task.cancelled() and (error := task.exception()) is not None:
        if not (stepped.reached and isinstance(error, TimeoutError)):
            raise error
    return stepped.reached


WAYS: dict[str, Callable[..., Awaitable[bool]]] = {
    "task": _by_task,
    "twice": _by_two,
    "wait_for": _by_wait_for,
    "timeout": _by_timeout,
    "anyio": _by_anyio,
}


@dataclass
class Count:
    """What a client and this process hold; compared before and after.

    Attributes:
        busy: Connections in use.
        queued: Requests that wait for a connection.
        tasks: Tasks besides the one that counts.
        threads: Threads besides those that event loops keep for blocking work.
        open: Sockets to the server, idle connections left out.
    """

    busy: int = 0
    queued: int = 0
    tasks: int = 0
    threads: int = field(default_factory=lambda: _threads())
    open: int = 0


def _threads() -> int:
    return sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())


def count(telnyx: Telnyx, port: int) -> Count:
    """Count what is held now."""
    pools: list[Any] = list(telnyx._face._pool._hosts.values())  # type: ignore[union-attr]
    for held in telnyx.aio._face._pool._sets.values():  # type: ignore[union-attr]
        pools += held.hosts.values()
    idle = [shard for pool in pools for shard in pool._idle]
    connections = sum(len(shard.carrier._pool.connections) for shard in idle)
    try:
        tasks = len(asyncio.all_tasks()) - 1
    except RuntimeError:
        tasks = 0
    return Count(
        busy=sum(len(pool._shards) - len(pool._idle) for pool in pools),
        queued=sum(len(pool._waiting) for pool in pools),
        tasks=tasks,
        open=len(sockets(port)) - connections,
    )


def sockets(port: int) -> list[Any]:
    """Return this process's open sockets to a port."""
    found = psutil.Process().net_connections("tcp")
    return [one for one in found if one.raddr and one.raddr.port == port and one.fd != -1]


async def settled(telnyx: Telnyx, port: int, before: Count) -> Count:
    """Return the count once it is as it was before, or what it is when time is up."""
    end = time.monotonic() + _BOUND
    while (now := count(telnyx, port)) != before and time.monotonic() < end:
        await asyncio.sleep(0.002)
    return now
