"""Refuse requests for other hosts, and requests that are too large, before they are handled."""

import asyncio
import ipaddress
import json
import re
from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message, Receive, Scope

from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.limits import RequestLimits

IN_PROCESS = "in_process"
"""The key in a scope's state that marks a request without a socket."""

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_BRACKETED = re.compile(r"\[([0-9a-f:.]+)\](?::[0-9]*)?")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class AllowedHosts:
    """The accepted host names, a protection against DNS rebinding by web pages.

    Args:
        bound: The address that the emulator listens on.
        others: Further names.
    """

    def __init__(self, bound: str, others: Iterable[str] = ()) -> None:
        self._names = {bound.lower(), *(name.lower().rstrip(".") for name in others)}
        self._any_address = bound in {"", "0.0.0.0", "::"}  # noqa: S104 - compared, not bound

    def allow(self, header: str | None) -> bool:
        """Return whether the `Host` header is accepted."""
        if header is None:
            return True  # HTTP/1.0; a browser always sends one
        name = _name(header)
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # DNS rebinding needs a name, not an address.
        return address.is_loopback or self._any_address


def _name(header: str) -> str:
    name = header.strip().lower()
    if match := _BRACKETED.fullmatch(name):
        return match[1]
    return name.rpartition(":")[0].rstrip(".") if ":" in name else name.rstrip(".")


def is_loopback(host: str) -> bool:
    """Return whether an address to listen on is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_host(scope: Scope, hosts: AllowedHosts, *, on_api: bool) -> Response | None:
    """Refuse a request for another host."""
    if scope.get("state", {}).get(IN_PROCESS):
        return None
    host = Headers(scope=scope).get("host")
    if hosts.allow(host):
        return None
    detail = (
        f"The emulator does not accept the host {host!r}: a web page could reach it by "
        "DNS rebinding. Name the host when starting it: TelnyxEmulator(hosts=[...]) or "
        "`langchain-telnyx emulator --allow-host ...`."
    )
    return _error_response(scope, 421, "InvalidRequest", detail, on_api=on_api)


def check_size(scope: Scope, limits: RequestLimits, *, on_api: bool) -> Response | None:
    """Refuse a request whose path, query or declared body is too large."""
    if len(scope["raw_path"]) > limits.path:
        detail = f"The path is longer than {limits.path} bytes."
        return _error_response(scope, 414, "InvalidRequest", detail, on_api=on_api)
    if scope["query_string"].count(b"&") >= limits.parameters:
        detail = f"The query has more than {limits.parameters} parameters."
        return _error_response(scope, 400, "InvalidRequest", detail, on_api=on_api)
    max_bytes = _max_bytes(scope, limits, on_api=on_api)
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdecimal() and (len(declared) > _MAX_DIGITS or int(declared) > max_bytes):
        return _error_response(
            scope, 413 if on_api else 400, "EntityTooLarge", _too_large(max_bytes), on_api=on_api
        )
    return None


class LimitedBody:
    """The body of a request with limits of size and time.

    Args:
        receive: The ASGI function that receives it.
        scope: The request.
        limits: The limits.
        on_api: Whether the request is for the API, not for S3.

    Attributes:
        read: The bytes read so far.
        timed_out: Whether it paused for too long.
        max_bytes: The most bytes that it may have.
    """

    def __init__(
        self, receive: Receive, scope: Scope, limits: RequestLimits, *, on_api: bool
    ) -> None:
        self._receive = receive
        self._on_api = on_api
        self._idle = limits.idle_seconds
        self.read = 0
        self.timed_out = False
        self.max_bytes = _max_bytes(scope, limits, on_api=on_api)

    def check(self) -> None:
        """Refuse the body if it is too large.

        Raises:
            HTTPException: For the API, 413.
            S3Error: For S3, `EntityTooLarge`.
        """
        if self.read > self.max_bytes:
            raise self._error(413, "EntityTooLarge", _too_large(self.max_bytes))

    async def receive(self) -> Message:
        """Return the next message, without a check of the size.

        Raises:
            HTTPException: For the API, 408 when the body pauses.
            S3Error: For S3, `RequestTimeout`.
        """
        try:
            async with asyncio.timeout(self._idle):
                message = await self._receive()
        except TimeoutError:
            self.timed_out = True
            detail = f"The body paused for {self._idle:g} seconds."
            raise self._error(408, "RequestTimeout", detail) from None
        self.read += len(message.get("body", b""))
        return message

    async def receive_unlimited(self) -> Message:
        """Return the next message without a timeout, to detect a lost client."""
        return await self._receive()

    def _error(self, status: int, code: str, detail: str) -> Exception:
        return HTTPException(status, detail) if self._on_api else S3Error(code, detail)


def validates_json_itself(scope: Scope) -> bool:
    """Return whether the area of a request validates its JSON itself."""
    return bool(scope["path"].startswith("/v2/ai/memory/"))


async def check_json(body: bytes, limits: RequestLimits) -> Response | None:
    """Refuse JSON that is too deep or too large, or contains half of a surrogate pair."""
    openings = body.count(b"[") + body.count(b"{")
    if openings + body.count(b",") > limits.json_values:
        return ApiError(413, "10015", None, "The body has too many values.").response()
    if openings > limits.json_depth and await run_in_threadpool(depth_of, body) > limits.json_depth:
        detail = f"The body nests deeper than {limits.json_depth} levels."
        return ApiError(400, "10023", None, detail).response()
    if bool(_SURROGATE.search(body)) and await run_in_threadpool(_has_lone_surrogate, body):
        return ApiError(
            400, "10023", None, "A string contains half of a surrogate pair."
        ).response()
    return None


def depth_of(body: bytes) -> int:
    """Return the depth of JSON without parsing it."""
    depth = deepest = 0
    for token in _TOKEN.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _has_lone_surrogate(body: bytes) -> bool:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False  # not JSON; the handler refuses it
    return False


def is_json(scope: Scope) -> bool:
    """Return whether the body of a request is JSON that the API parses."""
    if scope["method"] == "PUT" and "/keys/" in scope["path"]:
        return False  # a value of key-value storage, which is stored as it is
    return "json" in Headers(scope=scope).get("content-type", "").lower()


def _max_bytes(scope: Scope, limits: RequestLimits, *, on_api: bool) -> int:
    if not on_api:
        return limits.object
    return limits.json_body if is_json(scope) else limits.body


def _too_large(max_bytes: int) -> str:
    return f"The body is larger than {max_bytes} bytes."


def _error_response(scope: Scope, status: int, code: str, detail: str, *, on_api: bool) -> Response:
    if on_api:
        return ApiError(status, "10015", None, detail).response()
    return S3Error(code, detail, status=status).response(scope["path"])


_MAX_DIGITS = 18
