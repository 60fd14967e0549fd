"""Timers for blocking reads: each ends a read that takes too long.

Our own connections have such a timer (`network_streams`). For a client that the user passed in, the
socket is shut down: its library reads the time limit of a response's reads once, when the response
begins, and a thread that waits in a read cannot wait for anything else. One thread per process
serves all timers; the first timer starts it.
"""

import contextlib
import heapq
import itertools
import math
import os
import socket
import threading
import time
from typing import Any, Protocol


class ReadTimer(Protocol):
    """Ends a blocking read at a given time: a `SocketTimer`, or one of our own streams."""

    @property
    def expired(self) -> bool:
        """Whether it has ended a read."""
        ...

    def set(self, at: float, /) -> None:
        """End reads at a time of `time.monotonic()`."""
        ...

    def stop(self) -> None:
        """Stop the timer."""
        ...

    def interrupt(self) -> None:
        """End a read now."""
        ...


class SocketTimer:
    """Shuts a socket down at the time it is set to.

    Args:
        sock: The socket.

    Attributes:
        expired: Whether it has shut the socket down.
    """

    __slots__ = ("_deadline", "_next_check", "_sock", "expired")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._deadline = math.inf
        self._next_check = math.inf
        self.expired = False

    def set(self, at: float) -> None:
        """Expire at a time of `time.monotonic()`."""
        with _timer_thread.condition:
            self._deadline = at
            # A time after the next check, as with each of many reads, does not wake the thread.
            if at < self._next_check:
                _timer_thread.schedule(self, at)

    def stop(self) -> None:
        """Stop the timer; it cannot expire after this returns."""
        with _timer_thread.condition:
            self._deadline = math.inf

    def check(self, now: float) -> float:
        """Expire if it is time; return when to check again. Called by the timer thread."""
        if self._deadline <= now:
            self._deadline, self.expired = math.inf, True
            self.interrupt()
        return self._deadline

    def interrupt(self) -> None:
        """Shut the socket down."""
        with contextlib.suppress(OSError):  # the other end closed first
            # The plain socket's method: that of TLS would drop the state which the reader uses.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def note_next_check(self, at: float) -> None:
        """Store the time of the next check. Called by the timer thread."""
        self._next_check = at


class _TimerThread:
    """The thread that checks timers in the order of their times."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self._timers: list[tuple[float, int, SocketTimer]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None

    def schedule(self, timer: SocketTimer, at: float) -> None:
        """Check a timer at a time; the caller holds `condition`."""
        self._push(timer, at)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="langchain-telnyx read timers", daemon=True
            )
            self._thread.start()
        self.condition.notify()

    def _push(self, timer: SocketTimer, at: float) -> None:
        timer.note_next_check(at)
        heapq.heappush(self._timers, (at, next(self._order), timer))

    def _run(self) -> None:
        with self.condition:
            while True:
                left = self._timers[0][0] - time.monotonic() if self._timers else None
                if left is None or left > 0:
                    self.condition.wait(left)
                    continue
                _, _, timer = heapq.heappop(self._timers)
                again = timer.check(time.monotonic())
                timer.note_next_check(again)
                if again < math.inf:
                    self._push(timer, again)


def read_timer(response: Any) -> ReadTimer | None:
    """Return a timer for the socket of an open response, `None` where it shares its socket."""
    extensions = response.extensions
    stream = extensions.get("network_stream")
    if stream is None or extensions.get("http_version") == b"HTTP/2":
        return None  # other responses use the socket too
    own: ReadTimer | None = stream.get_extra_info("read_timer")
    if own is not None:
        return own
    sock = stream.get_extra_info("socket")
    return SocketTimer(sock) if isinstance(sock, socket.socket) else None


_timer_thread = _TimerThread()


def _after_fork() -> None:
    # A fork copies no threads, and the thread may have held the lock.
    global _timer_thread  # noqa: PLW0603 - the child needs its own
    _timer_thread = _TimerThread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
