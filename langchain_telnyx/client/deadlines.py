"""Deadlines: the one time at which a call ends, from the adapter down to the socket.

A deadline is counted in seconds where it is set, and is a time of the monotonic clock from there
on: attempts, pauses, polls and threads of a call share it, and none of them begins its own.
"""

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar, Token
from time import monotonic
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias

from langchain_telnyx.client.errors import (
    APIConnectionError,
    ConfigurationError,
    DeadlineError,
    StreamDeadlineError,
)

Phase: TypeAlias = Literal[
    "start",
    "queue",
    "pool",
    "dns",
    "connect",
    "tls",
    "send",
    "headers",
    "body",
    "stream",
    "retry",
    "polling",
]

_PHASE_TEXTS: dict[Phase, str] = {
    "start": "before it was sent",
    "queue": "while it waited for its turn at the bucket",
    "pool": "while it waited for a free connection",
    "dns": "while the host's name was looked up",
    "connect": "while the connection was opened",
    "tls": "during the TLS handshake",
    "send": "while it was sent",
    "headers": "while it waited for the answer",
    "body": "while the answer was read",
    "stream": "while the answer was streamed",
    "retry": "before it could be sent again",
    "polling": "between two requests",
}
_NOT_SENT: frozenset[Phase] = frozenset({"start", "queue", "pool", "dns", "connect", "tls"})

# Timers may be early by as much, in seconds.
_ROUNDING = 0.001

# The time that whoever is around a call has set, such as `deadline()`.
_deadline: ContextVar[float | None] = ContextVar("telnyx_deadline", default=None)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound all calls inside a `with` block, of whatever adapter, in one time.

    It stands in the place of the `deadline` of the client. Threads and tasks that are begun inside
    inherit it, as far as they inherit context variables: those of LangChain and asyncio do.

    Args:
        seconds: Seconds from now until the calls inside end, with a `DeadlineError` if need be.

    Raises:
        ConfigurationError: It is not a number above 0.

    Example:
        ```python
        from langchain_telnyx import deadline

        with deadline(5):
            documents = store.similarity_search("opening hours")
        ```
    """
    token = _deadline.set(earliest(_deadline.get(), monotonic() + checked(seconds)))
    try:
        yield
    finally:
        _deadline.reset(token)


@contextlib.contextmanager
def deadline_at(end: float | None) -> Iterator[None]:
    """Bound the calls inside by a time of the monotonic clock, if there is one."""
    if end is None:
        yield
        return
    token = _deadline.set(earliest(_deadline.get(), end))
    try:
        yield
    finally:
        _deadline.reset(token)


def current_deadline() -> float | None:
    """Return the time at which calls made here end, where whoever is around them set one."""
    return _deadline.get()


def checked(seconds: float) -> float:
    """Return a deadline that can work.

    Raises:
        ConfigurationError: It cannot.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ConfigurationError(f"`deadline` is {seconds!r}: give a number of seconds above 0.")
    return float(seconds)


def earliest(one: float | None, other: float | None) -> float | None:
    """Return the earlier of two times; `None` is never."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def deadline_error(what: str, phase: Phase, *, stream: bool = False) -> DeadlineError:
    """Return the error for a deadline that has passed.

    Args:
        what: What did not end.
        phase: What was going on.
        stream: Whether items of a stream had been handed out.
    """
    kept = " What came before is kept." if stream else ""
    kind = StreamDeadlineError if stream else DeadlineError
    error = kind(f"The deadline of {what} passed {_PHASE_TEXTS[phase]}.{kept} Raise `deadline`.")
    error.phase = phase
    error.sent = phase not in _NOT_SENT
    return error


class Cancelled(BaseException):
    """A call was ended from another thread, as the caller has stopped to wait for it."""


class Interruptible(Protocol):
    """What a thread may wait in, and can be woken from."""

    def interrupt(self) -> None:
        """Wake it: its wait ends in an error."""
        ...


class Scope:
    """What runs in threads on behalf of one caller, who can end all of it.

    Args:
        parent: The scope that this is inside.
    """

    def __init__(self, parent: "Scope | None" = None) -> None:
        self._lock = threading.Lock()
        self._members: set[Scope | TimeLimit] = set()
        self.cancelled = threading.Event()
        self._parent = parent
        if parent is not None:
            parent.enter(self)

    def enter(self, member: "Scope | TimeLimit") -> None:
        """Take a member in.

        Raises:
            Cancelled: The scope was ended.
        """
        with self._lock:
            if self.cancelled.is_set():
                raise Cancelled
            self._members.add(member)

    def leave(self, member: "Scope | TimeLimit") -> None:
        """Let a member go."""
        with self._lock:
            self._members.discard(member)

    def cancel(self) -> None:
        """End all that is under way, and let nothing begin."""
        with self._lock:
            self.cancelled.set()
            members = list(self._members)
        for member in members:
            member.cancel()

    def close(self) -> None:
        """Leave the scope that this is inside."""
        if self._parent is not None:
            self._parent.leave(self)

    def pause(self, seconds: float) -> None:
        """Wait, as long as the scope is not ended.

        Raises:
            Cancelled: It is.
        """
        if self.cancelled.wait(seconds):
            raise Cancelled


scope: ContextVar[Scope | None] = ContextVar("telnyx_scope", default=None)


class TimeLimit:
    """The time that one attempt has, and what it does with it; a context manager.

    Args:
        end: When it ends, on the monotonic clock.
        what: The request, for messages.
        inside: The scope that may end it.

    Attributes:
        end: When it ends.
        phase: What is going on.
        waiting_on: What a thread may wait in.

    Raises:
        DeadlineError: The deadline passed; the error of the transport is its cause.
        Cancelled: The scope was ended.
    """

    __slots__ = ("_scope", "_token", "_what", "cancelled", "end", "phase", "waiting_on")

    def __init__(self, end: float | None, what: str, inside: Scope | None) -> None:
        self.end = float("inf") if end is None else end
        self.phase: Phase = "pool"
        self.waiting_on: Interruptible | None = None
        self.cancelled = False
        self._what = what
        self._scope = inside
        self._token: Token[TimeLimit | None] | None = None
        if inside is not None:
            inside.enter(self)

    def left(self) -> float:
        """Return the seconds that are left; below 0 once the time has passed or it is ended."""
        return -1.0 if self.cancelled else self.end - monotonic()

    def at(self, phase: Phase, waiting_on: Interruptible | None = None) -> float:
        """Note what is going on, and return the seconds that are left."""
        if phase != "headers" or self.phase != "body":
            self.phase = phase
        if waiting_on is not None:
            self.waiting_on = waiting_on
        return self.left()

    def cancel(self) -> None:
        """End it. Whoever waits is woken."""
        self.cancelled = True
        if self.waiting_on is not None:
            self.waiting_on.interrupt()

    def release(self) -> None:
        """Leave the scope."""
        if self._scope is not None:
            self._scope.leave(self)

    def check(self, error: BaseException | None = None) -> None:
        """Raise what an error means in truth, where the time has passed.

        Raises:
            DeadlineError: It has.
            Cancelled: The scope was ended.
        """
        if self.cancelled:
            raise Cancelled from error
        if self.left() <= _ROUNDING:
            raise deadline_error(self._what, self.phase) from error

    def __enter__(self) -> Self:
        self._token = current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            current.reset(self._token)
        if error is not None:
            self.release()
        # What was read in time counts, though the time has passed since.
        if isinstance(error, APIConnectionError | TimeoutError) and not isinstance(
            error, DeadlineError
        ):
            self.check(error.__cause__ if isinstance(error, APIConnectionError) else None)


current: ContextVar[TimeLimit | None] = ContextVar("telnyx_time_limit", default=None)


def time_limit(end: float | None, what: str) -> TimeLimit | None:
    """Return the limit of an attempt, `None` where neither a time nor a scope ends it.

    Raises:
        Cancelled: The scope was ended.
    """
    inside = scope.get()
    if end is None and inside is None:
        return None
    return TimeLimit(end, what, inside)
