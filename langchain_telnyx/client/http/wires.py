"""Network streams with two traits: a request goes out in one piece, and patience may change.

The library writes a request's head and its body one after the other, for the price of a system call
and a packet each, and it takes the time limit of an answer's reads once, when the answer begins.
"""

import asyncio
import contextlib
import math
import socket
import ssl
import weakref
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.loop_streams import LoopStream, connected

# A larger body goes out piece by piece, as it is read from disk.
_HELD_AT_MOST = 1 << 16


class Wire(core.NetworkStream):
    """A blocking stream, whose reads can be given a time to end at.

    Args:
        stream: The library's own.
        opened: Returns the wire that goes on over a stream.

    Attributes:
        rang: Whether a read was given up at the time set.
    """

    def __init__(
        self, stream: core.NetworkStream, opened: Callable[[core.NetworkStream], "Wire"]
    ) -> None:
        self._stream = stream
        self._opened = opened
        self._held = b""
        self._write_timeout: float | None = None
        self._end = math.inf
        self._is_open = True
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
        self._is_open = False

    def __del__(self) -> None:
        if self._is_open:
            self.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> core.NetworkStream:
        """Return the stream that goes on encrypted."""
        encrypted = self._opened(self._stream.start_tls(ssl_context, server_hostname, timeout))
        self._is_open = False  # the socket is the other wire's from here on
        return encrypted

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the socket; `wire` is the stream itself."""
        return self if info == "wire" else self._stream.get_extra_info(info)


class AsyncWire(core.AsyncNetworkStream):
    """An awaited stream. Its reads need no time to end at: a task can be told to stop.

    Args:
        stream: The stream below.
        opened: Returns the wire that goes on over a stream.
    """

    def __init__(self, stream: LoopStream, opened: Callable[[LoopStream], "AsyncWire"]) -> None:
        self._stream = stream
        self._opened = opened
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
        return self._opened(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the socket."""
        return self._stream.get_extra_info(info)


class Backend(core.SyncBackend):
    """Connects wires, and can hang up on all of them."""

    def __init__(self) -> None:
        self._wires: weakref.WeakSet[Wire] = weakref.WeakSet()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[core.SOCKET_OPTION] | None = None,
    ) -> core.NetworkStream:
        """Connect to a host."""
        return self._opened(super().connect_tcp(host, port, timeout, local_address, socket_options))

    def _opened(self, stream: core.NetworkStream) -> Wire:
        wire = Wire(stream, self._opened)
        self._wires.add(wire)
        return wire

    def abort(self) -> None:
        """Close every socket at once."""
        for wire in list(self._wires):
            wire.close()


class AsyncBackend(core.AsyncNetworkBackend):
    """Connects awaited wires, and can hang up on all of them."""

    def __init__(self) -> None:
        self._streams: weakref.WeakSet[LoopStream] = weakref.WeakSet()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's
        local_address: str | None = None,
        socket_options: Iterable[core.SOCKET_OPTION] | None = None,
    ) -> core.AsyncNetworkStream:
        """Connect to a host."""
        try:
            async with asyncio.timeout(timeout):
                stream = await connected(host, port, local_address)
        except TimeoutError as error:
            raise core.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise core.ConnectError(str(error)) from error
        sock = stream.get_extra_info("socket")
        for option in socket_options or ():
            sock.setsockopt(*option)
        return self._opened(stream)

    def _opened(self, stream: LoopStream) -> AsyncWire:
        self._streams.add(stream)
        return AsyncWire(stream, self._opened)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def abort(self) -> None:
        """Close every socket at once."""
        for stream in list(self._streams):
            stream.abort()
