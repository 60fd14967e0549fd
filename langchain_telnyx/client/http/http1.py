"""HTTP/1.1 without I/O, by the parser of Node.js: llhttp, from httptools, of the extra `fast`.

httpcore parses with h11, in Python. That takes a third of a call's time, and it returns every chunk
of a stream separately. The rules here are as strict: a head has a maximum size, and a connection is
used again only where h11 would. Only this file imports httptools.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.requests import OutgoingRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from httptools import HttpResponseParser

# The longest head, trailer or extension of a chunk, as in httpcore.
_LONGEST_HEAD = 100 * 1024
_INTERIM = 200
# Requests of other methods have a `content-length` even if the body is empty.
BODILESS = frozenset({"GET", "HEAD", "DELETE"})

# A request's head. No part of it can contain a line break, so the number of lines shows whether a
# value holds a header of its own.
_HEAD = re.compile(
    r"[A-Z]+ [!-~]+ HTTP/1\.1\r\n"
    r"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: (?:[!-~](?:[\t -~]*[!-~])?)?\r\n)+"
)


@cache
def is_installed() -> bool:
    """Whether a version of httptools with llhttp's strict rules is installed."""
    try:
        from httptools import HttpResponseParser  # noqa: PLC0415 - optional
    except ImportError:
        return False
    return hasattr(HttpResponseParser, "set_dangerous_leniencies")


class RequestHeads:
    """Writes heads of requests. A head that equals the last one is not checked again."""

    def __init__(self) -> None:
        self._parts: tuple[str, str, str, dict[str, str]] | None = None
        self._head = b""

    def write(self, request: OutgoingRequest, target: str, host: str, length: int | None) -> bytes:
        """Return the head of a request.

        Args:
            request: The request.
            target: Path and query.
            host: The server's name, with its port.
            length: The number of bytes of the body, where no header has it.

        Raises:
            core.LocalProtocolError: HTTP does not allow a character of it. None is quoted: headers
                hold the key.
        """
        parts = (request.method, target, host, request.headers)
        if parts != self._parts:
            self._parts, self._head = None, _checked_head(*parts)
            self._parts = parts
        if length is not None and (length or request.method not in BODILESS):
            return b"%bcontent-length: %d\r\n\r\n" % (self._head, length)
        return self._head + b"\r\n"


def _checked_head(method: str, target: str, host: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in headers:
        lines.append(f"host: {host}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines) + "\r\n"
    if not _HEAD.fullmatch(head) or head.count("\n") != len(lines):
        for name, value in headers.items():
            (name + value).encode("ascii")  # raises its own error
        raise core.LocalProtocolError(
            "A header or the URL has characters that HTTP does not allow."
        )
    return head.encode("ascii")


class _Events:
    """Collects what the parser reports. It has no reference to the parser, so there is no cycle."""

    __slots__ = (
        "has_extra",
        "headers",
        "is_complete",
        "is_head",
        "parser",
        "pieces",
        "reusable",
        "status",
    )

    def __init__(self, *, is_head: bool) -> None:
        self.is_head = is_head
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.status = 0
        self.is_complete = False
        self.reusable = False
        self.has_extra = False
        self.parser: HttpResponseParser | None = None  # until the head is complete

    def on_message_begin(self) -> None:
        if self.is_complete:
            self.has_extra = True
        else:
            self.headers = []  # those before are of an interim response, such as 100

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:  # otherwise a trailer
            self.headers.append((name, value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        parser = self.parser
        if parser is None or self.status:
            return
        status = parser.get_status_code()
        if status >= _INTERIM:
            self.status = status
            # As h11, which closes connections of HTTP/1.0 whatever the server announces.
            self.reusable = parser.should_keep_alive() and parser.get_http_version() == "1.1"
            self.is_complete = self.is_head

    def on_body(self, piece: bytes) -> None:
        if self.is_complete:
            self.has_extra = True
        else:
            self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self.is_complete = self.status > 0


class ResponseParser:
    """Parses one response.

    Args:
        method: The method of the request.

    Attributes:
        failure: Why the response cannot be read further. Pieces before it are valid.
    """

    __slots__ = ("_events", "_feed", "_unbroken", "failure")

    def __init__(self, method: str) -> None:
        from httptools import HttpResponseParser  # noqa: PLC0415 - optional

        self._events = events = _Events(is_head=method == "HEAD")
        parser = HttpResponseParser(events)
        events.parser = parser
        self._feed: Callable[[bytes], None] = parser.feed_data
        self._unbroken = 0  # bytes since the last piece of the body
        self.failure: Exception | None = None

    @property
    def status(self) -> int:
        """The status; 0 until the head is complete."""
        return self._events.status

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers."""
        return self._events.headers

    @property
    def is_complete(self) -> bool:
        """Whether the body has ended."""
        return self._events.is_complete

    @property
    def is_reusable(self) -> bool:
        """Whether the next response can follow on the connection."""
        events = self._events
        return events.is_complete and events.reusable and not events.has_extra

    def check(self) -> None:
        """Raise the failure, if there is one."""
        if self.failure is not None:
            raise self.failure

    def feed(self, data: bytes) -> None:
        """Parse some bytes; none at the end of the connection."""
        events = self._events
        if not data:
            self._end()
            return
        try:
            self._feed(data)
        except Exception as error:  # noqa: BLE001 - the parser's classes, of two modules
            interrupt = error.__context__  # an exception in a method of `_Events`
            if interrupt is not None and not isinstance(interrupt, Exception):
                raise interrupt from None
            if events.is_complete:
                events.has_extra = True
            else:
                self.failure = core.RemoteProtocolError(f"Invalid response: {error}")
        if events.status:
            events.parser = None
        if events.pieces:
            self._unbroken = 0
            return
        self._unbroken += len(data)
        if self._unbroken > _LONGEST_HEAD and not (events.is_complete or self.failure):
            self.failure = core.RemoteProtocolError("The head of the response is too long.")

    def take(self) -> bytes:
        """Return what has been parsed of the body since the last call."""
        pieces = self._events.pieces
        if len(pieces) == 1:
            return pieces.pop()
        self._events.pieces = []
        return b"".join(pieces)

    def _end(self) -> None:
        events = self._events
        if not events.status:
            message = "Server disconnected without sending a response."
            self.failure = core.RemoteProtocolError(message)
        elif not events.is_complete:
            if any(name.lower() in _FRAMING for name, _ in events.headers):
                message = "The server closed the connection before the end of the body."
                self.failure = core.RemoteProtocolError(message)
            else:
                events.is_complete = True


_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
