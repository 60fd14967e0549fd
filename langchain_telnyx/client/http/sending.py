"""Sending much: progress is judged by progress, not by one write.

A slow server takes what is sent a little at a time. A write of much, and the wait for the answer to
it, may then last longer than any progress should: the kernel holds megabytes that are still on their
way. So what is not acknowledged yet is looked at, and as long as that grows less, nobody is silent.
"""

import asyncio
import contextlib
import math
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

# Bytes that are handed to the kernel at once.
PIECE = 1 << 16
# Seconds between two looks at most.
_CHECK_INTERVAL = 0.25
_SO_NWRITE = 0x1024

if sys.platform == "linux":
    import fcntl
    import termios

    def unacknowledged(sock: socket.socket) -> int | None:
        """Return the bytes that the other end has not acknowledged; `None` where nobody knows."""
        try:
            answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
        except (OSError, ValueError):
            return None
        return int(struct.unpack("i", answer)[0])

elif sys.platform == "darwin":

    def unacknowledged(sock: socket.socket) -> int | None:
        """Return the bytes that the other end has not acknowledged; `None` where nobody knows."""
        try:
            return sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        except OSError:
            return None

else:

    def unacknowledged(sock: socket.socket) -> int | None:  # noqa: ARG001 - as elsewhere
        """Return `None`: nobody knows here."""
        return None


class ProgressTimeout:
    """How long nothing has gone on at a socket.

    Args:
        count: Returns the bytes that are still on their way; `None` where nobody knows.
        seconds: Seconds of progress to bear; `None` for any.
        end: When the wait ends, on the clock, whatever goes on.
        clock: Returns seconds.
    """

    def __init__(
        self,
        count: Callable[[], int | None],
        seconds: float | None,
        end: float = math.inf,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._count = count
        self._clock = clock
        self._seconds = math.inf if seconds is None else seconds
        self._end = end
        self._seen: int | None = None
        self.restart()

    def restart(self) -> None:
        """Note that something went on."""
        self._seen = self._count()
        self._since = self._clock()

    def left(self) -> float:
        """Return the seconds until it has lasted too long; 0 or less once it has."""
        count = self._count()
        if count is not None and self._seen is not None and count < self._seen:
            self._since = self._clock()
        self._seen = count
        return min(self._since + self._seconds, self._end) - self._clock()

    def next_check(self) -> float:
        """Return the seconds until the next next_check; 0 or less once it has lasted too long."""
        return min(self.left(), _CHECK_INTERVAL)


def send_all(sock: socket.socket, data: bytes, progress: ProgressTimeout) -> None:
    """Send much over a socket, TLS or none.

    Raises:
        TimeoutError: Nothing went on for too long, or the time is over.
    """
    view = memoryview(data)
    while view:
        next_check = progress.next_check()
        if next_check <= 0:
            raise TimeoutError("The request could not be sent in time.")
        sock.settimeout(max(next_check, 0.001))
        # TLS wants the same piece again after a wait that was too short.
        with contextlib.suppress(TimeoutError):
            view = view[sock.send(view[:PIECE]) :]
            progress.restart()


async def wait_for_progress(wait: Awaitable[T], progress: ProgressTimeout) -> T:
    """Wait for something as long as there is no progress.

    Raises:
        TimeoutError: Nothing went on for too long, or the time is over.
    """
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(None)
    handle: asyncio.TimerHandle | None = None

    def next_check() -> None:
        nonlocal handle
        left = progress.next_check()
        if left <= 0:
            limit.reschedule(loop.time())
        else:
            handle = loop.call_later(left, next_check)

    try:
        async with limit:
            next_check()
            return await wait
    finally:
        if handle is not None:
            handle.cancel()
