"""An event loop in a thread of its own, in which the emulator runs."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopClosedError(RuntimeError):
    """The loop has ended, or ends while the coroutine runs."""


class LoopThread:
    """A running event loop that accepts coroutines from any thread."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start `coroutine` on the loop, and return a future of its result.

        When the loop ends first, the future is cancelled.

        Raises:
            LoopClosedError: The loop has ended. The coroutine is closed.
        """
        with self._lock:
            if not self._is_closed:
                return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        coroutine.close()
        raise LoopClosedError

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` on the loop, and return its result."""
        return self.submit(coroutine).result()

    def close(self) -> None:
        """Cancel running tasks, and end the loop and its thread."""
        # Nothing is submitted after this, so what was submitted is a task when it is cancelled.
        with self._lock:
            if self._is_closed:
                return
            ended = asyncio.run_coroutine_threadsafe(_cancel_other_tasks(), self._loop)
            self._is_closed = True
        ended.result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            self._loop.close()


async def _cancel_other_tasks() -> None:
    # A task may start another one while it ends.
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
