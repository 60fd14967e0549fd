"""Runs many flows ahead of the reader, and yields their results in order.

The two functions mirror each other. Flows in progress are cancelled when the reader stops.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from langchain_telnyx.client.call import Steps
from langchain_telnyx.client.http.worker_threads import WorkerThreads

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class RemainingTime:
    """The rest of a deadline; only the time that the reader waits counts.

    Args:
        seconds: The deadline; `None` for none.
    """

    def __init__(self, seconds: float | None) -> None:
        self._left = seconds

    def end(self) -> float | None:
        """Return when a flow that begins now must end."""
        return None if self._left is None else monotonic() + self._left

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the time spent inside."""
        begun = monotonic()
        try:
            yield
        finally:
            if self._left is not None:
                self._left -= monotonic() - begun


def prefetch(
    run: Callable[[Steps[T], float | None], T],
    flows: Iterable[Callable[[], Steps[T]]],
    width: int,
    deadline: float | None,
) -> Generator[T, None, None]:
    """Yield results in order, with at most `width` flows in progress or not read yet."""
    waiting: deque[Future[T]] = deque()
    left = iter(flows)
    remaining = RemainingTime(deadline)

    def one(make: Callable[[], Steps[T]]) -> T:
        return run(make(), remaining.end())

    with WorkerThreads[T](width, "telnyx-ahead") as crew:
        while True:
            for make in islice(left, width - len(waiting)):
                waiting.append(crew.submit(partial(one, make)))
            if not waiting:
                return
            try:
                with remaining.counting():
                    result = crew.result(waiting[0])
            except KeyboardInterrupt as interrupt:
                # Results that are ready, though an earlier one is not.
                vars(interrupt)["finished"] = {
                    at: future.result()
                    for at, future in enumerate(waiting)
                    if future.done() and future.exception() is None
                }
                raise
            waiting.popleft()
            yield result


async def aprefetch(
    run: Callable[[Steps[T], float | None], Awaitable[T]],
    flows: Iterable[Callable[[], Steps[T]]],
    width: int,
    deadline: float | None,
) -> AsyncGenerator[T, None]:
    """Yield results in order, with at most `width` flows in progress or not read yet."""
    waiting: deque[asyncio.Task[T]] = deque()
    left = iter(flows)

    remaining = RemainingTime(deadline)

    async def one(make: Callable[[], Steps[T]]) -> T:
        return await run(make(), remaining.end())

    try:
        while True:
            for make in islice(left, width - len(waiting)):
                waiting.append(asyncio.create_task(one(make)))
            if not waiting:
                return
            with remaining.counting():
                result = await waiting[0]
            waiting.popleft()
            yield result
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
