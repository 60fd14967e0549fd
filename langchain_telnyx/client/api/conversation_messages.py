"""Messages of a conversation: add them, and read them in order.

API page: https://developers.telnyx.com/api-reference/conversations/get-conversation-messages
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from langchain_telnyx.client.api.conversation_results import ConversationMessage, in_order
from langchain_telnyx.client.call import Call, Flow, Paging, idempotency_headers, omit_none, path
from langchain_telnyx.client.decode import check_empty
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.flows import every
from langchain_telnyx.client.paging import numbered_pages
from langchain_telnyx.client.rows import Rows


class ConversationMessages(Resource[M]):
    """The messages of conversations; a part of `telnyx.conversations`."""

    @endpoint
    def add_message(
        self,
        conversation_id: str,
        role: str,
        content: str | None = None,
        *,
        name: str | None = None,
        sent_at: datetime | str | None = None,
        tool_call_id: str | None = None,
        tool_calls: Sequence[Mapping[str, Any]] | None = None,
        tool_choice: str | Mapping[str, Any] | None = None,
        metadata: Mapping[str, str | int | bool | Sequence[str | int | bool]] | None = None,
        idempotency_key: str | None = None,
    ) -> Call[None]:
        """Add a message to a conversation; no assistant answers it.

        Operation: `add_new_message`.

        Args:
            conversation_id: The conversation.
            role: `user`, `assistant`, `tool` or `system`.
            content: Its text.
            name: The name of the speaker, or of the tool that answers.
            sent_at: When the end user experienced it.
            tool_call_id: The call that a `tool` message answers.
            tool_calls: The calls that an `assistant` message makes.
            tool_choice: The `tool_choice` of the request.
            metadata: Metadata of the message.
            idempotency_key: Identifies the request if it is repeated; default: a new key.

        Raises:
            NotFoundError: The conversation does not exist.
        """
        return Call(
            "POST",
            path("/ai/conversations/{}/message", conversation_id),
            check_empty,
            json=omit_none(
                role=role,
                content=content,
                name=name,
                sent_at=sent_at.isoformat() if isinstance(sent_at, datetime) else sent_at,
                tool_call_id=tool_call_id,
                tool_calls=tool_calls,
                tool_choice=tool_choice,
                metadata=metadata,
            ),
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @paged
    def messages(
        self, conversation_id: str, *, page_size: int | None = None
    ) -> Paging[ConversationMessage]:
        """Iterate over the messages of a conversation, in the API's order, which is undefined.

        Operation: `get_conversations_public__conversation_id__messages_get`.

        Args:
            conversation_id: The conversation.
            page_size: Messages per request, 1 to 100; the API's default is 20.

        Raises:
            NotFoundError: The conversation does not exist.
        """
        return _messages(conversation_id, page_size)

    @endpoint
    def transcript(self, conversation_id: str) -> Flow[Rows[ConversationMessage]]:
        """Fetch every message of a conversation, in order of time.

        Args:
            conversation_id: The conversation.

        Raises:
            NotFoundError: The conversation does not exist.
        """
        return _transcript(conversation_id, self._runner.config.deadline)


def _messages(conversation_id: str, page_size: int | None) -> Paging[ConversationMessage]:
    return numbered_pages(
        path("/ai/conversations/{}/messages", conversation_id),
        ConversationMessage,
        page_size=page_size,
    )


def _transcript(conversation_id: str, deadline: float | None) -> Flow[Rows[ConversationMessage]]:
    listing = replace(_messages(conversation_id, 100), deadline=deadline)
    messages = yield from every(listing)
    return Rows(in_order(messages), messages.unreadable)
