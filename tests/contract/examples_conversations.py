"""Examples of conversations, their insights and their histories."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from examples import Example, after_creating, arguments, with_created

if TYPE_CHECKING:
    from prerequisites import Account

_ASSISTANT = "assistant-123"
_NUMBER = "+13125550100"
_SCHEMA = {
    "type": "object",
    "properties": {"summary": {"type": "string"}},
    "required": ["summary"],
    "additionalProperties": False,
}


def conversation(account: Account) -> str:
    """A conversation with a question and an answer."""
    conversations = account.telnyx.conversations
    made = conversations.create(name="Support call", metadata={"assistant_id": _ASSISTANT})
    conversations.add_message(made.id, "user", "My order has not arrived.")
    conversations.add_message(made.id, "assistant", "I am sorry. It comes today.")
    return str(made.id)


def insight(account: Account) -> str:
    """An insight template."""
    made = account.telnyx.insights.create(
        "Summary", instructions="Summarise the call.", json_schema=_SCHEMA
    )
    return str(made.id)


def message(account: Account) -> str:
    """A text message that was sent."""
    return str(account.telnyx.messages.send("+13125550123", "Hello", from_=_NUMBER).id)


def group(account: Account) -> str:
    """An insight group."""
    return str(account.telnyx.insight_groups.create("Support").id)


def group_and_insight(account: Account) -> tuple[str, str]:
    """An insight group, and a template outside of it."""
    return group(account), insight(account)


def group_with_insight(account: Account) -> tuple[str, str]:
    """An insight group, and its template."""
    made = group_and_insight(account)
    account.telnyx.insight_groups.assign(*made)
    return made


def ended_conversation(account: Account) -> str:
    """A conversation that has ended, with insights."""
    made = conversation(account)
    group_id, _ = group_with_insight(account)
    account.emulator.end_conversation(made, group_id)
    account.telnyx.conversations.wait_for_insights(made)
    return made


EXAMPLES = (
    Example("get_conversations_public_conversations_get", "conversations.list", arguments()),
    Example(
        "get_conversations_public_conversations_get",
        "conversations.list",
        after_creating(
            conversation,
            name="like.Support%",
            created_at="gte.2025-01-01",
            metadata={"assistant_id": f"eq.{_ASSISTANT}"},
            limit=5,
            order="created_at.desc",
        ),
        "filtered",
    ),
    Example(
        "create_new_conversation_public_conversations_post",
        "conversations.create",
        arguments(name="Support call", metadata={"assistant_id": _ASSISTANT}),
    ),
    Example(
        "get_conversation_by_id_public_conversations_get",
        "conversations.get",
        with_created(conversation),
    ),
    Example(
        "update_conversation_by_id_public_conversations_put",
        "conversations.update",
        with_created(conversation, metadata={"topic": "delivery"}),
    ),
    Example(
        "delete_conversation_by_id_public_conversations_delete",
        "conversations.delete",
        with_created(conversation),
    ),
    Example(
        "get_conversations_public__conversation_id__insights_get",
        "conversations.insights",
        with_created(ended_conversation),
    ),
    Example(
        "add_new_message",
        "conversations.add_message",
        with_created(
            conversation,
            "user",
            "Thank you.",
            name="Ann",
            sent_at=datetime(2026, 1, 1, tzinfo=UTC),
            metadata={"channel": "voice", "turn": 3, "urgent": False, "tags": ["thanks"]},
        ),
    ),
    Example(
        "add_new_message",
        "conversations.add_message",
        with_created(
            conversation,
            "assistant",
            tool_calls=[
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "find_order", "arguments": "{}"},
                }
            ],
            tool_choice="auto",
        ),
        "of a tool call",
    ),
    Example(
        "get_conversations_public__conversation_id__messages_get",
        "conversations.messages",
        with_created(conversation, page_size=1),
    ),
    Example("get_all_insights", "insights.list", after_creating(insight, page_size=1)),
    Example(
        "create_insight",
        "insights.create",
        arguments("Summary", instructions="Summarise the call."),
    ),
    Example(
        "create_insight",
        "insights.create",
        arguments("Summary", instructions="Summarise the call.", json_schema=_SCHEMA),
        "with a schema",
    ),
    Example("get_insight_by_id", "insights.get", with_created(insight)),
    Example("update_insight_by_id", "insights.update", with_created(insight, name="Renamed")),
    Example("delete_insight_by_id", "insights.delete", with_created(insight)),
    Example(
        "aggregate_conversation_insights",
        "insights.aggregates",
        after_creating(
            ended_conversation,
            group_by=["metadata.assistant_id"],
            created_at="gte.2025-01-01",
            metadata={"assistant_id": f"eq.{_ASSISTANT}"},
        ),
    ),
    Example(
        "get_all_insight_groups",
        "insight_groups.list",
        after_creating(group_with_insight, page_size=1),
    ),
    Example(
        "create_insight_group",
        "insight_groups.create",
        arguments("Support", description="After support calls."),
    ),
    Example("get_insight_group_by_id", "insight_groups.get", with_created(group)),
    Example(
        "update_insight_group_by_id",
        "insight_groups.update",
        with_created(group, description="Renamed."),
    ),
    Example("delete_insight_group_by_id", "insight_groups.delete", with_created(group)),
    Example("assign_insight_to_group", "insight_groups.assign", with_created(group_and_insight)),
    Example(
        "unassign_insight_from_group", "insight_groups.unassign", with_created(group_with_insight)
    ),
    Example(
        "GET /ai/conversation_histories",
        "conversation_histories.search",
        after_creating(conversation, "order", region="USA", min_score=0.1, page_size=1),
    ),
    Example("POST /messages", "messages.send", arguments("+13125550123", "Hi", from_=_NUMBER)),
    Example("GET /messages/{id}", "messages.get", with_created(message)),
)
