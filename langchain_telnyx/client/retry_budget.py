"""How many retries a host gets: one bucket of tokens for all calls, so that no outage is amplified.

The bucket of botocore's standard mode, with the costs that it had until 2025. A retry takes tokens;
a call that succeeds gives back what its last retry took, or one token where it needed none. When
too few are left, calls are sent once, until enough of them have succeeded.
"""

import os
import threading
from collections.abc import Hashable
from dataclasses import dataclass
from weakref import WeakValueDictionary

DEFAULT_CAPACITY = 500
RETRY_COST = 5
TIMEOUT_COST = 10
_SUCCESS = 1

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class RetryState:
    """What is left of the retries of one host, as it is at one moment.

    Attributes:
        host: The host, with its scheme and port.
        capacity: Tokens at most.
        available: Tokens that are left. A retry takes 5, and 10 after a timeout.
        is_open: Whether the circuit is open: too few are left for a retry, and each call is sent
            once.
    """

    host: str
    capacity: int
    available: int
    is_open: bool


class RetryBudget:
    """The tokens of one host and configuration. All methods may be called from any thread.

    Args:
        host: The host, with its scheme and port.
        capacity: Tokens at most.
    """

    __slots__ = ("__weakref__", "_available", "_capacity", "_host")

    def __init__(self, host: str, capacity: int = DEFAULT_CAPACITY) -> None:
        self._host = host
        self._capacity = capacity
        self._available = capacity

    @property
    def state(self) -> RetryState:
        """What is left."""
        available = self._available
        return RetryState(self._host, self._capacity, available, available < RETRY_COST)

    def take(self, *, timed_out: bool) -> int | None:
        """Pay for a retry.

        Args:
            timed_out: Whether the attempt before it timed out.

        Returns:
            The tokens paid; `None` where too few are left.
        """
        cost = TIMEOUT_COST if timed_out else RETRY_COST
        with _lock:
            if cost > self._available:
                return None
            self._available -= cost
            return cost

    def succeeded(self, paid: int | None) -> None:
        """Give tokens back for a call that succeeded.

        Args:
            paid: What its last retry took; `None` where it needed none.
        """
        if self._available == self._capacity:
            return
        with _lock:
            given_back = _SUCCESS if paid is None else paid
            self._available = min(self._capacity, self._available + given_back)


_budgets: "WeakValueDictionary[Hashable, RetryBudget]" = WeakValueDictionary()


def retry_budget(configuration: Hashable, host: str, capacity: int) -> RetryBudget:
    """Return the tokens of a host, shared by all clients that are configured alike.

    Args:
        configuration: How the client is configured.
        host: The host, with its scheme and port.
        capacity: Tokens at most.
    """
    which = (configuration, host)
    with _lock:
        budget = _budgets.get(which)
        if budget is None:
            budget = _budgets[which] = RetryBudget(host, capacity)
        return budget


def _after_fork() -> None:
    # A thread that was not forked along may have held the lock.
    global _lock  # noqa: PLW0603 - the parent's lock is of no use to the child
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
