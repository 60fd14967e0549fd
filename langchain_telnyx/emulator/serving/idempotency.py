"""`IdempotencyMiddleware-Key`: a repeated request gets the first answer again, and does nothing twice.

As the service documents it: a key holds for 24 hours, only successes are kept, an answer that is
given again says `Idempotent-Replayed: true`, a key sent with another request is refused with 422,
and one whose first request is still being worked on with 409.
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

_TAKE_A_KEY = re.compile(
    r"/v2/(?:"
    r"ai/(?:embeddings(?:/url)?|summarize"
    r"|conversations(?:/insights|/insight-groups|/[^/]+/message)?)"
    r"|storage/cloudfs(?:/[^/]+/actions/rotate-meta-token)?"
    r")"
)
"""The operations that take a key, all of them POST; elsewhere the header means nothing."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,255}")


class IdempotencyMiddleware:
    """Stands before the API and answers repeated requests.

    Args:
        api: The API.
        account: Who keeps the answers.
    """

    def __init__(self, api: ASGIApp, account: Account) -> None:
        self._api = api
        self._account = account
        self._running: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        key = Headers(scope=scope).get("idempotency-key")
        if key is None or scope["method"] != "POST" or not _TAKE_A_KEY.fullmatch(scope["path"]):
            await self._api(scope, receive, send)
            return
        if not _KEY.fullmatch(key):
            refusal = "An Idempotency-Key is 1 to 255 letters, digits, `_` and `-`."
            await ApiError(400, "10015", None, refusal).response()(scope, receive, send)
            return
        body = await _read(receive)
        fingerprint = hashlib.sha256(scope["path"].encode() + b"\n" + body).hexdigest()
        if key in self._running:
            answer: Response = _refused(409, "10036", "The request of this key is still running.")
        else:
            self._running.add(key)
            try:
                answer = await self._answer(scope, body, key, fingerprint)
            finally:
                self._running.remove(key)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, body: bytes, key: str, request: str) -> Response:
        replays = self._account.replays
        kept = await run_in_threadpool(replays.find, key)
        if kept is not None:
            if kept.request != request:
                return _refused(422, "10027", "The Idempotency-Key was used for another request.")
            replayed = Response(kept.body, kept.status, {"idempotent-replayed": "true"})
            if kept.content_type:
                replayed.headers["content-type"] = kept.content_type
            return replayed
        answer = _Answer()
        await self._api(scope, _Again(body).receive, answer.send)
        response = answer.response()
        if response.status_code < 300:  # noqa: PLR2004 - a success
            kind = response.headers.get("content-type", "")
            again = Replay(request, response.status_code, kind, bytes(response.body))
            await run_in_threadpool(replays.keep, key, again)
        return response


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


class _Again:
    """Hands out a body that was read already."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def receive(self) -> Message:
        body, self._body = self._body, b""
        return {"type": "http.request", "body": body, "more_body": False}


class _Answer:
    """Takes in a whole answer."""

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


def _refused(status: int, code: str, detail: str) -> Response:
    return ApiError(status, code, None, detail).response()
