"""Open responses of our own connections, with httpx's names for their parts.

httpx's own class takes a tenth of a call's time. It is used only for a compressed response.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import httpx

from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.extra_bytes import dirty_connection

BodyT = TypeVar("BodyT", "BodyStream", "AsyncBodyStream")


class ConnectionLease(Protocol):
    """The lease of a connection by an open response."""

    def end(self, *, clean: bool) -> None:
        """Return the connection; every call but the first does nothing.

        Args:
            clean: Whether the response was closed normally.
        """
        ...


class RawResponse(NamedTuple):
    """A response of a connection without httpcore, in the form of httpcore's."""

    status: int
    headers: list[tuple[bytes, bytes]]
    stream: Any
    extensions: dict[str, Any]


_AnyRaw: TypeAlias = core.Response | RawResponse


class _Response(Generic[BodyT]):
    """An open response.

    Args:
        raw_response: The library's response.
        headers: Its headers.
        body: Its body.

    Attributes:
        status_code: The HTTP status.
        headers: Names in lower case; the values of a repeated name are joined by commas.
        extensions: The library's data about the connection.
        is_stream_consumed: False: the body is not read yet.
        is_own_connection: True: the response came over our own connection.
    """

    is_stream_consumed = False
    is_own_connection = True

    def __init__(self, raw_response: _AnyRaw, headers: Mapping[str, str], body: BodyT) -> None:
        self.status_code = raw_response.status
        self.headers = headers
        self.extensions = raw_response.extensions
        self._body: BodyT = body

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status_code < 300  # noqa: PLR2004 - the statuses that mean success


class Response(_Response["BodyStream"]):
    """A response, read while it arrives, sync."""

    def read(self) -> bytes:
        """Return the body, and close."""
        content = b"".join(self._body)
        self.close()
        return content

    def iter_raw(self) -> Iterator[bytes]:
        """Return the body's pieces as they arrive."""
        return iter(self._body)

    iter_bytes = iter_raw

    def close(self) -> None:
        """Return the connection, if the body was read to its end, or close it."""
        self._body.close()


class AsyncResponse(_Response["AsyncBodyStream"]):
    """A response, read while it arrives, async."""

    async def aread(self) -> bytes:
        """Return the body, and close."""
        content = b"".join([piece async for piece in self._body])
        await self.aclose()
        return content

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """Return the body's pieces as they arrive."""
        return aiter(self._body)

    async def aiter_bytes(self, size: int = 0) -> AsyncIterator[bytes]:
        """Yield the body's pieces as they arrive, or once they have a minimum size."""
        held = b""
        async for piece in self._body:
            held += piece
            if len(held) >= size:
                yield held
                held = b""
        if held:
            yield held

    async def aclose(self) -> None:
        """Return the connection, if the body was read to its end, or close it."""
        await self._body.aclose()


class BodyStream(httpx.SyncByteStream):
    """A body that ends its lease of a connection when it is closed or collected.

    Args:
        stream: The library's stream.
        lease: The lease.
    """

    def __init__(self, stream: Any, lease: ConnectionLease) -> None:
        self._stream = stream
        self._lease = lease

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """Close the body."""
        clean = False
        try:
            connection = dirty_connection(self._stream)
            if connection is not None:
                connection.close()
            self._stream.close()
            clean = True
        finally:
            self._lease.end(clean=clean)


class AsyncBodyStream(httpx.AsyncByteStream):
    """An async body; see `BodyStream`."""

    def __init__(self, stream: Any, lease: ConnectionLease) -> None:
        self._stream = stream
        self._lease = lease
        self._pieces: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._pieces = aiter(self._stream)
        return self._pieces

    async def aclose(self) -> None:
        """Close the body."""
        clean = False
        try:
            connection = dirty_connection(self._stream)
            if connection is not None:
                await connection.aclose()
            await self._stream.aclose()
            if isinstance(self._pieces, AsyncGenerator):
                # Otherwise the loop closes it later, in a separate task. A generator that is being
                # read ends by itself, because its connection is closed.
                with contextlib.suppress(RuntimeError):
                    await self._pieces.aclose()
            clean = True
        finally:
            self._lease.end(clean=clean)


def open_response(raw_response: _AnyRaw, lease: ConnectionLease) -> Response | httpx.Response:
    """Return an open response to a sync request.

    Args:
        raw_response: The library's response.
        lease: Ended when the response is closed.
    """
    headers, body = _headers(raw_response), BodyStream(raw_response.stream, lease)
    return (
        Response(raw_response, headers, body)
        if _is_plain(headers)
        else _compressed(raw_response, body)
    )


def aopen_response(raw_response: _AnyRaw, lease: ConnectionLease) -> AsyncResponse | httpx.Response:
    """Return an open response to an async request; see `open_response`."""
    headers, body = _headers(raw_response), AsyncBodyStream(raw_response.stream, lease)
    return (
        AsyncResponse(raw_response, headers, body)
        if _is_plain(headers)
        else _compressed(raw_response, body)
    )


def _headers(raw_response: _AnyRaw) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, value in raw_response.headers:
        name, text = raw_name.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def _is_plain(headers: Mapping[str, str]) -> bool:
    return headers.get("content-encoding", "identity") == "identity"


def _compressed(raw_response: _AnyRaw, body: BodyStream | AsyncBodyStream) -> httpx.Response:
    return httpx.Response(
        raw_response.status,
        headers=raw_response.headers,
        stream=body,
        extensions=raw_response.extensions,
    )
