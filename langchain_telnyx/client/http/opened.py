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
        self._end = math.inf if request.end is None else request.end
        self._deadline = min(math.inf if total is None else self._opened + total, self._end)
        self._hurried = self._idle < self._silence or self._deadline < math.inf
        self._begun = False
        # What ends the stream from another thread; it leaves that at its end.
        self._time_limit = current.get()
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
        self._first = read_reply(reply, Call("POST", self._request.label, whole))

    def _refusal(self, reply: Reply) -> Exception:
        if not reply.ok:
            return error_for(reply)
        reply = reply.redacted()  # before its beginning is quoted
        return APIResponseError(
            f"{self._request.label} was to be answered by {self._expected}, but "
            f"{self.headers.get('content-type')} came: {reply.text[:200]!r}."
            f"{check_url_hint(reply, 'base_url')}",
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

    def _broke(self, cause: Exception) -> BaseException:
        """Return the error for a stream whose connection failed."""
        if self._time_limit is not None and self._time_limit.cancelled:
            return Cancelled()
        if monotonic() >= self._end:
            return deadline_error(self._request.label, "stream", stream=True)
        return stream_error(self.redactor.error(cause), self._request.label)

    def _is_over(self) -> bool:
        """Whether the time for the whole has passed, though something comes all the time."""
        return monotonic() >= self._deadline + _GRACE

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
        if now >= self._end:
            label = self._request.label
            if self._begun:
                raise deadline_error(label, "stream", stream=True)
            raise deadline_error(label, "body")
        what = (
            f"did not end within {self._patience.total:g} s"
            if now >= self._deadline
            else f"fell silent: nothing of it came for {now - since:.3g} s"
        )
        raise StreamTimeoutError(
            f"The answer to {self._request.label} {what}. What came before is kept. Ask again, or "
            f"wait longer."
        )
