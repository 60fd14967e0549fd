"""Protects a client that the user passed in against cancellations that its library cannot handle.

httpcore 1.0 loses a connection when its task is cancelled at a checkpoint, where the task only
yields to the event loop: the connection stays in a state from which the pool never takes it back
(encode/httpcore#1093). anyio's scopes, and a second cancellation, hit such checkpoints repeatedly.
So the work of such a client runs in a task of its own, outside of all scopes. That task is
cancelled once, at a point where it waits for something. The cancelled caller waits until the task
has ended, which takes a few turns of the event loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


async def guarded(
    awaitable: Awaitable[T], undo: Callable[[T], Awaitable[object]] | None = None
) -> T:
    """Await a call of an HTTP library in a guarded task.

    Args:
        awaitable: What to await.
        undo: Closes the result where it arrives together with a cancellation.
    """
    steps = _Steps(awaitable)
    task = asyncio.ensure_future(_run(steps))
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        steps.cancel(task)
        await _ended(task)
        if undo is not None and not task.cancelled() and task.exception() is None:
            await _ended(asyncio.ensure_future(_run(_Steps(undo(task.result())))))
        raise
    except BaseException:
        steps.cancel(task)  # there is no caller left
        raise
    return task.result()


async def _run(steps: "_Steps[T]") -> T:
    return await steps


async def _ended(task: "asyncio.Future[Any]") -> None:
    """Wait until a task has ended, through every further cancellation."""
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    if not task.cancelled():
        task.exception()  # retrieved, so that asyncio does not log it


class _Steps(Generic[T]):
    """An awaitable that records whether it waits for something.

    Args:
        awaitable: What to await.
    """

    def __init__(self, awaitable: Awaitable[T]) -> None:
        self._awaitable = awaitable
        self._is_waiting = False
        self._is_to_end = False

    def cancel(self, task: "asyncio.Future[Any]") -> None:
        """Cancel the task that awaits this, now or when it next waits for something."""
        if self._is_waiting:
            task.cancel()
        else:
            self._is_to_end = True

    def __await__(self) -> Generator[Any, Any, T]:
        steps: Any = self._awaitable.__await__()
        try:
            is_async = steps.send(None)
            while True:
                # `None` means a checkpoint.
                self._is_waiting = is_async is not None
                if self._is_waiting and self._is_to_end:
                    self._is_to_end = False
                    task = asyncio.current_task()
                    assert task is not None  # noqa: S101 - narrows the type
                    task.cancel()
                try:
                    value = yield is_async
                except GeneratorExit:
                    steps.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - passed on
                    is_async = steps.throw(error)
                else:
                    is_async = steps.send(value)
        except StopIteration as stop:
            result: T = stop.value
            return result


class GuardedPieces:
    """The pieces of a body; each is awaited in a guarded task.

    Args:
        pieces: The pieces of the library's response.
    """

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> "GuardedPieces":
        return self

    async def __anext__(self) -> bytes:
        try:
            return await guarded(self._next())
        except _EndError:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        """Close the generator of the pieces; a read in progress ends by itself."""
        if isinstance(self._pieces, AsyncGenerator):
            with contextlib.suppress(RuntimeError):
                await self._pieces.aclose()

    async def _next(self) -> bytes:
        # A task cannot raise StopAsyncIteration.
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            raise _EndError from None


class _EndError(Exception):
    """The body has ended."""
