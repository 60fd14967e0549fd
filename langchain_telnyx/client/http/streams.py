"""Open answers, read as they arrive: the one place where the two faces must stay twins."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from langchain_telnyx.client.call import StreamCall
from langchain_telnyx.client.errors import APIResponseError, error_for
from langchain_telnyx.client.http.faults import connection_error, faults, stream_error
from langchain_telnyx.client.http.requests import Outgoing

T = TypeVar("T")


class _Open(Generic[T]):
    """What both faces of an open answer share.

    Attributes:
        headers: The reply's headers: request id and rate limits.
    """

    headers: Mapping[str, str]

    def __init__(self, response: Any, stream: StreamCall[T], request: Outgoing) -> None:
        self.headers = response.headers
        self._response = response
        self._request = request
        self._expected = stream.content_type
        self._decoder = stream.decoder()
        self._first: list[T] = []
        self._ended = False
        # We ask for no encoding, and can then do without the decoder's step; but a response that
        # was read before it came here, as mocks of HTTP libraries are, has no raw bytes left.
        plain = self.headers.get("content-encoding", "identity") == "identity"
        self._raw = plain and not response.is_stream_consumed

    def _refused(self) -> bool:
        """Whether the answer is no stream, and so to be read whole for its error."""
        if not 200 <= self._response.status_code < 300:  # noqa: PLR2004 - success
            return True
        kind = self.headers.get("content-type", self._expected)
        return not kind.lower().startswith(self._expected)

    def _refusal(self, content: bytes) -> Exception:
        reply = self._request.reply(self._response.status_code, self.headers, content)
        if not reply.ok:
            return error_for(reply)
        reply = self._request.hushed(reply)
        return APIResponseError(
            f"{self._request.label} was to be answered by {self._expected}, but "
            f"{self.headers.get('content-type')} came: {reply.text[:200]!r}. "
            f"Check that `base_url` points at Telnyx.",
            reply,
        )

    def _took(self, data: bytes | None) -> bool:
        """Take the first bytes; whether they brought the first items, a failure or the end."""
        self._ended = data is None
        self._first = self._decoder.end() if data is None else self._decoder.feed(data)
        if not self._first and self._decoder.failure is not None:
            raise self._decoder.failure
        return bool(self._first) or self._ended


class Stream(_Open[T]):
    """The items of a streamed answer; a context manager that closes the connection.

    Raises:
        StreamError: The answer broke off, carried an error, or ended before it was complete.
    """

    def begin(self) -> None:
        """Wait for the first items, so that what fails before them can be retried."""
        try:
            if self._refused():
                raise self._refusal(self._response.read())
            self._chunks: Iterator[bytes] = (
                self._response.iter_raw() if self._raw else self._response.iter_bytes()
            )
            while not self._took(next(self._chunks, None)):
                pass
        except faults() as cause:
            raise connection_error(cause, self._request.label) from cause

    def batches(self) -> Generator[list[T], None, None]:
        """Yield the items that arrived together, which saves a step for each."""
        decoder = self._decoder
        try:
            first, self._first = self._first, []
            if first:
                yield first
            while not self._ended and decoder.failure is None:
                data = next(self._chunks, None)
                self._ended = data is None
                items = decoder.end() if data is None else decoder.feed(data)
                if items:
                    yield items
            if decoder.failure is not None:
                raise decoder.failure
        except faults() as cause:
            if not decoder.complete:
                raise stream_error(cause, self._request.label) from cause
        finally:
            self.close()

    def __iter__(self) -> Iterator[T]:
        with contextlib.closing(self.batches()) as batches:
            for items in batches:
                yield from items

    def close(self) -> None:
        """Close the connection; what has not arrived yet is lost."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncStream(_Open[T]):
    """The items of a streamed answer; an asynchronous context manager.

    Raises:
        StreamError: The answer broke off, carried an error, or ended before it was complete.
    """

    async def begin(self) -> None:
        """Wait for the first items, so that what fails before them can be retried."""
        try:
            if self._refused():
                raise self._refusal(await self._response.aread())
            self._chunks: AsyncIterator[bytes] = (
                self._response.aiter_raw() if self._raw else self._response.aiter_bytes()
            )
            while not self._took(await anext(self._chunks, None)):
                pass
        except faults() as cause:
            raise connection_error(cause, self._request.label) from cause

    async def batches(self) -> AsyncGenerator[list[T], None]:
        """Yield the items that arrived together, which saves a step for each."""
        decoder = self._decoder
        try:
            first, self._first = self._first, []
            if first:
                yield first
            while not self._ended and decoder.failure is None:
                data = await anext(self._chunks, None)
                self._ended = data is None
                items = decoder.end() if data is None else decoder.feed(data)
                if items:
                    yield items
            if decoder.failure is not None:
                raise decoder.failure
        except faults() as cause:
            if not decoder.complete:
                raise stream_error(cause, self._request.label) from cause
        finally:
            await self.aclose()

    async def __aiter__(self) -> AsyncIterator[T]:
        async with contextlib.aclosing(self.batches()) as batches:
            async for items in batches:
                for item in items:
                    yield item

    async def aclose(self) -> None:
        """Close the connection; what has not arrived yet is lost."""
        await self._response.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
