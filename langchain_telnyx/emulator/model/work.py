"""How much work one request may cause.

A request's schema and patterns decide how long it takes to answer. The model counts its steps and
looks at the clock, and declines a request that wants more, so that it never keeps others waiting.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from langchain_telnyx.emulator.model.refusal import Refusal

STEPS = 400_000
"""Steps for one request; ordinary ones take some thousands."""
SECONDS = 4.0
"""The time for one request, as the clock on the wall has it."""
_LOOK = 256


class Work:
    """What one request has left.

    Args:
        steps: How many steps it may take.
        seconds: How long it may take.
    """

    def __init__(self, steps: int = STEPS, seconds: float = SECONDS) -> None:
        self._steps = steps
        self._until = time.monotonic() + seconds
        self._unlooked = 0

    def spend(self, steps: int = 1) -> None:
        """Count steps that are about to be taken.

        Raises:
            Refusal: There are not so many left, or the time is up.
        """
        self._steps -= steps
        self._unlooked += steps
        if self._steps < 0:
            raise too_much()
        if self._unlooked >= _LOOK:
            self._unlooked = 0
            self.seconds_left()

    def seconds_left(self) -> float:
        """Return the time that is left, more than 0.

        Raises:
            Refusal: There is none.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise too_much()
        return left


_current: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def bounded() -> Iterator[Work]:
    """Give a request its share of work; what is inside such a request already shares its work."""
    work = _current.get()
    if work is not None:
        yield work
        return
    work = Work()
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


def spend(steps: int = 1) -> None:
    """Count steps of the current request; without one, nothing is counted.

    Raises:
        Refusal: The request may not take so many.
    """
    work = _current.get()
    if work is not None:
        work.spend(steps)


def too_much() -> Refusal:
    """Return the refusal of a request that wants more work than it may cause."""
    return Refusal("The request's text, schema or pattern is too complex to be followed.")
