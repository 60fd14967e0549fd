"""A received request and its response, as the log has them."""

import json
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from langchain_telnyx.emulator.serving.script_matching import RequestView
from langchain_telnyx.emulator.serving.scripted_queue import NearMiss, Taken

MAX_BODY = 64 * 1024
MAX_JSON_BODY = 1024 * 1024
_TAIL = 4096


@dataclass
class ResponseRecord:
    """The response to a request.

    Attributes:
        status: The HTTP status.
        headers: Header names in lower case.
        body: The first 64 KiB of the body. It grows while the body is sent.
        tail: The last 4 KiB of a longer body.
        size: The bytes of the body sent so far.
        complete: Whether the whole body was sent.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    tail: bytes = field(default=b"", repr=False)
    size: int = 0
    complete: bool = False

    def append(self, chunk: bytes) -> None:
        """Append a chunk of the body, up to the limit."""
        self.size += len(chunk)
        if len(self.body) < MAX_BODY:
            self.body += chunk[: MAX_BODY - len(self.body)]
        if self.size > MAX_BODY:
            self.tail = (self.tail + chunk[-_TAIL:])[-_TAIL:]


@dataclass
class RequestRecord:
    """One received request.

    Attributes:
        method: The HTTP method.
        path: The decoded path, e.g. `/v2/ai/openai/models`.
        query: The raw query string, without the `?`.
        headers: Header names in lower case; the API key is replaced by `***`.
        body: The first 64 KiB of the body, or the first MiB of JSON. It grows while the body is
            read.
        size: The bytes of the body received so far.
        number: Its number in the log, from 1.
        received_at: When it was received, in seconds since 1970, by the machine's clock.
        duration: Seconds until the end of the response; `None` while it runs.
        response: The response; `None` before it starts, and if the connection was closed without
            one.
        scripted: The scripted answers and faults that it used.
        near_misses: Scripted answers and faults that waited for other requests, and why.
        unmatched: Whether it used none of the scripted answers, although some waited.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    size: int = 0
    number: int = 0
    received_at: float = field(default_factory=time.time, repr=False)
    duration: float | None = field(default=None, repr=False)
    response: ResponseRecord | None = field(default=None, repr=False)
    scripted: list[str] = field(default_factory=list, repr=False)
    near_misses: list[NearMiss] = field(default_factory=list, repr=False)
    unmatched: bool = field(default=False, repr=False)
    revision: int = field(default=0, repr=False, compare=False)
    started: float = field(default_factory=time.perf_counter, repr=False, compare=False)

    def append(self, chunk: bytes) -> None:
        """Append a chunk of the body, up to the limit."""
        self.size += len(chunk)
        limit = MAX_JSON_BODY if self._is_json else MAX_BODY
        if len(self.body) < limit:
            self.body = (self.body + chunk)[:limit]

    def json(self) -> Any:
        """Parse the body as JSON.

        Raises:
            ValueError: The body is not JSON, or is longer than the limit.
        """
        if len(self.body) < self.size:
            raise ValueError(
                f"The log has only the first {len(self.body)} of {self.size} bytes of the body of "
                f"{self}."
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
        """Return the request as matchers use it; None without a JSON object.

        Raises:
            ValueError: The body is JSON and longer than the limit.
        """
        if self._is_json and len(self.body) < self.size:
            self.json()
        return RequestView.read(self.body)


CURRENT: ContextVar[RequestRecord | None] = ContextVar("telnyx_emulator_request", default=None)
"""The request that is being served."""


def note(taken: Taken[Any], *, answers: bool = False) -> None:
    """Record what the current request gets from the script.

    Args:
        taken: The item, and the items that do not match.
        answers: Whether they are answers.
    """
    record = CURRENT.get()
    if record is None:
        return
    if taken.script is not None:
        record.scripted.append(taken.script)
    record.near_misses += taken.near_misses
    record.unmatched |= answers and taken.script is None and bool(taken.near_misses)
