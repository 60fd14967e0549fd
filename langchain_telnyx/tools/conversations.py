"""Conversations, found by what one knows of them, and read in the order in which they were said."""

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
from langchain_telnyx.tools.quoting import Found, block, counted, line, when

_CHANNEL = "telnyx_conversation_channel"
_END_USER = "telnyx_end_user_target"
_AGENT = "telnyx_agent_target"


def _dialled(number: str) -> str:
    """Return a phone number as Telnyx writes it; addresses of other kinds stay as they are."""
    plain = re.sub(r"[\s().-]", "", number)
    return plain if re.fullmatch(r"\+?\d+", plain) else number


ConversationId = Annotated[str, Field(pattern=r"^[\w-]{1,100}$")]
"""The id of a conversation."""


def period(since: date | None, until: date | None) -> list[Filter]:
    """Return the filters for a period of whole days, the last one included.

    Raises:
        ToolException: It ends before it begins.
    """
    if since is not None and until is not None and until < since:
        raise ToolException(f"`until` ({until}) is before `since` ({since}): exchange them.")
    return [
        *([gte(since)] if since is not None else []),
        *([lt(until + timedelta(days=1))] if until is not None else []),
    ]


class ListConversationsArguments(Arguments):
    """What `telnyx_list_conversations` takes."""

    since: date | None = Field(
        default=None, description="Only those that began on this day (UTC) or later: YYYY-MM-DD."
    )
    until: date | None = Field(
        default=None, description="Only those that began on this day (UTC) or earlier: YYYY-MM-DD."
    )
    channel: str | None = Field(
        default=None,
        max_length=100,
        description="Only those of this channel: phone_call, web_call, sms_chat, whatsapp_chat, "
        "web_chat or websocket_call.",
    )
    phone_number: Annotated[str, AfterValidator(_dialled)] | None = Field(
        default=None,
        max_length=200,
        description="Only those with this number at either end, such as +13125550001.",
    )
    assistant_id: str | None = Field(
        default=None, max_length=200, description="Only those held by this assistant."
    )
    name: str | None = Field(
        default=None, max_length=200, description="Only those whose name has this in it."
    )
    limit: int | None = Field(
        default=None, ge=1, le=500, description="How many to list, at most; the newest come first."
    )
    offset: Offset = 0


class TelnyxListConversationsTool(TelnyxTool):
    """Finds conversations by day, channel, phone number, assistant or name.

    API page: https://developers.telnyx.com/api-reference/conversations/list-conversations

    Example:
        ```python
        from langchain_telnyx import TelnyxListConversationsTool

        TelnyxListConversationsTool().invoke({"since": "2026-01-01", "channel": "phone_call"})
        ```
    """

    name: str = "telnyx_list_conversations"
    description: str = (
        "List conversations of the account's voice and chat assistants, the newest first. Use it "
        "to find out which there are, and their ids. Comes back: a line for each, with its id, "
        "when it began, its channel, numbers, assistant and name. What was said in one, "
        "telnyx_read_conversation tells."
    )
    args_schema: ArgsSchema | None = ListConversationsArguments

    limit: int = Field(default=20, ge=1, le=500)
    """Conversations to list where the model does not say how many."""

    def _find(self, asked: ListConversationsArguments) -> Flow[Found]:
        count = asked.limit or self.limit
        metadata = {
            key: eq(value)
            for key, value in ((_CHANNEL, asked.channel), ("assistant_id", asked.assistant_id))
            if value is not None
        }
        number = asked.phone_number
        listing = self.telnyx.calls.conversations.iterate(
            name=None if asked.name is None else contains(asked.name),
            created_at=period(asked.since, asked.until),
            metadata=metadata,
            or_=None
            if number is None
            else any_of(*((f"metadata->{end}", eq(number)) for end in (_END_USER, _AGENT))),
            page_size=min(count + 1, 100),
        )
        found = yield from first(listing, count + 1)
        shown = found[:count]
        more = len(found) > len(shown)
        return Found(
            f"{counted(len(shown), 'conversation')}, the newest first"
            f"{'; there are more' if more else ''}.",
            {"conversations": [each.model_dump(mode="json") for each in shown], "more": more},
            "\n".join(map(_summary, shown)),
            "For others raise `limit`, or give `until` or other filters." if more else "",
        )


def _summary(conversation: Conversation) -> str:
    known = conversation.metadata
    parts = {
        "channel": known.get(_CHANNEL),
        "end user": known.get(_END_USER),
        "agent": known.get(_AGENT),
        "assistant": known.get("assistant_id"),
        "name": conversation.name,
    }
    told = "; ".join(f"{name}: {line(value, 100)}" for name, value in parts.items() if value)
    return (
        f"{conversation.id}: began {when(conversation.created_at)}; "
        f"last message {when(conversation.last_message_at)}{'; ' if told else ''}{told}"
    )


class ReadConversationArguments(Arguments):
    """What `telnyx_read_conversation` takes."""

    conversation_id: ConversationId = Field(
        description="The conversation's id, as telnyx_list_conversations tells it."
    )
    offset: Offset = 0


class TelnyxReadConversationTool(TelnyxTool):
    """Reads the messages of a conversation, in the order in which they were said.

    API page: https://developers.telnyx.com/api-reference/conversations/get-conversation-messages

    Example:
        ```python
        from langchain_telnyx import TelnyxReadConversationTool

        TelnyxReadConversationTool().invoke({"conversation_id": "3fa85f64-5717-4562-b3fc-2c96"})
        ```
    """

    name: str = "telnyx_read_conversation"
    description: str = (
        "Read what was said in one conversation. Use it when you need the very words; for scores "
        "and summaries, telnyx_conversation_insights is shorter. Comes back: every message in "
        "order, with its time and who said it, and the tools that the assistant called."
    )
    args_schema: ArgsSchema | None = ReadConversationArguments

    _missing = "Check the id: telnyx_list_conversations lists them."

    def _find(self, asked: ReadConversationArguments) -> Flow[Found]:
        messages = yield from self.telnyx.calls.conversations.transcript(asked.conversation_id)
        artifact: dict[str, Any] = {
            "conversation_id": asked.conversation_id,
            "messages": [message.model_dump(mode="json") for message in messages],
        }
        said = f"{counted(len(messages), 'message')}, in the order in which they were said."
        return Found(said, artifact, "\n".join(map(_told, messages)))


def _told(message: ConversationMessage) -> str:
    calls = [
        f"(calls {line(call.function.name)} with {line(call.function.arguments)})"
        for call in message.tool_calls or ()
        if call.function is not None
    ]
    said = " ".join([*([block(message.text)] if message.text else []), *calls])
    return f"[{when(message.moment)}] {line(message.role)}: {said}"
