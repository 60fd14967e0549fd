"""Limits the retries per host with one token bucket, so that they do not worsen an outage.

The bucket of botocore's standard mode, with its costs until 2025. A retry takes tokens. A call that
succeeds returns the tokens of its last retry, or one token if it needed none. With too few tokens,
calls are sent once, until enough of them have succeeded.
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
    """The retry budget of one host at one moment.

    Attributes:
        host: The host, with its scheme and port.
        capacity: Maximum number of tokens.
        available: Tokens left. A retry takes 5, and 10 after a timeout.
        is_open: Whether the circuit is open: too few tokens are left for a retry, and each call is
            sent once.
    """

    host: str
    capacity: int
    available: int
    is_open: bool


class RetryBudget:
    """The tokens of one host and configuration. All methods are thread-safe.

    Args:
        host: The host, with its scheme and port.
        capacity: Maximum number of tokens.
    """

    __slots__ = ("__weakref__", "_available", "_capacity", "_host")

    def __init__(self, host: str, capacity: int = DEFAULT_CAPACITY) -> None:
        self._host = host
        self._capacity = capacity
        self._available = capacity

    @property
    def state(self) -> RetryState:
        """The current state."""
        available = self._available
        return RetryState(self._host, self._capacity, available, available < RETRY_COST)

    def take(self, *, timed_out: bool) -> int | None:
        """Take the tokens of a retry.

        Args:
            timed_out: Whether the attempt before it timed out.

        Returns:
            The tokens taken; `None` if too few are left.
        """
        cost = TIMEOUT_COST if timed_out else RETRY_COST
        with _lock:
            if cost > self._available:
                return None
            self._available -= cost
            return cost

    def succeeded(self, paid: int | None) -> None:
        """Return tokens for a call that succeeded.

        Args:
            paid: The tokens of its last retry; `None` if it needed none.
        """
        if self._available == self._capacity:
            return
        with _lock:
            given_back = _SUCCESS if paid is None else paid
            self._available = min(self._capacity, self._available + given_back)


_budgets: "WeakValueDictionary[Hashable, RetryBudget]" = WeakValueDictionary()


def retry_budget(configuration: Hashable, host: str, capacity: int) -> RetryBudget:
    """Return the tokens of a host, shared by all clients with equal configurations.

    Args:
        configuration: The configuration of the client.
        host: The host, with its scheme and port.
        capacity: Maximum number of tokens.
    """
    which = (configuration, host)
    with _lock:
        budget = _budgets.get(which)
        if budget is None:
            budget = _budgets[which] = RetryBudget(host, capacity)
        return budget


def _after_fork() -> None:
    # A thread of the parent may have held the lock.
    global _lock  # noqa: PLW0603 - the parent's lock is of no use to the child
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
