"""Network streams with two traits: a request goes out in one piece, and patience may change.

The library writes a request's head and its body one after the other, for the price of a system call
and a packet each, and it takes the time limit of an answer's reads once, when the answer begins.
"""

import contextlib
import math
import select
import socket
import ssl
from collections.abc import Iterable
from time import monotonic
from typing import Any

from langchain_telnyx.client.http.core import core

# A larger body goes out piece by piece, as it is read from disk.
_HELD_AT_MOST = 1 << 16


class Wire(core.NetworkStream):
    """A blocking stream, whose reads can be given a time to end at.

    Args:
        stream: The library's own.

    Attributes:
        rang: Whether a read was given up at the time set.
    """

    def __init__(self, stream: core.NetworkStream) -> None:
        self._stream = stream
        self._held = b""
        self._write_timeout: float | None = None
        self._end = math.inf
        self.rang = False

    def set(self, at: float) -> None:
        """Give reads up at a time of `time.monotonic()`; what has arrived by then is still read."""
        self._end = at

    def stop(self) -> None:
        """Give reads up no sooner than asked for with each."""
        self._end = math.inf

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes next, after what is held has been written."""
        if self._held:
            held, self._held = self._held, b""
            # As the library has it: a server may answer, and hang up, before it was asked in full.
            with contextlib.suppress(core.WriteError):
                self._stream.write(held, self._write_timeout)
        if self._end == math.inf:
            return self._stream.read(max_bytes, timeout)
        left = self._end - monotonic()
        if left <= 0 and not self._stream.get_extra_info("is_readable"):
            self.rang = True
            raise core.ReadTimeout("Nothing has arrived in time.")
        left = max(left, 0.001)  # none at all would mean something else to a socket
        try:
            return self._stream.read(max_bytes, left if timeout is None else min(left, timeout))
        except core.ReadTimeout:
            self.rang = monotonic() >= self._end
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hold what is to be written until something is read, or until it is much."""
        self._held += buffer
        self._write_timeout = timeout
        if len(self._held) > _HELD_AT_MOST:
            held, self._held = self._held, b""
            self._stream.write(held, timeout)

    def close(self) -> None:
        """Close the socket; a thread that waits in a read is woken."""
        sock = self._stream.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the other end was faster
            # The plain socket's method: TLS's would drop its state under a reader's feet.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> core.NetworkStream:
        """Return the stream that goes on encrypted."""
        return Wire(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the socket; `wire` is the stream itself."""
        return self if info == "wire" else self._stream.get_extra_info(info)


class AsyncWire(core.AsyncNetworkStream):
    """An awaited stream. Its reads need no time to end at: a task can be told to stop.

    Args:
        stream: The library's own.
    """

    def __init__(self, stream: core.AsyncNetworkStream) -> None:
        self._stream = stream
        self._socket: Any = None
        self._held = b""
        self._write_timeout: float | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the library's
        """Read what comes next, after what is held has been written."""
        if self._held:
            held, self._held = self._held, b""
            with contextlib.suppress(core.WriteError):
                await self._stream.write(held, self._write_timeout)
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the library's
        """Hold what is to be written until something is read, or until it is much."""
        self._held += buffer
        self._write_timeout = timeout
        if len(self._held) > _HELD_AT_MOST:
            held, self._held = self._held, b""
            await self._stream.write(held, timeout)

    async def aclose(self) -> None:
        """Close the socket."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's
    ) -> core.AsyncNetworkStream:
        """Return the stream that goes on encrypted."""
        return AsyncWire(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the socket."""
        if info != "is_readable":
            return self._stream.get_extra_info(info)
        # Asked twice a request, for which the library looks up all that it knows of the socket.
        if self._socket is None:
            self._socket = self._stream.get_extra_info("socket")
        return _is_readable(self._socket)


class Backend(core.SyncBackend):
    """Connects wires."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[core.SOCKET_OPTION] | None = None,
    ) -> core.NetworkStream:
        """Connect to a host."""
        return Wire(super().connect_tcp(host, port, timeout, local_address, socket_options))


class AsyncBackend(core.AsyncNetworkBackend):
    """Connects awaited wires."""

    def __init__(self) -> None:
        # The library's own choice under asyncio; its stand-in is for where anyio is not installed.
        self._library: core.AsyncNetworkBackend = core.AnyIOBackend()  # pyright: ignore[reportAttributeAccessIssue, reportAssignmentType]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's
        local_address: str | None = None,
        socket_options: Iterable[core.SOCKET_OPTION] | None = None,
    ) -> core.AsyncNetworkStream:
        """Connect to a host."""
        return AsyncWire(
            await self._library.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._library.sleep(seconds)


def _is_readable(sock: Any) -> bool:
    """Whether something can be read of a socket, be it its end; a closed one counts as well."""
    number = -1 if sock is None else sock.fileno()
    if number < 0:
        return True
    if not hasattr(select, "poll"):  # as on Windows
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
