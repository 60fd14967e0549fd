"""Network streams with three traits: one piece, changing timeouts, and an end.

A request goes out in one piece, the timeouts for an answer may change, and the time limit of the
attempt that is under way ends whatever they do. The library writes a request's head and its body
one after the other, for the price of a system call and a packet each, and it takes the time limit
of an answer's reads once, when the answer begins.
"""

import asyncio
import contextlib
import math
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import Any

from langchain_telnyx.client.deadlines import TimeLimit, current
from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.dns import is_known, lookup
from langchain_telnyx.client.http.loop_streams import LoopStream, connect
from langchain_telnyx.client.http.sending import (
    PIECE,
    ProgressTimeout,
    send_all,
    unacknowledged,
    wait_for_progress,
)
from langchain_telnyx.client.http.worker_threads import run_in_thread, wait_for

_TIME_IS_OVER = "The time is over."


def _seconds_left(timeout: float | None, end: float) -> float | None:
    """Return the seconds that an operation may take, as sockets know them."""
    if end == math.inf:
        return timeout
    left = max(end - monotonic(), 0.001)  # none at all would mean something else to a socket
    return left if timeout is None else min(left, timeout)


def _close(stream: core.NetworkStream) -> None:
    stream.close()


async def _aclose(stream: core.AsyncNetworkStream) -> None:
    await stream.aclose()


class BufferedStream(core.NetworkStream):
    """A blocking stream, whose reads can be given a time to end at.

    Args:
        stream: The library's own.
        tls_layers: How many tls_layers of TLS it has.
        wrap: Returns the buffered that goes on over a stream.

    Attributes:
        expired: Whether a read was given up at the time set.
    """

    def __init__(
        self,
        stream: core.NetworkStream,
        wrap: "Callable[[core.NetworkStream, int], BufferedStream]",
        tls_layers: int = 0,
    ) -> None:
        self._stream = stream
        self._wrap = wrap
        self._tls_layers = tls_layers
        self._buffer = b""
        self._write_timeout: float | None = None
        self._read_end = math.inf
        # Whether much was sent, which may be on its way while the answer is waited for.
        self._is_large = False
        self._is_open = True
        self.expired = False

    def set(self, at: float) -> None:
        """Give reads up at a time of `time.monotonic()`; what has arrived by then is still read."""
        self._read_end = at

    def stop(self) -> None:
        """Give reads up no sooner than asked for with each."""
        self._read_end = math.inf

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes next, after what is data has been written."""
        if self._buffer:
            data, self._buffer = self._buffer, b""
            # As the library has it: a server may answer, and hang up, before it was asked in full.
            with contextlib.suppress(core.WriteError):
                self._send(data, self._write_timeout)
        limit = current.get()
        if limit is None and self._read_end == math.inf and not self._is_large:
            return self._stream.read(max_bytes, timeout)
        end = math.inf
        if limit is not None:
            if limit.at("headers", self) <= 0:
                raise core.ReadTimeout(_TIME_IS_OVER)
            end = limit.end
        return self._read_until(end, max_bytes, timeout)

    def _read_until(self, end: float, max_bytes: int, timeout: float | None) -> bytes:
        if self._read_end <= monotonic() and not self._stream.get_extra_info("is_readable"):
            self.expired = True
            raise core.ReadTimeout("Nothing has arrived in time.")
        progress = ProgressTimeout(self._unacknowledged, timeout, min(end, self._read_end))
        left = self._wait(progress)
        while True:
            try:
                # None at all would mean something else to a socket.
                data = self._stream.read(max_bytes, max(left, 0.001))
            except core.ReadTimeout:
                left = self._wait(progress)
                if left > 0:
                    continue
                self.expired = monotonic() >= self._read_end
                raise
            self._is_large = bool(self._unacknowledged())
            return data

    def _wait(self, progress: ProgressTimeout) -> float:
        return (
            progress.next_check() if self._is_large else min(progress.left(), threading.TIMEOUT_MAX)
        )

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hold what is to be written until something is read, or until it is much."""
        self._buffer += buffer
        self._write_timeout = timeout
        if len(self._buffer) > PIECE:
            data, self._buffer = self._buffer, b""
            self._send(data, timeout)

    def _send(self, data: bytes, timeout: float | None) -> None:
        limit = current.get()
        end = math.inf
        if limit is not None:
            if limit.at("send", self) <= 0:
                raise core.WriteTimeout(_TIME_IS_OVER)
            end = limit.end
        if len(data) <= PIECE:
            self._stream.write(data, _seconds_left(timeout, end))
            return
        self._is_large = True
        if self._tls_layers > 1:
            # TLS within TLS is the library's.
            for at in range(0, len(data), PIECE):
                self._stream.write(data[at : at + PIECE], _seconds_left(timeout, end))
            return
        sock = self._stream.get_extra_info("socket")
        try:
            send_all(sock, data, ProgressTimeout(self._unacknowledged, timeout, end))
        except TimeoutError as error:
            raise core.WriteTimeout(str(error)) from error
        except OSError as error:
            raise core.WriteError(str(error)) from error

    def _unacknowledged(self) -> int | None:
        return unacknowledged(self._stream.get_extra_info("socket")) if self._is_large else None

    def interrupt(self) -> None:
        """End the connection; a thread that waits in a read or a write is woken."""
        sock = self._stream.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the other end was faster
            # The plain socket's method: TLS's would drop its state under a reader's feet.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket; a thread that waits in a read is woken."""
        self.interrupt()
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
        limit = current.get()
        if limit is not None:
            if limit.at("tls", self) <= 0:
                raise core.ConnectTimeout(_TIME_IS_OVER)
            timeout = _seconds_left(timeout, limit.end)
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        encrypted = self._wrap(stream, self._tls_layers + 1)
        self._is_open = False  # the socket is the other buffered's from here on
        return encrypted

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the socket; `buffered` is the stream itself."""
        return self if info == "read_timer" else self._stream.get_extra_info(info)


class AsyncBufferedStream(core.AsyncNetworkStream):
    """An awaited stream. Its reads need no time to end at: a task can be told to stop.

    Args:
        stream: The stream below.
        wrap: Returns the buffered that goes on over a stream.
    """

    def __init__(
        self, stream: LoopStream, wrap: Callable[[LoopStream], "AsyncBufferedStream"]
    ) -> None:
        self._stream = stream
        self._wrap = wrap
        self._buffer = b""
        self._write_timeout: float | None = None
        self._is_large = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the library's
        """Read what comes next, after what is data has been written."""
        if self._buffer:
            data, self._buffer = self._buffer, b""
            with contextlib.suppress(core.WriteError):
                await self._send(data, self._write_timeout)
        limit = current.get()
        if limit is not None:
            limit.at("headers")
        if not self._is_large:
            return await self._stream.read(max_bytes, timeout)
        try:
            data = await wait_for_progress(
                self._stream.read(max_bytes), ProgressTimeout(self._unacknowledged, timeout)
            )
        except TimeoutError as error:
            raise core.ReadTimeout("Nothing has arrived in time.") from error
        self._is_large = bool(self._unacknowledged())
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the library's
        """Hold what is to be written until something is read, or until it is much."""
        self._buffer += buffer
        self._write_timeout = timeout
        if len(self._buffer) > PIECE:
            data, self._buffer = self._buffer, b""
            await self._send(data, timeout)

    async def _send(self, data: bytes, timeout: float | None) -> None:  # noqa: ASYNC109 - the library's
        limit = current.get()
        if limit is not None:
            limit.at("send")
        if len(data) <= PIECE:
            await self._stream.write(data, timeout)
            return
        self._is_large = True
        progress = ProgressTimeout(self._unacknowledged, timeout)
        try:
            for at in range(0, len(data), PIECE):
                await wait_for_progress(self._stream.write(data[at : at + PIECE]), progress)
                progress.restart()
        except TimeoutError as error:
            raise core.WriteTimeout("The request could not be sent in time.") from error

    def _unacknowledged(self) -> int | None:
        return unacknowledged(self._stream.get_extra_info("socket"))

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
        limit = current.get()
        if limit is not None:
            limit.at("tls")
        return self._wrap(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the socket."""
        return self._stream.get_extra_info(info)


class NetworkBackend(core.SyncBackend):
    """Connects wires, and can hang up on all of them."""

    def __init__(self) -> None:
        self._streams: weakref.WeakSet[BufferedStream] = weakref.WeakSet()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[core.SOCKET_OPTION] | None = None,
    ) -> core.NetworkStream:
        """Connect to a host: the first of its addresses that answers, in the time for all."""
        limit = current.get() or TimeLimit(None, "", None)
        end = min(limit.end, math.inf if timeout is None else monotonic() + timeout)
        hosts = [host]
        if not is_known(host):
            limit.at("dns")
            try:
                hosts = wait_for(lookup(host, port), limit, end - monotonic())
            except TimeoutError as error:
                raise core.ConnectTimeout(f"The name of {host!r} was not found in time.") from error
            except OSError as error:
                raise core.ConnectError(str(error)) from error
        limit.at("connect")
        failure: Exception | None = None
        for address in hosts:
            try:
                return self._wrap(self._connect(address, port, end, local_address, socket_options))
            except (core.ConnectError, core.ConnectTimeout) as error:
                failure = failure or error
                if monotonic() >= end:
                    break
        raise failure or core.ConnectError(f"The name {host!r} has no address.")

    def _connect(
        self,
        address: str,
        port: int,
        end: float,
        local_address: str | None,
        socket_options: Iterable[core.SOCKET_OPTION] | None,
    ) -> core.NetworkStream:
        left = _seconds_left(None, end)
        limit = current.get()
        connect = partial(super().connect_tcp, address, port, left, local_address, socket_options)
        if limit is None:
            return connect()
        try:
            # In a thread, since whoever ends it has nothing yet to wake it by.
            return run_in_thread(connect, limit, _close)
        except TimeoutError as error:
            raise core.ConnectTimeout(_TIME_IS_OVER) from error

    def _wrap(self, stream: core.NetworkStream, tls_layers: int = 0) -> BufferedStream:
        buffered = BufferedStream(stream, self._wrap, tls_layers)
        self._streams.add(buffered)
        return buffered

    def abort(self) -> None:
        """Close every socket at once."""
        for buffered in list(self._streams):
            buffered.close()


class AsyncNetworkBackend(core.AsyncNetworkBackend):
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
                stream = await connect(host, port, local_address)
        except TimeoutError as error:
            raise core.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise core.ConnectError(str(error)) from error
        sock = stream.get_extra_info("socket")
        for option in socket_options or ():
            sock.setsockopt(*option)
        return self._wrap(stream)

    def _wrap(self, stream: LoopStream) -> AsyncBufferedStream:
        self._streams.add(stream)
        return AsyncBufferedStream(stream, self._wrap)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def abort(self) -> None:
        """Close every socket at once."""
        for stream in list(self._streams):
            stream.abort()
