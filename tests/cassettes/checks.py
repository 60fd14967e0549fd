"""The two checks of a cassette: the client reads its response, and the emulator sends the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, Awaitable, Iterable
from typing import TYPE_CHECKING, Any

import httpx

from langchain_telnyx import Telnyx
from langchain_telnyx.client import errors
from langchain_telnyx.client.http.streams import Stream
from tests.cassettes.client_methods import lost, method_of, raw
from tests.cassettes.emulated import response
from tests.cassettes.shapes import (
    Rules,
    differences,
    header_differences,
    kind,
    stream_differences,
)

if TYPE_CHECKING:
    from tests.cassettes.cassettes import Cassette

_ERRORS: dict[int, type[errors.APIStatusError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.UnprocessableEntityError,
    429: errors.RateLimitError,
}
_KEY = "KEY0123456789_cassette"


class Served:
    """A client, sync and async, that gets a recorded response to each request.

    Args:
        cassette: The exchange.

    Attributes:
        requests: The requests that it sent.
    """

    def __init__(self, cassette: Cassette) -> None:
        self._cassette = cassette
        self.requests: list[httpx.Request] = []
        transport = httpx.MockTransport(self._respond)
        self.telnyx = Telnyx(
            api_key=_KEY,
            max_retries=0,
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
        )

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        cassette = self._cassette
        kind = {"content-type": "application/json"} if cassette.is_json else {}
        content = b"" if request.method == "HEAD" else cassette.content
        headers = {**kind, **cassette.headers}
        return httpx.Response(cassette.status, headers=headers, content=content)

    def run(self, *, is_async: bool) -> Any:
        """Return what the client's method returns, or the error that it raises."""
        method = method_of(self._cassette)
        try:
            if is_async:
                return asyncio.run(self._run_async(method))
            found = method(self.telnyx) if method else self.telnyx.send(raw(self._cassette))
            return list(found) if isinstance(found, Stream) else found
        except errors.TelnyxError as error:
            return error

    async def _run_async(self, method: Any) -> Any:
        aio = self.telnyx.aio
        found: Any = method(aio) if method else aio.send(raw(self._cassette))
        if isinstance(found, Awaitable):
            found = await found
        return [each async for each in found] if isinstance(found, AsyncIterable) else found


def client_problems(cassette: Cassette, *, is_async: bool) -> list[str]:
    """Return what the client sends or reads in another way than it is recorded.

    Args:
        cassette: The exchange.
        is_async: Whether to use the async client.
    """
    served = Served(cassette)
    found = served.run(is_async=is_async)
    return [*_request_problems(cassette, served.requests), *_result_problems(cassette, found)]


def _request_problems(cassette: Cassette, requests: list[httpx.Request]) -> list[str]:
    if len(requests) != 1:
        return [f"{len(requests)} requests were sent"]
    [request] = requests
    path = request.url.raw_path.partition(b"?")[0].decode().removeprefix("/v2")
    problems = []
    if (request.method, path) != (cassette.method, cassette.path):
        problems.append(f"{request.method} {path} was sent")
    if cassette.json is not None and (body := json.loads(request.content)) != cassette.json:
        problems.append(f"the body {body} was sent")
    if cassette.json is None and request.headers.get("content-type") == "application/json":
        problems.append(f"the body {request.content!r} was sent")
    return problems


def _result_problems(cassette: Cassette, found: Any) -> list[str]:
    if cassette.status >= 400:
        return _error_problems(cassette, found)
    if isinstance(found, Exception):
        return [f"{type(found).__name__}: {found}"]
    if method_of(cassette) is None:
        return [] if found.content == cassette.content else ["the body is another"]
    if cassette.is_stream:
        return _stream_problems(cassette, found)
    if cassette.is_json and not (cassette.is_incomplete and cassette.body == {}):
        return [f"{each} is lost" for each in lost(cassette.body, found)]
    return []


def _stream_problems(cassette: Cassette, found: Iterable[Any]) -> list[str]:
    lines = [line for line in cassette.body.splitlines() if line.startswith("data:")]
    texts = [line.removeprefix("data:").strip() for line in lines]
    recorded = [json.loads(text) for text in texts if text.startswith("{")]
    return [] if list(found) == recorded else ["the chunks are others"]


def _error_problems(cassette: Cassette, found: Any) -> list[str]:
    expected = _ERRORS.get(cassette.status, errors.ServerError)
    if not isinstance(found, expected):
        return [f"{found!r} instead of a {expected.__name__}"]
    problems = []
    if cassette.is_json and found.body != cassette.body:
        problems.append(f"the error's body is {found.body!r}")
    listed = cassette.body.get("errors") if isinstance(cassette.body, dict) else None
    first: dict[str, Any] = listed[0] if listed else {}
    problems += [
        f"`{name}` is {getattr(found, name)!r}"
        for name in ("code", "title", "detail")
        if name in first and getattr(found, name) != first[name]
    ]
    problems += [
        f"the header {name} is lost"
        for name, value in cassette.headers.items()
        if found.response.headers.get(name) != value
    ]
    if _KEY in str(found) + repr(found):
        problems.append("the error has the key")
    return problems


def emulator_problems(cassette: Cassette) -> list[str]:
    """Return where the emulator's response has another shape than the recorded one."""
    reply = response(cassette)
    if reply.status_code != cassette.status:
        return [f"status {cassette.status} is recorded, {reply.status_code} emulated: {reply.text}"]
    problems = header_differences(cassette.headers, dict(reply.headers))
    rules = Rules(cassette.is_incomplete, cassette.optional, cassette.cut)
    if cassette.is_stream:
        return [*problems, *stream_differences(cassette.body, reply.text, rules)]
    if cassette.is_json:
        try:
            body = reply.json()
        except ValueError:
            return [*problems, f"{kind(cassette.body)} is recorded, no JSON emulated: {reply.text}"]
        return [*problems, *differences(cassette.body, body, rules)]
    if not cassette.is_incomplete and bool(cassette.body) != bool(reply.content):
        problems.append(f"the body {cassette.body!r} is recorded, {reply.text!r} emulated")
    return problems
