"""Breaks calls off at every await, and counts what is left of them."""

# ruff: noqa: SLF001 - what is left is looked for where it would be

import asyncio
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

Work = Callable[[], Coroutine[Any, Any, object]]
_BOUND = 30.0


class Steps:
    """Counts the awaits of tasks, those of their child tasks too, and acts at one of them.

    Args:
        at: The number of the await, from 1.
        late: Whether to act once what is awaited is there, before the task goes on.
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
        """Make a task: this is the loop's task factory."""
        task = asyncio.Task(self._counted(work), loop=loop, **options)
        task.add_done_callback(lambda _: work.close())  # one that was cancelled before it began
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
    def __init__(self, steps: Steps, work: Coroutine[Any, Any, Any]) -> None:
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


async def _by_task(work: Work, steps: Steps) -> None:
    task = asyncio.current_task()
    assert task is not None
    steps.act = task.cancel
    await work()


async def _by_many(work: Work, steps: Steps) -> None:
    """Cancel again while the first cancellation is under way."""
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


async def _by_wait_for(work: Work, steps: Steps) -> None:
    task = asyncio.current_task()
    assert task is not None
    steps.act = task.cancel
    await asyncio.wait_for(work(), _BOUND)


async def _by_timeout(work: Work, steps: Steps) -> None:
    async with asyncio.timeout(None) as limit:
        steps.act = lambda: limit.reschedule(0)  # which has passed
        await work()


async def _by_anyio(work: Work, steps: Steps) -> None:
    """Cancel a scope, which cancels its task again and again until that has left it."""
    with anyio.CancelScope() as scope:
        steps.act = scope.cancel
        await work()


WAYS: dict[str, Callable[[Work, Steps], Coroutine[Any, Any, None]]] = {
    "task": _by_task,
    "many": _by_many,
    "wait_for": _by_wait_for,
    "timeout": _by_timeout,
    "anyio": _by_anyio,
}


async def break_off(work: Work, way: str, at: int, *, late: bool) -> bool:
    """Run some work and break it off at an await; whether there was such an await.

    Args:
        work: Makes the coroutine.
        way: One of `WAYS`.
        at: The number of the await, from 1.
        late: Whether to act once what is awaited is there.
    """
    steps = Steps(at, late=late)
    loop = asyncio.get_running_loop()
    loop.set_task_factory(steps.task)  # type: ignore[arg-type]  # of coroutines only
    try:
        task = loop.create_task(WAYS[way](work, steps))
        await asyncio.wait([task])
    finally:
        loop.set_task_factory(None)
    if not task.cancelled() and (error := task.exception()) is not None:
        # The call's own failure is the test's.
        assert (steps.reached, way, type(error)) == (True, "timeout", TimeoutError), repr(error)
    return steps.reached


@dataclass
class Held:
    """What a client and this process hold; compared before and after.

    Attributes:
        busy: Connections in use.
        queued: Requests that wait for a connection.
        sockets: Open sockets to the server besides those of idle connections.
        tasks: Tasks besides the one that counts.
        threads: Threads besides those that event loops keep for blocking work.
    """

    busy: int
    queued: int
    sockets: int
    tasks: int
    threads: int


def busy(telnyx: Telnyx) -> int:
    """Return how many connections of all threads are in use."""
    pools: Any = telnyx._runner._pool._hosts.values()  # type: ignore[union-attr]
    return sum(len(pool._shards) - len(pool._idle) for pool in pools)


def held(telnyx: Telnyx, *, awaited: bool = True) -> Held:
    """Count what is held now."""
    pools: list[Any] = list(telnyx._runner._pool._hosts.values())  # type: ignore[union-attr]
    for each in telnyx.aio._runner._pool._sets.values():  # type: ignore[union-attr]
        pools += each.hosts.values()
    idle = [shard for pool in pools for shard in pool._idle]
    connections = sum(len(shard.transport._pool.connections) for shard in idle)
    port = urlsplit(telnyx.config.base_url).port
    return Held(
        busy=sum(len(pool._shards) - len(pool._idle) for pool in pools),
        queued=sum(len(pool._waiting) for pool in pools),
        sockets=sockets(port) - connections,
        tasks=tasks() if awaited else 0,
        threads=threads(),
    )


def sockets(port: int | None) -> int:
    """Return how many sockets of this process lead to a port."""
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


def tasks() -> int:
    """Return how many tasks there are besides this one."""
    return len(asyncio.all_tasks()) - 1


def threads() -> int:
    """Return how many threads there are besides those for blocking work and a server's."""
    names = [thread.name for thread in threading.enumerate()]
    return sum(not name.startswith(("asyncio_", "AnyIO")) for name in names)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so, for a time that no machine needs."""
    end = time.monotonic() + _BOUND
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.002)
