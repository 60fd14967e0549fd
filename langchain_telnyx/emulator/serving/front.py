"""What every request meets before its handler: an id, the log, the key, rates, scripted faults.

Plain ASGI, since Starlette's `BaseHTTPMiddleware` would stand between a stream and its reader.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3 import errors as s3_errors
from langchain_telnyx.emulator.serving import auth, gate
from langchain_telnyx.emulator.serving.envelopes import (
    ApiError,
    matcher_failed,
    too_many_requests,
    unexpected_error,
)
from langchain_telnyx.emulator.serving.recording import RequestRecord
from langchain_telnyx.emulator.serving.script_items import Fault
from langchain_telnyx.emulator.serving.script_matching import MatcherError, RequestView

logger = logging.getLogger(__name__)


class FrontMiddleware:
    """Lets a request in to the API (paths under `/v2`) or to S3 (all others), or turns it away."""

    def __init__(self, account: Account, *, api: ASGIApp, s3: ASGIApp) -> None:
        self._account = account
        self._api = api
        self._s3 = s3

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"The emulator speaks HTTP only, not {scope['type']!r}.")
        path: str = scope["path"]
        on_api = _is_for_api(scope)
        scope["account"] = self._account
        limits = self._account.settings.limits
        body = _Body(gate.Bounded(receive, scope, limits, on_api=on_api), self._record(scope))
        read = body.receive
        answer = _Answer(send, body, request_id=self._account.ids.uuid("request"))
        try:
            early = (
                gate.misdirected(scope, self._account.hosts, on_api=on_api)
                or gate.oversized(scope, limits, on_api=on_api)
                or self._refusal(scope, on_api=on_api)
                or self._too_fast(scope, on_api=on_api)
            )
            shaped = on_api and gate.is_json(scope) and not gate.reads_for_itself(scope)
            if early is None and shaped:
                early = await gate.unreadable(await body.look(), limits)
            fault = None if early else await self._fault(scope, body, on_api=on_api)
            serve = early or fault or (self._api if on_api else self._s3)
            await serve(scope, read, answer.send)
        except (HTTPException, s3_errors.S3Error) as error:
            if answer.status is not None:
                raise
            await _refused(error, path)(scope, read, answer.send)
        except ClientDisconnect:
            answer.status = None  # in the midst of its request: nobody is there to be answered
        except Exception:
            logger.exception("The emulator failed on %s %s", scope["method"], path)
            if answer.complete:
                return  # the failure was answered; the connection serves on
            if answer.status is not None:
                raise
            await _broken(path, on_api=on_api)(scope, read, answer.send)
        finally:
            logger.info("%s %s -> %s", scope["method"], path, answer.status or "dropped")

    def _record(self, scope: Scope) -> RequestRecord:
        key = self._account.settings.api_key
        record = RequestRecord(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers={
                name: value.replace(key, "***") for name, value in Headers(scope=scope).items()
            },
        )
        self._account.requests.append(record)
        return record

    def _refusal(self, scope: Scope, *, on_api: bool) -> Response | None:
        authorization = Headers(scope=scope).get("authorization")
        if on_api:
            if auth.bearer_is_valid(authorization, self._account.settings.api_key):
                return None
            return auth.unauthenticated().response()
        try:
            auth.check_s3(scope, self._account.settings.api_key, self._account.clock)
        except s3_errors.S3Error as error:
            return error.response(scope["path"])
        return None

    def _too_fast(self, scope: Scope, *, on_api: bool) -> Response | None:
        path: str = scope["path"]
        bucket = "" if on_api else path.removeprefix("/").partition("/")[0]
        if self._account.rates.allow(bucket):
            return None
        if on_api:
            return too_many_requests().response()
        message = "Please reduce your request rate."
        return s3_errors.S3Error("SlowDown", message).response(path)

    async def _fault(self, scope: Scope, body: "_Body", *, on_api: bool) -> ASGIApp | None:
        script, path = self._account.script, scope["path"]
        seen = None
        if script.needs_body(path) and "json" in Headers(scope=scope).get("content-type", ""):
            seen = RequestView.read(await body.look())
        try:
            fault = script.next_fault(scope["method"], path, seen)
        except MatcherError as error:
            return matcher_failed(error).response()
        if fault is None:
            return None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop:
            return _hang_up
        if fault.status is None:
            return None
        return _faulty(fault, fault.status, path, on_api=on_api)


class _Body:
    """The body of a request on its way in; it is recorded as it is read."""

    def __init__(self, bounded: gate.Bounded, record: RequestRecord) -> None:
        self._bounded = bounded
        self._record = record
        self.whole = False
        self._reading = asyncio.Lock()
        self._ahead: deque[Message] = deque()

    async def receive(self) -> Message:
        async with self._reading:
            return self._ahead.popleft() if self._ahead else await self._next()

    async def look(self) -> bytes:
        """Return the whole body, and leave it to be received."""
        async with self._reading:
            while not self.whole:
                self._ahead.append(await self._next())
            return b"".join(message.get("body", b"") for message in self._ahead)

    async def read_rest(self) -> None:
        """Take in what nobody wanted to read, unless it has no end."""
        bounded = self._bounded
        while not (self.whole or bounded.ended) and bounded.read <= 2 * bounded.most:
            # A stream's watch for a lost client reads, too; what it took counts.
            async with self._reading:
                if not self.whole:
                    self._note(await self._bounded.take())

    async def _next(self) -> Message:
        if self.whole:
            return await self._bounded.rest()
        message = self._note(await self._bounded.take())
        self._bounded.check()
        return message

    def _note(self, message: Message) -> Message:
        self._record.keep(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        return message


class _Answer:
    """Sends the answer with its `x-request-id`, and remembers its status once it has begun."""

    def __init__(self, send: Send, body: _Body, *, request_id: str) -> None:
        self._send = send
        self._body = body
        self._request_id = request_id
        self.status: int | None = None
        self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # A refusal before the body is read must not leave it on the connection, where the next
            # request is expected; and tests want to see the body of what was refused.
            # One that pauses or has no end is left there; the server ends the connection.
            with suppress(HTTPException, s3_errors.S3Error):
                await self._body.read_rest()
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            if not self._body.whole:
                headers["connection"] = "close"
            headers["x-request-id"] = self._request_id
            # Browsers shall not guess that what is stored here is a page.
            headers["x-content-type-options"] = "nosniff"
        await self._send(message)
        if message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)


def _is_for_api(scope: Scope) -> bool:
    path: str = scope["path"]
    if path == "/v2":  # no bucket may be called so, and S3 says it best
        return not Headers(scope=scope).get("authorization", "").startswith("AWS4-")
    return path.startswith("/v2/")


def _faulty(fault: Fault, status: int, path: str, *, on_api: bool) -> Response:
    if on_api:
        return JSONResponse(fault.body or {}, status, dict(fault.headers))
    response = s3_errors.scripted(status).response(path)
    response.headers.update(fault.headers)
    return response


def _refused(error: HTTPException | s3_errors.S3Error, path: str) -> Response:
    if isinstance(error, s3_errors.S3Error):
        return error.response(path)
    return ApiError(error.status_code, "10015", None, error.detail).response()


def _broken(path: str, *, on_api: bool) -> Response:
    if on_api:
        return unexpected_error().response()
    return s3_errors.S3Error("InternalError", "An unexpected error occurred.").response(path)


async def _hang_up(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's form
    """Close the connection without an answer; the server left its `abort` in the scope."""
    scope["state"]["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass
