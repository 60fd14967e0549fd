"""Where the ledger of a rate limiter is: in this process, or shared by several."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from langchain_telnyx.rate_limiters.ledger import Ledger


class RateLimitState(Protocol):
    """The state of a rate limiter, which limiters in several processes or machines may share.

    Attributes:
        is_local: Whether `apply` takes microseconds, so that it may run in an event loop.
    """

    @property
    def is_local(self) -> bool:
        """Whether `apply` does no I/O."""
        ...

    def apply(self, command: str, arguments: dict[str, Any], /) -> Any:
        """Run a method of a `Ledger`, one at a time, with the time of the state's own clock.

        Args:
            command: The name of the method.
            arguments: Its keyword arguments but `now`: plain values, as in JSON.
        """
        ...


# One lock for all ledgers: each command takes microseconds.
_lock = threading.Lock()


class LocalRateLimitState:
    """The state in this process, for all its threads and event loops; the default.

    It is also the class of a Ray actor, or of any other server that runs `apply` for its clients.
    A pickle has no ledger: a limiter in another process begins anew.

    Args:
        clock: Returns seconds, and never goes back.
    """

    is_local = True

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ledger = Ledger()

    def apply(self, command: str, arguments: dict[str, Any], /) -> Any:
        """Run a method of the ledger.

        Args:
            command: The name of the method.
            arguments: Its keyword arguments but `now`.
        """
        with _lock:
            return getattr(self._ledger, command)(self._clock(), **arguments)

    def __reduce__(self) -> Any:
        return type(self), () if self._clock is time.monotonic else (self._clock,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _after_fork() -> None:
    # A thread of the parent may have held the lock.
    global _lock  # noqa: PLW0603 - the parent's lock is of no use to the child
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
