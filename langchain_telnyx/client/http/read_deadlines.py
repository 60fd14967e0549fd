"""Alarms for blocking reads: a read that is silent too long is ended.

Our own connections can be told (`wires`). Of a client that the user passed in the socket is shut
down: its library takes the time limit of an answer's reads once, when the answer begins, and a
thread that waits in a read cannot wait for anything else. So one thread for the whole process,
begun with the first such alarm, keeps the time for all of them.
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
    """What ends a read at a time: an alarm, or a wire itself."""

    @property
    def rang(self) -> bool:
        """Whether it has ended one."""
        ...

    def set(self, at: float, /) -> None:
        """End reads at a time of `time.monotonic()`."""
        ...

    def stop(self) -> None:
        """End none."""
        ...

    def shut(self) -> None:
        """End one now."""
        ...


class SocketTimer:
    """Shuts a socket down at the time it is set to.

    Args:
        sock: The socket.
    """

    __slots__ = ("_at", "_looked_at", "_sock", "rang")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._at = math.inf
        self._looked_at = math.inf
        self.rang = False

    def set(self, at: float) -> None:
        """Ring at a time of `time.monotonic()`."""
        with _keeper.bell:
            self._at = at
            # Set later than it is looked at next, as before each read of many, it wakes nobody.
            if at < self._looked_at:
                _keeper.look_at(self, at)

    def stop(self) -> None:
        """Do not ring; once this has returned it cannot."""
        with _keeper.bell:
            self._at = math.inf

    def look(self, now: float) -> float:
        """Ring if it is time; return when to look again. Called by the keeper."""
        if self._at <= now:
            self._at, self.rang = math.inf, True
            self.shut()
        return self._at

    def shut(self) -> None:
        """Shut the socket down."""
        with contextlib.suppress(OSError):  # the other end was faster
            # The plain socket's method: TLS's would drop its state under the reader's feet.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def looked_at(self, at: float) -> None:
        """Remember when it is looked at next. Called by the keeper."""
        self._looked_at = at


class _Keeper:
    """The thread that looks at alarms in the order of their times."""

    def __init__(self) -> None:
        self.bell = threading.Condition()
        self._alarms: list[tuple[float, int, SocketTimer]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None

    def look_at(self, alarm: SocketTimer, at: float) -> None:
        """Look at an alarm at a time; whoever asks holds the bell."""
        self._enter(alarm, at)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._keep, name="langchain-telnyx alarms", daemon=True
            )
            self._thread.start()
        self.bell.notify()

    def _enter(self, alarm: SocketTimer, at: float) -> None:
        alarm.looked_at(at)
        heapq.heappush(self._alarms, (at, next(self._order), alarm))

    def _keep(self) -> None:
        with self.bell:
            while True:
                left = self._alarms[0][0] - time.monotonic() if self._alarms else None
                if left is None or left > 0:
                    self.bell.wait(left)
                    continue
                _, _, alarm = heapq.heappop(self._alarms)
                again = alarm.look(time.monotonic())
                alarm.looked_at(again)
                if again < math.inf:
                    self._enter(alarm, again)


def read_timer(response: Any) -> ReadTimer | None:
    """Return an alarm for the socket of an open answer, `None` where it has none of its own."""
    extensions = response.extensions
    stream = extensions.get("network_stream")
    if stream is None or extensions.get("http_version") == b"HTTP/2":
        return None  # the socket is other answers' too
    wire: ReadTimer | None = stream.get_extra_info("wire")
    if wire is not None:
        return wire
    sock = stream.get_extra_info("socket")
    return SocketTimer(sock) if isinstance(sock, socket.socket) else None


_keeper = _Keeper()


def _after_fork() -> None:
    # The thread was not forked along, and it may have held the lock.
    global _keeper  # noqa: PLW0603 - the parent's keeper is of no use to the child
    _keeper = _Keeper()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
