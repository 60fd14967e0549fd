"""Open answers, read as they arrive: the one place where the two faces must stay twins."""

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from time import monotonic
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from langchain_telnyx.client.attempts import read
from langchain_telnyx.client.call import Call, Reply, StreamCall
from langchain_telnyx.client.errors import (
    APIResponseError,
    ResponseTooLargeError,
    StreamTimeoutError,
    TelnyxError,
)
from langchain_telnyx.client.evidence import elsewhere
from langchain_telnyx.client.http.alarms import Bell, alarm_for
from langchain_telnyx.client.http.bodies import aread_body, read_body
from langchain_telnyx.client.http.faults import connection_error, faults, stream_error
from langchain_telnyx.client.http.guarded import GuardedPieces, guarded
from langchain_telnyx.client.http.requests import Outgoing
from langchain_telnyx.client.refusals import error_for

T = TypeVar("T")

# A body that does not end at its last event is worth so many seconds: then its connection is given
# up, which would else be used again.
_GRACE = 0.25
# How much of a stream that is left early is read for the sake of its connection, in bytes.
_REST = 1 << 16


class _Open(Generic[T]):
    """What both faces of an open answer share.

    Attributes:
        headers: The reply's headers: request id and rate limits.
        redactor: Hides the key that was sent.
    """

    headers: Mapping[str, str]

    def __init__(
        self, response: Any, stream: StreamCall[T], request: Outgoing, owner: object
    ) -> None:
        self.redactor = request.redactor
        self.headers = self.redactor.headers(response.headers)
        self._owner = owner  # whose connections are closed when nobody holds it any more
        self._response = response
        self._ours = getattr(response, "is_ours", False)
        self._request = request
        self._expected = stream.content_type
        self._stream = stream
        self._decoder = stream.decoder()
        self._first: list[T] = []
        self._limit = request.error_limit
        # Bytes that came since the last item.
        self._held = 0
        self._ended = False
        self._patience = stream.patience
        self._opened = monotonic()
        # The HTTP library sees to silence of this length; a comment or half an event ends it.
        silence = request.timeout["read"]
        self._silence = math.inf if silence is None else silence
        idle = stream.patience.idle
        self._idle = self._silence if idle is None else idle
        total = stream.patience.total
        self._deadline = math.inf if total is None else self._opened + total
        self._hurried = self._idle < self._silence or total is not None
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

    def _take_whole(self, content: bytes) -> None:
        """Take an answer that is no stream.

        Raises:
            APIStatusError: It is an error, by its status or by what it says.
            APIResponseError: It is something else.
        """
        self._ended = True
        reply = self._request.reply(self._response.status_code, self.headers, content)
        whole = self._stream.whole
        if whole is None or not reply.ok or not content.lstrip().startswith(b"{"):
            raise self._refusal(reply)
        self._first = read(reply, Call("POST", self._request.label, whole))

    def _refusal(self, reply: Reply) -> Exception:
        if not reply.ok:
            return error_for(reply)
        reply = reply.redacted()  # before its beginning is quoted
        return APIResponseError(
            f"{self._request.label} was to be answered by {self._expected}, but "
            f"{self.headers.get('content-type')} came: {reply.text[:200]!r}."
            f"{elsewhere(reply, 'base_url')}",
            reply,
        )

    def _took(self, data: bytes | None) -> bool:
        """Take the first bytes; whether they brought the first items, a failure or the end."""
        self._ended = data is None
        self._first = self._fed(data)
        if not self._first and self._decoder.failure is not None:
            raise self.redactor.error(self._decoder.failure)
        return bool(self._first) or self._ended

    def _fed(self, data: bytes | None) -> list[T]:
        """Return the items that some bytes, or the end of the body, complete.

        Raises:
            ResponseTooLargeError: Too much came without one.
        """
        if data is None:
            return self._decoder.end()
        items = self._decoder.feed(data)
        self._held = 0 if items else self._held + len(data)
        if self._held > self._limit:
            raise ResponseTooLargeError(
                f"The answer to {self._request.label} has an item of more than {self._limit:,} "
                f"bytes. What came before is kept. Raise `max_response_bytes`, or ask for less.",
                self._limit,
            )
        return items

    def _due(self, since: float, idle: float) -> float | None:
        """Return when to give a read up that is waited for since a time, if before it does so."""
        if self._decoder.done:
            return since + _GRACE
        if self._hurried:
            return min(self._deadline, since + idle)
        return None

    def _heard(self, since: float, idle: float) -> float:
        """Return since when no item came, after a read that brought none.

        Raises:
            StreamTimeoutError: That is too long ago.
        """
        now = monotonic()
        if self._patience.comments_count:
            since = now
        if not self._ended and (now >= since + idle or now >= self._deadline):
            self._late(since)
        return since

    def _late(self, since: float) -> None:
        """End at what has come, where that is all that matters.

        Raises:
            StreamTimeoutError: It is not.
        """
        self._ended = True
        if self._decoder.complete:
            return
        now = monotonic()
        what = (
            f"did not end within {self._patience.total:g} s"
            if now >= self._deadline
            else f"fell silent: nothing of it came for {now - since:.3g} s"
        )
        raise StreamTimeoutError(
            f"The answer to {self._request.label} {what}. What came before is kept. Ask again, or "
            f"wait longer."
        )


class Stream(_Open[T]):
    """The items of a streamed answer; a context manager that closes the connection.

    Raises:
        StreamError: The answer broke off, carried an error, or ended before it was complete.
    """

    _alarm: Bell | None = None
    _chunks: Iterator[bytes]

    def begin(self) -> None:
        """Wait for the first items, so that what fails before them can be retried."""
        try:
            if self._refused():
                self._take_whole(read_body(self._response, self._request))
                return
            self._chunks = self._response.iter_raw() if self._raw else self._response.iter_bytes()
            self._alarm = alarm_for(self._response)
            since = self._opened
            while not self._took(self._read(since, self._silence)):
                since = self._heard(since, self._silence)
        except faults() as cause:
            raise connection_error(self.redactor.error(cause), self._request.label) from cause

    def batches(self) -> Generator[list[T], None, None]:
        """Yield the items that arrived together, which saves a step for each."""
        decoder = self._decoder
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
                raise stream_error(self.redactor.error(cause), self._request.label) from cause
        finally:
            self.close()

    def _read(self, since: float, idle: float) -> bytes | None:
        due = self._due(since, idle)
        if due is None or self._alarm is None:
            return next(self._chunks, None)
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
        try:
            if self._ours and self._alarm is not None and not self._ended:
                self._read_rest(self._alarm)
        finally:
            self._ended = True
            self._response.close()

    def _read_rest(self, alarm: Bell) -> None:
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


class AsyncStream(_Open[T]):
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
                raise stream_error(self.redactor.error(cause), self._request.label) from cause
        finally:
            await self.aclose()

    async def _read(self, since: float, idle: float) -> bytes | None:
        due = self._due(since, idle)
        if due is None:
            return await anext(self._chunks, None)
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
            closing = self._response.aclose()
            await (closing if self._ours else guarded(closing))

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
