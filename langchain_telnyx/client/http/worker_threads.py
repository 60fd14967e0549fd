"""Daemon threads that run tasks for one caller, who can cancel them at any time.

The threads of `concurrent.futures` are joined at the end of the process, which delays it as long as
a request takes. These threads are daemons, and cancelling closes the sockets of their requests.
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
    """A pool of threads that run tasks in their order; a context manager.

    On exit, by an error, by Ctrl-C or normally, tasks in the queue are dropped and the requests in
    progress are cancelled.

    Args:
        width: Maximum number of threads.
        name: Their name.
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
        """Run a task in a copy of the current context: tracers use context variables."""
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
            Cancelled: The scope of these threads was cancelled.
        """
        limit = TimeLimit(None, "", self._scope)
        try:
            return wait_for(future, limit, None)
        finally:
            limit.release()

    def close(self) -> None:
        """Cancel the tasks in progress, and drop those in the queue."""
        with self._changed:
            self._is_closed = True
            self._tasks.clear()
            busy = self._busy
            self._changed.notify_all()
        if busy:  # otherwise streams that tasks opened may still be read
            self._scope.cancel()
        else:  # each thread ends at once
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join()
        self._scope.close()

    def cancel(self) -> None:
        """Cancel all requests, even those of tasks that have ended."""
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
            del future, done, context, task  # or they stay referenced until the next task


def run_in_thread(task: Callable[[], T], limit: TimeLimit, discard: Callable[[T], object]) -> T:
    """Run an operation that cannot be interrupted in a thread, and wait for it in a time limit.

    Args:
        task: The operation.
        limit: How long to wait.
        discard: Called with a result that arrives too late.

    Raises:
        TimeoutError: It takes longer; it continues, and its result is discarded.
        Cancelled: The scope was cancelled.
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
    """Return a future's result within a time limit.

    Args:
        future: The future. It is not cancelled.
        limit: How long to wait.
        timeout: Maximum seconds to wait, besides.

    Raises:
        TimeoutError: There is no result in time.
        Cancelled: The scope was cancelled.
    """
    copy: Future[T] = Future()
    future.add_done_callback(partial(_copy_result, copy))
    left = limit.at(limit.phase, _Waker(copy))
    if timeout is not None:
        left = min(left, timeout)
    if threading.current_thread() is threading.main_thread():
        # The main thread handles a signal that another thread received only between two waits.
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
    """Run a task, and set a future to its result or exception."""
    try:
        result = task()
    except BaseException as error:  # noqa: BLE001 - raised where the result is read
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
