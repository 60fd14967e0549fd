"""Runs examples on an emulator, on either face of the client, and keeps the raw answers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from existing import Account

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.http.streams import Stream
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from examples import Arguments, Example

_PREFIX = "/v2"


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, as they went over the wire.

    Attributes:
        method: The request's method.
        path: Its path below the API's root, still encoded.
        status: The answer's status.
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
        """The answer's media type, as its header has it."""
        return str(self.headers.get("content-type", ""))


@dataclass
class Recorder:
    """A blocking client that keeps what goes through it."""

    client: Any
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def build_request(self) -> Callable[..., Any]:
        """Makes a request."""
        made: Callable[..., Any] = self.client.build_request
        return made

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send it, and keep it."""
        answer: httpx.Response = self.client.send(request, **options)
        answer.read()
        return _kept(self.exchanges, request, answer)

    def close(self) -> None:
        """Leave the client open: it is another's."""


@dataclass
class AsyncRecorder:
    """Its asynchronous twin."""

    client: Any
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def build_request(self) -> Callable[..., Any]:
        """Makes a request."""
        made: Callable[..., Any] = self.client.build_request
        return made

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send it, and keep it."""
        answer: httpx.Response = await self.client.send(request, **options)
        await answer.aread()
        return _kept(self.exchanges, request, answer)


@contextmanager
def account(*, sockets: bool = False) -> Iterator[Account]:
    """An empty account, by default in this process only."""
    with TelnyxEmulator(sockets=sockets) as emulator, Telnyx(**emulator.options()) as telnyx:
        yield Account(telnyx, emulator)


def ask(account: Account, example: Example, arguments: Arguments) -> list[Exchange]:
    """Ask for an example on the blocking face; return what went over the wire."""
    recorder = Recorder(account.emulator.http_client)
    telnyx = Telnyx(**{**account.emulator.options(), "http_client": recorder})
    answer = _method(telnyx, example)(*arguments.positional, **arguments.named)
    if isinstance(answer, Generator | Stream):
        list(answer)
    return recorder.exchanges


def ask_awaited(account: Account, example: Example, arguments: Arguments) -> list[Exchange]:
    """Ask for an example on the awaited face, on an event loop of its own."""
    recorder = AsyncRecorder(account.emulator.http_async_client)
    telnyx = Telnyx(**{**account.emulator.options(), "http_async_client": recorder})

    async def awaited() -> None:
        answer = _method(telnyx.aio, example)(*arguments.positional, **arguments.named)
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, AsyncIterable):
            _ = [item async for item in answer]

    asyncio.run(awaited())
    return recorder.exchanges


def _method(face: object, example: Example) -> Callable[..., Any]:
    found: Any = face
    for name in example.method.split("."):
        found = getattr(found, name)
    return found  # type: ignore[no-any-return]  # looked up by name


def _kept(
    exchanges: list[Exchange], request: httpx.Request, answer: httpx.Response
) -> httpx.Response:
    path = request.url.raw_path.partition(b"?")[0].decode()
    exchanges.append(
        Exchange(
            request.method,
            path.removeprefix(_PREFIX),
            answer.status_code,
            answer.headers,
            answer.content,
        )
    )
    return httpx.Response(
        answer.status_code, headers=answer.headers, content=answer.content, request=request
    )
