"""Run callers in sync or async mode, each in a thread or task, and check for leaks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from soak_account import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from soak_calls import Action, Caller

    from langchain_telnyx import Telnyx


@dataclass(frozen=True)
class SyncMode:
    """Sync mode: an action returns its result."""

    api: Telnyx

    def adapter(self, target: Any, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(target, name)(*arguments, **options)

    def stream(self, model: Any, prompt: str) -> str:
        return "".join(str(chunk.content) for chunk in model.stream(prompt))

    def listed(self, listing: Callable[[Any], Any]) -> list[Any]:
        return [*listing(self.api)]


class AsyncMode:
    """Async mode: an action returns an awaitable."""

    def __init__(self, client: Telnyx) -> None:
        self.api = client.aio

    def adapter(self, target: Any, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(target, f"a{name}")(*arguments, **options)

    async def stream(self, model: Any, prompt: str) -> str:
        return "".join([str(chunk.content) async for chunk in model.astream(prompt)])

    async def listed(self, listing: Callable[[Any], Any]) -> list[Any]:
        return [found async for found in listing(self.api)]


def work(caller: Caller, client: Telnyx, calls: int, end: float) -> None:
    """Make sync calls, up to a number or a time of `monotonic()`."""
    mode = SyncMode(client)
    while caller.number < calls and monotonic() < end:
        steps = caller.next()
        outcome = None
        with contextlib.suppress(StopIteration):
            while True:
                action: Action = steps.send(outcome) if outcome else next(steps)
                begun, error, value = monotonic(), None, None
                try:
                    value = action(mode)
                except Exception as raised:  # noqa: BLE001 - the tally checks it
                    error = raised
                outcome = ended(caller, begun, value, error)


async def awork(caller: Caller, client: Telnyx, calls: int, end: float) -> None:
    """Make async calls; see `work`."""
    mode = AsyncMode(client)
    while caller.number < calls and monotonic() < end:
        steps = caller.next()
        outcome = None
        with contextlib.suppress(StopIteration):
            while True:
                action: Action = steps.send(outcome) if outcome else next(steps)
                begun, error, value = monotonic(), None, None
                try:
                    value = await action(mode)
                except Exception as raised:  # noqa: BLE001 - the tally checks it
                    error = raised
                outcome = ended(caller, begun, value, error)


def ended(caller: Caller, begun: float, value: Any, error: Exception | None) -> Outcome:
    caller.tally.record(caller.kind, caller.where, error, monotonic() - begun)
    return Outcome(value, error)


def in_threads(callers: list[Caller], client: Telnyx, calls: int, end: float) -> None:
    """Run every caller in a thread of its own; check for busy connections."""
    with ThreadPoolExecutor(len(callers)) as threads:
        for done in [threads.submit(work, each, client, calls, end) for each in callers]:
            done.result()
    finish = monotonic() + 10  # connections close in the background
    while (busy := busy_connections(client.config.base_url)) and monotonic() < finish:
        time.sleep(0.05)
    if busy:
        callers[0].report("leaked", f"{busy} busy connections after sync calls")


def in_tasks(callers: list[Caller], client: Telnyx, calls: int, end: float) -> None:
    """Run every caller in a task of one event loop; check for busy connections and tasks."""

    root = client.config.base_url

    async def everything() -> None:
        await asyncio.gather(*(awork(each, client, calls, end) for each in callers))
        # Connections close in the background.
        finish = monotonic() + 10
        while (  # noqa: ASYNC110 - a pool has no event for it
            busy_connections(root) or len(asyncio.all_tasks()) > 1
        ) and monotonic() < finish:
            await asyncio.sleep(0.05)
        busy, tasks = busy_connections(root), len(asyncio.all_tasks()) - 1
        if busy:
            callers[0].report("leaked", f"{busy} busy connections after async calls")
        if tasks:
            callers[0].report("leaked", f"{tasks} tasks: {asyncio.all_tasks()!r:.300}")
        await client.aclose()
        own: Any = client._clients[1]  # noqa: SLF001 - closed by its creator
        if own is not None:
            await own.aclose()

    asyncio.run(everything())


def busy_connections(root: str) -> int:
    """Return the number of busy connections to a server, in all pools."""
    origin = f"{root.removesuffix('/v2')}"
    gc.collect()
    pools = {"ConnectionPool", "AsyncConnectionPool"}
    found = [each for each in gc.get_objects() if type(each).__name__ in pools]
    connections = [c for pool in found for c in getattr(pool, "connections", ())]
    ours = [c for c in connections if f"{origin}'" in c.info() or f"{origin}:" in c.info()]
    return sum(not c.is_idle() and not c.is_closed() for c in ours)


def sockets() -> int:
    """Return the number of sockets of this process."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the folder's own, closed by now
            links.append(str(descriptor.readlink()))
    return sum(link.startswith("socket:") for link in links)
