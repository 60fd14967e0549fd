"""Which requests the control plane accepts.

A web page must not control the emulator: requests of other origins are refused, and a body must be
JSON, which an HTML form cannot send. Other machines need the account's API key.
"""

import ipaddress
import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.control.errors import from_envelope, refusal
from langchain_telnyx.emulator.serving import auth, request_guards
from langchain_telnyx.emulator.serving.limits import RequestLimits

logger = logging.getLogger(__name__)
_READS = frozenset({"GET", "HEAD"})


class Guard:
    """Refuses requests, or passes them on with their whole body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        account: Account = scope["account"]
        limited = request_guards.LimitedBody(receive, scope, account.settings.limits, on_api=True)
        answer = _Answer(send)
        refused = check(scope, account) or _kind(scope)
        body = b""
        if refused is None:
            body, refused = await _read(limited, account.settings.limits)
        if refused is not None:
            await refused(scope, receive, answer.send)
            return
        replay = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_body() -> Message:
            return replay.pop() if replay else await limited.receive_unlimited()

        try:
            await self._app(scope, receive_body, answer.send)
        except Exception:
            logger.exception("The control plane failed on %s %s", scope["method"], scope["path"])
            if not answer.complete:  # the error response was not sent
                raise


class _Answer:
    """Sends a response that browsers neither store nor sniff."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("cache-control", "no-store")
            headers["x-content-type-options"] = "nosniff"
        await self._send(message)
        if message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)


def check(scope: Scope, account: Account) -> Response | None:
    """Return the refusal of a request by its host, its origin or its key, if it is refused."""
    return check_host(scope, account) or _origin(scope) or _key(scope, account)


def check_host(scope: Scope, account: Account) -> Response | None:
    """Return the refusal of a request for another host, or with too long a path."""
    refused = request_guards.check_host(scope, account.hosts, on_api=True)
    refused = refused or request_guards.check_size(scope, account.settings.limits, on_api=True)
    return None if refused is None else from_envelope(refused)


def _origin(scope: Scope) -> Response | None:
    """Refuse requests that another site's page sends."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    # Without the scheme, which a proxy in front of the emulator may change.
    if origin is not None and origin.lower().partition("://")[2] != headers.get("host", "").lower():
        return refusal(
            403, f"The control plane refuses requests of other origins, here {origin!r}."
        )
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    if site in {"cross-site", "same-site"} and not (
        mode == "navigate" and scope["method"] in _READS
    ):
        return refusal(403, "The control plane refuses requests of other sites' pages.")
    return None


def _key(scope: Scope, account: Account) -> Response | None:
    if _is_local(scope):
        return None
    authorization = Headers(scope=scope).get("authorization")
    if auth.bearer_is_valid(authorization, account.settings.api_key):
        return None
    return refusal(
        401,
        "From other machines the control plane needs the account's API key, "
        "in the header `Authorization: Bearer …`.",
        {"www-authenticate": "Bearer"},
    )


def _is_local(scope: Scope) -> bool:
    """Return whether the other end of the connection is this machine."""
    if scope.get("state", {}).get(request_guards.IN_PROCESS):
        return True
    peer = scope.get("client")
    if peer is None:
        return False
    address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def _kind(scope: Scope) -> Response | None:
    """Refuse a body that is not JSON."""
    if scope["method"] in _READS:
        return None
    headers = Headers(scope=scope)
    kind = headers.get("content-type")
    if kind is None:
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if not has_body:
            return None
    elif kind.partition(";")[0].strip().lower() == "application/json":
        return None
    return refusal(
        415,
        f"The body must be JSON with the header `Content-Type: application/json`, not {kind!r}.",
    )


async def _read(
    limited: request_guards.LimitedBody, limits: RequestLimits
) -> tuple[bytes, Response | None]:
    """Return the body, or why it is refused."""
    parts: list[bytes] = []
    more = True
    try:
        while more:
            message = await limited.receive()
            if message["type"] == "http.disconnect":
                raise HTTPException(400, "The connection was closed before the end of the body.")  # noqa: TRY301 - as `limited` does
            limited.check()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
    except HTTPException as error:
        return b"", refusal(error.status_code, error.detail, {"connection": "close"})
    body = b"".join(parts)
    refused = await request_guards.check_json(body, limits)
    return body, None if refused is None else from_envelope(refused)
