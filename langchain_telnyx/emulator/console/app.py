"""The routes of the console."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.console import (
    PREFIX,
    buckets,
    calls,
    clusters,
    conversations,
    overview,
    pages,
    requests,
)
from langchain_telnyx.emulator.console.forward import forward
from langchain_telnyx.emulator.control import guard
from langchain_telnyx.emulator.serving.envelopes import BucketNotFound

Read = Callable[[Account, Request], Any]

_MOST_HITS = 50
_MOST_DIGITS = 15


@cache
def shared_app() -> ASGIApp:
    """Return the console; all accounts of a process share it."""
    return Console()


class Console:
    """Serves the page, its files, and what it shows of the account in a request's scope."""

    def __init__(self) -> None:
        reads = Router(
            [Route(f"/{path}", _handler(read), methods=["GET"]) for path, read in _READS.items()]
        )
        self._router = Router(
            [
                Route("/", _page),
                Route(f"{PREFIX}/static/{{name}}", _static),
                Mount(f"{PREFIX}/account", Guarded(forward)),
                Mount(PREFIX, Guarded(reads)),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        account: Account = scope["account"]
        if refused := guard.check_host(scope, account):
            await refused(scope, receive, send)
            return
        try:
            await self._router(scope, receive, send)
        except HTTPException as error:
            answer = JSONResponse({"detail": error.detail}, error.status_code)
            await answer(scope, receive, send)


class Guarded:
    """Passes on requests of the page, and refuses those of others: see `control.guard`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        refused = guard.check(scope, scope["account"])

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                # What the account stores is never a page of this origin.
                policy = (b"content-security-policy", b"default-src 'none'; sandbox")
                message = {**message, "headers": [*message["headers"], policy]}
            await send(message)

        await (refused or self._app)(scope, receive, send_guarded)


async def _page(_: Request) -> Response:
    return pages.page()


async def _static(request: Request) -> Response:
    found = pages.static(request.path_params["name"])
    if found is None:
        raise HTTPException(404, "The console has no such file.")
    return found


def _handler(read: Read) -> Callable[[Request], Any]:
    async def handle(request: Request) -> Response:
        try:
            found = await run_in_threadpool(read, request.scope["account"], request)
        except (S3Error, BucketNotFound) as error:
            raise HTTPException(404, str(error) or "The bucket is not embedded.") from error
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        if found is None:
            raise HTTPException(404, "The account does not have it.")
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return JSONResponse(_finite(found), headers=headers)

    return handle


def _finite(value: Any) -> Any:
    """Return a JSON value in which null stands for numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def _text(request: Request, name: str) -> str:
    return request.query_params.get(name, "")


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"`{name}` must be a number, not {text!r}.")
    return int(text)


def _files(account: Account, request: Request) -> Any:
    bucket = request.path_params["bucket"]
    containing, after = _text(request, "containing"), _text(request, "after")
    return buckets.files(account, bucket, containing=containing, after=after)


def _passages(account: Account, request: Request) -> Any:
    bucket, key = request.path_params["bucket"], _text(request, "key")
    return buckets.passages(account, bucket, key, after=_number(request, "after", 0))


def _hits(account: Account, request: Request) -> Any:
    limit = min(max(1, _number(request, "limit", 10)), _MOST_HITS)
    return buckets.hits(
        account, request.path_params["bucket"], _text(request, "query"), limit=limit
    )


_READS: dict[str, Read] = {
    "overview": lambda account, _: overview.overview(account),
    "requests/{number:int}": lambda account, request: requests.request(
        account, request.path_params["number"]
    ),
    "buckets": lambda account, _: buckets.buckets(account),
    "buckets/{bucket}/files": _files,
    "buckets/{bucket}/passages": _passages,
    "buckets/{bucket}/hits": _hits,
    "conversations": lambda account, request: conversations.conversations(
        account, containing=_text(request, "containing")
    ),
    "conversations/{id}": lambda account, request: conversations.conversation(
        account, request.path_params["id"]
    ),
    "calls": lambda account, _: calls.calls(account),
    "calls/{number:int}": lambda account, request: calls.call(
        account, request.path_params["number"]
    ),
    "clusters": lambda account, _: clusters.tasks(account),
    "clusters/{id}": lambda account, request: clusters.cluster_map(
        account, request.path_params["id"]
    ),
    "models": lambda account, _: overview.models(account),
}
"""The reads by their paths, after the prefix."""
