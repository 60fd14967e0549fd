"""Open streams, read as they arrive: `Stream` and `AsyncStream` mirror each other."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from langchain_telnyx.client.errors import (
    TelnyxError,
)
from langchain_telnyx.client.http.base_stream import BaseStream
from langchain_telnyx.client.http.bodies import aread_body, read_body
from langchain_telnyx.client.http.faults import connection_error, faults
from langchain_telnyx.client.http.guarded import GuardedPieces, guarded
from langchain_telnyx.client.http.read_deadlines import ReadTimer, read_timer

T = TypeVar("T")

# Bytes to read at most after a stream is closed early, so that its connection can be used again.
_DRAIN_BYTES = 1 << 16


class Stream(BaseStream[T]):
    """The items of a streamed response; a context manager that closes the connection.

    Raises:
        StreamError: The response breaks off, contains an error, or ends before it is complete.
    """

    _timer: ReadTimer | None = None
    _chunks: Iterator[bytes]

    def begin(self) -> None:
        """Wait for the first items: failures before them can be retried."""
        try:
            if self._is_not_a_stream():
                self._feed_whole(read_body(self._response, self._request))
                return
            if self._time_limit is not None:
                self._time_limit.at("body", self._timer)
            self._chunks = self._response.iter_raw() if self._raw else self._response.iter_bytes()
            self._timer = read_timer(self._response)
            silent_since = self._opened_at
            while not self._feed_first(self._read(silent_since, self._read_timeout)):
                silent_since = self._check_silence(silent_since, self._read_timeout)
        except faults() as cause:
            raise connection_error(self.redactor.error(cause), self._request.label) from cause

    def batches(self) -> Generator[list[T], None, None]:
        """Yield lists of items that arrived together, which is faster than one by one."""
        decoder = self._decoder
        self._is_reading = True
        try:
            first, self._first = self._first, []
            if first:
                yield first
            silent_since = monotonic()
            while not self._ended and decoder.failure is None:
                if self._has_deadlines or decoder.done:
                    data = self._read(silent_since, self._idle_timeout)
                else:
                    data = next(self._chunks, None)
                self._ended = data is None
                items = self._feed(data)
                if items:
                    yield items
                    silent_since = monotonic()
                else:
                    silent_since = self._check_silence(silent_since, self._idle_timeout)
            if decoder.failure is not None:
                raise self.redactor.error(decoder.failure)
        except faults() as cause:
            if not decoder.complete:
                raise self._connection_error(cause) from cause
        finally:
            self.close()

    def _read(self, silent_since: float, idle: float) -> bytes | None:
        read_deadline = self._read_deadline(silent_since, idle)
        if read_deadline is None or self._timer is None:
            return next(self._chunks, None)
        if self._is_past_deadline():
            self._time_out(silent_since)
            return None
        self._timer.set(read_deadline)
        try:
            data = next(self._chunks, None)
        except faults():
            if not self._timer.expired:
                raise
            data = None
        finally:
            self._timer.stop()
        if self._timer.expired:
            self._time_out(silent_since)
            return None
        return data

    def __iter__(self) -> Iterator[T]:
        with contextlib.closing(self.batches()) as batches:
            for items in batches:
                yield from items

    def close(self) -> None:
        """Close the stream; what has not arrived yet is lost, and so is the connection."""
        if self._time_limit is not None:
            self._time_limit.release()
        try:
            if self._is_own_connection and self._timer is not None and not self._ended:
                self._drain(self._timer)
        finally:
            self._ended = True
            self._response.close()

    def _drain(self, timer: ReadTimer) -> None:
        """Read what has arrived: if the body has ended, the connection can be used again."""
        rest = 0
        timer.set(0.0)
        # ValueError: another thread is reading the body.
        with contextlib.suppress(ValueError, *faults()):
            while rest < _DRAIN_BYTES and (piece := next(self._chunks, None)) is not None:
                rest += len(piece)
        timer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, TelnyxError):
            self.redactor.error(error)  # the caller's message may quote the response
        self.close()


class AsyncStream(BaseStream[T]):
    """The items of a streamed response; an async context manager.

    Raises:
        StreamError: The response breaks off, contains an error, or ends before it is complete.
    """

    _has_body = False
    _chunks: AsyncIterator[bytes]

    async def begin(self) -> None:
        """Wait for the first items: failures before them can be retried."""
        try:
            if self._is_not_a_stream():
                self._feed_whole(await aread_body(self._response, self._request))
                return
            pieces = self._response.aiter_raw() if self._raw else self._response.aiter_bytes()
            self._chunks = pieces if self._is_own_connection else GuardedPieces(pieces)
            self._has_body = True
            silent_since = self._opened_at
            while not self._feed_first(await self._read(silent_since, self._read_timeout)):
                silent_since = self._check_silence(silent_since, self._read_timeout)
        except faults() as cause:
            raise connection_error(self.redactor.error(cause), self._request.label) from cause

    async def batches(self) -> AsyncGenerator[list[T], None]:
        """Yield lists of items that arrived together, which is faster than one by one."""
        decoder = self._decoder
        self._is_reading = True
        try:
            first, self._first = self._first, []
            if first:
                yield first
            silent_since = monotonic()
            while not self._ended and decoder.failure is None:
                if self._has_deadlines or decoder.done:
                    data = await self._read(silent_since, self._idle_timeout)
                else:
                    data = await anext(self._chunks, None)
                self._ended = data is None
                items = self._feed(data)
                if items:
                    yield items
                    silent_since = monotonic()
                else:
                    silent_since = self._check_silence(silent_since, self._idle_timeout)
            if decoder.failure is not None:
                raise self.redactor.error(decoder.failure)
        except faults() as cause:
            if not decoder.complete:
                raise self._connection_error(cause) from cause
        finally:
            await self.aclose()

    async def _read(self, silent_since: float, idle: float) -> bytes | None:
        read_deadline = self._read_deadline(silent_since, idle)
        if read_deadline is None:
            return await anext(self._chunks, None)
        if self._is_past_deadline():
            self._time_out(silent_since)
            return None
        limit = asyncio.timeout(read_deadline - monotonic())
        try:
            async with limit:
                return await anext(self._chunks, None)
        except TimeoutError:
            if not limit.expired():
                raise
            self._time_out(silent_since)
            return None

    async def __aiter__(self) -> AsyncIterator[T]:
        async with contextlib.aclosing(self.batches()) as batches:
            async for items in batches:
                for item in items:
                    yield item

    async def aclose(self) -> None:
        """Close the stream; what has not arrived yet is lost, and so is the connection."""
        try:
            if self._is_own_connection and self._has_body and not self._ended:
                await self._drain()
        finally:
            self._ended = True
            await (
                self._response.aclose()
                if self._is_own_connection
                else guarded(self._close_foreign_response())
            )

    async def _close_foreign_response(self) -> None:
        await self._response.aclose()
        # Otherwise the garbage collector closes it, in any thread.
        if self._has_body and isinstance(self._chunks, GuardedPieces):
            await self._chunks.aclose()

    async def _drain(self) -> None:
        """Read what has arrived: if the body has ended, the connection can be used again."""
        rest = 0
        # RuntimeError: another task is reading the body.
        with contextlib.suppress(TimeoutError, RuntimeError, *faults()):
            async with asyncio.timeout(0):
                while (
                    rest < _DRAIN_BYTES and (piece := await anext(self._chunks, None)) is not None
                ):
                    rest += len(piece)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, TelnyxError):
            self.redactor.error(error)  # the caller's message may quote the response
        await self.aclose()
