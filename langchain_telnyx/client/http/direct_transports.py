"""Transports over connections of our own: a third of httpcore's CPU time, with the extra `fast`.

They connect, encrypt and close as httpcore does, over the same network streams, and parse responses
with `http1`. A proxy needs httpcore, and so does what instruments it: see `transports`.
"""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx

from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.http1 import RequestHeads, ResponseParser
from langchain_telnyx.client.http.instrumented import is_instrumented
from langchain_telnyx.client.http.network_streams import AsyncNetworkBackend, NetworkBackend
from langchain_telnyx.client.http.requests import OutgoingRequest
from langchain_telnyx.client.http.responses import (
    AsyncResponse,
    ConnectionLease,
    RawResponse,
    Response,
    aopen_response,
    open_response,
)
from langchain_telnyx.client.http.transports import (
    AsyncTransport,
    Transport,
    TransportOptions,
    address,
)

# Bytes to read at once.
_READ = 1 << 16


class DirectTransport:
    """Sends requests over one connection, sync.

    Args:
        options: How it reaches its host; without a proxy.
    """

    def __init__(self, options: TransportOptions) -> None:
        self._options = options
        self._backend = NetworkBackend()
        self._open: core.NetworkStream | None = None
        self._is_busy = False
        self._heads = RequestHeads()
        self._by_library: Transport | None = None

    def send(
        self, request: OutgoingRequest, body: Any, lease: ConnectionLease
    ) -> Response | httpx.Response:
        """Send a request and return the open response; see `Transport.send`."""
        if is_instrumented(is_async=False):
            if self._by_library is None:
                self._by_library = Transport(self._options)
            return self._by_library.send(request, body, lease)
        self._is_busy = True
        try:
            return open_response(self._exchange(request, body), lease)
        except BaseException:
            self.end(reusable=False)
            raise

    def _exchange(self, request: OutgoingRequest, body: Any) -> RawResponse:
        url, host = address(request.url)
        head = _head(self._heads, request, body, (url, host))
        stream = self._connected(request, url)
        timeout = request.timeout["write"]
        try:
            if isinstance(body, bytes):
                stream.write(head + body, timeout)
            else:
                stream.write(head, timeout)
                for piece in body:
                    stream.write(piece, timeout)
        except core.WriteError:
            pass  # a server may respond and close before it reads the whole request
        parser = ResponseParser(request.method)
        read_timeout = request.timeout["read"]
        while not parser.status:
            parser.feed(stream.read(_READ, read_timeout))
            if not parser.status:
                parser.check()
        return _raw(parser, _Body(self, stream, parser, read_timeout), stream)

    def _connected(self, request: OutgoingRequest, url: core.URL) -> core.NetworkStream:
        stream = self._open
        if stream is not None:
            if not stream.get_extra_info("is_readable"):
                return stream
            self._close()  # the server has closed it
        origin, timeout = url.origin, request.timeout["connect"]
        name = origin.host.decode("ascii")
        stream = self._backend.connect_tcp(name, origin.port, timeout)
        if origin.scheme == b"https":
            self._options.ssl_context.set_alpn_protocols(["http/1.1"])
            stream = stream.start_tls(self._options.ssl_context, name, timeout)
        self._open = stream
        return stream

    def end(self, *, reusable: bool) -> None:
        """End the exchange.

        Args:
            reusable: Whether the connection can be used again.
        """
        if not reusable:
            self._close()
        self._is_busy = False

    def _close(self) -> None:
        stream, self._open = self._open, None
        if stream is not None:
            stream.close()

    def is_idle(self) -> bool:
        """Return whether the next request can be sent."""
        return not self._is_busy and (self._by_library is None or self._by_library.is_idle())

    def abort(self) -> None:
        """Close every connection at once, even in use."""
        self._backend.abort()
        if self._by_library is not None:
            self._by_library.abort()

    close = abort


class _Body:
    """The body of a response, sync."""

    def __init__(
        self,
        transport: DirectTransport,
        network: core.NetworkStream,
        parser: ResponseParser,
        timeout: float | None,
    ) -> None:
        self._transport: DirectTransport | None = transport
        self._network = network
        self._parser = parser
        self._timeout = timeout

    def __iter__(self) -> Generator[bytes]:
        parser = self._parser
        try:
            while True:
                if piece := parser.take():
                    yield piece
                if parser.is_complete:
                    return
                parser.check()
                parser.feed(self._network.read(_READ, self._timeout))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the exchange; without the end of the body, close the connection."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.end(reusable=self._parser.is_reusable)


class AsyncDirectTransport:
    """Sends requests over one connection, async; see `DirectTransport`.

    Args:
        options: How it reaches its host; without a proxy.
    """

    def __init__(self, options: TransportOptions) -> None:
        self._options = options
        self._backend = AsyncNetworkBackend()
        self._open: core.AsyncNetworkStream | None = None
        self._is_busy = False
        self._heads = RequestHeads()
        self._by_library: AsyncTransport | None = None

    async def send(
        self, request: OutgoingRequest, body: Any, lease: ConnectionLease
    ) -> AsyncResponse | httpx.Response:
        """Send a request and return the open response; see `Transport.send`."""
        if is_instrumented(is_async=True):
            if self._by_library is None:
                self._by_library = AsyncTransport(self._options)
            return await self._by_library.send(request, body, lease)
        self._is_busy = True
        try:
            return aopen_response(await self._exchange(request, body), lease)
        except BaseException:
            self.end(reusable=False)
            raise

    async def _exchange(self, request: OutgoingRequest, body: Any) -> RawResponse:
        url, host = address(request.url)
        head = _head(self._heads, request, body, (url, host))
        stream = await self._connected(request, url)
        timeout = request.timeout["write"]
        try:
            if isinstance(body, bytes):
                await stream.write(head + body, timeout)
            else:
                await stream.write(head, timeout)
                async for piece in body:
                    await stream.write(piece, timeout)
        except core.WriteError:
            pass  # as above
        parser = ResponseParser(request.method)
        read_timeout = request.timeout["read"]
        while not parser.status:
            parser.feed(await stream.read(_READ, read_timeout))
            if not parser.status:
                parser.check()
        return _raw(parser, _AsyncBody(self, stream, parser, read_timeout), stream)

    async def _connected(self, request: OutgoingRequest, url: core.URL) -> core.AsyncNetworkStream:
        stream = self._open
        if stream is not None:
            if not stream.get_extra_info("is_readable"):
                return stream
            self._close()
        origin, timeout = url.origin, request.timeout["connect"]
        name = origin.host.decode("ascii")
        stream = await self._backend.connect_tcp(name, origin.port, timeout)
        if origin.scheme == b"https":
            self._options.ssl_context.set_alpn_protocols(["http/1.1"])
            stream = await stream.start_tls(self._options.ssl_context, name, timeout)
        self._open = stream
        return stream

    def end(self, *, reusable: bool) -> None:
        """End the exchange; see `DirectTransport.end`."""
        if not reusable:
            self._close()
        self._is_busy = False

    def _close(self) -> None:
        self._open = None
        self._backend.abort()  # without waiting

    def is_idle(self) -> bool:
        """Return whether the next request can be sent."""
        return not self._is_busy and (self._by_library is None or self._by_library.is_idle())

    def abort(self) -> None:
        """Close every connection at once, even in use."""
        self._backend.abort()
        if self._by_library is not None:
            self._by_library.abort()

    async def aclose(self) -> None:
        """Close every connection."""
        self._backend.abort()
        if self._by_library is not None:
            await self._by_library.aclose()


class _AsyncBody:
    """The body of a response, async."""

    def __init__(
        self,
        transport: AsyncDirectTransport,
        network: core.AsyncNetworkStream,
        parser: ResponseParser,
        timeout: float | None,
    ) -> None:
        self._transport: AsyncDirectTransport | None = transport
        self._network = network
        self._parser = parser
        self._timeout = timeout

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        parser = self._parser
        try:
            while True:
                if piece := parser.take():
                    yield piece
                if parser.is_complete:
                    return
                parser.check()
                parser.feed(await self._network.read(_READ, self._timeout))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the exchange; without the end of the body, close the connection."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.end(reusable=self._parser.is_reusable)

    async def aclose(self) -> None:
        """End the exchange; see `close`."""
        self.close()


def _head(
    heads: RequestHeads, request: OutgoingRequest, body: Any, at: tuple[core.URL, bytes]
) -> bytes:
    (url, host), target = at, request.target
    return heads.write(
        request,
        url.target.decode("ascii") if target is None else target,
        host.decode("ascii"),
        len(body) if isinstance(body, bytes) else None,
    )


def _raw(parser: ResponseParser, body: Any, stream: Any) -> RawResponse:
    extensions = {"http_version": b"HTTP/1.1", "network_stream": stream}
    return RawResponse(parser.status, parser.headers, body, extensions)
