"""A limit on the computation that one request may cause.

A request's schema and patterns determine how long it takes to answer. The model counts its steps,
checks the clock, and refuses a request over the limit, so that it does not delay other requests.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from langchain_telnyx.emulator.model.refusal import Refusal

MAX_STEPS = 400_000
"""Steps that one request may take; an ordinary request takes some thousands."""
MAX_SECONDS = 4.0
"""Wall-clock seconds that one request may take."""
_CLOCK_INTERVAL = 256


class WorkBudget:
    """The steps and the time that one request has left.

    Args:
        steps: The steps that it may take.
        seconds: The seconds that it may take.
    """

    def __init__(self, steps: int = MAX_STEPS, seconds: float = MAX_SECONDS) -> None:
        self._steps = steps
        self._deadline = time.monotonic() + seconds
        self._steps_since_check = 0

    def spend(self, steps: int = 1) -> None:
        """Count steps that are about to be taken.

        Raises:
            Refusal: The steps or the time are used up.
        """
        self._steps -= steps
        self._steps_since_check += steps
        if self._steps < 0:
            raise budget_exceeded()
        if self._steps_since_check >= _CLOCK_INTERVAL:
            self._steps_since_check = 0
            self.seconds_left()

    def seconds_left(self) -> float:
        """Return the seconds that are left, more than 0.

        Raises:
            Refusal: The time is used up.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise budget_exceeded()
        return left


_current: ContextVar[WorkBudget | None] = ContextVar("work_budget", default=None)


@contextmanager
def limited() -> Iterator[WorkBudget]:
    """Limit the work of a request; nested calls share the budget of the outermost."""
    budget = _current.get()
    if budget is not None:
        yield budget
        return
    budget = WorkBudget()
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)


def spend(steps: int = 1) -> None:
    """Count steps of the current request, if there is one.

    Raises:
        Refusal: The request's steps or time are used up.
    """
    budget = _current.get()
    if budget is not None:
        budget.spend(steps)


def budget_exceeded() -> Refusal:
    """Return the refusal of a request that exceeds its budget."""
    return Refusal("The request's text, schema or pattern is too complex to be followed.")
