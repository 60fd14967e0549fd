"""The sans-I/O vocabulary: requests, responses, and the steps of a flow.

An endpoint returns a `Call`. Anything with two round trips or a wait is a `Flow`: a generator that
yields `Call`s, `StreamCall`s and `Sleep`s, and is resumed with their results. Neither uses sockets,
threads or `await`; the two runners in `client.http` do.
"""

import uuid
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.multipart import Multipart
from langchain_telnyx.client.protocols import CallLimit, Decoder
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
    """A complete HTTP response.

    Attributes:
        status_code: The HTTP status.
        headers: Header names in lower case, or a case-insensitive mapping.
        content: The body, decompressed.
        request: Method and URL of the request, for messages. Never holds a key.
        redactor: Redacts the key that was sent. An error uses this one, and stores none itself.
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
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body parsed as JSON.

        Raises:
            ValueError: The body is not JSON.
        """
        return loads(self.content)

    def redacted(self, redactor: Redactor | None = None) -> "Reply":
        """Return the reply without the key: some servers quote the key that they receive.

        Args:
            redactor: Redacts the key. Default: the reply's own redactor.
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
    """A description of one HTTP request: what to send, and how to decode the response.

    Attributes:
        method: The HTTP method.
        path: The path below the host's root, percent-encoded (see `path`).
        decode: Turns a successful reply into the result.
        query: Query parameters in order; a name may repeat.
        json: The body, sent as JSON. Mutually exclusive with `body`.
        body: The body as bytes, a file to be streamed from disk, or a form with such files.
        into: A file to write a successful response's body to, instead of passing it to `decode`.
        headers: Headers beside those of every request.
        host: The host, which also determines how the key is sent: a bearer token for the
            API, a SigV4 header for storage.
        repeatable: Whether sending it twice does no harm, so that it may be retried after the
            server may already have seen it. Default: true for GET, HEAD, PUT and DELETE.
        timeout: Longest wait for data, in seconds; default: the client's.
        region: The storage region to send it to; default: the region in which its bucket was
            found, else the client's.
        deadline: Seconds for all its attempts; default: the client's.
        is_content: Whether the response is a stored object: of any length, and unchanged.
        max_retries: Attempts after the first; default: the client's.
        limit: Admits each attempt, and is taught by the responses; default: no limit.
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
    limit: CallLimit | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether the call may be sent again if the server may already have received it."""
        if self.repeatable is None:
            return self.method in _REPEATABLE_METHODS
        return self.repeatable

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def __iter__(self) -> Generator["Call[T]", T, T]:
        """Support `result = yield from call` in a flow, with the type of the result."""
        return (yield self)


@dataclass(frozen=True, slots=True)
class StreamTimeouts:
    """Timeouts of an open stream. The time that its reader takes does not count.

    Attributes:
        idle: Seconds to wait for the next item after the first one; default: the call's `timeout`,
            which also applies to the first item.
        total: Seconds to wait for the whole stream, from its headers on; default: no limit.
        comments_count: Whether a comment counts as an item: servers send comments to keep a
            connection open, even when the engine behind them has died.
    """

    idle: float | None = None
    total: float | None = None
    comments_count: bool = False


@dataclass(frozen=True, slots=True)
class StreamCall(Generic[T]):
    """A call whose response is read as it arrives.

    Attributes:
        call: The request; its `decode` is not used.
        decoder: Creates the decoder of one attempt.
        content_type: The beginning of the content type, or several; a response of another type,
            such as a proxy's page, is an error that quotes it.
        timeouts: How long to wait for data after the headers.
        whole: Decodes a response that is one JSON object, from servers that ignore `stream`;
            default: such a response is an error.
    """

    call: Call[None]
    decoder: Callable[[], Decoder[T]]
    content_type: str | tuple[str, ...] = "text/event-stream"
    timeouts: StreamTimeouts = StreamTimeouts()
    whole: Callable[[Reply], list[T]] | None = None

    def __iter__(self) -> Generator["StreamCall[T]", Any, Any]:  # noqa: PYI058 - its result counts
        """Support `opened = yield from stream` in a flow; its result is the open stream."""
        return (yield self)


@dataclass(frozen=True, slots=True)
class Sleep:
    """A step: wait.

    Attributes:
        seconds: How long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Concurrently:
    """A step: run many calls or flows at once.

    Its result is a list in the order of `flows`, of results, and of errors where one failed. A
    failure does not affect the other flows.

    Attributes:
        flows: Functions that create the flows.
        width: How many run at a time.
        on_each: Called after each, for progress.
        end: When all must end, on the monotonic clock; the runner sets it.
    """

    flows: "Sequence[Callable[[], Steps[Any]]]"
    width: int = 16
    on_each: Callable[[], None] | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class RunExternal:
    """A step: run code that is not a call of the API, such as a disk, a store or a model.

    Attributes:
        run: Runs it for a sync caller. An `OSError` is raised in the flow.
        arun: Runs it for an async caller; default: `run` in a thread.
        end: When calls inside it must end; the runner sets it.
    """

    run: Callable[[], Any]
    arun: Callable[[], Awaitable[Any]] | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class RunWithin:
    """A step: run a flow with less time than the flow around it.

    Attributes:
        steps: A call, or a flow.
        seconds: How long it may take; `None` for as long as the flow around it.
    """

    steps: "Steps[Any]"
    seconds: float | None


Flow: TypeAlias = Generator[
    Call[Any] | StreamCall[Any] | Sleep | Concurrently | RunExternal | RunWithin, Any, T
]


class Steps(Protocol[T_co]):
    """A `Call` or a `Flow`: a runner can run it, and a flow can use it with `yield from`."""

    def __iter__(self) -> Generator[Any, Any, T_co]:
        """Yield steps, and return the result."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing.

    Attributes:
        items: Its items, in the server's order.
        cursor: Leads to the next page; `None` on the last.
        unreadable: Rows of the page that could not be read; they are also logged.
        total: The number of items in the whole listing, if the service returns it.
    """

    items: list[T]
    cursor: str | None = None
    unreadable: Sequence[UnreadableRow] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Paging(Generic[T]):
    """A listing: how to request the page at a cursor.

    Attributes:
        call: Creates the call for one page; the first page has the cursor `None`.
        name_of: The identity of an item, in a listing that has each item once.
        deadline: Seconds for all pages; `None` for no limit.
        instead: Returns the cursor to continue with if the page at a cursor fails; `None` if the
            error ends the listing.
    """

    call: Callable[[str | None], Call[Page[T]]]
    name_of: Callable[[T], str] | None = None
    deadline: float | None = None
    instead: "Callable[[str | None, APIStatusError], str | None] | None" = None


class ResponseBody(JSON):
    """The JSON object of a response, with the response's headers.

    Attributes:
        headers: The response's headers: request id and rate limits.
        redactor: See `Reply`.
        may_have_halves: Whether a text in it may have an unpaired half of a surrogate pair.
    """

    headers: Mapping[str, str]

    def __init__(
        self,
        content: JSON,
        headers: Mapping[str, str],
        redactor: Redactor = NO_REDACTION,
        *,
        may_have_halves: bool = True,
    ) -> None:
        super().__init__(content)
        self.headers = headers
        self.redactor = redactor
        self.may_have_halves = may_have_halves


def path(template: str, *values: str) -> str:
    """Fill `{}` in a path template with percent-encoded values, one segment each.

    Raises:
        ValueError: A value is empty or a dot segment, which would lead to another resource.
    """
    return template.format(*(_segment(value) for value in values))


def object_path(bucket: str, key: str, *, dots: bool = False) -> str:
    """Return the storage path of an object; slashes in the key separate its segments.

    Args:
        bucket: The bucket.
        key: The object's key.
        dots: Whether the key may have `.` or `..` segments. Many HTTP clients and proxies resolve
            those; such a request is sent over connections that do not, or not at all.

    Raises:
        ValueError: The key is empty, is not Unicode text, or has a dot segment.
    """
    if not key:
        raise ValueError("An object key is empty.")
    if not dots and has_dot_segments(key):
        raise ValueError(
            f"The object key {key!r} holds a `.` or `..` segment, which HTTP would resolve to "
            f"another object: choose another key."
        )
    return f"/{_segment(bucket)}/{quoted(key, 'The object key', safe='/-_.~')}"


def has_dot_segments(path: str) -> bool:
    """Whether a path or a key has a `.` or `..` segment, which HTTP clients may resolve."""
    segments = path.split("/")
    return "." in segments or ".." in segments


def query(**parameters: str | float | bool | Iterable[str] | None) -> Query:
    """Return query parameters without those that are `None`; a list repeats its name."""
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
    """Return the fields that are not `None`."""
    return {name: value for name, value in fields.items() if value is not None}


def idempotency_headers(key: str | None = None) -> dict[str, str]:
    """Return the header that identifies the retries of a call as one request.

    Args:
        key: The identity, for a request that another process may repeat: 1 to 255 letters,
            digits, hyphens and underscores. Default: a new one for each call.
    """
    return {"idempotency-key": key or uuid.uuid4().hex}


def _segment(value: str) -> str:
    if value in {"", ".", ".."}:
        raise ValueError(
            f"{value!r} cannot be part of a path: pass a name that is not empty, `.` or `..`."
        )
    return quoted(value, "A part of the path,")
