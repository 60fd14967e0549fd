"""Open answers of our own connections, with the names that httpx gives to their parts.

httpx's own class would be a tenth of a call's price. It is used where it is of use: for an answer
that is compressed.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

import httpx

from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.leftovers import dirty_connection

BodyT = TypeVar("BodyT", "BodyStream", "AsyncBodyStream")


class ConnectionLease(Protocol):
    """What an open answer holds until it is closed: its connection."""

    def end(self, *, clean: bool) -> None:
        """Give it back; every call but the first does nothing.

        Args:
            clean: Whether the answer was closed as it should be.
        """
        ...


class _Response(Generic[BodyT]):
    """An open answer.

    Args:
        answer: What the library brought.
        headers: Its headers.
        body: Its body.

    Attributes:
        status_code: The HTTP status.
        headers: Names in lower case; of a repeated one the values are joined by commas.
        extensions: What the library tells of the connection.
        is_stream_consumed: False: nobody has read it before.
        is_own_connection: True: it came over a connection of ours.
    """

    is_stream_consumed = False
    is_own_connection = True

    def __init__(self, answer: core.Response, headers: Mapping[str, str], body: BodyT) -> None:
        self.status_code = answer.status
        self.headers = headers
        self.extensions = answer.extensions
        self._body: BodyT = body

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status_code < 300  # noqa: PLR2004 - the statuses that mean success


class Response(_Response["BodyStream"]):
    """An answer to be read while it arrives, blocking."""

    def read(self) -> bytes:
        """Return the body, and close."""
        content = b"".join(self._body)
        self.close()
        return content

    def iter_raw(self) -> Iterator[bytes]:
        """Return the body's pieces as they come."""
        return iter(self._body)

    iter_bytes = iter_raw

    def close(self) -> None:
        """Give the connection back, if the body was read to its end, or close it."""
        self._body.close()


class AsyncResponse(_Response["AsyncBodyStream"]):
    """An answer to be read while it arrives, awaited."""

    async def aread(self) -> bytes:
        """Return the body, and close."""
        content = b"".join([piece async for piece in self._body])
        await self.aclose()
        return content

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """Return the body's pieces as they come."""
        return aiter(self._body)

    async def aiter_bytes(self, size: int = 0) -> AsyncIterator[bytes]:
        """Yield the body's pieces as they come, or once they are of a size."""
        held = b""
        async for piece in self._body:
            held += piece
            if len(held) >= size:
                yield held
                held = b""
        if held:
            yield held

    async def aclose(self) -> None:
        """Give the connection back, if the body was read to its end, or close it."""
        await self._body.aclose()


class BodyStream(httpx.SyncByteStream):
    """A body that ends its lease of a connection when it is closed, or when nobody has it any more.

    Args:
        stream: The library's.
        lease: The lease.
    """

    def __init__(self, stream: Any, lease: ConnectionLease) -> None:
        self._stream = stream
        self._lease = lease

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """Close it."""
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
    """An awaited body; see `BodyStream`."""

    def __init__(self, stream: Any, lease: ConnectionLease) -> None:
        self._stream = stream
        self._lease = lease
        self._pieces: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._pieces = aiter(self._stream)
        return self._pieces

    async def aclose(self) -> None:
        """Close it."""
        clean = False
        try:
            connection = dirty_connection(self._stream)
            if connection is not None:
                await connection.aclose()
            await self._stream.aclose()
            if isinstance(self._pieces, AsyncGenerator):
                # Else the loop would, later, in a task of its own. One that is being read ends by
                # itself: its connection is closed.
                with contextlib.suppress(RuntimeError):
                    await self._pieces.aclose()
            clean = True
        finally:
            self._lease.end(clean=clean)


def open_response(answer: core.Response, lease: ConnectionLease) -> Response | httpx.Response:
    """Return an open answer to a blocking request.

    Args:
        answer: What the library brought.
        lease: Ended when the answer is closed.
    """
    headers, body = _headers(answer), BodyStream(answer.stream, lease)
    return Response(answer, headers, body) if _is_plain(headers) else _compressed(answer, body)


def aopen_response(answer: core.Response, lease: ConnectionLease) -> AsyncResponse | httpx.Response:
    """Return an open answer to an awaited request; see `open_response`."""
    headers, body = _headers(answer), AsyncBodyStream(answer.stream, lease)
    return AsyncResponse(answer, headers, body) if _is_plain(headers) else _compressed(answer, body)


def _headers(answer: core.Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw, value in answer.headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def _is_plain(headers: Mapping[str, str]) -> bool:
    return headers.get("content-encoding", "identity") == "identity"


def _compressed(answer: core.Response, body: BodyStream | AsyncBodyStream) -> httpx.Response:
    return httpx.Response(
        answer.status, headers=answer.headers, stream=body, extensions=answer.extensions
    )
