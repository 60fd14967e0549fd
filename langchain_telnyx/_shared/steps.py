"""Runs generators that yield requests and receive answers, sync and async.

A procedure of several requests, such as retries of an answer that does not fit, is written once as
a generator: it yields a request, receives the answer, and returns the result.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

Q = TypeVar("Q")
T = TypeVar("T")


def run(steps: Generator[Q, Any, T], send: Callable[[Q], Any]) -> T:
    """Run a generator to its result.

    Args:
        steps: The generator.
        send: Sends a request that the generator yields, and returns the answer to it.
    """
    try:
        request = next(steps)
        while True:
            request = steps.send(send(request))
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # a T


async def arun(steps: Generator[Q, Any, T], send: Callable[[Q], Awaitable[Any]]) -> T:
    """Run a generator to its result; see `run`.

    Args:
        steps: The generator.
        send: Sends a request that the generator yields, and returns the answer to it.
    """
    try:
        request = next(steps)
        while True:
            answer = await send(request)
            request = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # a T
