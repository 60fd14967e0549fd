"""Many flows, read one by one: a few are under way ahead of the reader, and none after it stops.

The two functions mirror each other. What cannot be interrupted, a request on the blocking face, is
not waited for: it ends by itself, and its result with it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from itertools import islice
from typing import TypeVar

from langchain_telnyx.client.call import Steps

T = TypeVar("T")


def ahead(
    run: Callable[[Steps[T]], T], flows: Iterable[Callable[[], Steps[T]]], width: int
) -> Generator[T, None, None]:
    """Yield results in order, at most `width` flows begun that were not read."""
    waiting: deque[Future[T]] = deque()
    left = iter(flows)
    threads = ThreadPoolExecutor(width, thread_name_prefix="telnyx-ahead")
    try:
        while True:
            for make in islice(left, width - len(waiting)):
                # Each in a copy of this context: tracing lives in context variables.
                waiting.append(threads.submit(copy_context().run, lambda make=make: run(make())))
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


async def aahead(
    run: Callable[[Steps[T]], Awaitable[T]], flows: Iterable[Callable[[], Steps[T]]], width: int
) -> AsyncGenerator[T, None]:
    """Yield results in order, at most `width` flows begun that were not read."""
    waiting: deque[asyncio.Task[T]] = deque()
    left = iter(flows)

    async def one(make: Callable[[], Steps[T]]) -> T:
        return await run(make())

    try:
        while True:
            for make in islice(left, width - len(waiting)):
                waiting.append(asyncio.create_task(one(make)))
            if not waiting:
                return
            result = await waiting[0]
            waiting.popleft()
            yield result
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
