"""Identical recordings that are under way together, where no manifest keeps answers: sent once."""

import threading
from collections.abc import Callable
from typing import Any

from langchain_telnyx.client.call import Flow, Sleep

_FIRST_LOOK = 0.01
_SELDOM = 0.5


class _Flight:
    """One question that is under way.

    Attributes:
        over: Whether it has ended.
        answers: The answer, alone; empty if it failed.
    """

    def __init__(self) -> None:
        self.over = False
        self.answers: list[Any] = []


class Flights:
    """The questions that are under way now, for the threads and tasks of one load."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}

    def once(self, key: str, ask: Callable[[], Flow[Any]]) -> Flow[Any]:
        """Return the answer to a question that is under way, or else ask it.

        A question that failed is asked again by those who waited, one after the other.

        Args:
            key: What is asked.
            ask: Asks.
        """
        while True:
            with self._lock:
                flight = self._flights.get(key)
                is_first = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if is_first:
                try:
                    flight.answers.append((yield from ask()))
                finally:
                    with self._lock:
                        flight.over = True
                        del self._flights[key]
                return flight.answers[0]
            delay = _FIRST_LOOK
            while not flight.over:
                yield Sleep(delay)
                delay = min(_SELDOM, delay * 1.5)
            if flight.answers:
                return flight.answers[0]
