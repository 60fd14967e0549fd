"""Network streams of an asyncio event loop that can be closed without waiting.

The library's streams, from anyio, are closed by a coroutine. Cancelled while it connects or during
a TLS handshake, such a stream leaves an open socket. Here every socket has an owner from its first
moment, `abort` closes it at once, and a stream without references closes itself.
"""

import asyncio
import contextlib
import itertools
import math
import select
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any

from langchain_telnyx.client.deadlines import current
from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.dns import is_known, lookup

# Bytes to buffer at most for a reader that is slower than the network.
_MAX_BUFFERED = 1 << 18
# The library's names of properties, and asyncio's.
_NAMES = {
    "ssl_object": "ssl_object",
    "socket": "socket",
    "client_addr": "sockname",
    "server_addr": "peername",
}
# Seconds before the next address of a host is tried (RFC 8305).
_HEAD_START = 0.25
# Timers may fire this many seconds early.
_ROUNDING = 0.001

Address = tuple[socket.AddressFamily, int, int, str, Any]


class _Receiver(asyncio.Protocol):
    """Buffers received data, and wakes the tasks that wait to read or write."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._is_paused = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        # One timer for all reads: a timer for each would cost a fifth of a small read. It is moved
        # when it fires too early.
        self._timer: asyncio.TimerHandle | None = None
        self._read_end = 0.0
        self.is_full = False  # whether writers must wait
        self.is_ended = False
        self.failure: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a protocol of streams

    def switch_transport(self, transport: asyncio.Transport) -> None:
        """Continue over another transport: the encrypted one."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _MAX_BUFFERED and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        self.is_ended = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_ended = True
        self.failure = self.failure or exc
        self.is_full = False
        if self._timer is not None:
            self._timer.cancel()
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        _wake(self._writer)

    @property
    def is_readable_now(self) -> bool:
        """Whether a read returns at once."""
        return bool(self._pieces) or self.is_ended

    def take(self, max_bytes: int) -> bytes:
        """Return buffered data; empty at the end."""
        if not self._pieces:
            return b""
        piece = self._pieces.popleft()
        if len(piece) > max_bytes:
            self._pieces.appendleft(piece[max_bytes:])
            piece = piece[:max_bytes]
        self._size -= len(piece)
        if self._is_paused and self._size <= _MAX_BUFFERED // 2:
            self._is_paused = False
            if self._transport is not None and not self._transport.is_closing():
                self._transport.resume_reading()
        return piece

    async def wait_readable(self, seconds: float | None) -> None:
        """Wait until data arrives, or for some seconds."""
        self._reader = self._loop.create_future()
        if seconds is None:
            self._read_end = math.inf
        else:
            self._read_end = end = self._loop.time() + seconds
            if self._timer is None or end < self._timer.when():
                self._set_timer(end)
        try:
            await self._reader
        finally:
            self._reader = None

    def _set_timer(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._reader is None or self._read_end == math.inf:
            return
        # Timers may fire a little early.
        if self._read_end - self._loop.time() < _ROUNDING:
            _wake(self._reader)
        else:
            self._set_timer(self._read_end)

    async def wait_writable(self, seconds: float | None) -> None:
        """Wait until more can be written, or for some seconds."""
        self._writer = writer = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, _wake, writer)
        try:
            await writer
        finally:
            self._writer = None
            if timer is not None:
                timer.cancel()


def _wake(future: "asyncio.Future[None] | None") -> None:
    if future is not None and not future.done():
        future.set_result(None)


class LoopStream(core.AsyncNetworkStream):
    """A stream of bytes over a transport of the event loop.

    Args:
        loop: The event loop.
        transport: The transport.
        receiver: Its protocol.
        below: The transports below, where this one is encrypted.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        receiver: _Receiver,
        below: tuple[asyncio.Transport, ...] = (),
    ) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = transport
        self._receiver = receiver
        self._below = below

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the library's
        """Return the next data; empty at the end."""
        receiver = self._receiver
        if not receiver.is_readable_now:
            await receiver.wait_readable(timeout)
            if not receiver.is_readable_now:
                raise core.ReadTimeout("Nothing has arrived in time.")
        data = receiver.take(max_bytes)
        if not data and receiver.failure is not None:
            raise core.ReadError(str(receiver.failure)) from receiver.failure
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the library's
        """Write; return once most of the data is sent.

        Raises:
            core.WriteTimeout: No data was sent for `timeout` seconds.
        """
        receiver, transport = self._receiver, self._transport
        if not buffer:
            return
        if transport is None or transport.is_closing():
            raise core.WriteError(str(receiver.failure or "The connection is closed."))
        transport.write(buffer)
        left = self._unsent_bytes()
        while receiver.is_full:
            await receiver.wait_writable(timeout)
            before, left = left, self._unsent_bytes()
            if receiver.is_full and left >= before:
                raise core.WriteTimeout("The server accepts no data.")
        if receiver.failure is not None:
            raise core.WriteError(str(receiver.failure)) from receiver.failure

    def _unsent_bytes(self) -> int:
        """Return the number of bytes that are not sent yet."""
        transports = (*self._below, *filter(None, [self._transport]))
        return sum(transport.get_write_buffer_size() for transport in transports)

    async def aclose(self) -> None:
        """Close the socket."""
        self.abort()

    def abort(self) -> None:
        """Close the socket at once."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        if self._receiver.failure is None:
            self._receiver.failure = ConnectionAbortedError("The connection was closed here.")
        transport.abort()
        # During its handshake an encrypted transport does not abort the ones below.
        for one in self._below:
            one.abort()

    def __del__(self) -> None:
        if self._transport is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and so is the transport
                # The garbage collector may run in any thread.
                self._loop.call_soon_threadsafe(self._transport.abort)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's
    ) -> "LoopStream":
        """Return the encrypted stream that replaces this one."""
        transport = self._transport
        if transport is None:
            raise core.ConnectError("The connection is closed.")
        try:
            async with asyncio.timeout(timeout):
                encrypted = await self._loop.start_tls(
                    transport, self._receiver, ssl_context, server_hostname=server_hostname
                )
        except BaseException as error:
            self.abort()
            if isinstance(error, TimeoutError):
                raise core.ConnectTimeout("The TLS handshake took too long.") from error
            if isinstance(error, OSError):
                raise core.ConnectError(str(error)) from error
            raise
        if encrypted is None:
            self.abort()
            raise core.ConnectError("The connection was closed during the TLS handshake.")
        self._transport = None  # the encrypted stream owns it now
        self._receiver.switch_transport(encrypted)
        return LoopStream(self._loop, encrypted, self._receiver, (*self._below, transport))

    def get_extra_info(self, info: str) -> Any:
        """Return a property of the socket, by the library's name for it."""
        transport = self._transport
        if transport is None:
            return True if info == "is_readable" else None
        if info == "is_readable":
            return (
                self._receiver.is_readable_now or transport.is_closing() or _is_readable(transport)
            )
        name = _NAMES.get(info)
        return None if name is None else transport.get_extra_info(name)


def _is_readable(transport: asyncio.Transport) -> bool:
    """Return whether data has arrived that the event loop has not read yet."""
    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([sock.fileno()], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))


async def connect(host: str, port: int, local_address: str | None) -> LoopStream:
    """Connect to the first address of a host that accepts.

    Raises:
        OSError: None accepts.
    """
    loop = asyncio.get_running_loop()
    limit = current.get()
    if limit is not None:
        limit.at("connect" if is_known(host) else "dns")
    addresses = await _addresses(loop, host, port)
    if limit is not None:
        limit.at("connect")
    if len(addresses) == 1:
        sock = await _connect_socket(loop, addresses[0], local_address)
    else:
        sock = await _connect_first(loop, addresses, local_address)
    receiver = _Receiver(loop)
    transport, _ = await loop.create_connection(lambda: receiver, sock=sock)
    return LoopStream(loop, transport, receiver)


async def _addresses(loop: asyncio.AbstractEventLoop, host: str, port: int) -> Sequence[Address]:
    found: Sequence[Any]
    if is_known(host) and host != "localhost":
        return _numeric(host, port)
    if host == "localhost":
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    else:  # a lookup that hangs must not delay the end of the loop
        names = await asyncio.wrap_future(lookup(host, port))
        found = [one for name in names for one in _numeric(name, port)]
    # Alternate between address families, from that of the first address on.
    first = [one for one in found if one[0] == found[0][0]]
    others = [one for one in found if one[0] != found[0][0]]
    pairs = itertools.zip_longest(first, others)
    return [one for pair in pairs for one in pair if one is not None]


def _numeric(host: str, port: int) -> Sequence[Address]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)


async def _connect_socket(
    loop: asyncio.AbstractEventLoop, address: Address, local_address: str | None
) -> socket.socket:
    family, kind, protocol, _, where = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the socket's own signature
        if local_address is not None:
            sock.bind((local_address, 0))
        await loop.sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


async def _connect_first(
    loop: asyncio.AbstractEventLoop, addresses: Sequence[Address], local_address: str | None
) -> socket.socket:
    """Connect to several addresses, with a delay before each further one; the first wins."""
    tasks: list[asyncio.Task[socket.socket]] = []
    left = deque(addresses)
    pending: set[asyncio.Task[socket.socket]] = set()
    chosen = None
    try:
        while left or pending:
            if left:
                task = loop.create_task(_connect_socket(loop, left.popleft(), local_address))
                tasks.append(task)
                pending.add(task)
            done, pending = await asyncio.wait(
                pending,
                timeout=_HEAD_START if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            chosen = next((one for one in done if one.exception() is None), None)
            if chosen is not None:
                return chosen.result()
        raise OSError("; ".join(str(task.exception()) for task in tasks))
    finally:
        for task in tasks:
            if task is not chosen:
                task.cancel()
                task.add_done_callback(_close_socket)


def _close_socket(task: "asyncio.Task[socket.socket]") -> None:
    """Close the socket of an attempt that lost the race, or whose caller is gone."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
