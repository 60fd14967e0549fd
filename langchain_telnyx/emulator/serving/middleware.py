"""The middleware of every request: request id, log, limits, authentication, rates, scripted faults.

Plain ASGI, since Starlette's `BaseHTTPMiddleware` interferes with streams.
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

from langchain_telnyx.emulator import control
from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3 import errors as s3_errors
from langchain_telnyx.emulator.serving import auth, request_guards
from langchain_telnyx.emulator.serving.envelopes import (
    ApiError,
    matcher_failed,
    too_many_requests,
    unexpected_error,
)
from langchain_telnyx.emulator.serving.request_record import (
    CURRENT,
    RequestRecord,
    ResponseRecord,
)
from langchain_telnyx.emulator.serving.script_items import Fault
from langchain_telnyx.emulator.serving.script_matching import MatcherError, RequestView

logger = logging.getLogger(__name__)


class EmulatorMiddleware:
    """Passes a request to the API (paths under `/v2`) or to S3 (all others), or refuses it.

    Requests to the control plane (`/_emulator`) are neither recorded nor counted, and no fault of a
    script applies to them.
    """

    def __init__(self, account: Account, *, api: ASGIApp, s3: ASGIApp) -> None:
        self._account = account
        self._api = api
        self._s3 = s3

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"The emulator supports HTTP only, not {scope['type']!r}.")
        path: str = scope["path"]
        on_api = _is_for_api(scope)
        scope["account"] = self._account
        if control.is_for(scope):
            await control.serve(scope, receive, send)
            return
        limits = self._account.settings.limits
        record = self._record(scope)
        current = CURRENT.set(record)
        body = _Body(request_guards.LimitedBody(receive, scope, limits, on_api=on_api), record)
        response = _Response(send, body, record, request_id=self._account.ids.uuid("request"))
        try:
            early = (
                request_guards.check_host(scope, self._account.hosts, on_api=on_api)
                or request_guards.check_size(scope, limits, on_api=on_api)
                or self._check_key(scope, on_api=on_api)
                or self._check_rate(scope, on_api=on_api)
            )
            has_json = (
                on_api
                and request_guards.is_json(scope)
                and not request_guards.validates_json_itself(scope)
            )
            if early is None and has_json:
                early = await request_guards.check_json(await body.read_all(), limits)
            fault = None if early else await self._fault(scope, body, on_api=on_api)
            serve = early or fault or (self._api if on_api else self._s3)
            await serve(scope, body.receive, response.send)
        except (HTTPException, s3_errors.S3Error) as error:
            if response.status is not None:
                raise
            await _error_response(error, path)(scope, body.receive, response.send)
        except ClientDisconnect:
            response.status = None  # the client is gone before the end of its request
        except Exception:
            logger.exception("The emulator failed on %s %s", scope["method"], path)
            if response.complete:
                return  # the error response was sent; the connection stays open
            if response.status is not None:
                raise
            await _internal_error(path, on_api=on_api)(scope, body.receive, response.send)
        finally:
            CURRENT.reset(current)
            self._account.requests.finish(record)
            logger.info("%s %s -> %s", scope["method"], path, response.status or "dropped")

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

    def _check_key(self, scope: Scope, *, on_api: bool) -> Response | None:
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

    def _check_rate(self, scope: Scope, *, on_api: bool) -> Response | None:
        path: str = scope["path"]
        bucket = "" if on_api else path.removeprefix("/").partition("/")[0]
        if self._account.rates.allow(bucket, scope["method"], path):
            return None
        if on_api:
            return too_many_requests().response()
        message = "Please reduce your request rate."
        return s3_errors.S3Error("SlowDown", message).response(path)

    async def _fault(self, scope: Scope, body: "_Body", *, on_api: bool) -> ASGIApp | None:
        script, path = self._account.script, scope["path"]
        seen = None
        if script.needs_body(path) and "json" in Headers(scope=scope).get("content-type", ""):
            seen = RequestView.read(await body.read_all())
        try:
            fault = script.next_fault(scope["method"], path, seen)
        except MatcherError as error:
            return matcher_failed(error).response()
        if fault is None:
            return None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop:
            return _disconnect
        if fault.status is None:
            return None
        return _fault_response(fault, fault.status, path, on_api=on_api)


class _Body:
    """The body of a request; it is recorded while it is read."""

    def __init__(self, limited: request_guards.LimitedBody, record: RequestRecord) -> None:
        self._limited = limited
        self._record = record
        self.complete = False
        self._reading = asyncio.Lock()
        self._buffered: deque[Message] = deque()

    async def receive(self) -> Message:
        async with self._reading:
            return self._buffered.popleft() if self._buffered else await self._next()

    async def read_all(self) -> bytes:
        """Return the whole body; `receive` still returns it."""
        async with self._reading:
            while not self.complete:
                self._buffered.append(await self._next())
            return b"".join(message.get("body", b"") for message in self._buffered)

    async def drain(self) -> None:
        """Read the rest of the body, unless it is too long or pauses."""
        limited = self._limited
        while not (self.complete or limited.timed_out) and limited.read <= 2 * limited.max_bytes:
            # A stream that watches for a lost client reads, too.
            async with self._reading:
                if not self.complete:
                    self._record_message(await self._limited.receive())

    async def _next(self) -> Message:
        if self.complete:
            return await self._limited.receive_unlimited()
        message = self._record_message(await self._limited.receive())
        self._limited.check()
        return message

    def _record_message(self, message: Message) -> Message:
        self._record.append(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        return message


class _Response:
    """Sends the response with its `x-request-id`, and records it."""

    def __init__(self, send: Send, body: _Body, record: RequestRecord, *, request_id: str) -> None:
        self._send = send
        self._body = body
        self._record = record
        self._request_id = request_id
        self.status: int | None = None
        self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # Read the rest of a body that was refused: the next request follows it on the
            # connection, and tests read it in the log. If it pauses or is too long, the connection
            # is closed.
            with suppress(HTTPException, s3_errors.S3Error):
                await self._body.drain()
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            if not self._body.complete:
                headers["connection"] = "close"
            headers["x-request-id"] = self._request_id
            # Browsers must not sniff that a stored object is a page.
            headers["x-content-type-options"] = "nosniff"
            self._record.response = ResponseRecord(message["status"], dict(headers))
        await self._send(message)
        if message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
            if self._record.response is not None:
                self._record.response.append(bytes(message.get("body", b"")))
                self._record.response.complete = self.complete


def _is_for_api(scope: Scope) -> bool:
    path: str = scope["path"]
    if path == "/v2":  # not a valid bucket name, which S3 reports
        return not Headers(scope=scope).get("authorization", "").startswith("AWS4-")
    return path.startswith("/v2/")


def _fault_response(fault: Fault, status: int, path: str, *, on_api: bool) -> Response:
    if on_api:
        return JSONResponse(fault.body or {}, status, dict(fault.headers))
    response = s3_errors.scripted(status).response(path)
    response.headers.update(fault.headers)
    return response


def _error_response(error: HTTPException | s3_errors.S3Error, path: str) -> Response:
    if isinstance(error, s3_errors.S3Error):
        return error.response(path)
    return ApiError(error.status_code, "10015", None, error.detail).response()


def _internal_error(path: str, *, on_api: bool) -> Response:
    if on_api:
        return unexpected_error().response()
    return s3_errors.S3Error("InternalError", "An unexpected error occurred.").response(path)


async def _disconnect(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
    """Close the connection without a response, by the server's `abort` in the scope."""
    scope["state"]["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass
