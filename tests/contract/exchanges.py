"""Run examples on an emulator, sync or async, and record the HTTP exchanges."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from prerequisites import Account

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.http.streams import Stream
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from examples import Arguments, Example

_PREFIX = "/v2"


@dataclass(frozen=True)
class Exchange:
    """A request and its response, as sent over HTTP.

    Attributes:
        method: The request's method.
        path: Its path below the API's root, still encoded.
        status: The response's status.
        headers: Its headers.
        body: Its body.
    """

    method: str
    path: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def content_type(self) -> str:
        """The value of the header `content-type`."""
        return str(self.headers.get("content-type", ""))


@dataclass
class Recorder:
    """A sync HTTP client that records its exchanges."""

    client: Any
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def build_request(self) -> Callable[..., Any]:
        """Builds a request."""
        made: Callable[..., Any] = self.client.build_request
        return made

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, and record the exchange."""
        response: httpx.Response = self.client.send(request, **options)
        response.read()
        return _recorded(self.exchanges, request, response)

    def close(self) -> None:
        """Leave the client open: the emulator owns it."""


@dataclass
class AsyncRecorder:
    """An async HTTP client that records its exchanges."""

    client: Any
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def build_request(self) -> Callable[..., Any]:
        """Builds a request."""
        made: Callable[..., Any] = self.client.build_request
        return made

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, and record the exchange."""
        response: httpx.Response = await self.client.send(request, **options)
        await response.aread()
        return _recorded(self.exchanges, request, response)


@contextmanager
def emulated_account(*, sockets: bool = False) -> Iterator[Account]:
    """An empty emulated account, by default without sockets."""
    with TelnyxEmulator(sockets=sockets) as emulator, Telnyx(**emulator.options()) as telnyx:
        yield Account(telnyx, emulator)


def send_sync(account: Account, example: Example, arguments: Arguments) -> list[Exchange]:
    """Send the request of an example with the sync client; return the exchanges."""
    recorder = Recorder(account.emulator.http_client)
    telnyx = Telnyx(**{**account.emulator.options(), "http_client": recorder})
    result = _method(telnyx, example)(*arguments.positional, **arguments.named)
    if isinstance(result, Generator | Stream):
        list(result)
    return recorder.exchanges


def send_async(account: Account, example: Example, arguments: Arguments) -> list[Exchange]:
    """Send the request of an example with the async client, in a new event loop."""
    recorder = AsyncRecorder(account.emulator.http_async_client)
    telnyx = Telnyx(**{**account.emulator.options(), "http_async_client": recorder})

    async def call() -> None:
        result = _method(telnyx.aio, example)(*arguments.positional, **arguments.named)
        if inspect.isawaitable(result):
            result = await result
        if isinstance(result, AsyncIterable):
            _ = [item async for item in result]

    asyncio.run(call())
    return recorder.exchanges


def _method(client: object, example: Example) -> Callable[..., Any]:
    found: Any = client
    for name in example.method.split("."):
        found = getattr(found, name)
    return found  # type: ignore[no-any-return]  # looked up by name


def _recorded(
    exchanges: list[Exchange], request: httpx.Request, response: httpx.Response
) -> httpx.Response:
    path = request.url.raw_path.partition(b"?")[0].decode()
    exchanges.append(
        Exchange(
            request.method,
            path.removeprefix(_PREFIX),
            response.status_code,
            response.headers,
            response.content,
        )
    )
    return httpx.Response(
        response.status_code, headers=response.headers, content=response.content, request=request
    )
