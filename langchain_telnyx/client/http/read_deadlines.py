"""Alarms for blocking reads: a read that is silent too long is ended.

Our own connections can be told (`wires`). Of a client that the user passed in the socket is shut
down: its library takes the time limit of an answer's reads once, when the answer begins, and a
thread that waits in a read cannot wait for anything else. So one thread for the whole process,
begun with the first such timer, keeps the time for all of them.
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
    """What ends a read at a time: an timer, or a own itself."""

    @property
    def expired(self) -> bool:
        """Whether it has ended one."""
        ...

    def set(self, at: float, /) -> None:
        """End reads at a time of `time.monotonic()`."""
        ...

    def stop(self) -> None:
        """End none."""
        ...

    def interrupt(self) -> None:
        """End one now."""
        ...


class SocketTimer:
    """Shuts a socket down at the time it is set to.

    Args:
        sock: The socket.
    """

    __slots__ = ("_deadline", "_next_check", "_sock", "expired")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._deadline = math.inf
        self._next_check = math.inf
        self.expired = False

    def set(self, at: float) -> None:
        """Ring at a time of `time.monotonic()`."""
        with _timer_thread.condition:
            self._deadline = at
            # Set later than it is looked at next, as before each read of many, it wakes nobody.
            if at < self._next_check:
                _timer_thread.schedule(self, at)

    def stop(self) -> None:
        """Do not ring; once this has returned it cannot."""
        with _timer_thread.condition:
            self._deadline = math.inf

    def check(self, now: float) -> float:
        """Ring if it is time; return when to check again. Called by the keeper."""
        if self._deadline <= now:
            self._deadline, self.expired = math.inf, True
            self.interrupt()
        return self._deadline

    def interrupt(self) -> None:
        """Shut the socket down."""
        with contextlib.suppress(OSError):  # the other end was faster
            # The plain socket's method: TLS's would drop its state under the reader's feet.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def note_next_check(self, at: float) -> None:
        """Remember when it is looked at next. Called by the keeper."""
        self._next_check = at


class _TimerThread:
    """The thread that looks at alarms in the order of their times."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self._timers: list[tuple[float, int, SocketTimer]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None

    def schedule(self, timer: SocketTimer, at: float) -> None:
        """Look at an timer at a time; whoever asks holds the condition."""
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
    """Return an timer for the socket of an open answer, `None` where it has none of its own."""
    extensions = response.extensions
    stream = extensions.get("network_stream")
    if stream is None or extensions.get("http_version") == b"HTTP/2":
        return None  # the socket is other answers' too
    own: ReadTimer | None = stream.get_extra_info("read_timer")
    if own is not None:
        return own
    sock = stream.get_extra_info("socket")
    return SocketTimer(sock) if isinstance(sock, socket.socket) else None


_timer_thread = _TimerThread()


def _after_fork() -> None:
    # The thread was not forked along, and it may have held the lock.
    global _timer_thread  # noqa: PLW0603 - the parent's keeper is of no use to the child
    _timer_thread = _TimerThread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
