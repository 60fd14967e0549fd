"""What a webhook says, in one form, whichever form it came in; what is odd costs only itself."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field, SkipValidation, model_validator

from langchain_telnyx.client.api.conversation_results import (
    COMPLETED,
    FAILED,
    ConversationToolCall,
    InsightResult,
)
from langchain_telnyx.client.decode import Model, read_value
from langchain_telnyx.client.surrogates import joined_in
from langchain_telnyx.client.webhook_errors import MalformedWebhookError

# By the documents of insight groups; by those of Voice; and as several receivers have seen it.
_INSIGHTS = {
    "conversation.insights.completed",
    "call.conversation_insights.generated",
    "conversation_insight_result",
}
_ENDED = "call.conversation.ended"
_ENVELOPE = ("event_type", "id", "occurred_at")
# Under which name each form has its results.
_RESULTS = ("results", "insights", "conversation_insights")
# What the metadata of a conversation may know of its call.
_OF_THE_CALL = ("call_control_id", "call_leg_id", "call_session_id")


class WebhookEvent(Model):
    """An event, in whichever envelope it came; one of a kind unknown here is just this.

    A field that cannot be read has its default; what came stands in `unreadable_fields`.

    Attributes:
        event_type: What happened; empty where the event does not say so in text.
        id: The event's id, by which to know one that is delivered twice; of insights it may be the
            id of the request. Flat events have none.
        occurred_at: When it happened.
        payload: What the vendor says of it, as it came.
    """

    event_type: str = ""
    id: str | None = None
    occurred_at: datetime | None = None
    payload: SkipValidation[dict[str, Any]] = Field(default_factory=dict)


class InsightsEvent(WebhookEvent):
    """Insights of a conversation were found.

    Attributes:
        conversation_insights: What was found, as `conversations.insights` gives it; `value` is the
            object in a result, whether it came as an object or as text. One that cannot be read is
            not among them, and stands in `unreadable_fields` as `conversation_insights.N`, N its
            position from 0.
        status: `pending`, `in_progress`, `completed` or `failed`, where the form says so.
        conversation_id: The conversation; the Voice event names the call only.
        insight_group_id: The group whose templates were applied.
        call_control_id: The call, where it was one.
        call_leg_id: Its leg.
        call_session_id: Its session.
    """

    conversation_insights: list[InsightResult] = Field(default_factory=list)
    status: str | None = None
    conversation_id: str | None = None
    insight_group_id: str | None = None
    call_control_id: str | None = None
    call_leg_id: str | None = None
    call_session_id: str | None = None

    @property
    def settled(self) -> bool:
        """Whether no more is to come; forms without a status come when all is found."""
        return self.status is None or self.status in {COMPLETED, FAILED}


class EndedMessage(Model):
    """A message of a conversation that has ended.

    Attributes:
        role: Who spoke.
        content: What was said; of content in parts, the text of them.
        content_parts: The parts, as they came, where the content came in parts.
        timestamp: When.
        tool_calls: The calls that the assistant made.
        tool_call_id: Of a tool's message: the call that it answers.
    """

    role: str | None = None
    content: str | None = None
    content_parts: list[Any] | None = None
    timestamp: datetime | None = None
    tool_calls: list[ConversationToolCall] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_parts(cls, given: Any) -> Any:
        parts = given.get("content") if isinstance(given, dict) else None
        if not isinstance(parts, list):
            return given
        texts = [text for part in parts if (text := _text_of(part)) is not None]
        joined = "\n".join(texts) if texts else None
        return {**given, "content": joined, "content_parts": parts}


class ConversationEndedEvent(WebhookEvent):
    """A call's conversation with an assistant has ended; what else is known is in `payload`.

    Attributes:
        conversation_id: The conversation.
        assistant_id: The assistant.
        duration_sec: How long it took, in seconds.
        reason: Why it ended.
        messages: What was said. A message that cannot be read is not among them, and stands in
            `unreadable_fields` as `messages.N`, N its position from 0.
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


def parse(body: bytes | str) -> WebhookEvent:
    """Return the event in a webhook, whoever sent it; `verify` makes sure that Telnyx did.

    A part that cannot be read costs no more than itself: it stands in `unreadable_fields` of the
    event, and is logged by its place.

    Args:
        body: The body.

    Raises:
        MalformedWebhookError: It is no JSON, or no event: it has no `event_type` that is text, and
            nothing else to read.
    """
    try:
        # Without halves of characters, which no store and no encoding takes.
        sent = joined_in(json.loads(body))
    except (ValueError, RecursionError):
        # Not as a cause: it would quote the body.
        raise MalformedWebhookError("The webhook's body is no JSON.") from None
    event = _event(sent)
    inner = event.get("payload")
    rest = {name: value for name, value in event.items() if name not in _ENVELOPE}
    payload = inner if isinstance(inner, dict) else rest
    fields = {name: event[name] for name in _ENVELOPE if event.get(name) is not None}
    kind, named = WebhookEvent, payload
    if event.get("event_type") in tuple(_INSIGHTS):
        kind, named = InsightsEvent, _insights(payload, event)
        fields.setdefault("id", named.get("request_id"))
    elif event.get("event_type") == _ENDED:
        kind = ConversationEndedEvent
    names = kind.model_fields.keys() - WebhookEvent.model_fields.keys()
    fields |= {name: named[name] for name in names if named.get(name) is not None}
    read = {name: value for name, value in fields.items() if value is not None}
    return read_value(kind, {**read, "payload": payload}, f"Webhook, read as {kind.__name__}")


def _event(sent: Any) -> Mapping[str, Any]:
    """Return the event in a body: bare, or in an envelope.

    Raises:
        MalformedWebhookError: There is none.
    """
    inner = sent.get("data") if isinstance(sent, dict) else None
    found = [one for one in (inner, sent) if isinstance(one, dict)]
    for one in found:
        if isinstance(one.get("event_type"), str):
            return one
    for one in found:
        # Of a name that is no text, all the rest can still be read.
        if isinstance(one.get("payload"), dict) or ("event_type" in one and len(one) > 1):
            return one
    raise MalformedWebhookError("The webhook's body is JSON, but names no `event_type`.")


def _insights(payload: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the three forms under one set of names."""
    given = [payload[name] for name in _RESULTS if payload.get(name) is not None]
    found = next((each for each in given if isinstance(each, list)), given[0] if given else None)
    # Of the third form: what is known of the call stands a step deeper.
    metadata = payload.get("metadata")
    deeper = metadata if isinstance(metadata, dict) else {}
    known = {name: deeper[name] for name in _OF_THE_CALL if name in deeper}
    outside = {name: event[name] for name in ("request_id", "status") if name in event}
    filled = {name: value for name, value in payload.items() if value is not None}
    return {**outside, **known, **filled, "conversation_insights": found}


def _text_of(part: Any) -> str | None:
    text = part.get("text") if isinstance(part, dict) else part
    return text if isinstance(text, str) else None
