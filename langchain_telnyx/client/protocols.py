"""What an HTTP client of the user's must have to be used here, and what reads a stream."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class SyncHTTPClient(Protocol):
    """What a client the user passes in must have: `httpx.Client`, or httpx2's.

    Properties, since the two libraries' methods share no narrower type.
    """

    @property
    def build_request(self) -> Callable[..., Any]:
        """Makes a request."""
        ...

    @property
    def send(self) -> Callable[..., Any]:
        """Sends it."""
        ...

    def close(self) -> None:
        """Is never called here, but tells it from an asynchronous client."""
        ...


class AsyncHTTPClient(Protocol):
    """What a client the user passes in must have: `httpx.AsyncClient`, or httpx2's."""

    @property
    def build_request(self) -> Callable[..., Any]:
        """Makes a request."""
        ...

    @property
    def send(self) -> Callable[..., Awaitable[Any]]:
        """Sends it."""
        ...


class Decoder(Protocol[T]):
    """Reads a streamed body: bytes in, items out.

    Attributes:
        failure: Why reading must end after the items returned last: an error the body carried,
            or its end before it was complete. Kept here so that those items are not lost.
        complete: Whether all that matters has arrived, so that a lost tail is no loss.
        done: Whether nothing more can come, so that the body's end need not be waited for.
    """

    @property
    def failure(self) -> Exception | None:
        """Why reading must end."""
        ...

    @property
    def complete(self) -> bool:
        """Whether all that matters has arrived."""
        ...

    @property
    def done(self) -> bool:
        """Whether nothing more can come."""
        ...

    def feed(self, data: bytes, /) -> list[T]:
        """Return the items completed by `data`."""
        ...

    def end(self) -> list[T]:
        """Return what is left at the end of the body."""
        ...
