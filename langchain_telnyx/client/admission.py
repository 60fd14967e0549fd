"""The admission of a call by a rate limiter of the caller's, attempt by attempt."""

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from langchain_telnyx.client.call import RunExternal, Sleep
from langchain_telnyx.client.protocols import CallLimit


def admission(limit: CallLimit, time_left: Callable[[], float | None]) -> Generator[Any, Any, bool]:
    """Wait until a limit admits an attempt; return `False` if the time is up before.

    Args:
        limit: The limit.
        time_left: Returns the seconds that are left; `None` for no end.
    """
    while (seconds := (yield from _outside(limit, limit.wait))) > 0:
        left = time_left()
        if left is not None and left <= 0:
            return False
        yield Sleep(seconds if left is None else min(seconds, left))
    return True


def note_answer(limit: CallLimit | None, result: Any) -> None:
    """Teach a limit the result of an attempt.

    Not a step: a stream that is open would leak if its caller was cancelled during one.

    Args:
        limit: The limit; `None` if there is none.
        result: The decoded response, or the open stream.
    """
    if limit is not None:
        limit.answered(result)


def note_failure(limit: CallLimit | None, error: Exception) -> Generator[Any, Any]:
    """Teach a limit the error of an attempt.

    Args:
        limit: The limit; `None` if there is none.
        error: The error.
    """
    if limit is not None:
        yield from _outside(limit, partial(limit.failed, error))


def _outside(limit: CallLimit, run: Callable[[], Any]) -> Generator[Any, Any, Any]:
    """Run a method of a limit, in a thread for an async caller if it does I/O."""
    return run() if limit.is_local else (yield RunExternal(run))
