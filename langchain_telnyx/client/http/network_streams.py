"""Network streams that buffer writes, and respect changing timeouts and the current time limit.

A request's head and body go out in one piece: the library writes them separately, which costs a
system call and a packet each. The timeout of a read can change during a response: the library reads
it once, when the response begins. The time limit of the current attempt ends every operation.
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
    """Return the seconds that an operation may take, as a timeout of a socket."""
    if end == math.inf:
        return timeout
    left = max(end - monotonic(), 0.001)  # 0 would mean "non-blocking" to a socket
    return left if timeout is None else min(left, timeout)


def _close(stream: core.NetworkStream) -> None:
    stream.close()


async def _aclose(stream: core.AsyncNetworkStream) -> None:
    await stream.aclose()


class BufferedStream(core.NetworkStream):
    """A blocking stream with buffered writes; its reads can end at a given time.

    Args:
        stream: The library's stream.
        tls_layers: The number of TLS layers in it.
        wrap: Returns a buffered stream over another stream.

    Attributes:
        expired: Whether a read ended at the time set.
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
        # Whether the request is large: it may still be in transit while its response is awaited.
        self._is_large = False
        self._is_open = True
        self.expired = False

    def set(self, at: float) -> None:
        """End reads at a time of `time.monotonic()`; data that has arrived by then is read."""
        self._read_end = at

    def stop(self) -> None:
        """Clear the time set: only the timeout of each read applies."""
        self._read_end = math.inf

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Write the buffer, then read."""
        if self._buffer:
            data, self._buffer = self._buffer, b""
            # As in the library: a server may respond and close before it reads the whole request.
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
                # 0 would mean "non-blocking" to a socket.
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
        """Buffer data until the next read, or until it is large."""
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
            # The library implements TLS within TLS.
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
        """Shut the connection down, which wakes a thread that waits in a read or a write."""
        sock = self._stream.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the other end closed first
            # The plain socket's method: that of TLS would drop the state which a reader uses.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket, which wakes a thread that waits in a read."""
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
        """Return the encrypted stream that replaces this one."""
        limit = current.get()
        if limit is not None:
            if limit.at("tls", self) <= 0:
                raise core.ConnectTimeout(_TIME_IS_OVER)
            timeout = _seconds_left(timeout, limit.end)
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        encrypted = self._wrap(stream, self._tls_layers + 1)
        self._is_open = False  # the encrypted stream owns the socket now
        return encrypted

    def get_extra_info(self, info: str) -> Any:
        """Return a property of the socket; `read_timer` is the stream itself."""
        return self if info == "read_timer" else self._stream.get_extra_info(info)


class AsyncBufferedStream(core.AsyncNetworkStream):
    """An async stream with buffered writes. A task can be cancelled, so reads need no timer.

    Args:
        stream: The stream below.
        wrap: Returns a buffered stream over another stream.
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
        """Write the buffer, then read."""
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
        """Buffer data until the next read, or until it is large."""
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
        """Return the encrypted stream that replaces this one."""
        limit = current.get()
        if limit is not None:
            limit.at("tls")
        return self._wrap(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return a property of the socket."""
        return self._stream.get_extra_info(info)


class NetworkBackend(core.SyncBackend):
    """Connects buffered streams, and can close all of them at once."""

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
        """Connect to the first address of a host that accepts; `timeout` is for all addresses."""
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
            # In a thread, because a socket that is still connecting cannot be interrupted.
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
    """Connects async buffered streams, and can close all of them at once."""

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
