"""Deadlines: the time at which a call ends, from the adapter down to the socket.

A deadline is set in seconds, and from then on is a time of the monotonic clock. The attempts,
pauses, polls and threads of a call share it.
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
    "queue": "while it waited for its turn at a rate limit",
    "pool": "while it waited for a free connection",
    "dns": "while the host's name was looked up",
    "connect": "while the connection was opened",
    "tls": "during the TLS handshake",
    "send": "while it was sent",
    "headers": "while it waited for the response",
    "body": "while the response was read",
    "stream": "while the response was streamed",
    "retry": "before it could be sent again",
    "polling": "between two requests",
}
_NOT_SENT: frozenset[Phase] = frozenset({"start", "queue", "pool", "dns", "connect", "tls"})

# Timers may fire this many seconds early.
_ROUNDING = 0.001

# The deadline of the surrounding code, set by `deadline()` for example.
_deadline: ContextVar[float | None] = ContextVar("telnyx_deadline", default=None)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Set one deadline for all calls inside a `with` block, of any adapter.

    It replaces the `deadline` of the client. Threads and tasks that start inside inherit it if they
    inherit context variables: those of LangChain and asyncio do.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/reliability.md#deadlines-and-retries

    Args:
        seconds: Seconds from now until the calls inside end with a `DeadlineError`.

    Raises:
        ConfigurationError: `seconds` is not a number above 0.

    Example:
        ```python
        from langchain_telnyx import Telnyx, deadline

        with deadline(5):
            buckets = Telnyx().storage.list_buckets()
        ```
    """
    token = _deadline.set(earliest(_deadline.get(), monotonic() + checked(seconds)))
    try:
        yield
    finally:
        _deadline.reset(token)


@contextlib.contextmanager
def deadline_at(end: float | None) -> Iterator[None]:
    """Set a deadline for the calls inside, as a time of the monotonic clock; `None` sets none."""
    if end is None:
        yield
        return
    token = _deadline.set(earliest(_deadline.get(), end))
    try:
        yield
    finally:
        _deadline.reset(token)


def current_deadline() -> float | None:
    """Return the deadline that the surrounding code has set, if any."""
    return _deadline.get()


def checked(seconds: float) -> float:
    """Return a valid deadline.

    Raises:
        ConfigurationError: It is not valid.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ConfigurationError(f"`deadline` is {seconds!r}: pass a number of seconds above 0.")
    return float(seconds)


def earliest(one: float | None, other: float | None) -> float | None:
    """Return the earlier of two times; `None` means never."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def deadline_error(what: str, phase: Phase, *, stream: bool = False) -> DeadlineError:
    """Return the error for a deadline that has passed.

    Args:
        what: The operation that did not end.
        phase: What it was doing.
        stream: Whether items of a stream were already yielded.
    """
    note = " Items before that are valid." if stream else ""
    kind = StreamDeadlineError if stream else DeadlineError
    error = kind(f"The deadline of {what} passed {_PHASE_TEXTS[phase]}.{note} Raise `deadline`.")
    error.phase = phase
    error.sent = phase not in _NOT_SENT
    return error


class Cancelled(BaseException):
    """A call was cancelled from another thread, because its caller no longer waits for it."""


class Interruptible(Protocol):
    """A wait of a thread that another thread can interrupt."""

    def interrupt(self) -> None:
        """End the wait with an error."""
        ...


class Scope:
    """The work of threads for one caller, who can cancel all of it.

    Args:
        parent: The scope around this one.
    """

    def __init__(self, parent: "Scope | None" = None) -> None:
        self._lock = threading.Lock()
        self._members: set[Scope | TimeLimit] = set()
        self.cancelled = threading.Event()
        self._parent = parent
        if parent is not None:
            parent.enter(self)

    def enter(self, member: "Scope | TimeLimit") -> None:
        """Add a member.

        Raises:
            Cancelled: The scope was cancelled.
        """
        with self._lock:
            if self.cancelled.is_set():
                raise Cancelled
            self._members.add(member)

    def leave(self, member: "Scope | TimeLimit") -> None:
        """Remove a member."""
        with self._lock:
            self._members.discard(member)

    def cancel(self) -> None:
        """Cancel all work in progress, and refuse new work."""
        with self._lock:
            self.cancelled.set()
            members = list(self._members)
        for member in members:
            member.cancel()

    def close(self) -> None:
        """Leave the scope around this one."""
        if self._parent is not None:
            self._parent.leave(self)

    def pause(self, seconds: float) -> None:
        """Sleep, unless the scope is cancelled.

        Raises:
            Cancelled: It is.
        """
        if self.cancelled.wait(seconds):
            raise Cancelled


scope: ContextVar[Scope | None] = ContextVar("telnyx_scope", default=None)


class TimeLimit:
    """The time limit of one attempt, and its current phase; a context manager.

    Args:
        end: When it ends, on the monotonic clock.
        what: The request, for messages.
        inside: The scope that may cancel it.

    Attributes:
        end: When it ends.
        phase: The current phase.
        waiting_on: The wait to interrupt when it is cancelled.

    Raises:
        DeadlineError: The deadline passed; the error of the transport is its cause.
        Cancelled: The scope was cancelled.
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
        """Return the seconds left; below 0 once the time has passed or the limit is cancelled."""
        return -1.0 if self.cancelled else self.end - monotonic()

    def at(self, phase: Phase, waiting_on: Interruptible | None = None) -> float:
        """Set the current phase, and return the seconds left."""
        if phase != "headers" or self.phase != "body":
            self.phase = phase
        if waiting_on is not None:
            self.waiting_on = waiting_on
        return self.left()

    def cancel(self) -> None:
        """Cancel the attempt, and interrupt its wait."""
        self.cancelled = True
        if self.waiting_on is not None:
            self.waiting_on.interrupt()

    def release(self) -> None:
        """Leave the scope."""
        if self._scope is not None:
            self._scope.leave(self)

    def check(self, error: BaseException | None = None) -> None:
        """Raise the error of the deadline, if the time has passed.

        Raises:
            DeadlineError: It has.
            Cancelled: The scope was cancelled.
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
        # A result that was read in time counts, even if the deadline has passed since.
        if isinstance(error, APIConnectionError | TimeoutError) and not isinstance(
            error, DeadlineError
        ):
            self.check(error.__cause__ if isinstance(error, APIConnectionError) else None)


current: ContextVar[TimeLimit | None] = ContextVar("telnyx_time_limit", default=None)


def time_limit(end: float | None, what: str) -> TimeLimit | None:
    """Return the time limit of an attempt, `None` if there is neither a deadline nor a scope.

    Raises:
        Cancelled: The scope was cancelled.
    """
    inside = scope.get()
    if end is None and inside is None:
        return None
    return TimeLimit(end, what, inside)
