"""The sans-I/O vocabulary: what a request is, what comes back, what a flow may ask for.

An endpoint returns a `Call`. Anything with two round trips or a wait is a `Flow`: a generator
that yields `Call`s, `StreamCall`s and `Sleep`s and is resumed with their results. Neither knows
about sockets, threads or `await`; the two drivers in `client.http` do.
"""

import uuid
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.multipart import Multipart
from langchain_telnyx.client.protocols import Decoder
from langchain_telnyx.client.quoting import quoted
from langchain_telnyx.client.redaction import NO_REDACTION, Redactor
from langchain_telnyx.client.rows import UnreadableRow

if TYPE_CHECKING:
    from langchain_telnyx.client.errors import APIStatusError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

JSON: TypeAlias = dict[str, Any]
Query: TypeAlias = tuple[tuple[str, str], ...]
Host: TypeAlias = Literal["api", "storage"]

_REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer.

    Attributes:
        status_code: The HTTP status.
        headers: Header names in lower case, or a case-insensitive mapping.
        content: The body, decompressed.
        request: Method and URL of what was asked, for messages. Never holds a key.
        redactor: Hides the key that was sent. An error takes it from here, and holds none.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    request: str = ""
    redactor: Redactor = field(default=NO_REDACTION, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status_code < 300  # noqa: PLR2004 - the statuses that mean success

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body parsed as JSON.

        Raises:
            ValueError: The body is no JSON.
        """
        return loads(self.content)

    def redacted(self, redactor: Redactor | None = None) -> "Reply":
        """Return the reply without the key: some servers quote the one that they are sent.

        Args:
            redactor: What hides it. Default: the reply's own.
        """
        redactor = redactor or self.redactor
        return replace(
            self,
            headers={name.lower(): redactor.text(value) for name, value in self.headers.items()},
            content=redactor.data(self.content),
            redactor=NO_REDACTION,
        )


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One HTTP request, declared: what to send and how to read the answer.

    Attributes:
        method: The HTTP method.
        path: The path below the host's root, percent-encoded (see `path`).
        decode: Turns a successful reply into the result.
        query: Query parameters in order; a name may repeat.
        json: The body, sent as JSON. Mutually exclusive with `body`.
        body: The body as bytes, a file to be streamed from disk, or a form with such files.
        into: A file to write a successful answer's body to, instead of handing it to `decode`.
        headers: Headers beside the ones every request carries.
        host: Which host is meant, and with it how the key is presented: a bearer token for the
            API, a SigV4 header for storage.
        repeatable: Whether sending it twice does no harm, so that it may be retried after the
            server may already have seen it. Default: true for GET, HEAD, PUT and DELETE.
        timeout: Seconds of silence to bear; default: the client's.
        region: The storage region to send it to; default: where its bucket was found, else the
            client's.
        deadline: Seconds that it may take, with all its attempts; default: the client's.
        is_content: Whether the answer is what somebody stored: of any length, and as it was stored.
        max_retries: Attempts after the first; default: the client's.
    """

    method: str
    path: str
    decode: Callable[[Reply], T]
    query: Query = ()
    json: object = None
    body: bytes | Path | Multipart | None = None
    into: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    host: Host = "api"
    repeatable: bool | None = None
    timeout: float | None = None
    region: str | None = None
    deadline: float | None = None
    is_content: bool = False
    max_retries: int | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether the call may be sent again after the server may have seen it."""
        if self.repeatable is None:
            return self.method in _REPEATABLE_METHODS
        return self.repeatable

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def __iter__(self) -> Generator["Call[T]", T, T]:
        """Let a flow write `result = yield from call` and get the result's type."""
        return (yield self)


@dataclass(frozen=True, slots=True)
class StreamTimeouts:
    """How long an open stream is waited for. The time that its reader takes does not count.

    Attributes:
        idle: Seconds to wait for the next item once the first has come; default: as long as the
            call bears silence, which is also how long the first may take.
        total: Seconds to wait for the whole stream, from its headers on; default: for ever.
        comments_count: Whether a comment counts as an item: servers send comments to keep a
            connection open, and go on doing so when the engine behind them has died.
    """

    idle: float | None = None
    total: float | None = None
    comments_count: bool = False


@dataclass(frozen=True, slots=True)
class StreamCall(Generic[T]):
    """A call whose answer is read as it arrives.

    Attributes:
        call: The request; its `decode` is not used.
        decoder: Makes a fresh decoder for one attempt.
        content_type: What the answer's content type must begin with; an answer of another kind,
            such as a proxy's page, is an error that quotes it.
        timeouts: How long to wait for what comes after the headers.
        whole: Reads the items of an answer that is one JSON object, from servers that do not
            stream though they were asked to; default: such an answer is an error.
    """

    call: Call[None]
    decoder: Callable[[], Decoder[T]]
    content_type: str = "text/event-stream"
    timeouts: StreamTimeouts = StreamTimeouts()
    whole: Callable[[Reply], list[T]] | None = None

    def __iter__(self) -> Generator["StreamCall[T]", Any, Any]:  # noqa: PYI058 - its result counts
        """Let a flow write `opened = yield from stream` and get the open stream of its face."""
        return (yield self)


@dataclass(frozen=True, slots=True)
class Sleep:
    """Ask the driver to wait.

    Attributes:
        seconds: How long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Concurrently:
    """Ask the driver to run many calls or flows at once.

    It answers with a list in the order of `flows`, of results, and of errors where one failed:
    nothing that succeeded is lost to a neighbour's failure.

    Attributes:
        flows: Functions that make what is to be run.
        width: How many run at a time.
        on_each: Called after each, for progress.
        end: When all must end, on the monotonic clock; filled in where the flow is run.
    """

    flows: "Sequence[Callable[[], Steps[Any]]]"
    width: int = 16
    on_each: Callable[[], None] | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class RunExternal:
    """Yielded by a flow to run code that is not a call of the API: a disk, a store, a model.

    Attributes:
        run: Runs it for a sync caller. An `OSError` is raised in the flow.
        arun: Runs it for an async caller; default: `run` in a thread.
        end: When calls inside it must end; the runner fills this in.
    """

    run: Callable[[], Any]
    arun: Callable[[], Awaitable[Any]] | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class RunWithin:
    """Ask the driver to run a flow that has less time than the one around it.

    Attributes:
        steps: A call, or a flow.
        seconds: How long it may take; `None` for as long as the one around it.
    """

    steps: "Steps[Any]"
    seconds: float | None


Flow: TypeAlias = Generator[
    Call[Any] | StreamCall[Any] | Sleep | Concurrently | RunExternal | RunWithin, Any, T
]


class Steps(Protocol[T_co]):
    """What can be run, or continued with `yield from`: a `Call` or a `Flow`."""

    def __iter__(self) -> Generator[Any, Any, T_co]:
        """Go through the steps to the result."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing.

    Attributes:
        items: Its items, in the server's order.
        cursor: What leads to the next page; `None` on the last.
        unreadable: Rows of the page that could not be read; they are logged, too.
        total: How many items the whole listing has, where the service says so.
    """

    items: list[T]
    cursor: str | None = None
    unreadable: Sequence[UnreadableRow] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Paging(Generic[T]):
    """A listing: how to ask for the page at a cursor.

    Attributes:
        call: Makes the call for one page; the first page has the cursor `None`.
        name_of: What an item is known by, in a listing that holds each once.
        deadline: Seconds that all pages may take; `None` for no end.
        instead: Gives the cursor to go on with where the page at a cursor is refused; `None` where
            the refusal ends the listing.
    """

    call: Callable[[str | None], Call[Page[T]]]
    name_of: Callable[[T], str] | None = None
    deadline: float | None = None
    instead: "Callable[[str | None, APIStatusError], str | None] | None" = None


class ResponseBody(JSON):
    """A JSON object of the API that remembers the headers it came with.

    Attributes:
        headers: The reply's headers: request id and rate limits live here.
        redactor: See `Reply`.
    """

    headers: Mapping[str, str]

    def __init__(
        self, content: JSON, headers: Mapping[str, str], redactor: Redactor = NO_REDACTION
    ) -> None:
        super().__init__(content)
        self.headers = headers
        self.redactor = redactor


def path(template: str, *values: str) -> str:
    """Fill `{}` in a path template with percent-encoded values, one segment each.

    Raises:
        ValueError: A value is empty or a dot segment, which would lead to another resource.
    """
    return template.format(*(_segment(value) for value in values))


def object_path(bucket: str, key: str, *, dots: bool = False) -> str:
    """Return the storage path of an object; slashes in the key part its segments.

    Args:
        bucket: The bucket.
        key: The object's key.
        dots: Whether the key may hold `.` or `..` segments. Many HTTP clients and proxies resolve
            those; a request with them goes over connections that do not, or not at all.

    Raises:
        ValueError: The key is empty, is no Unicode text, or holds a dot segment.
    """
    if not key:
        raise ValueError("An object key is empty: name the object.")
    if not dots and has_dot_segments(key):
        raise ValueError(
            f"The object key {key!r} holds a `.` or `..` segment, which HTTP would resolve to "
            f"another object: choose another key."
        )
    return f"/{_segment(bucket)}/{quoted(key, 'The object key', safe='/-_.~')}"


def has_dot_segments(path: str) -> bool:
    """Whether a path or a key holds a `.` or `..` segment, which HTTP clients may resolve."""
    segments = path.split("/")
    return "." in segments or ".." in segments


def query(**parameters: str | float | bool | Iterable[str] | None) -> Query:
    """Return query parameters, leaving out `None` and repeating the name of a list."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        match value:
            case None:
                continue
            case bool():
                pairs.append((name, "true" if value else "false"))
            case str() | int() | float():
                pairs.append((name, str(value)))
            case _:
                pairs.extend((name, item) for item in value)
    return tuple(pairs)


def omit_none(**fields: object) -> JSON:
    """Return the fields that are not `None`: what is not given is not sent."""
    return {name: value for name, value in fields.items() if value is not None}


def idempotency_headers(key: str | None = None) -> dict[str, str]:
    """Return the header by which the server knows the retries of a call as one request.

    Args:
        key: What to know it by, for a request that may be repeated by another process: 1 to 255
            letters, digits, hyphens and underscores. Default: a new one for each call.
    """
    return {"idempotency-key": key or uuid.uuid4().hex}


def _segment(value: str) -> str:
    if value in {"", ".", ".."}:
        raise ValueError(
            f"{value!r} cannot stand in a path: give a name that is neither empty nor `.` or `..`."
        )
    return quoted(value, "A part of the path,")
