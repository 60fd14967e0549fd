"""Processes stored events: those of a thread in order, threads in parallel."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from langchain_telnyx.serve.webhooks.state import StoredEvent, WebhookState

_log = logging.getLogger("langchain_telnyx.serve")


class Inbox:
    """Records events, and passes them to a function.

    It starts in the event loop of the first event, and continues what a crash interrupted.

    Args:
        state: The state.
        handle: Processes an event, and leaves it finished. An event that it leaves unfinished, as
            the server ends, continues after the next start.
        concurrency: The most events at a time.
    """

    def __init__(
        self,
        state: WebhookState,
        handle: Callable[[StoredEvent], Awaitable[None]],
        concurrency: int,
    ) -> None:
        self._state = state
        self._handle = handle
        self._concurrency = concurrency
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._is_open = False
        self.draining = asyncio.Event()
        self._lock = asyncio.Lock()
        self._slots = asyncio.Semaphore(concurrency)

    async def start(self) -> None:
        """Open the state, and continue its unfinished events.

        Raises:
            StateInUseError: Another process uses the state.
            OSError: The state cannot be created.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._is_open = False
            self._tasks, self._again = {}, set()
            self.draining, self._lock = asyncio.Event(), asyncio.Lock()
            self._slots = asyncio.Semaphore(self._concurrency)
        async with self._lock:
            if self._is_open:
                return
            await self._state.close()  # of a loop that has ended
            for event_id in await self._state.open():
                log_unknown(event_id, "the process ended while it was sent")
                await self._state.finish(event_id, "unknown")
            threads = await self._state.threads()
            self._is_open = True
            for thread in threads:
                self._notify(thread)

    async def add(self, event_id: str, thread: str, body: bytes) -> bool:
        """Store an event, and process it in the background; return whether it is new.

        Raises:
            StateFullError: Too many events wait.
            StateInUseError: Another process uses the state.
            OSError: The state cannot be created.
        """
        await self.start()
        is_new = await self._state.record(event_id, thread, body)
        if is_new:
            self._notify(thread)
        return is_new

    @property
    def count(self) -> int:
        """How many threads have work."""
        return len(self._tasks)

    async def idle(self) -> None:
        """Wait until no event is processed."""
        while self._tasks:
            await asyncio.wait(set(self._tasks.values()))

    async def close(self) -> None:
        """Cancel what is in progress, and close the state."""
        self.draining.set()
        for task in self._tasks.values():
            task.cancel()
        await self.idle()
        self._is_open = False
        await self._state.close()

    def reopen(self) -> None:
        """Accept work again, after `close`."""
        self._loop = None

    def _notify(self, thread: str) -> None:
        if self.draining.is_set():
            return  # after the next start
        if thread in self._tasks:
            self._again.add(thread)
        else:
            task = asyncio.create_task(self._process(thread))
            self._tasks[thread] = task
            task.add_done_callback(lambda ended: self._ended(thread, ended))

    def _ended(self, thread: str, task: "asyncio.Task[None]") -> None:
        if self._tasks.get(thread) is task:
            del self._tasks[thread]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Such as a full disk: the events continue with the thread's next one, or after a start.
            _log.error("The events of a thread wait", exc_info=error)
        if thread in self._again:
            self._again.discard(thread)
            self._notify(thread)

    async def _process(self, thread: str) -> None:
        last: StoredEvent | None = None
        while not self.draining.is_set():
            self._again.discard(thread)
            async with self._slots:
                if self.draining.is_set():
                    return
                event = await self._state.next(thread)
                if event is None:
                    return
                if last is not None and event.id == last.id:
                    raise RuntimeError(f"The event {event.id} was not finished.")
                last = event
                await self._handle(event)


def log_unknown(event_id: str, why: str) -> None:
    """Log that a reply may have been sent, and is not sent again."""
    _log.error("event %s: the reply may have been sent, and is not sent again: %s", event_id, why)
