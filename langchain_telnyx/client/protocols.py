"""Protocols: HTTP clients that a user can pass in, decoders of streams, limits of calls."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class SyncHTTPClient(Protocol):
    """A sync HTTP client of the user's: `httpx.Client`, or httpx2's.

    Properties, because the methods of the two libraries have no common narrower type.
    """

    @property
    def build_request(self) -> Callable[..., Any]:
        """Builds a request."""
        ...

    @property
    def send(self) -> Callable[..., Any]:
        """Sends it."""
        ...

    def close(self) -> None:
        """Never called here; distinguishes it from an async client."""
        ...


class AsyncHTTPClient(Protocol):
    """An async HTTP client of the user's: `httpx.AsyncClient`, or httpx2's."""

    @property
    def build_request(self) -> Callable[..., Any]:
        """Builds a request."""
        ...

    @property
    def send(self) -> Callable[..., Awaitable[Any]]:
        """Sends it."""
        ...


class Decoder(Protocol[T]):
    """Decodes a streamed body: bytes in, items out.

    Attributes:
        failure: The error after the items returned last: an error in the body, or its end before
            it was complete. It is an attribute, so that those items are not lost.
        complete: Whether all that matters has arrived, so that the rest of the body can be lost.
        done: Whether nothing more can arrive, so that there is no need to wait for the end.
    """

    @property
    def failure(self) -> Exception | None:
        """The error after the items returned last."""
        ...

    @property
    def complete(self) -> bool:
        """Whether all that matters has arrived."""
        ...

    @property
    def done(self) -> bool:
        """Whether nothing more can arrive."""
        ...

    def feed(self, data: bytes, /) -> list[T]:
        """Return the items that `data` completes."""
        ...

    def end(self) -> list[T]:
        """Return the remaining items at the end of the body."""
        ...


class CallLimit(Protocol):
    """What admits the attempts of one call, and is taught by their responses.

    The methods may raise what their caller must see; a failure to store what a response teaches is
    not one of those.
    """

    @property
    def is_local(self) -> bool:
        """Whether `wait` and `failed` do no I/O, so that they may run in an event loop."""
        ...

    def wait(self) -> float:
        """Ask for admission: seconds until it should ask again, or 0 once it is admitted."""
        ...

    def answered(self, result: Any, /) -> None:
        """Note the result of an attempt, without I/O: the decoded response, or the open stream."""
        ...

    def failed(self, error: Exception, /) -> None:
        """Note the error of an attempt."""
        ...
