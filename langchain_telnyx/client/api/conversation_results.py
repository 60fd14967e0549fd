"""Results about conversations: the conversations, their messages, their insights."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.json_reading import loads

COMPLETED = "completed"
FAILED = "failed"
_MESSAGE_ROLES = {"user", "assistant", "tool", "system"}


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
        last_message_at: When its latest message was added.
        metadata: Its metadata; Telnyx adds `telnyx_conversation_channel`,
            `telnyx_agent_target`, `telnyx_end_user_target`, `assistant_id` and, for calls, their
            ids. With `ai_disabled` set to `true`, assistants do not answer.
    """

    id: str
    name: str | None = None
    created_at: datetime | None = None
    last_message_at: datetime | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class CalledFunction(Model):
    """The function of a tool call.

    Attributes:
        name: Its name.
        arguments: Its arguments, as JSON text, even if the API returns an object.
    """

    name: str
    arguments: Annotated[str, BeforeValidator(_as_text)] = ""


class ConversationToolCall(Model):
    """A tool call that the assistant made.

    Attributes:
        id: Its id.
        type: `function`.
        function: The called function.
    """

    id: str | None = None
    type: str | None = None
    function: CalledFunction | None = None


class ConversationMessage(Model):
    """A message that was read; messages are written with `content` and read with `text`.

    Attributes:
        role: `user`, `assistant` or `tool`.
        text: Its text; empty or `None` beside tool calls.
        created_at: When it was added.
        sent_at: When the end user experienced it.
        tool_calls: The calls that the assistant made.
        metadata: Its metadata.
    """

    role: str
    text: str | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    tool_calls: list[ConversationToolCall] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def moment(self) -> datetime | None:
        """The time of the message: when it was sent, else when it was added."""
        return _aware(self.sent_at or self.created_at)

    @property
    def is_message(self) -> bool:
        """Whether it has text, tool calls or a documented role.

        Other rows report an event of the conversation, and nobody wrote them.
        """
        return bool(self.text or self.tool_calls) or self.role in _MESSAGE_ROLES


class InsightResult(Model):
    """The result of one insight template.

    Attributes:
        insight_id: The template.
        result: The result as the API returns it: text, which is JSON if the template has a schema.
            Some webhooks have an object; numbers, lists and null are unchanged, too.
    """

    insight_id: str
    result: Any

    @property
    def value(self) -> Any:
        """The result: an object if it is one or the JSON text of one, else unchanged."""
        if not isinstance(self.result, str):
            return self.result
        try:
            value = loads(self.result)
        except (ValueError, RecursionError):
            return self.result
        return value if isinstance(value, dict) else self.result


class ConversationInsights(Model):
    """The results of a group's templates for a conversation.

    Attributes:
        id: Its id.
        status: `pending`, `in_progress`, `completed` or `failed`.
        created_at: When it was created.
        conversation_insights: The results, one per template.
        insight_group_id: The group; the API returns it, although its schema does not have it.
    """

    id: str
    status: str
    created_at: datetime | None = None
    conversation_insights: list[InsightResult] = Field(default_factory=list)
    insight_group_id: str | None = None

    @property
    def settled(self) -> bool:
        """Whether the results are final."""
        return self.status in {COMPLETED, FAILED}


def in_order(messages: Iterable[ConversationMessage]) -> list[ConversationMessage]:
    """Return messages in order of time.

    The API guarantees no order: a greeting was seen at the end. Messages with the same time are in
    the order in which they were added. Those without a time are at the end, in the API's order.
    """
    latest = datetime.max.replace(tzinfo=UTC)
    return sorted(
        messages,
        key=lambda message: (message.moment or latest, _aware(message.created_at) or latest),
    )


def _aware(moment: datetime | None) -> datetime | None:
    """Return a time with its zone: one without a zone is in UTC."""
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment
