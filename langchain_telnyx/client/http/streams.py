"""Open answers, read as they arrive: the one place where the two faces must stay twins."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from langchain_telnyx.client.errors import (
    TelnyxError,
)
from langchain_telnyx.client.http.bodies import aread_body, read_body
from langchain_telnyx.client.http.faults import connection_error, faults
from langchain_telnyx.client.http.guarded import GuardedPieces, guarded
from langchain_telnyx.client.http.opened import BaseStream
from langchain_telnyx.client.http.read_deadlines import ReadTimer, read_timer

T = TypeVar("T")

# How much of a stream that is left early is read for the sake of its connection, in bytes.
_REST = 1 << 16


class Stream(BaseStream[T]):
    """The items of a streamed answer; a context manager that closes the connection.

    Raises:
        StreamError: The answer broke off, carried an error, or ended before it was complete.
    """

    _alarm: ReadTimer | None = None
    _chunks: Iterator[bytes]

    def begin(self) -> None:
        """Wait for the first items, so that what fails before them can be retried."""
        try:
            if self._refused():
                self._take_whole(read_body(self._response, self._request))
                return
            if self._time_limit is not None:
                self._time_limit.at("body", self._alarm)
            self._chunks = self._response.iter_raw() if self._raw else self._response.iter_bytes()
            self._alarm = read_timer(self._response)
            since = self._opened
            while not self._took(self._read(since, self._silence)):
                since = self._heard(since, self._silence)
        except faults() as cause:
            raise connection_error(self.redactor.error(cause), self._request.label) from cause

    def batches(self) -> Generator[list[T], None, None]:
        """Yield the items that arrived together, which saves a step for each."""
        decoder = self._decoder
        self._begun = True
        try:
            first, self._first = self._first, []
            if first:
                yield first
            since = monotonic()
            while not self._ended and decoder.failure is None:
                if self._hurried or decoder.done:
                    data = self._read(since, self._idle)
                else:
                    data = next(self._chunks, None)
                self._ended = data is None
                items = self._fed(data)
                if items:
                    yield items
                    since = monotonic()
                else:
                    since = self._heard(since, self._idle)
            if decoder.failure is not None:
                raise self.redactor.error(decoder.failure)
        except faults() as cause:
            if not decoder.complete:
                raise self._broke(cause) from cause
        finally:
            self.close()

    def _read(self, since: float, idle: float) -> bytes | None:
        due = self._due(since, idle)
        if due is None or self._alarm is None:
            return next(self._chunks, None)
        if self._is_over():
            self._late(since)
            return None
        self._alarm.set(due)
        try:
            data = next(self._chunks, None)
        except faults():
            if not self._alarm.rang:
                raise
            data = None
        finally:
            self._alarm.stop()
        if self._alarm.rang:
            self._late(since)
            return None
        return data

    def __iter__(self) -> Iterator[T]:
        with contextlib.closing(self.batches()) as batches:
            for items in batches:
                yield from items

    def close(self) -> None:
        """Close the stream; what has not arrived yet is lost, and the connection with it."""
        if self._time_limit is not None:
            self._time_limit.release()
        try:
            if self._ours and self._alarm is not None and not self._ended:
                self._read_rest(self._alarm)
        finally:
            self._ended = True
            self._response.close()

    def _read_rest(self, alarm: ReadTimer) -> None:
        """Read what has arrived, in case that it is all: the connection can then be used again."""
        rest = 0
        alarm.set(0.0)
        # A thread that is in the midst of reading holds the pieces: then all is lost.
        with contextlib.suppress(ValueError, *faults()):
            while rest < _REST and (piece := next(self._chunks, None)) is not None:
                rest += len(piece)
        alarm.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, TelnyxError):
            self.redactor.error(error)  # of a reader who quotes what came
        self.close()


class AsyncStream(BaseStream[T]):
    """The items of a streamed answer; an asynchronous context manager.

    Raises:
        StreamError: The answer broke off, carried an error, or ended before it was complete.
    """

    _is_begun = False
    _chunks: AsyncIterator[bytes]

    async def begin(self) -> None:
        """Wait for the first items, so that what fails before them can be retried."""
        try:
            if self._refused():
                self._take_whole(await aread_body(self._response, self._request))
                return
            pieces = self._response.aiter_raw() if self._raw else self._response.aiter_bytes()
            self._chunks = pieces if self._ours else GuardedPieces(pieces)
            self._is_begun = True
            since = self._opened
            while not self._took(await self._read(since, self._silence)):
                since = self._heard(since, self._silence)
        except faults() as cause:
            raise connection_error(self.redactor.error(cause), self._request.label) from cause

    async def batches(self) -> AsyncGenerator[list[T], None]:
        """Yield the items that arrived together, which saves a step for each."""
        decoder = self._decoder
        self._begun = True
        try:
            first, self._first = self._first, []
            if first:
                yield first
            since = monotonic()
            while not self._ended and decoder.failure is None:
                if self._hurried or decoder.done:
                    data = await self._read(since, self._idle)
                else:
                    data = await anext(self._chunks, None)
                self._ended = data is None
                items = self._fed(data)
                if items:
                    yield items
                    since = monotonic()
                else:
                    since = self._heard(since, self._idle)
            if decoder.failure is not None:
                raise self.redactor.error(decoder.failure)
        except faults() as cause:
            if not decoder.complete:
                raise self._broke(cause) from cause
        finally:
            await self.aclose()

    async def _read(self, since: float, idle: float) -> bytes | None:
        due = self._due(since, idle)
        if due is None:
            return await anext(self._chunks, None)
        if self._is_over():
            self._late(since)
            return None
        limit = asyncio.timeout(due - monotonic())
        try:
            async with limit:
                return await anext(self._chunks, None)
        except TimeoutError:
            if not limit.expired():
                raise
            self._late(since)
            return None

    async def __aiter__(self) -> AsyncIterator[T]:
        async with contextlib.aclosing(self.batches()) as batches:
            async for items in batches:
                for item in items:
                    yield item

    async def aclose(self) -> None:
        """Close the stream; what has not arrived yet is lost, and the connection with it."""
        try:
            if self._ours and self._is_begun and not self._ended:
                await self._read_rest()
        finally:
            self._ended = True
            await (self._response.aclose() if self._ours else guarded(self._close_theirs()))

    async def _close_theirs(self) -> None:
        await self._response.aclose()
        # Else the garbage collector would, in whichever thread it runs.
        if self._is_begun and isinstance(self._chunks, GuardedPieces):
            await self._chunks.aclose()

    async def _read_rest(self) -> None:
        """Read what has arrived, in case that it is all: the connection can then be used again."""
        rest = 0
        # A task that is in the midst of reading holds the pieces: then all is lost.
        with contextlib.suppress(TimeoutError, RuntimeError, *faults()):
            async with asyncio.timeout(0):
                while rest < _REST and (piece := await anext(self._chunks, None)) is not None:
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
            self.redactor.error(error)  # of a reader who quotes what came
        await self.aclose()
