"""Parses webhooks to events; an unreadable part is left out and reported."""

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

# From the documentation of insight groups; of Voice; and observed in production.
_INSIGHTS = {
    "conversation.insights.completed",
    "call.conversation_insights.generated",
    "conversation_insight_result",
}
_ENDED = "call.conversation.ended"
_ENVELOPE = ("event_type", "id", "occurred_at")
# The field of the results in each form.
_RESULT_FIELDS = ("results", "insights", "conversation_insights")
# Fields of the call in the metadata of a conversation.
_CALL_FIELDS = ("call_control_id", "call_leg_id", "call_session_id")


class WebhookEvent(Model):
    """An event of any type; events of unknown types have this class.

    A field that cannot be parsed has its default, and its raw value is in `unreadable_fields`.

    Attributes:
        event_type: The type; empty if it is missing or not text.
        id: The event's id, to detect duplicates; of insights, it may be the id of the request.
            Events without an envelope have none.
        occurred_at: The time of the event.
        payload: The raw payload.
    """

    event_type: str = ""
    id: str | None = None
    occurred_at: datetime | None = None
    payload: SkipValidation[dict[str, Any]] = Field(default_factory=dict)


class InsightsEvent(WebhookEvent):
    """Insights of a conversation are available.

    Attributes:
        conversation_insights: The results, in the form of `conversations.insights`; `value` is the
            parsed object. Results that cannot be parsed are left out, and are in
            `unreadable_fields` as `conversation_insights.N`, with their position N from 0.
        status: `pending`, `in_progress`, `completed` or `failed`, if the form has it.
        conversation_id: The conversation; the Voice event has only the call.
        insight_group_id: The group whose templates were applied.
        call_control_id: The call, if any.
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
        """Whether all results are final; forms without a status are sent at the end."""
        return self.status is None or self.status in {COMPLETED, FAILED}


class EndedMessage(Model):
    """A message of an ended conversation.

    Attributes:
        role: The role of the speaker.
        content: The text, also of content in parts.
        content_parts: The raw parts, if the content has parts.
        timestamp: The time of the message.
        tool_calls: The tool calls of the assistant.
        tool_call_id: For a tool message: the id of its tool call.
    """

    role: str | None = None
    content: str | None = None
    content_parts: list[Any] | None = None
    timestamp: datetime | None = None
    tool_calls: list[ConversationToolCall] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _join_parts(cls, values: Any) -> Any:
        parts = values.get("content") if isinstance(values, dict) else None
        if not isinstance(parts, list):
            return values
        texts = [text for part in parts if (text := _text_of(part)) is not None]
        joined = "\n".join(texts) if texts else None
        return {**values, "content": joined, "content_parts": parts}


class ConversationEndedEvent(WebhookEvent):
    """A call's conversation with an assistant has ended; `payload` has further fields.

    Attributes:
        conversation_id: The conversation.
        assistant_id: The assistant.
        duration_sec: Its duration in seconds.
        reason: Why it ended.
        messages: The messages. Messages that cannot be parsed are left out, and are in
            `unreadable_fields` as `messages.N`, with their position N from 0.
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
    """Parse the event of a webhook without verification of its sender; see `verify`.

    Parts that cannot be parsed are left out, logged, and in `unreadable_fields` of the event.

    Args:
        body: The body.

    Raises:
        MalformedWebhookError: It is not JSON, or not an event: it has neither an `event_type` that
            is text, nor other fields.
    """
    try:
        # Without unpaired surrogates, which cannot be encoded.
        sent = joined_in(json.loads(body))
    except (ValueError, RecursionError):
        # Without the cause, which would quote the body.
        raise MalformedWebhookError("The webhook's body is not JSON.") from None
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
    """Return the event of a body, with or without an envelope.

    Raises:
        MalformedWebhookError: The body has no event.
    """
    inner = sent.get("data") if isinstance(sent, dict) else None
    found = [one for one in (inner, sent) if isinstance(one, dict)]
    for one in found:
        if isinstance(one.get("event_type"), str):
            return one
    for one in found:
        # If `event_type` is not text, the other fields can still be parsed.
        if isinstance(one.get("payload"), dict) or ("event_type" in one and len(one) > 1):
            return one
    raise MalformedWebhookError("The webhook's body is JSON, but has no `event_type`.")


def _insights(payload: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of all three forms with common names."""
    given = [payload[name] for name in _RESULT_FIELDS if payload.get(name) is not None]
    found = next((each for each in given if isinstance(each, list)), given[0] if given else None)
    # In the third form, the fields of the call are in the metadata.
    metadata = payload.get("metadata")
    nested = metadata if isinstance(metadata, dict) else {}
    call = {name: nested[name] for name in _CALL_FIELDS if name in nested}
    outside = {name: event[name] for name in ("request_id", "status") if name in event}
    filled = {name: value for name, value in payload.items() if value is not None}
    return {**outside, **call, **filled, "conversation_insights": found}


def _text_of(part: Any) -> str | None:
    text = part.get("text") if isinstance(part, dict) else part
    return text if isinstance(text, str) else None
