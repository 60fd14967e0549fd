"""Sends large requests: a timeout applies to the time without progress, not to one write.

A slow server reads a request a little at a time. A large write, and the wait for its response, may
then last longer than `timeout`: the kernel buffers megabytes that are still in transit. So the
number of unacknowledged bytes is checked, and there is no timeout while it decreases.
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

# Bytes to pass to the kernel at once.
PIECE = 1 << 16
# The longest time between two checks, in seconds.
_CHECK_INTERVAL = 0.25
_SO_NWRITE = 0x1024

if sys.platform == "linux":
    import fcntl
    import termios

    def unacknowledged(sock: socket.socket) -> int | None:
        """Return the number of bytes that are not acknowledged; `None` where it is unknown."""
        try:
            data = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
        except (OSError, ValueError):
            return None
        return int(struct.unpack("i", data)[0])

elif sys.platform == "darwin":

    def unacknowledged(sock: socket.socket) -> int | None:
        """Return the number of bytes that are not acknowledged; `None` where it is unknown."""
        try:
            return sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        except OSError:
            return None

else:

    def unacknowledged(sock: socket.socket) -> int | None:  # noqa: ARG001 - as elsewhere
        """Return `None`: this platform does not report it."""
        return None


class ProgressTimeout:
    """The time since the last progress at a socket, and its limits.

    Args:
        count: Returns the number of bytes in transit; `None` where it is unknown.
        seconds: Longest time without progress; `None` for no limit.
        end: When the wait ends, on the clock, even with progress.
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
        """Note progress."""
        self._seen = self._count()
        self._since = self._clock()

    def left(self) -> float:
        """Return the seconds until the timeout; 0 or less once it has passed."""
        count = self._count()
        if count is not None and self._seen is not None and count < self._seen:
            self._since = self._clock()
        self._seen = count
        return min(self._since + self._seconds, self._end) - self._clock()

    def next_check(self) -> float:
        """Return the seconds until the next check; 0 or less once the timeout has passed."""
        return min(self.left(), _CHECK_INTERVAL)


def send_all(sock: socket.socket, data: bytes, progress: ProgressTimeout) -> None:
    """Send a large amount of data over a socket, with or without TLS.

    Raises:
        TimeoutError: There was no progress for too long, or the time is over.
    """
    view = memoryview(data)
    while view:
        next_check = progress.next_check()
        if next_check <= 0:
            raise TimeoutError("The request could not be sent in time.")
        sock.settimeout(max(next_check, 0.001))
        # After a timeout TLS requires the same piece again.
        with contextlib.suppress(TimeoutError):
            view = view[sock.send(view[:PIECE]) :]
            progress.restart()


async def wait_for_progress(wait: Awaitable[T], progress: ProgressTimeout) -> T:
    """Await an operation, with a timeout for the time without progress.

    Raises:
        TimeoutError: There was no progress for too long, or the time is over.
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
