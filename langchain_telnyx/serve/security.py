"""Who may use a served agent: the holder of its token, in a header or as the path's first segment.

A WebSocket of Telnyx and the request for TeXML have no headers of ours, so their address contains
the token: `https://example.com/TOKEN/texml`.
"""

import ipaddress
from hmac import compare_digest
from urllib.parse import quote, unquote

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# Without authorisation: probes say nothing, and webhooks are signed.
OPEN_PATHS = frozenset({"/health", "/ready", "/webhooks"})
MIN_TOKEN_LENGTH = 16
_REFUSED = 1008  # policy violation


def check_token(token: str) -> str:
    """Return a token that is long enough and fits into a path and a header.

    Raises:
        ValueError: It is too short, or has other characters than letters, digits, `-`, `_`, `.`
            and `~`. The message does not contain it.
    """
    if len(token) < MIN_TOKEN_LENGTH:
        raise ValueError(f"A token has at least {MIN_TOKEN_LENGTH} characters, not {len(token)}.")
    if quote(token, safe="") != token:
        raise ValueError("A token has only letters, digits, '-', '_', '.' and '~'.")
    return token


def is_loopback(host: str) -> bool:
    """Whether a host name or address is of this machine."""
    if host.casefold().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Authorization:
    """Middleware that admits requests with the token, and strips it from the path.

    Without a token it admits only requests to this machine's own name, and none that a proxy or a
    tunnel forwards.

    Args:
        app: The application.
        token: The token (None: this machine only).
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit or refuse a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in OPEN_PATHS or self._is_admitted(headers):
            await self._app(scope, receive, send)
        elif (inner := self._without_token(path)) is not None:
            # Neither the routes nor the logs see the token.
            root = scope.get("root_path", "")
            inside = {"path": root + inner, "raw_path": quote(root + inner).encode()}
            await self._app({**scope, **inside}, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED, "reason": "unauthorized"})
        else:
            error = {"message": "Missing or invalid bearer token.", "type": "invalid_request_error"}
            error |= {"param": None, "code": "invalid_api_key"}  # type: ignore[dict-item]
            challenge = {"WWW-Authenticate": "Bearer"}
            await JSONResponse({"error": error}, 401, challenge)(scope, receive, send)

    def _is_admitted(self, headers: Headers) -> bool:
        if self._token is None:
            forwarded = any(name in headers for name in ("forwarded", "x-forwarded-for"))
            host = headers.get("host", "")
            name = host[: host.rfind("]") + 1] or host.partition(":")[0]
            return not forwarded and is_loopback(name)
        scheme, _, value = headers.get("authorization", "").partition(" ")
        return scheme.casefold() == "bearer" and compare_digest(value.strip().encode(), self._token)

    def _without_token(self, path: str) -> str | None:
        first, _, rest = path.lstrip("/").partition("/")
        if self._token is None or not compare_digest(unquote(first).encode(), self._token):
            return None
        return f"/{rest}"
