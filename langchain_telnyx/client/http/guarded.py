"""Guards a client of the user's against cancellations that its library does not bear.

httpcore 1.0 loses a connection when its task is cancelled at a checkpoint, where it waits for
nothing but its next turn: the connection is then in a state of which it is never taken back
(encode/httpcore#1093). anyio's scopes, and whoever cancels twice, hit those again and again. So
what such a client does runs in a task of its own, outside of all scopes. It is cancelled once, and
where it waits for something. Whoever is cancelled waits until it has ended, which takes some turns
of the loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


async def guarded(
    awaitable: Awaitable[T], undo: Callable[[T], Awaitable[object]] | None = None
) -> T:
    """Await something of an HTTP library's.

    Args:
        awaitable: What to await.
        undo: Closes the result where that came together with a cancellation.
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
        steps.cancel(task)  # nobody waits any more
        raise
    return task.result()


async def _run(steps: "_Steps[T]") -> T:
    return await steps


async def _ended(task: "asyncio.Future[Any]") -> None:
    """Wait for a task through every further cancellation."""
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    if not task.cancelled():
        task.exception()  # seen: it is of no interest any more


class _Steps(Generic[T]):
    """An awaitable that knows whether it waits for something.

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
                # Without anything it is a checkpoint.
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
    """The pieces of a body, each of them guarded.

    Args:
        pieces: The library's.
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
        """Close the generator of the pieces; one that is being read ends by itself."""
        if isinstance(self._pieces, AsyncGenerator):
            with contextlib.suppress(RuntimeError):
                await self._pieces.aclose()

    async def _next(self) -> bytes:
        # A task cannot end by the exception that ends an iteration.
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            raise _EndError from None


class _EndError(Exception):
    """The body has ended."""
