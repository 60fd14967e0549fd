"""The base of sync and async streams: timeouts, limits, and the errors that end a stream."""

import math
from collections.abc import Mapping
from time import monotonic
from typing import Any, Generic, TypeVar

from langchain_telnyx.client.attempts import read_reply
from langchain_telnyx.client.call import Call, Reply, StreamCall
from langchain_telnyx.client.deadlines import Cancelled, current, deadline_error
from langchain_telnyx.client.error_details import check_url_hint
from langchain_telnyx.client.error_mapping import error_for
from langchain_telnyx.client.errors import (
    APIResponseError,
    ResponseTooLargeError,
    StreamTimeoutError,
)
from langchain_telnyx.client.http.faults import stream_error
from langchain_telnyx.client.http.requests import OutgoingRequest

T = TypeVar("T")

# Seconds to wait for EOF after the last event, so that the connection can be used again.
_GRACE = 0.25


class BaseStream(Generic[T]):
    """What `Stream` and `AsyncStream` share: everything but the reads.

    Attributes:
        headers: The response's headers: request id and rate limits.
        redactor: Redacts the key that was sent.
    """

    headers: Mapping[str, str]

    def __init__(
        self, response: Any, stream: StreamCall[T], request: OutgoingRequest, owner: object
    ) -> None:
        self.redactor = request.redactor
        self.headers = self.redactor.headers(response.headers)
        self._owner = owner  # keeps the runner, and so its connections, alive
        self._response = response
        self._is_own_connection = getattr(response, "is_own_connection", False)
        self._request = request
        self._expected = stream.content_type
        self._stream = stream
        self._decoder = stream.decoder()
        self._first: list[T] = []
        self._max_bytes = request.error_limit
        # Bytes received since the last item.
        self._pending_bytes = 0
        self._ended = False
        self._timeouts = stream.timeouts
        self._opened_at = monotonic()
        # The HTTP library's read timeout: seconds without a single byte.
        silence = request.timeout["read"]
        self._read_timeout = math.inf if silence is None else silence
        idle = stream.timeouts.idle
        self._idle_timeout = self._read_timeout if idle is None else idle
        total = stream.timeouts.total
        self._end = math.inf if request.end is None else request.end
        self._deadline = min(math.inf if total is None else self._opened_at + total, self._end)
        self._has_deadlines = self._idle_timeout < self._read_timeout or self._deadline < math.inf
        self._is_reading = False
        # Can end the stream from another thread; released when the stream closes.
        self._time_limit = current.get()
        # The request accepts no encoding, so raw bytes skip the library's decoder. A response that
        # was already read, such as a mock's, has no raw bytes.
        plain = self.headers.get("content-encoding", "identity") == "identity"
        self._raw = plain and not response.is_stream_consumed

    def _is_not_a_stream(self) -> bool:
        """Whether the response is an error or of another type, to be read as a whole."""
        if not 200 <= self._response.status_code < 300:  # noqa: PLR2004 - success
            return True
        kind = self.headers.get("content-type")
        return kind is not None and not kind.lower().startswith(self._expected)

    def _feed_whole(self, content: bytes) -> None:
        """Read a response that is not a stream.

        Raises:
            APIStatusError: It is an error, by its status or its body.
            APIResponseError: It is something else.
        """
        self._ended = True
        reply = self._request.reply(self._response.status_code, self.headers, content)
        whole = self._stream.whole
        if whole is None or not reply.ok or not content.lstrip().startswith(b"{"):
            raise self._error_for_whole(reply)
        self._first = read_reply(reply, Call("POST", self._request.label, whole))

    def _error_for_whole(self, reply: Reply) -> Exception:
        if not reply.ok:
            return error_for(reply)
        reply = reply.redacted()  # before the message quotes it
        expected = self._expected
        named = expected if isinstance(expected, str) else " or ".join(expected)
        return APIResponseError(
            f"The response to {self._request.label} must be {named}, and is "
            f"{self.headers.get('content-type')}: {reply.text[:200]!r}."
            f"{check_url_hint(reply, 'base_url')}",
            reply,
        )

    def _feed_first(self, data: bytes | None) -> bool:
        """Decode the first bytes; return whether they complete an item, or the body has ended."""
        self._ended = data is None
        self._first = self._feed(data)
        if not self._first and self._decoder.failure is not None:
            raise self.redactor.error(self._decoder.failure)
        return bool(self._first) or self._ended

    def _feed(self, data: bytes | None) -> list[T]:
        """Return the items that some bytes, or the end of the body, complete.

        Raises:
            ResponseTooLargeError: Too many bytes arrived without one.
        """
        if data is None:
            return self._decoder.end()
        items = self._decoder.feed(data)
        self._pending_bytes = 0 if items else self._pending_bytes + len(data)
        if self._pending_bytes > self._max_bytes:
            raise ResponseTooLargeError(
                f"The response to {self._request.label} has an item of more than "
                f"{self._max_bytes:,} bytes. Items before it are valid. Raise "
                f"`max_response_bytes`, or request less.",
                self._max_bytes,
            )
        return items

    def _connection_error(self, cause: Exception) -> BaseException:
        """Return the error for a stream whose connection failed."""
        if self._time_limit is not None and self._time_limit.cancelled:
            return Cancelled()
        if monotonic() >= self._end:
            return deadline_error(self._request.label, "stream", stream=True)
        return stream_error(self.redactor.error(cause), self._request.label)

    def _is_past_deadline(self) -> bool:
        """Whether the deadline of the whole stream has passed, though data still arrives."""
        return monotonic() >= self._deadline + _GRACE

    def _read_deadline(self, silent_since: float, idle: float) -> float | None:
        """Return when to end a read, where that is before the library's read timeout."""
        if self._decoder.done:
            return silent_since + _GRACE
        if self._has_deadlines:
            return min(self._deadline, silent_since + idle)
        return None

    def _check_silence(self, silent_since: float, idle: float) -> float:
        """Return since when no item has arrived, after a read that completed none.

        Raises:
            StreamTimeoutError: That is too long ago.
        """
        now = monotonic()
        if self._timeouts.comments_count:
            silent_since = now
        if not self._ended and (now >= silent_since + idle or now >= self._deadline):
            self._time_out(silent_since)
        return silent_since

    def _time_out(self, silent_since: float) -> None:
        """End the stream, where all that matters has arrived.

        Raises:
            StreamTimeoutError: It has not.
        """
        self._ended = True
        if self._decoder.complete:
            return
        now = monotonic()
        if now >= self._end:
            label = self._request.label
            if self._is_reading:
                raise deadline_error(label, "stream", stream=True)
            raise deadline_error(label, "body")
        what = (
            f"did not end within {self._timeouts.total:g} s"
            if now >= self._deadline
            else f"is silent: no item arrived for {now - silent_since:.3g} s"
        )
        raise StreamTimeoutError(
            f"The response to {self._request.label} {what}. Items before that are valid. Send the "
            f"request again, or raise the timeout."
        )
