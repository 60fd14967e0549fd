"""What the emulator remembers of each request, for tests to look at."""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, overload

from langchain_telnyx.emulator.serving.script_matching import Matcher, RequestView, When

MAX_BODY = 64 * 1024
MAX_JSON_BODY = 1024 * 1024
MAX_RECORDS = 10_000

_LISTED = 20
_QUOTED = 60


@dataclass
class RequestRecord:
    """One request, as it arrived.

    Attributes:
        method: The HTTP method.
        path: The decoded path, e.g. `/v2/ai/openai/models`.
        query: The raw query string, without the `?`.
        headers: Header names in lower case; the API key is replaced by `***`.
        body: The first 64 KiB of the body, of JSON the first MiB. It fills while the body is read.
        size: How many bytes of body have arrived.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    size: int = 0

    def keep(self, piece: bytes) -> None:
        """Append a piece of the body, up to the limit."""
        self.size += len(piece)
        limit = MAX_JSON_BODY if self._is_json else MAX_BODY
        if len(self.body) < limit:
            self.body = (self.body + piece)[:limit]

    def json(self) -> Any:
        """Return the body, parsed.

        Raises:
            ValueError: It is not JSON, or too long to be kept whole.
        """
        if len(self.body) < self.size:
            raise ValueError(
                f"Of the body of {self} only the first {len(self.body)} of {self.size} bytes are "
                "kept."
            )
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The body of {self} is not JSON: {error}.") from error

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def _is_json(self) -> bool:
        return "json" in self.headers.get("content-type", "")

    def view(self) -> RequestView | None:
        """Return what matchers see of it; None without a JSON object.

        Raises:
            ValueError: The body is JSON and too long to be kept whole.
        """
        if self._is_json and len(self.body) < self.size:
            self.json()
        return RequestView.read(self.body)


class RequestLog(Sequence[RequestRecord]):
    """The requests so far, the oldest first, and what tests ask of them.

    ```python
    assert len(emulator.requests.chat) == 2
    assert emulator.requests.last.json()["temperature"] == 0
    emulator.requests.assert_any(path="/embeddings", method="POST", when="Ann")
    ```

    It forgets the oldest beyond 10,000.
    """

    def __init__(self, records: Iterable[RequestRecord] = ()) -> None:
        self._records = deque(records, maxlen=MAX_RECORDS)
        self._lock = Lock()

    def append(self, record: RequestRecord) -> None:
        """Add a request."""
        with self._lock:
            self._records.append(record)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._records.clear()

    @property
    def chat(self) -> "RequestLog":
        """The requests for chat completions."""
        return self.where(path="/chat/completions", method="POST")

    @property
    def last(self) -> RequestRecord:
        """The latest request.

        Raises:
            AssertionError: None has come.
        """
        records = self._now()
        if not records:
            raise AssertionError("No request has come.")
        return records[-1]

    @property
    def bodies(self) -> list[Any]:
        """The bodies, parsed; one that is not JSON, or not kept whole, as the bytes kept."""
        return [_parsed(record) for record in self._now()]

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
        """Return the requests that are as described; later ones are not added to it.

        Args:
            path: Their path contains this text.
            method: Their method, in any case.
            when: As of `TelnyxEmulator.say`.
            model: As of `TelnyxEmulator.say`.
            tool: As of `TelnyxEmulator.say`.
            after_tool: As of `TelnyxEmulator.say`.

        Raises:
            ValueError: One cannot be compared, as its body is too long to be kept whole.
            MatcherError: The function raised.
        """
        matcher = Matcher(when=when, model=model, tool=tool, after_tool=after_tool)
        return RequestLog(
            record
            for record in self._now()
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
        """Return the requests that are as described, of which there must be one at least.

        Args:
            path: As of `where`.
            method: As of `where`.
            when: As of `where`.
            model: As of `where`.
            tool: As of `where`.
            after_tool: As of `where`.

        Raises:
            AssertionError: There is none; it lists the requests that came.
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
        """Return the requests as text, a line each; of more than 20 the latest."""
        records = self._now()
        if not records:
            return "No request has come."
        lines = [f"Requests that came ({len(records)}):"]
        if len(records) > _LISTED:
            lines.append(f"  … {len(records) - _LISTED} earlier ones")
        lines += [f"  {record}{_details(record)}" for record in records[-_LISTED:]]
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(self._now())

    @overload
    def __getitem__(self, index: int) -> RequestRecord: ...
    @overload
    def __getitem__(self, index: slice) -> "RequestLog": ...
    def __getitem__(self, index: int | slice) -> "RequestRecord | RequestLog":
        records = self._now()
        return RequestLog(records[index]) if isinstance(index, slice) else records[index]

    def __repr__(self) -> str:
        return f"RequestLog({self._now()!r})"

    def _now(self) -> list[RequestRecord]:
        # The server appends from a thread of its own.
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
        shown = question if len(question) <= _QUOTED else f"{question[: _QUOTED - 1]}…"
        details.append(f"user {shown!r}")
    return f": {', '.join(details)}" if details else ""
