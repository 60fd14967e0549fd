"""Tools that list conversations by filters, and read the messages of one in order."""

import re
from datetime import date, timedelta
from typing import Annotated, Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import AfterValidator, Field

from langchain_telnyx.client.api.conversation_results import Conversation, ConversationMessage
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import first
from langchain_telnyx.client.postgrest import Filter, any_of, contains, eq, gte, lt
from langchain_telnyx.tools.base import Arguments, Offset, TelnyxTool
from langchain_telnyx.tools.quoting import (
    ToolResult,
    format_time,
    indent_lines,
    one_line,
    pluralize,
)

_CHANNEL = "telnyx_conversation_channel"
_END_USER = "telnyx_end_user_target"
_AGENT = "telnyx_agent_target"


def _normalize_number(number: str) -> str:
    """Remove the punctuation of a phone number. Other addresses stay unchanged."""
    plain = re.sub(r"[\s().-]", "", number)
    return plain if re.fullmatch(r"\+?\d+", plain) else number


ConversationId = Annotated[str, Field(pattern=r"^[\w-]{1,100}$")]
"""The id of a conversation."""


def period(since: date | None, until: date | None) -> list[Filter]:
    """Return the filters for a period of whole days, the last day included.

    Raises:
        ToolException: The end is before the start.
    """
    if since is not None and until is not None and until < since:
        raise ToolException(f"`until` ({until}) is before `since` ({since}). Swap them.")
    return [
        *([gte(since)] if since is not None else []),
        *([lt(until + timedelta(days=1))] if until is not None else []),
    ]


class ListConversationsArguments(Arguments):
    """Arguments of `telnyx_list_conversations`."""

    since: date | None = Field(
        default=None,
        description="Only conversations that began on this day (UTC) or later: YYYY-MM-DD.",
    )
    until: date | None = Field(
        default=None,
        description="Only conversations that began on this day (UTC) or earlier: YYYY-MM-DD.",
    )
    channel: str | None = Field(
        default=None,
        max_length=100,
        description="Only this channel: phone_call, web_call, sms_chat, whatsapp_chat, "
        "web_chat or websocket_call.",
    )
    phone_number: Annotated[str, AfterValidator(_normalize_number)] | None = Field(
        default=None,
        max_length=200,
        description="Only conversations from or to this number, such as +13125550001.",
    )
    assistant_id: str | None = Field(
        default=None,
        max_length=200,
        description="Only conversations of the assistant with this id.",
    )
    name: str | None = Field(
        default=None,
        max_length=200,
        description="Only conversations whose name contains this text.",
    )
    limit: int | None = Field(
        default=None, ge=1, le=500, description="The maximum number to list, newest first."
    )
    offset: Offset = 0


class TelnyxListConversationsTool(TelnyxTool):
    """Lists conversations, filtered by day, channel, phone number, assistant or name.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/api-reference/conversations/list-conversations

    Example:
        ```python
        from langchain_telnyx import TelnyxListConversationsTool

        TelnyxListConversationsTool().invoke({"since": "2026-01-01", "channel": "phone_call"})
        ```
    """

    name: str = "telnyx_list_conversations"
    description: str = (
        "List conversations of the account's voice and chat assistants, newest first. Use it to "
        "find conversations and their ids. Returns one line per conversation: id, start time, "
        "channel, phone numbers, assistant and name. To read the messages of a conversation, use "
        "telnyx_read_conversation."
    )
    args_schema: ArgsSchema | None = ListConversationsArguments

    limit: int = Field(default=20, ge=1, le=500)
    """Number of conversations to list if the model does not pass a limit."""

    def _execute(self, arguments: ListConversationsArguments) -> Flow[ToolResult]:
        count = arguments.limit or self.limit
        metadata = {
            key: eq(value)
            for key, value in (
                (_CHANNEL, arguments.channel),
                ("assistant_id", arguments.assistant_id),
            )
            if value is not None
        }
        number = arguments.phone_number
        listing = self.telnyx.calls.conversations.iterate(
            name=None if arguments.name is None else contains(arguments.name),
            created_at=period(arguments.since, arguments.until),
            metadata=metadata,
            or_=None
            if number is None
            else any_of(*((f"metadata->{end}", eq(number)) for end in (_END_USER, _AGENT))),
            page_size=min(count + 1, 100),
        )
        conversations = yield from first(listing, count + 1)
        shown = conversations[:count]
        more = len(conversations) > len(shown)
        return ToolResult(
            f"{pluralize(len(shown), 'conversation')}, newest first"
            f"{'; there are more' if more else ''}.",
            {"conversations": [each.model_dump(mode="json") for each in shown], "more": more},
            "\n".join(map(_summary, shown)),
            "To list others, raise `limit`, or pass `until` or other filters." if more else "",
        )


def _summary(conversation: Conversation) -> str:
    metadata = conversation.metadata
    parts = {
        "channel": metadata.get(_CHANNEL),
        "end user": metadata.get(_END_USER),
        "agent": metadata.get(_AGENT),
        "assistant": metadata.get("assistant_id"),
        "name": conversation.name,
    }
    details = "; ".join(f"{name}: {one_line(value, 100)}" for name, value in parts.items() if value)
    return (
        f"{conversation.id}: began {format_time(conversation.created_at)}; "
        f"last message {format_time(conversation.last_message_at)}"
        f"{'; ' if details else ''}{details}"
    )


class ReadConversationArguments(Arguments):
    """Arguments of `telnyx_read_conversation`."""

    conversation_id: ConversationId = Field(
        description="The id of the conversation, from telnyx_list_conversations."
    )
    offset: Offset = 0


class TelnyxReadConversationTool(TelnyxTool):
    """Reads the messages of a conversation in order.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/api-reference/conversations/get-conversation-messages

    Example:
        ```python
        from langchain_telnyx import TelnyxReadConversationTool

        TelnyxReadConversationTool().invoke({"conversation_id": "3fa85f64-5717-4562-b3fc-2c96"})
        ```
    """

    name: str = "telnyx_read_conversation"
    description: str = (
        "Read the messages of one conversation. Use it to get the exact words; for scores and "
        "summaries, telnyx_conversation_insights is shorter. Returns every message in order, with "
        "its time and role, and the tool calls of the assistant."
    )
    args_schema: ArgsSchema | None = ReadConversationArguments

    _not_found_hint = "Check the id with telnyx_list_conversations."

    def _execute(self, arguments: ReadConversationArguments) -> Flow[ToolResult]:
        rows = yield from self.telnyx.calls.conversations.transcript(arguments.conversation_id)
        messages = [row for row in rows if row.is_message]
        artifact: dict[str, Any] = {
            "conversation_id": arguments.conversation_id,
            "messages": [message.model_dump(mode="json") for message in messages],
        }
        summary = f"{pluralize(len(messages), 'message')}, in order."
        return ToolResult(summary, artifact, "\n".join(map(_format_row, messages)))


def _format_row(message: ConversationMessage) -> str:
    calls = [
        f"(calls {one_line(call.function.name)} with {one_line(call.function.arguments)})"
        for call in message.tool_calls or ()
        if call.function is not None
    ]
    content = " ".join([*([indent_lines(message.text)] if message.text else []), *calls])
    return f"[{format_time(message.moment)}] {one_line(message.role)}: {content}"
