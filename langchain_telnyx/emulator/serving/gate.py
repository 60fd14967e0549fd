"""What is refused before anybody works on it: foreign hosts, and requests that are too large."""

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
"""Where the state of a scope says that no socket is between."""

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_BRACKETED = re.compile(r"\[([0-9a-f:.]+)\](?::[0-9]*)?")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class Hosts:
    """The names under which the emulator answers, against web pages that rebind theirs to it.

    Args:
        bound: The address it listens on.
        others: Further names.
    """

    def __init__(self, bound: str, others: Iterable[str] = ()) -> None:
        self._names = {bound.lower(), *(name.lower().rstrip(".") for name in others)}
        self._any_address = bound in {"", "0.0.0.0", "::"}  # noqa: S104 - compared, not bound

    def allow(self, header: str | None) -> bool:
        """Tell whether a request with this `Host` is meant for the emulator."""
        if header is None:
            return True  # HTTP/1.0; a browser always sends one
        name = _name(header)
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # An address cannot be rebound.
        return address.is_loopback or self._any_address


def _name(header: str) -> str:
    name = header.strip().lower()
    if match := _BRACKETED.fullmatch(name):
        return match[1]
    return name.rpartition(":")[0].rstrip(".") if ":" in name else name.rstrip(".")


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def misdirected(scope: Scope, hosts: Hosts, *, on_api: bool) -> Response | None:
    """Refuse a request that is meant for another host."""
    if scope.get("state", {}).get(IN_PROCESS):
        return None
    host = Headers(scope=scope).get("host")
    if hosts.allow(host):
        return None
    detail = (
        f"The emulator does not answer to the host {host!r}: a web page could reach it by "
        "DNS rebinding. Name the host when starting it: TelnyxEmulator(hosts=[...]) or "
        "`langchain-telnyx emulator --allow-host ...`."
    )
    return _refusal(scope, 421, "InvalidRequest", detail, on_api=on_api)


def oversized(scope: Scope, limits: RequestLimits, *, on_api: bool) -> Response | None:
    """Refuse a request whose address or announced body is too large."""
    if len(scope["raw_path"]) > limits.path:
        detail = f"The path is longer than {limits.path} bytes."
        return _refusal(scope, 414, "InvalidRequest", detail, on_api=on_api)
    if scope["query_string"].count(b"&") >= limits.parameters:
        detail = f"The query has more than {limits.parameters} parameters."
        return _refusal(scope, 400, "InvalidRequest", detail, on_api=on_api)
    most = _most(scope, limits, on_api=on_api)
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdecimal() and (len(announced) > _DIGITS or int(announced) > most):
        return _refusal(
            scope, 413 if on_api else 400, "EntityTooLarge", _too_large(most), on_api=on_api
        )
    return None


class Bounded:
    """The body of a request, as far as it may go.

    Args:
        receive: Where it comes from.
        scope: The request.
        limits: How far it may go.
        on_api: Whether it is for the API, not for S3.

    Attributes:
        read: The bytes so far.
        ended: Whether it paused for too long.
        most: The bytes that it may have.
    """

    def __init__(
        self, receive: Receive, scope: Scope, limits: RequestLimits, *, on_api: bool
    ) -> None:
        self._receive = receive
        self._on_api = on_api
        self._idle = limits.idle_seconds
        self.read = 0
        self.ended = False
        self.most = _most(scope, limits, on_api=on_api)

    def check(self) -> None:
        """Refuse a body that has become too large.

        Raises:
            HTTPException: For the API, 413.
            S3Error: For S3, `EntityTooLarge`.
        """
        if self.read > self.most:
            raise self._refused(413, "EntityTooLarge", _too_large(self.most))

    async def take(self) -> Message:
        """Return the next piece, however much has been read.

        Raises:
            HTTPException: For the API, 408 when the body pauses.
            S3Error: For S3, `RequestTimeout`.
        """
        try:
            async with asyncio.timeout(self._idle):
                message = await self._receive()
        except TimeoutError:
            self.ended = True
            detail = f"The body paused for {self._idle:g} seconds."
            raise self._refused(408, "RequestTimeout", detail) from None
        self.read += len(message.get("body", b""))
        return message

    async def rest(self) -> Message:
        """Return the next piece of a body without limits of time, to notice a lost client."""
        return await self._receive()

    def _refused(self, status: int, code: str, detail: str) -> Exception:
        return HTTPException(status, detail) if self._on_api else S3Error(code, detail)


def reads_for_itself(scope: Scope) -> bool:
    """Tell whether an area takes JSON of any shape, and refuses what it cannot keep by itself."""
    return bool(scope["path"].startswith("/v2/ai/memory/"))


async def unreadable(body: bytes, limits: RequestLimits) -> Response | None:
    """Refuse JSON that nests too deeply, has too many values, or holds half a character."""
    openings = body.count(b"[") + body.count(b"{")
    if openings + body.count(b",") > limits.json_values:
        return ApiError(413, "10015", None, "The body has too many values.").response()
    if openings > limits.json_depth and await run_in_threadpool(depth_of, body) > limits.json_depth:
        detail = f"The body nests deeper than {limits.json_depth} levels."
        return ApiError(400, "10023", None, detail).response()
    if bool(_HALF.search(body)) and await run_in_threadpool(_has_half_a_character, body):
        return ApiError(400, "10023", None, "A string holds half of a character.").response()
    return None


def depth_of(body: bytes) -> int:
    """Return how deep JSON nests, without parsing it."""
    depth = deepest = 0
    for token in _TOKEN.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _has_half_a_character(body: bytes) -> bool:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False  # no JSON; who reads it tells so
    return False


def is_json(scope: Scope) -> bool:
    """Tell whether a request says that its body is JSON that the API reads."""
    if scope["method"] == "PUT" and "/keys/" in scope["path"]:
        return False  # a value of key-value storage is kept as it is
    return "json" in Headers(scope=scope).get("content-type", "").lower()


def _most(scope: Scope, limits: RequestLimits, *, on_api: bool) -> int:
    if not on_api:
        return limits.object
    return limits.json_body if is_json(scope) else limits.body


def _too_large(most: int) -> str:
    return f"The body is larger than {most} bytes."


def _refusal(scope: Scope, status: int, code: str, detail: str, *, on_api: bool) -> Response:
    if on_api:
        return ApiError(status, "10015", None, detail).response()
    return S3Error(code, detail, status=status).response(scope["path"])


_DIGITS = 18
