"""Cancels calls at every await, and counts the resources that they leave."""

# ruff: noqa: SLF001 - counts connections in private pools

import asyncio
import inspect
import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio

from langchain_telnyx import Telnyx
from langchain_telnyx.client.http.direct_transports import AsyncDirectTransport, DirectTransport

Work = Callable[[], Coroutine[Any, Any, object]]
_BOUND = 30.0


class AwaitCounter:
    """Counts the awaits of tasks and their child tasks, and calls `act` at one of them.

    Args:
        at: The number of the await, from 1.
        late: Whether to act after the awaited result is set, before the task continues.
    """

    def __init__(self, at: int, *, late: bool) -> None:
        self._at = at
        self._late = late
        self._count = 0
        self.act: Callable[[], object] = lambda: None
        self.reached = False

    def task(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any
    ) -> "asyncio.Task[Any]":
        """Create a task: this is the loop's task factory."""
        if not inspect.iscoroutine(work):
            # The event loop closes an abandoned generator: to count that would finalize it twice.
            return asyncio.Task(work, loop=loop, **options)
        task = asyncio.Task(self._counted(work), loop=loop, **options)
        task.add_done_callback(lambda _: work.close())  # also for a task cancelled before it began
        return task

    async def _counted(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await _Counted(self, work)

    def count(self, awaited: Any) -> None:
        """Count an await."""
        self._count += 1
        if self._count != self._at:
            return
        self.reached = True
        if self._late and awaited is not None:
            # Before the callback of the task itself, which is added next.
            awaited.add_done_callback(lambda _: self.act())
        else:
            self.act()


class _Counted:
    def __init__(self, steps: AwaitCounter, work: Coroutine[Any, Any, Any]) -> None:
        self._steps = steps
        self._work = work

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            awaited = self._work.send(None)
            while True:
                self._steps.count(awaited)
                try:
                    value = yield awaited
                except BaseException as error:  # noqa: BLE001 - passed on
                    awaited = self._work.throw(error)
                else:
                    awaited = self._work.send(value)
        except StopIteration as stop:
            return stop.value


async def _by_task(work: Work, steps: AwaitCounter) -> None:
    task = asyncio.current_task()
    assert task is not None
    steps.act = task.cancel
    await work()


async def _by_many(work: Work, steps: AwaitCounter) -> None:
    """Cancel again while the first cancellation is in progress."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()

    def cancel(times: int = 3) -> None:
        assert task is not None
        task.cancel()
        if times > 1:
            loop.call_soon(cancel, times - 1)

    steps.act = cancel
    await work()


async def _by_wait_for(work: Work, steps: AwaitCounter) -> None:
    task = asyncio.current_task()
    assert task is not None
    steps.act = task.cancel
    await asyncio.wait_for(work(), _BOUND)


async def _by_timeout(work: Work, steps: AwaitCounter) -> None:
    async with asyncio.timeout(None) as limit:
        steps.act = lambda: limit.reschedule(0)  # which has passed
        await work()


async def _by_anyio(work: Work, steps: AwaitCounter) -> None:
    """Cancel a scope, which cancels its task repeatedly until it has left the scope."""
    with anyio.CancelScope() as scope:
        steps.act = scope.cancel
        await work()


WAYS: dict[str, Callable[[Work, AwaitCounter], Coroutine[Any, Any, None]]] = {
    "task": _by_task,
    "many": _by_many,
    "wait_for": _by_wait_for,
    "timeout": _by_timeout,
    "anyio": _by_anyio,
}


async def cancel_at(work: Work, way: str, at: int, *, late: bool) -> bool:
    """Run a coroutine and cancel it at an await; return whether that await was reached.

    Args:
        work: Creates the coroutine.
        way: One of `WAYS`.
        at: The number of the await, from 1.
        late: Whether to cancel after the awaited result is set.
    """
    steps = AwaitCounter(at, late=late)
    loop = asyncio.get_running_loop()
    loop.set_task_factory(steps.task)  # type: ignore[arg-type]  # of coroutines only
    try:
        task = loop.create_task(WAYS[way](work, steps))
        await asyncio.wait([task])
    finally:
        loop.set_task_factory(None)
    if not task.cancelled() and (error := task.exception()) is not None:
        # An error of the call itself fails the test.
        assert (steps.reached, way, type(error)) == (True, "timeout", TimeoutError), repr(error)
    return steps.reached


@dataclass
class Resources:
    """The resources of a client and this process, compared before and after.

    Attributes:
        busy: Connections in use.
        queued: Requests that wait for a connection.
        sockets: Open sockets to the server, except those of idle connections.
        tasks: Tasks, except the one that counts.
        threads: Threads, except those of event loops for blocking work.
    """

    busy: int
    queued: int
    sockets: int
    tasks: int
    threads: int


def busy_connections(telnyx: Telnyx) -> int:
    """Return the number of connections in use, of all threads."""
    pools: Any = telnyx._runner._pool._hosts.values()  # type: ignore[union-attr]
    return sum(len(pool._shards) - len(pool._idle) for pool in pools)


def resources(telnyx: Telnyx, *, awaited: bool = True) -> Resources:
    """Count the current resources."""
    pools: list[Any] = list(telnyx._runner._pool._hosts.values())  # type: ignore[union-attr]
    for each in telnyx.aio._runner._pool._sets.values():  # type: ignore[union-attr]
        pools += each.hosts.values()
    idle = [shard for pool in pools for shard in pool._idle]
    connections = sum(_connections(shard.transport) for shard in idle)
    port = urlsplit(telnyx.config.base_url).port
    return Resources(
        busy=sum(len(pool._shards) - len(pool._idle) for pool in pools),
        queued=sum(len(pool._waiting) for pool in pools),
        sockets=count_sockets(port) - connections,
        tasks=count_tasks() if awaited else 0,
        threads=count_threads(),
    )


def _connections(transport: Any) -> int:
    """Return the number of open connections of a transport."""
    if isinstance(transport, DirectTransport | AsyncDirectTransport):
        return int(transport._open is not None)
    return len(transport._pool.connections)


def count_sockets(port: int | None) -> int:
    """Return the number of sockets of this process that are connected to a port."""
    return sum(_leads_to(int(one.name), port) for one in Path("/dev/fd").iterdir())


def _leads_to(descriptor: int, port: int | None) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as copied:
            peer = copied.getpeername()
    except OSError:  # closed meanwhile
        return False
    return isinstance(peer, tuple) and peer[1] == port


def count_tasks() -> int:
    """Return the number of tasks, except this one."""
    return len(asyncio.all_tasks()) - 1


def count_threads() -> int:
    """Return the number of threads, except those for blocking work and a server's."""
    names = [thread.name for thread in threading.enumerate()]
    return sum(not name.startswith(("asyncio_", "AnyIO")) for name in names)


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds, with a generous limit."""
    end = time.monotonic() + _BOUND
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.002)
