"""Sends concurrent requests for the same recording once, if there is no manifest."""

import threading
from collections.abc import Callable
from typing import Any

from langchain_telnyx.client.call import Flow, Sleep

_FIRST_DELAY = 0.01
_MAX_DELAY = 0.5


class _PendingRequest:
    """A request in progress.

    Attributes:
        done: Whether it has finished.
        results: A list of its result; empty if it failed.
    """

    def __init__(self) -> None:
        self.done = False
        self.results: list[Any] = []


class SingleFlight:
    """The requests in progress of the threads and tasks of one load."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, _PendingRequest] = {}

    def get_or_request(self, key: str, request: Callable[[], Flow[Any]]) -> Flow[Any]:
        """Wait for the result of the same request in progress, or else send the request.

        If the request fails, the waiting callers send it again, one after the other.

        Args:
            key: The key of the request.
            request: Sends the request.
        """
        while True:
            with self._lock:
                pending = self._pending.get(key)
                is_first = pending is None
                if pending is None:
                    pending = self._pending[key] = _PendingRequest()
            if is_first:
                try:
                    pending.results.append((yield from request()))
                finally:
                    with self._lock:
                        pending.done = True
                        del self._pending[key]
                return pending.results[0]
            delay = _FIRST_DELAY
            while not pending.done:
                yield Sleep(delay)
                delay = min(_MAX_DELAY, delay * 1.5)
            if pending.results:
                return pending.results[0]
