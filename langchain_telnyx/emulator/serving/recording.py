"""The log of received requests, for tests."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from threading import Lock
from typing import Any, overload

from langchain_telnyx.emulator.serving.request_record import RequestRecord
from langchain_telnyx.emulator.serving.script_matching import Matcher, RequestView, When

MAX_RECORDS = 10_000

MAX_RESPONSE_BODIES = 32 * 1024 * 1024
"""The most bytes of response bodies in a log; those of the oldest requests are deleted first."""

_MAX_LISTED = 20
_MAX_QUOTED = 60


class RequestLog(Sequence[RequestRecord]):
    """The received requests, oldest first.

    ```python
    assert len(emulator.requests.chat) == 2
    assert emulator.requests.last.json()["temperature"] == 0
    emulator.requests.assert_any(path="/embeddings", method="POST", when="Ann")
    ```

    It contains the latest 10,000 requests.
    """

    def __init__(self, records: Iterable[RequestRecord] = ()) -> None:
        self._records = deque(records, maxlen=MAX_RECORDS)
        self._lock = Lock()
        self._numbers = 0
        self._revision = 0
        # Each request is here twice, for its start and its end, so that readers of changes do not
        # search the whole log.
        self._changes = deque[tuple[int, RequestRecord]](maxlen=2 * MAX_RECORDS)
        self._with_bodies = deque[RequestRecord]()
        self._stored = 0
        self._listeners: list[Callable[[], None]] = []

    def append(self, record: RequestRecord) -> None:
        """Add a request."""
        with self._lock:
            self._numbers += 1
            record.number = self._numbers
            self._records.append(record)
            self._changed(record)
        self._notify()

    def finish(self, record: RequestRecord) -> None:
        """Note that the response of a request has ended, whether complete or not."""
        record.duration = time.perf_counter() - record.started
        with self._lock:
            self._changed(record)
            self._limit_bodies(record)
        self._notify()

    def clear(self) -> None:
        """Delete all requests."""
        with self._lock:
            self._records.clear()
            self._with_bodies.clear()
            self._changes.clear()
            self._stored = 0
        self._notify()

    @property
    def revision(self) -> int:
        """The number of changes so far: each request changes the log at its start and its end."""
        return self._revision

    def changes(self, after: int) -> list[RequestRecord]:
        """Return the requests that started or ended after a revision, in order of their change."""
        with self._lock:
            found = [
                record
                for revision, record in takewhile(
                    lambda change: change[0] > after, reversed(self._changes)
                )
                if revision == record.revision and record.number > self._numbers - MAX_RECORDS
            ]
        return found[::-1]

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function after each change, in the thread of the change.

        Returns:
            A function that ends this.
        """
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return end

    @property
    def chat(self) -> "RequestLog":
        """The requests for chat completions."""
        return self.where(path="/chat/completions", method="POST")

    @property
    def last(self) -> RequestRecord:
        """The latest request.

        Raises:
            AssertionError: No request was received.
        """
        records = self._snapshot()
        if not records:
            raise AssertionError("No request was received.")
        return records[-1]

    @property
    def bodies(self) -> list[Any]:
        """The parsed bodies; as bytes if one is not JSON or longer than the limit."""
        return [_parsed(record) for record in self._snapshot()]

    def where(
        self,
        *,
        path: str | None = None,
        method: str | None = None,
        when: When | None = None,
        model: str | None = None,
        tool: str | None = None,
        after_tool: str | None = None,
    ) -> "RequestLog":
        """Return the requests so far that match.

        Args:
            path: Text that their path contains.
            method: Their method, in upper or lower case.
            when: As of `TelnyxEmulator.say`.
            model: As of `TelnyxEmulator.say`.
            tool: As of `TelnyxEmulator.say`.
            after_tool: As of `TelnyxEmulator.say`.

        Raises:
            ValueError: A request cannot be compared, as its body is longer than the limit.
            MatcherError: The function of `when` raised.
        """
        matcher = Matcher(when=when, model=model, tool=tool, after_tool=after_tool)
        return RequestLog(
            record
            for record in self._snapshot()
            if (path is None or path in record.path)
            and (method is None or method.upper() == record.method)
            and (not matcher or matcher.matches(record.view()))
        )

    def assert_any(
        self,
        *,
        path: str | None = None,
        method: str | None = None,
        when: When | None = None,
        model: str | None = None,
        tool: str | None = None,
        after_tool: str | None = None,
    ) -> "RequestLog":
        """Return the requests that match; there must be at least one.

        Args:
            path: As of `where`.
            method: As of `where`.
            when: As of `where`.
            model: As of `where`.
            tool: As of `where`.
            after_tool: As of `where`.

        Raises:
            AssertionError: No request matches; the message lists the received requests.
        """
        found = self.where(
            path=path, method=method, when=when, model=model, tool=tool, after_tool=after_tool
        )
        if not found:
            where = [f"path={path!r}"] if path is not None else []
            where += [f"method={method!r}"] if method is not None else []
            matcher = Matcher(when=when, model=model, tool=tool, after_tool=after_tool)
            where += [str(matcher)] if matcher else []
            raise AssertionError(f"No request with {', '.join(where)}.\n{self.summary()}")
        return found

    def summary(self) -> str:
        """Return the latest 20 requests as text, one per line."""
        records = self._snapshot()
        if not records:
            return "No request was received."
        lines = [f"Received requests ({len(records)}):"]
        if len(records) > _MAX_LISTED:
            lines.append(f"  … {len(records) - _MAX_LISTED} earlier requests")
        lines += [f"  {record}{_details(record)}" for record in records[-_MAX_LISTED:]]
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(self._snapshot())

    @overload
    def __getitem__(self, index: int) -> RequestRecord: ...
    @overload
    def __getitem__(self, index: slice) -> "RequestLog": ...
    def __getitem__(self, index: int | slice) -> "RequestRecord | RequestLog":
        records = self._snapshot()
        return RequestLog(records[index]) if isinstance(index, slice) else records[index]

    def __repr__(self) -> str:
        return f"RequestLog({self._snapshot()!r})"

    def _changed(self, record: RequestRecord) -> None:
        self._revision += 1
        record.revision = self._revision
        self._changes.append((record.revision, record))

    def _notify(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def _limit_bodies(self, record: RequestRecord) -> None:
        """Delete the oldest response bodies beyond the limit."""
        if record.response is None or not record.response.body:
            return
        self._with_bodies.append(record)
        self._stored += len(record.response.body)
        while self._stored > MAX_RESPONSE_BODIES:
            oldest = self._with_bodies.popleft().response
            if oldest is not None:
                self._stored -= len(oldest.body)
                oldest.body = b""

    def _snapshot(self) -> list[RequestRecord]:
        # The server appends in another thread.
        with self._lock:
            return list(self._records)


def new_log() -> RequestLog:
    """Return an empty log."""
    return RequestLog()


def _parsed(record: RequestRecord) -> Any:
    try:
        return record.json()
    except ValueError:
        return record.body


def _details(record: RequestRecord) -> str:
    request = RequestView.read(record.body)
    if request is None:
        return ""
    details = [f"model {request.model!r}"] if request.model is not None else []
    if question := request.question:
        quoted = question if len(question) <= _MAX_QUOTED else f"{question[: _MAX_QUOTED - 1]}…"
        details.append(f"user {quoted!r}")
    return f": {', '.join(details)}" if details else ""
