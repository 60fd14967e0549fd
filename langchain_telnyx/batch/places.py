"""Limits the requests of a stage in one process, over all batches in progress."""

import asyncio
import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary


class Places:
    """A limit for threads, and one for the tasks of each event loop.

    Args:
        count: How many may run at a time.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._threads = threading.Semaphore(count)
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )

    def take(self) -> Callable[[], object]:
        """Wait for a place, and return the function that frees it."""
        self._threads.acquire()
        return self._threads.release

    async def atake(self) -> Callable[[], object]:
        """Wait for a place, and return the function that frees it; see `take`."""
        loop = asyncio.get_running_loop()
        places = self._loops.setdefault(loop, asyncio.Semaphore(self._count))
        await places.acquire()
        return places.release
