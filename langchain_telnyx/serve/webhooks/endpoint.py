"""`POST /webhooks`: verifies events of Telnyx, records them, and responds at once."""

import hashlib
import logging
import os
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from langchain_telnyx.client.telnyx import Telnyx
from langchain_telnyx.client.webhook_errors import (
    MalformedWebhookError,
    UnsignedWebhookError,
    WebhookError,
)
from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.bodies import TooLarge, read_body
from langchain_telnyx.serve.context import CallContext
from langchain_telnyx.serve.hooks import Hooks
from langchain_telnyx.serve.settings import Limits
from langchain_telnyx.serve.webhooks.calls import end, initialize
from langchain_telnyx.serve.webhooks.inbox import Inbox
from langchain_telnyx.serve.webhooks.options import TextMessages
from langchain_telnyx.serve.webhooks.replies import Replies
from langchain_telnyx.serve.webhooks.state import (
    StateFullError,
    StateInUseError,
    StoredEvent,
    WebhookState,
)
from langchain_telnyx.serve.webhooks.texts import UnusableMessage, parse_text
from langchain_telnyx.webhooks import (
    ConversationEndedEvent,
    PublicKey,
    WebhookEvent,
    parse,
    verify,
)
from langchain_telnyx.webhooks.signatures import VARIABLE, keys_of

_log = logging.getLogger("langchain_telnyx.serve")

_RECEIVED = "message.received"
_INITIALIZATION = "assistant.initialization"
_ENDED = "call.conversation.ended"
# Calls over Conversation Relay that ended; Telnyx reports their end, too.
_MOST_SERVED_CALLS = 10_000


class Webhooks:
    """Receives the webhooks of an application.

    Args:
        agent: Answers text messages.
        public_key: The account's public key. Default: `TELNYX_PUBLIC_KEY` in the environment.
            Without one, every webhook is refused.
        telnyx: The client that sends replies. Default: one with the key in the environment.
        texts: The options of text messages.
        limits: The limits of a request.
        hooks: Functions that run when a call begins and ends.

    Raises:
        ConfigurationError: The public key is invalid.
        ImportError: There is one, and the extra `webhooks` is not installed.
    """

    def __init__(
        self,
        agent: AgentRunner,
        *,
        public_key: PublicKey | None,
        telnyx: Telnyx | None,
        texts: TextMessages,
        limits: Limits,
        hooks: Hooks,
    ) -> None:
        self._key = public_key if public_key is not None else os.environ.get(VARIABLE) or None
        if self._key is not None:
            if not isinstance(self._key, str | bytes):
                self._key = list(self._key)
            keys_of(self._key)
        self._telnyx = telnyx
        self._hooks = hooks
        self._limits = limits
        self._has_logged_missing_key = False
        self._served_calls: deque[str] = deque(maxlen=_MOST_SERVED_CALLS)
        self._state = WebhookState(
            texts.state, keep_days=texts.keep_days, most_waiting=texts.most_waiting
        )
        self._inbox = Inbox(self._state, self._process, texts.concurrency)
        self._replies = Replies(
            agent,
            self._client,
            self._state,
            texts,
            turn_seconds=limits.turn_seconds,
            draining=lambda: self._inbox.draining,
        )

    def relay_hooks(self) -> Hooks:
        """Return the hooks for calls over Conversation Relay.

        They run at the end of the connection, and not again when Telnyx reports the end.
        """
        return _RelayHooks(self._hooks, self._served_calls.append)

    async def start(self) -> None:
        """Continue what a crash interrupted; a failure is logged, and repeated with a webhook."""
        self._inbox.reopen()
        if self._key is None:
            return
        try:
            await self._inbox.start()
        except (StateInUseError, OSError, sqlite3.Error) as error:
            _log.error("Webhooks are refused until the state can be opened: %s", error)

    @property
    def count(self) -> int:
        """How many threads have work."""
        return self._inbox.count

    async def drain(self) -> None:
        """Refuse new webhooks, and wait until the events in progress are processed."""
        self._inbox.draining.set()
        await self._inbox.idle()

    async def close(self) -> None:
        """Cancel what is in progress; it continues after the next start."""
        await self._inbox.close()

    async def receive(self, request: Request) -> Response:
        """Respond to a webhook."""
        verified = await self._verified(request)
        if isinstance(verified, Response):
            return verified
        event, body = verified
        if event.event_type == _INITIALIZATION:
            seconds = self._limits.initialization_seconds
            return JSONResponse(await initialize(event, self._hooks, seconds))
        event_id = event.id or hashlib.sha256(body).hexdigest()
        thread = _thread_of(event, event_id)
        if thread is None:
            return JSONResponse({"status": "ignored"})
        return await self._record(event_id, thread, body)

    async def _verified(self, request: Request) -> tuple[WebhookEvent, bytes] | Response:
        """Return the event of a request and its body, or the response that refuses it."""
        if self._key is None:
            if not self._has_logged_missing_key:
                self._has_logged_missing_key = True
                _log.error("Webhooks are refused: set %s, or pass `public_key`", VARIABLE)
            return _refusal(403, "The server has no public key to verify webhooks.")
        try:
            body = await read_body(request, self._limits.body_bytes)
            return verify(body, request.headers.items(), public_key=self._key), body
        except TooLarge as error:
            return _refusal(413, str(error))
        except MalformedWebhookError as error:
            return _refusal(400, str(error))
        except WebhookError as error:
            _log.warning("A webhook is refused: %s", error)
            return _refusal(401 if isinstance(error, UnsignedWebhookError) else 403, str(error))

    async def _record(self, event_id: str, thread: str, body: bytes) -> Response:
        if self._inbox.draining.is_set():
            return _refusal(503, "The server is shutting down.", {"Retry-After": "1"})
        try:
            is_new = await self._inbox.add(event_id, thread, body)
        except (StateInUseError, StateFullError, OSError, sqlite3.Error) as error:
            # Telnyx sends it again.
            _log.error("event %s is refused: %s", event_id, error)
            return _refusal(503, "The event cannot be stored now.", {"Retry-After": "5"})
        if not is_new:
            _log.info("event %s was received before", event_id)
        return JSONResponse({"status": "received" if is_new else "duplicate"})

    async def _process(self, stored: StoredEvent) -> None:
        event = parse(stored.body)
        if not isinstance(event, ConversationEndedEvent):
            await self._replies.handle(stored)
            return
        if event.call_control_id not in self._served_calls:
            await end(event, self._hooks)
        await self._state.finish(stored.id, "done")

    def _client(self) -> Telnyx:
        if self._telnyx is None:
            self._telnyx = Telnyx()
        return self._telnyx


class _RelayHooks(Hooks):
    """Hooks that note the calls for which they run."""

    def __init__(self, hooks: Hooks, note: Callable[[str], None]) -> None:
        super().__init__(hooks.started, hooks.ended)
        self._note = note

    async def run_started(self, context: CallContext) -> dict[str, Any]:
        if context.call_control_id is not None:
            self._note(context.call_control_id)
        return await super().run_started(context)


def _thread_of(event: WebhookEvent, event_id: str) -> str | None:
    """Return the thread of an event that is processed; others are ignored."""
    if isinstance(event, ConversationEndedEvent):
        return f"call:{event.conversation_id or event.call_control_id or event_id}"
    if event.event_type != _RECEIVED:
        _log.debug("event %s of the type %.60r is ignored", event_id, event.event_type)
        return None
    try:
        text = parse_text(event.payload)
    except UnusableMessage as error:
        _log.warning("event %s is ignored: %s", event_id, error)
        return None
    if text.keyword is not None:
        _log.info("event %s is ignored: Telnyx has answered %.20s", event_id, text.keyword)
        return None
    return text.thread_id


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": message}, status, headers)
