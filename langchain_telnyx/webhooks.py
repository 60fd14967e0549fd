"""Webhooks: whether Telnyx sent them, and what they say of a conversation, in one form.

Needs no framework: `verify` takes the body's bytes and the headers of whichever one you have. The
vendor documents two forms in which insights arrive, and a third was seen; all come out alike.

API pages: https://developers.telnyx.com/docs/development/api-fundamentals/webhooks,
https://developers.telnyx.com/docs/inference/ai-insights/insight-groups,
https://developers.telnyx.com/api-reference/callbacks/call-conversation-insights-generated,
https://developers.telnyx.com/api-reference/callbacks/call-conversation-ended
"""

import base64
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import Field, ValidationError

from langchain_telnyx.client.api.conversation_results import ConversationToolCall, InsightResult
from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.errors import (
    ConfigurationError,
    MalformedWebhookError,
    StaleWebhookError,
    UnsignedWebhookError,
    WebhookSignatureError,
)
from langchain_telnyx.client.json_reading import loads

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Headers: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

TIMESTAMP = "telnyx-timestamp"
SIGNATURE = "telnyx-signature-ed25519"

# By the documents of insight groups; by those of Voice; and as several receivers have seen it.
_INSIGHTS = {
    "conversation.insights.completed",
    "call.conversation_insights.generated",
    "conversation_insight_result",
}
_ENDED = "call.conversation.ended"
_ENVELOPE = ("event_type", "id", "occurred_at")
_KEY_LENGTH = 32
_SIGNATURE_LENGTH = 64
_LONGEST_TIMESTAMP = 16


class WebhookEvent(Model):
    """An event, in whichever envelope it came; one of a kind unknown here is just this.

    Attributes:
        event_type: What happened.
        id: The event's id, by which to know one that is delivered twice; flat events have none.
        occurred_at: When it happened.
        payload: What the vendor says of it, as it came.
    """

    event_type: str
    id: str | None = None
    occurred_at: datetime | None = None
    payload: dict[str, Any] = Field(default_factory=dict)


class InsightsEvent(WebhookEvent):
    """Insights of a conversation were found.

    Attributes:
        conversation_insights: What was found, as `conversations.insights` gives it; `value` is the
            object in a result, whether it came as an object or as text.
        conversation_id: The conversation; the Voice event names the call only.
        insight_group_id: The group whose templates were applied.
        call_control_id: The call, where it was one.
        call_leg_id: Its leg.
        call_session_id: Its session.
    """

    conversation_insights: list[InsightResult] = Field(default_factory=list)
    conversation_id: str | None = None
    insight_group_id: str | None = None
    call_control_id: str | None = None
    call_leg_id: str | None = None
    call_session_id: str | None = None


class EndedMessage(Model):
    """A message of a conversation that has ended.

    Attributes:
        role: Who spoke.
        content: What was said.
        timestamp: When.
        tool_calls: The calls that the assistant made.
        tool_call_id: Of a tool's message: the call that it answers.
    """

    role: str
    content: str | None = None
    timestamp: datetime | None = None
    tool_calls: list[ConversationToolCall] | None = None
    tool_call_id: str | None = None


class ConversationEndedEvent(WebhookEvent):
    """A call's conversation with an assistant has ended; what else is known is in `payload`.

    Attributes:
        conversation_id: The conversation.
        assistant_id: The assistant.
        duration_sec: How long it took.
        reason: Why it ended.
        messages: What was said.
        call_control_id: The call.
        call_leg_id: Its leg.
        call_session_id: Its session.
    """

    conversation_id: str | None = None
    assistant_id: str | None = None
    duration_sec: float | None = None
    reason: str | None = None
    messages: list[EndedMessage] = Field(default_factory=list)
    call_control_id: str | None = None
    call_leg_id: str | None = None
    call_session_id: str | None = None


def verify(
    body: bytes,
    headers: Headers,
    *,
    public_key: str | bytes,
    tolerance: float = 300.0,
    now: float | None = None,
) -> WebhookEvent:
    """Return the event in a webhook that Telnyx signed, and signed just now.

    Answer the webhook with a 200 at once and do the work afterwards: Telnyx soon sends it again,
    and may do so anyway, so know events by their `id`.

    Args:
        body: The body exactly as it came: JSON that was parsed and written again is signed no more.
        headers: The request's headers, a mapping or pairs; upper and lower case are the same.
        public_key: The account's public key, in base64, as the portal shows it (Account Settings,
            Keys & Credentials, Public Key); or its 32 bytes.
        tolerance: Seconds for which a signature is good, before and after.
        now: The time, in seconds since 1970. Default: the machine's.

    Returns:
        An `InsightsEvent`, a `ConversationEndedEvent`, or for other events a `WebhookEvent`.

    Raises:
        UnsignedWebhookError: There is no signature, or none that is one.
        StaleWebhookError: It was signed too long ago, or in the future.
        WebhookSignatureError: It was signed by another key, or changed afterwards.
        MalformedWebhookError: It is Telnyx's, but no event.
        ConfigurationError: `public_key` is no key.
        ImportError: The extra `webhooks` is not installed.

    Example:
        ```python
        from langchain_telnyx.webhooks import InsightsEvent, verify


        def receive(body: bytes, headers: dict[str, str]) -> None:
            event = verify(body, headers, public_key=PUBLIC_KEY)
            if isinstance(event, InsightsEvent):
                for found in event.conversation_insights:
                    print(found.insight_id, found.value)
        ```
    """
    if not isinstance(body, bytes | bytearray | memoryview):
        raise TypeError(
            f"`body` is a {type(body).__name__}: pass the bytes of the request's body as they came."
        )
    key = _key(public_key)
    stamp, signature = _signed(headers)
    # The signature first: what nobody signed says nothing about its time either.
    _check(key, signature, stamp.encode() + b"|" + bytes(body))
    age = (time.time() if now is None else now) - int(stamp)
    if abs(age) > tolerance:
        raise StaleWebhookError(
            f"The webhook was signed {abs(age):.0f} s {'ago' if age > 0 else 'in the future'}, and "
            f"`tolerance` is {tolerance:g} s: it may be an old one that somebody sends again. If "
            f"it is not, set this machine's clock."
        )
    return parse(bytes(body))


def parse(body: bytes | str) -> WebhookEvent:
    """Return the event in a webhook, whoever sent it; `verify` makes sure that Telnyx did.

    Args:
        body: The body.

    Raises:
        MalformedWebhookError: It is no event.
    """
    try:
        sent = loads(body)
    except (ValueError, RecursionError):
        # Not as a cause: it would quote the body.
        raise MalformedWebhookError("The webhook's body is no JSON.") from None
    event = sent.get("data", sent) if isinstance(sent, dict) else None
    if not isinstance(event, dict) or not isinstance(event.get("event_type"), str):
        raise MalformedWebhookError("The webhook's body is JSON, but names no `event_type`.")
    payload = event.get("payload")
    if not isinstance(payload, dict):
        payload = {name: value for name, value in event.items() if name not in _ENVELOPE}
    envelope = {name: event[name] for name in _ENVELOPE if event.get(name) is not None}
    kind, said = WebhookEvent, payload
    if event["event_type"] in _INSIGHTS:
        kind, said = InsightsEvent, _insights(payload)
    elif event["event_type"] == _ENDED:
        kind = ConversationEndedEvent
    names = kind.model_fields.keys() - WebhookEvent.model_fields.keys()
    fields = {name: said[name] for name in names if name in said}
    try:
        return kind.model_validate({**fields, **envelope, "payload": payload})
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
        raise MalformedWebhookError(
            f"The webhook is a {kind.__name__} by its name, but not by its fields: {places}."
        ) from None


def _insights(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the three forms under one set of names."""
    found = payload.get("results", payload.get("insights", []))
    # Of the third form: what is known of the call stands a step deeper.
    metadata = payload.get("metadata")
    deeper = metadata if isinstance(metadata, dict) else {}
    return {**deeper, **payload, "conversation_insights": found}


def _signed(headers: Headers) -> tuple[str, bytes]:
    """Return the time and the signature in a webhook's headers."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    told = {_text(name).lower(): _text(value).strip() for name, value in pairs}
    missing = [f"`{name}`" for name in (TIMESTAMP, SIGNATURE) if not told.get(name)]
    if missing:
        raise UnsignedWebhookError(
            f"The webhook is not signed: it has no {' and no '.join(missing)}. It is not from "
            f"Telnyx, or a proxy has taken the headers away."
        )
    stamp = told[TIMESTAMP]
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST_TIMESTAMP):
        raise UnsignedWebhookError(f"The webhook's `{TIMESTAMP}` is no number of seconds.")
    signature = _decoded(told[SIGNATURE])
    if signature is None or len(signature) != _SIGNATURE_LENGTH:
        raise UnsignedWebhookError(f"The webhook's `{SIGNATURE}` is no Ed25519 signature.")
    return stamp, signature


def _text(value: Any) -> str:
    # ASGI has bytes, and some frameworks a list of values.
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _key(public_key: str | bytes) -> "Ed25519PublicKey":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - an extra
            Ed25519PublicKey,
        )
    except ImportError as error:
        raise ImportError(
            'Verifying webhooks needs cryptography: run `pip install "langchain-telnyx[webhooks]"`.'
        ) from error
    raw = public_key if isinstance(public_key, bytes) else _decoded(public_key.strip())
    if raw is None or len(raw) != _KEY_LENGTH:
        raise ConfigurationError(
            "`public_key` is no Ed25519 key: pass the account's public key as the portal shows it, "
            "32 bytes in base64."
        )
    return Ed25519PublicKey.from_public_bytes(raw)


def _decoded(text: str) -> bytes | None:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:  # not ASCII, or no base64
        return None
    # The last letter has bits to spare; other letters there would stand for the same bytes.
    return decoded if base64.b64encode(decoded).decode() == text else None


def _check(key: "Ed25519PublicKey", signature: bytes, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

    try:
        key.verify(signature, signed)
    except InvalidSignature:
        raise WebhookSignatureError(
            "The webhook's signature is wrong: somebody else sent it, it was changed on its way "
            "(a framework that parses JSON and writes it again does that), or `public_key` is of "
            "another account."
        ) from None
