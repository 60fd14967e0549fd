"""A chat with an assistant: the request to the model, and the messages that are stored."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.assistants.request import ChatWithAssistant
from langchain_telnyx.emulator.areas.conversations.messages import Message
from langchain_telnyx.emulator.areas.responses import state as memory
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.reply import Reply
from langchain_telnyx.emulator.model.request import ChatRequest
from langchain_telnyx.emulator.serving.envelopes import resource_not_found

JSON = dict[str, Any]
_VARIABLE = re.compile(r"{{\s*(\w+)\s*}}")


def before(conversation_id: str, account: Account) -> list[JSON]:
    """Return the messages of a conversation so far, as chat messages.

    Raises:
        ApiError: The conversation does not exist.
        Refusal: Assistants do not answer in it.
    """
    conversation = account.conversations.records.find(conversation_id)
    if conversation is None:
        raise resource_not_found()
    if conversation.metadata.get("ai_disabled") == "true":
        raise Refusal("The conversation's metadata has `ai_disabled`: assistants do not answer.")
    return memory.before(account.conversations.messages, conversation_id)


def request(
    assistant: Mapping[str, Any], earlier: Sequence[JSON], body: ChatWithAssistant
) -> ChatRequest:
    """Return the request to the model. Of the assistant's tools it has `retrieval`.

    Args:
        assistant: The assistant, as in a response.
        earlier: The messages of the conversation so far.
        body: The new message.
    """
    variables = assistant.get("dynamic_variables") or {}
    instructions = _VARIABLE.sub(
        lambda found: str(variables.get(found[1], found[0])), assistant["instructions"]
    )
    system = [{"role": "system", "content": instructions}] if instructions else []
    fields: JSON = {
        "messages": [*system, *earlier, {"role": "user", "content": body.content}],
        "model": assistant["model"],
    }
    tools = [
        {"type": "retrieval", "retrieval": tool.get("retrieval") or {}}
        for tool in assistant.get("tools") or ()
        if tool.get("type") == "retrieval"
    ]
    return ChatRequest.model_validate({**fields, **({"tools": tools} if tools else {})})


def save(assistant_id: str, body: ChatWithAssistant, reply: Reply, account: Account) -> None:
    """Store a message and its answer, and the assistant in the conversation's metadata."""
    details = {"name": body.name} if body.name else {}
    message = Message("user", body.content, details=details)
    added = [message, *memory.new_messages([], reply)]
    account.conversations.messages.add(body.conversation_id, added)
    conversation = account.conversations.records.find(body.conversation_id)
    if conversation is not None and "assistant_id" not in conversation.metadata:
        metadata = {**conversation.metadata, "assistant_id": assistant_id}
        account.conversations.records.describe(body.conversation_id, metadata)
