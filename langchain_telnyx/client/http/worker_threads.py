"""Threads that nobody has to wait for: work for one caller, who can end it at any time.

The threads of `concurrent.futures` are joined at the end of the process, and so would hold it up
for as long as a request lasts. These are daemons, and their requests are ended by their sockets.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, wait
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Generic, TypeVar

from langchain_telnyx.client.deadlines import Cancelled, Scope, TimeLimit, scope

T = TypeVar("T")

# Seconds that the main thread waits at a time.
_SLICE = 0.2


class WorkerThreads(Generic[T]):
    """Some threads that do tasks in the order of their coming; a context manager.

    When it is left, by an error, by Ctrl-C or in the usual way, what has not begun never begins,
    and the requests that are under way end.

    Args:
        width: Threads at most.
        name: What they are called.
    """

    def __init__(self, width: int, name: str) -> None:
        self._scope = Scope(scope.get())
        self._width = max(1, width)
        self._name = name
        self._tasks: deque[tuple[Future[T], Context, Callable[[], T]]] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._busy = 0
        self._is_closed = False

    def submit(self, task: Callable[[], T]) -> "Future[T]":
        """Have a task done, in a copy of this context: tracing lives in context variables."""
        future: Future[T] = Future()
        context = copy_context()
        context.run(scope.set, self._scope)
        with self._changed:
            self._tasks.append((future, context, task))
            if self._idle < len(self._tasks) and len(self._threads) < self._width:
                thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                thread.start()
                self._threads.append(thread)
            else:
                self._changed.notify()
        return future

    def result(self, future: "Future[T]") -> T:
        """Wait for a task's result.

        Raises:
            Cancelled: What this crew works for was ended.
        """
        limit = TimeLimit(None, "", self._scope)
        try:
            return wait_for(future, limit, None)
        finally:
            limit.release()

    def close(self) -> None:
        """End what is under way, and let nothing begin."""
        with self._changed:
            self._is_closed = True
            self._tasks.clear()
            busy = self._busy
            self._changed.notify_all()
        if busy:  # else there may be streams that were opened, and are still read
            self._scope.cancel()
        else:  # each ends at once
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join()
        self._scope.close()

    def cancel(self) -> None:
        """End all requests, also those of what is done."""
        self._scope.cancel()

    def __enter__(self) -> "WorkerThreads[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._tasks:
                    if self._is_closed:
                        return
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
                future, context, task = self._tasks.popleft()
                self._busy += 1
            done: Future[T] = Future()
            run_into(done, partial(context.run, task))
            with self._changed:
                self._busy -= 1
            _copy_result(future, done)
            del future, done, context, task  # or they would be held until the next comes


def run_in_thread(task: Callable[[], T], limit: TimeLimit, discard: Callable[[T], object]) -> T:
    """Do what cannot be interrupted in a thread of its own, and wait for it in a limit.

    Args:
        task: What is to be done.
        limit: How long to wait.
        discard: Called with a result that came too late.

    Raises:
        TimeoutError: It took longer; it goes on, and what it brings is discarded.
        Cancelled: The scope was ended.
    """
    future: Future[T] = Future()
    context = copy_context()
    threading.Thread(
        target=run_into, args=(future, partial(context.run, task)), name="telnyx", daemon=True
    ).start()
    try:
        return wait_for(future, limit, None)
    except BaseException:
        future.add_done_callback(partial(_discard, discard))
        raise


def wait_for(future: "Future[T]", limit: TimeLimit, timeout: float | None) -> T:
    """Return a future's result, or end with the limit.

    Args:
        future: The future. It is not cancelled.
        limit: How long to wait.
        timeout: Seconds to wait at most besides.

    Raises:
        TimeoutError: There is none in time.
        Cancelled: The scope was ended.
    """
    copy: Future[T] = Future()
    future.add_done_callback(partial(_copy_result, copy))
    left = limit.at(limit.phase, _Waker(copy))
    if timeout is not None:
        left = min(left, timeout)
    if threading.current_thread() is threading.main_thread():
        # A signal that another thread was interrupted by is seen only between two waits.
        while left > _SLICE and not copy.done():
            wait((copy,), _SLICE)
            left -= _SLICE
    return copy.result(max(0.0, min(left, threading.TIMEOUT_MAX)))


class _Waker:
    def __init__(self, future: "Future[Any]") -> None:
        self._future = future

    def interrupt(self) -> None:
        with contextlib.suppress(InvalidStateError):
            self._future.set_exception(Cancelled())


def run_into(future: "Future[T]", task: Callable[[], T]) -> None:
    """Do a task, and give a future what comes of it."""
    try:
        result = task()
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
        future.set_exception(error)
    else:
        future.set_result(result)


def _copy_result(copy: "Future[T]", future: "Future[T]") -> None:
    error = future.exception()
    with contextlib.suppress(InvalidStateError):
        if error is None:
            copy.set_result(future.result())
        else:
            copy.set_exception(error)


def _discard(discard: Callable[[T], object], future: "Future[T]") -> None:
    if future.exception() is None:
        discard(future.result())
