"""Batches that Ctrl-C interrupts at once, instead of after the last request.

LangChain runs the calls of a batch in threads, and waits for all of them. So a batch of the main
thread runs in another thread, and its requests are cancelled when the main thread is interrupted.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.utils import Input, Output

from langchain_telnyx.client.http.worker_threads import WorkerThreads

T = TypeVar("T")


class Interruptible(Runnable[Input, Output]):
    """A runnable whose batches can be interrupted; a mixin."""

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any | None,
    ) -> list[Output]:
        """Return an output for each input, computed concurrently; Ctrl-C cancels all requests."""
        run = partial(super().batch, inputs, config, return_exceptions=return_exceptions, **kwargs)
        return run() if len(inputs) < 2 else interruptible(run)  # noqa: PLR2004 - no threads

    if not TYPE_CHECKING:  # so that type checkers see LangChain's overloads

        def batch_as_completed(
            self, inputs: Sequence[Input], config: Any = None, **kwargs: Any
        ) -> Iterator[Any]:
            """Yield the position and the output of each input in order of completion.

            Ctrl-C cancels all requests.
            """
            return _each(super().batch_as_completed(inputs, config, **kwargs))


def interruptible(task: Callable[[], T]) -> T:
    """Run a task that sends requests in threads, and cancel them if this thread is interrupted."""
    if threading.current_thread() is not threading.main_thread():
        return task()  # only the main thread receives Ctrl-C
    with WorkerThreads[T](1, "telnyx-batch") as crew:
        return crew.result(crew.submit(task))


def _each(outputs: Iterator[T]) -> Iterator[T]:
    """Yield the items of an iterator that runs in a thread of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield from outputs
        return
    with WorkerThreads[list[T]](1, "telnyx-batch") as crew:
        try:
            while first := crew.result(crew.submit(lambda: list(islice(outputs, 1)))):
                yield from first
        except BaseException:
            crew.cancel()
            raise
