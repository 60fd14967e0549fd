"""What the API says of conversations: themselves, their messages, their insights."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.json_reading import loads

COMPLETED = "completed"
FAILED = "failed"


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Conversation(Model):
    """A conversation.

    Attributes:
        id: Its UUID.
        name: Its name.
        created_at: When it began.
        last_message_at: When its latest message came.
        metadata: What is known about it; Telnyx adds `telnyx_conversation_channel`,
            `telnyx_agent_target`, `telnyx_end_user_target`, `assistant_id` and, for calls, their
            ids. `ai_disabled` set to `true` keeps assistants from answering.
    """

    id: str
    name: str | None = None
    created_at: datetime | None = None
    last_message_at: datetime | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class CalledFunction(Model):
    """The function that a tool call names.

    Attributes:
        name: Its name.
        arguments: Its arguments, as JSON text, also where the API gives an object.
    """

    name: str
    arguments: Annotated[str, BeforeValidator(_as_text)] = ""


class ConversationToolCall(Model):
    """A tool call that the assistant made.

    Attributes:
        id: Its id.
        type: `function`.
        function: What was called.
    """

    id: str | None = None
    type: str | None = None
    function: CalledFunction | None = None


class ConversationMessage(Model):
    """A message, as it is read; it is written with `content`, and read as `text`.

    Attributes:
        role: `user`, `assistant` or `tool`.
        text: What was said; empty or `None` beside tool calls.
        created_at: When it was added.
        sent_at: When the end user experienced it.
        tool_calls: The calls that the assistant made.
        metadata: What was added with it.
    """

    role: str
    text: str | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    tool_calls: list[ConversationToolCall] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def moment(self) -> datetime | None:
        """When it was said: when it was sent, else when it was added."""
        return _aware(self.sent_at or self.created_at)


class InsightResult(Model):
    """What one insight template found.

    Attributes:
        insight_id: The template.
        result: What it found, as the API gives it: text, which is JSON where the template has a
            schema. Some webhooks give an object; numbers, lists and null are as they came, too.
    """

    insight_id: str
    result: Any

    @property
    def value(self) -> Any:
        """What it found: an object where the result is one or the text of one, else the result."""
        if not isinstance(self.result, str):
            return self.result
        try:
            value = loads(self.result)
        except (ValueError, RecursionError):
            return self.result
        return value if isinstance(value, dict) else self.result


class ConversationInsights(Model):
    """What the templates of a group found about a conversation.

    Attributes:
        id: Its id.
        status: `pending`, `in_progress`, `completed` or `failed`.
        created_at: When it was begun.
        conversation_insights: What was found, a template each.
        insight_group_id: The group; the API gives it, although its schema does not say so.
    """

    id: str
    status: str
    created_at: datetime | None = None
    conversation_insights: list[InsightResult] = Field(default_factory=list)
    insight_group_id: str | None = None

    @property
    def settled(self) -> bool:
        """Whether no more is to come."""
        return self.status in {COMPLETED, FAILED}


def in_order(messages: Iterable[ConversationMessage]) -> list[ConversationMessage]:
    """Return messages in the order in which they were said.

    The API promises no order: a greeting was seen to come last. Messages of one moment stand as
    they were added, and those without a time at the end, as they came.
    """
    latest = datetime.max.replace(tzinfo=UTC)
    return sorted(
        messages,
        key=lambda message: (message.moment or latest, _aware(message.created_at) or latest),
    )


def _aware(moment: datetime | None) -> datetime | None:
    """Return a moment with its zone: one without it is in UTC."""
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment
