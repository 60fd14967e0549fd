"""`Idempotency-Key`: a repeated request gets the first response again, and has no further effect.

As documented by the service: a key is valid for 24 hours, only successes are stored, a replayed
response has the header `Idempotent-Replayed: true`, a key with another request is refused with 422,
and a key whose first request is still running with 409.
"""

import hashlib
import re

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.replays import Replay

_ACCEPT_A_KEY = re.compile(
    r"/v2/(?:"
    r"ai/(?:embeddings(?:/url)?|summarize"
    r"|conversations(?:/insights|/insight-groups|/[^/]+/message)?)"
    r"|storage/cloudfs(?:/[^/]+/actions/rotate-meta-token)?"
    r")"
)
"""The POST operations that accept a key; others ignore the header."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,255}")


class IdempotencyMiddleware:
    """Replays the responses of repeated requests to the API.

    Args:
        api: The API.
        account: The account that stores the responses.
    """

    def __init__(self, api: ASGIApp, account: Account) -> None:
        self._api = api
        self._account = account
        self._running: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        key = Headers(scope=scope).get("idempotency-key")
        if key is None or scope["method"] != "POST" or not _ACCEPT_A_KEY.fullmatch(scope["path"]):
            await self._api(scope, receive, send)
            return
        if not _KEY.fullmatch(key):
            refusal = "An Idempotency-Key is 1 to 255 letters, digits, `_` and `-`."
            await ApiError(400, "10015", None, refusal).response()(scope, receive, send)
            return
        body = await _read(receive)
        fingerprint = hashlib.sha256(scope["path"].encode() + b"\n" + body).hexdigest()
        if key in self._running:
            response: Response = _error(409, "10036", "The request of this key is still running.")
        else:
            self._running.add(key)
            try:
                response = await self._respond(scope, body, key, fingerprint)
            finally:
                self._running.remove(key)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, body: bytes, key: str, request: str) -> Response:
        replays = self._account.replays
        stored = await run_in_threadpool(replays.find, key)
        if stored is not None:
            if stored.request != request:
                return _error(422, "10027", "The Idempotency-Key was used for another request.")
            replayed = Response(stored.body, stored.status, {"idempotent-replayed": "true"})
            if stored.content_type:
                replayed.headers["content-type"] = stored.content_type
            return replayed
        recorder = _ResponseRecorder()
        await self._api(scope, _BufferedBody(body).receive, recorder.send)
        response = recorder.response()
        if response.status_code < 300:  # noqa: PLR2004 - a success
            kind = response.headers.get("content-type", "")
            replay = Replay(request, response.status_code, kind, bytes(response.body))
            await run_in_threadpool(replays.store, key, replay)
        return response


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


class _BufferedBody:
    """Returns a body that was already read."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def receive(self) -> Message:
        body, self._body = self._body, b""
        return {"type": "http.request", "body": body, "more_body": False}


class _ResponseRecorder:
    """Collects a whole response."""

    def __init__(self) -> None:
        self._status = 500
        self._headers = Headers()
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = Headers(raw=message["headers"])
        else:
            self._body += message.get("body", b"")

    def response(self) -> Response:
        return Response(self._body, self._status, dict(self._headers))


def _error(status: int, code: str, detail: str) -> Response:
    return ApiError(status, code, None, detail).response()
