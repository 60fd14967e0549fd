"""What an open answer is on both faces: how long it is waited for, and what its end means."""

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

# A body that does not end at its last event is worth so many seconds: then its connection is given
# up, which would else be used again.
_GRACE = 0.25


class BaseStream(Generic[T]):
    """What both faces of an open answer share.

    Attributes:
        headers: The reply's headers: request id and rate limits.
        redactor: Hides the key that was sent.
    """

    headers: Mapping[str, str]

    def __init__(
        self, response: Any, stream: StreamCall[T], request: OutgoingRequest, owner: object
    ) -> None:
        self.redactor = request.redactor
        self.headers = self.redactor.headers(response.headers)
        self._owner = owner  # whose connections are closed when nobody holds it any more
        self._response = response
        self._is_own_connection = getattr(response, "is_own_connection", False)
        self._request = request
        self._expected = stream.content_type
        self._stream = stream
        self._decoder = stream.decoder()
        self._first: list[T] = []
        self._max_bytes = request.error_limit
        # Bytes that came silent_since the last item.
        self._pending_bytes = 0
        self._ended = False
        self._timeouts = stream.timeouts
        self._opened_at = monotonic()
        # The HTTP library sees to silence of this length; a comment or half an event ends it.
        silence = request.timeout["read"]
        self._read_timeout = math.inf if silence is None else silence
        idle = stream.timeouts.idle
        self._idle_timeout = self._read_timeout if idle is None else idle
        total = stream.timeouts.total
        self._end = math.inf if request.end is None else request.end
        self._deadline = min(math.inf if total is None else self._opened_at + total, self._end)
        self._has_deadlines = self._idle_timeout < self._read_timeout or self._deadline < math.inf
        self._is_reading = False
        # What ends the stream from another thread; it leaves that at its end.
        self._time_limit = current.get()
        # We ask for no encoding, and can then do without the decoder's step; but a response that
        # was read before it came here, as mocks of HTTP libraries are, has no raw bytes left.
        plain = self.headers.get("content-encoding", "identity") == "identity"
        self._raw = plain and not response.is_stream_consumed

    def _is_not_a_stream(self) -> bool:
        """Whether the answer is no stream, and so to be read whole for its error."""
        if not 200 <= self._response.status_code < 300:  # noqa: PLR2004 - success
            return True
        kind = self.headers.get("content-type", self._expected)
        return not kind.lower().startswith(self._expected)

    def _feed_whole(self, content: bytes) -> None:
        """Take an answer that is no stream.

        Raises:
            APIStatusError: It is an error, by its status or by what it says.
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
        reply = reply.redacted()  # before its beginning is quoted
        return APIResponseError(
            f"{self._request.label} was to be answered by {self._expected}, but "
            f"{self.headers.get('content-type')} came: {reply.text[:200]!r}."
            f"{check_url_hint(reply, 'base_url')}",
            reply,
        )

    def _feed_first(self, data: bytes | None) -> bool:
        """Take the first bytes; whether they brought the first items, a failure or the end."""
        self._ended = data is None
        self._first = self._feed(data)
        if not self._first and self._decoder.failure is not None:
            raise self.redactor.error(self._decoder.failure)
        return bool(self._first) or self._ended

    def _feed(self, data: bytes | None) -> list[T]:
        """Return the items that some bytes, or the end of the body, complete.

        Raises:
            ResponseTooLargeError: Too much came without one.
        """
        if data is None:
            return self._decoder.end()
        items = self._decoder.feed(data)
        self._pending_bytes = 0 if items else self._pending_bytes + len(data)
        if self._pending_bytes > self._max_bytes:
            raise ResponseTooLargeError(
                f"The answer to {self._request.label} has an item of more than {self._max_bytes:,} "
                f"bytes. What came before is kept. Raise `max_response_bytes`, or ask for less.",
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
        """Whether the time for the whole has passed, though something comes all the time."""
        return monotonic() >= self._deadline + _GRACE

    def _read_deadline(self, silent_since: float, idle: float) -> float | None:
        """Return when to give a read up that is waited for silent_since a time, if before it does so."""
        if self._decoder.done:
            return silent_since + _GRACE
        if self._has_deadlines:
            return min(self._deadline, silent_since + idle)
        return None

    def _check_silence(self, silent_since: float, idle: float) -> float:
        """Return silent_since when no item came, after a read that brought none.

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
        """End at what has come, where that is all that matters.

        Raises:
            StreamTimeoutError: It is not.
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
            else f"fell silent: nothing of it came for {now - silent_since:.3g} s"
        )
        raise StreamTimeoutError(
            f"The answer to {self._request.label} {what}. What came before is kept. Ask again, or "
            f"wait longer."
        )
