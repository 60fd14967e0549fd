"""A conversation as a response's memory: its messages so far, and those of a new turn."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from langchain_telnyx.emulator.areas.conversations.messages import Message, Messages
from langchain_telnyx.emulator.model.reply import Reply
from langchain_telnyx.emulator.model.request import Message as ChatMessage

JSON = dict[str, Any]
_ROLES = {"user", "assistant", "tool"}
_CALL_FIELDS = ("tool_calls", "tool_call_id")


def before(messages: Messages, conversation_id: str) -> list[JSON]:
    """Return the messages of a conversation so far, as chat messages."""
    return [_chat_message(message) for message in messages.spoken(conversation_id)]


def assistant_message(answer: Reply) -> JSON:
    """Return an answer as a chat message.

    Args:
        answer: The answer; its calls have ids.
    """
    message: JSON = {"role": "assistant", "content": answer.content}
    return {**message, "tool_calls": calls} if (calls := _calls(answer)) else message


def new_messages(inputs: Sequence[JSON], answer: Reply) -> list[Message]:
    """Return the messages that a turn adds to its conversation.

    Args:
        inputs: The input as chat messages, preceded by new instructions.
        answer: The model's answer; its calls have ids.
    """
    calls = _calls(answer)
    details: JSON = {"tool_calls": calls} if calls else {}
    if answer.reasoning:
        details["reasoning"] = answer.reasoning
    reply = Message("assistant", answer.content or "", details=details)
    return [*map(_stored_message, inputs), reply]


def _calls(answer: Reply) -> list[JSON]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in answer.tool_calls
    ]


def _stored_message(message: JSON) -> Message:
    content = message["content"] or ""
    if not isinstance(content, str):
        content = "\n".join(part["text"] for part in content if part["type"] == "text")
    return Message(
        message["role"],
        content,
        details={name: message[name] for name in _CALL_FIELDS if name in message},
    )


def _chat_message(message: Message) -> JSON:
    role = message.role if message.role in _ROLES else "system"
    plain: JSON = {"role": role, "content": message.content}
    calls = {name: message.details[name] for name in _CALL_FIELDS if message.details.get(name)}
    try:
        ChatMessage.model_validate({**plain, **calls})
    except ValidationError:
        return plain  # stored calls need not have the form of chat
    return {**plain, **calls}
