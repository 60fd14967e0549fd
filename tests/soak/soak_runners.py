"""How callers act on either face, each as a thread or as a task, and what is left behind."""

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
class Blocking:
    """The blocking face: an action's value is the answer."""

    api: Telnyx

    def adapter(self, target: Any, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(target, name)(*arguments, **options)

    def stream(self, model: Any, prompt: str) -> str:
        return "".join(str(chunk.content) for chunk in model.stream(prompt))

    def listed(self, listing: Callable[[Any], Any]) -> list[Any]:
        return [*listing(self.api)]


class Awaited:
    """The awaited face: an action's value is to be awaited."""

    def __init__(self, client: Telnyx) -> None:
        self.api = client.aio

    def adapter(self, target: Any, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(target, f"a{name}")(*arguments, **options)

    async def stream(self, model: Any, prompt: str) -> str:
        return "".join([str(chunk.content) async for chunk in model.astream(prompt)])

    async def listed(self, listing: Callable[[Any], Any]) -> list[Any]:
        return [found async for found in listing(self.api)]


def work(caller: Caller, client: Telnyx, calls: int, end: float) -> None:
    """Make calls on the blocking face, until there were enough, or a time of `monotonic()`."""
    face = Blocking(client)
    while caller.number < calls and monotonic() < end:
        steps = caller.next()
        outcome = None
        with contextlib.suppress(StopIteration):
            while True:
                action: Action = steps.send(outcome) if outcome else next(steps)
                begun, error, value = monotonic(), None, None
                try:
                    value = action(face)
                except Exception as raised:  # noqa: BLE001 - judged
                    error = raised
                outcome = ended(caller, begun, value, error)


async def awork(caller: Caller, client: Telnyx, calls: int, end: float) -> None:
    """Make calls on the awaited face; see `work`."""
    face = Awaited(client)
    while caller.number < calls and monotonic() < end:
        steps = caller.next()
        outcome = None
        with contextlib.suppress(StopIteration):
            while True:
                action: Action = steps.send(outcome) if outcome else next(steps)
                begun, error, value = monotonic(), None, None
                try:
                    value = await action(face)
                except Exception as raised:  # noqa: BLE001 - judged
                    error = raised
                outcome = ended(caller, begun, value, error)


def ended(caller: Caller, begun: float, value: Any, error: Exception | None) -> Outcome:
    caller.tally.ends(caller.kind, caller.where, error, monotonic() - begun)
    return Outcome(value, error)


def in_threads(callers: list[Caller], client: Telnyx, calls: int, end: float) -> None:
    """Have every caller make its calls in a thread of its own; leave nothing busy."""
    with ThreadPoolExecutor(len(callers)) as threads:
        for done in [threads.submit(work, each, client, calls, end) for each in callers]:
            done.result()
    finish = monotonic() + 10  # what hangs up beside the call may take a moment
    while (busy := busy_connections(client.config.base_url)) and monotonic() < finish:
        time.sleep(0.05)
    if busy:
        callers[0].give("leaked", f"{busy} busy connections after blocking calls")


def in_tasks(callers: list[Caller], client: Telnyx, calls: int, end: float) -> None:
    """Have every caller make its calls in a task of one event loop; leave nothing busy."""

    root = client.config.base_url

    async def everything() -> None:
        await asyncio.gather(*(awork(each, client, calls, end) for each in callers))
        # What hangs up beside the call may take a moment.
        finish = monotonic() + 10
        while (  # noqa: ASYNC110 - nobody says when a pool is quiet
            busy_connections(root) or len(asyncio.all_tasks()) > 1
        ) and monotonic() < finish:
            await asyncio.sleep(0.05)
        busy, tasks = busy_connections(root), len(asyncio.all_tasks()) - 1
        if busy:
            callers[0].give("leaked", f"{busy} busy connections after awaited calls")
        if tasks:
            callers[0].give("leaked", f"{tasks} tasks: {asyncio.all_tasks()!r:.300}")
        await client.aclose()
        own: Any = client._clients[1]  # noqa: SLF001 - closed by who made it
        if own is not None:
            await own.aclose()

    asyncio.run(everything())


def busy_connections(root: str) -> int:
    """Return how many connections to a server are neither idle nor closed, in all pools."""
    origin = f"{root.removesuffix('/v2')}"
    gc.collect()
    pools = {"ConnectionPool", "AsyncConnectionPool"}
    found = [each for each in gc.get_objects() if type(each).__name__ in pools]
    connections = [c for pool in found for c in getattr(pool, "connections", ())]
    ours = [c for c in connections if f"{origin}'" in c.info() or f"{origin}:" in c.info()]
    return sum(not c.is_idle() and not c.is_closed() for c in ours)


def sockets() -> int:
    """Return how many sockets this process holds."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the folder's own, closed by now
            links.append(str(descriptor.readlink()))
    return sum(link.startswith("socket:") for link in links)
