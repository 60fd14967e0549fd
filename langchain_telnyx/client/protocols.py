"""What an HTTP client of the user's must have to be used here."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol


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
