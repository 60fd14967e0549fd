"""A conversation as a response's memory: what was said before, and what this turn adds to it."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from langchain_telnyx.emulator.areas.conversations.messages import Message, Messages
from langchain_telnyx.emulator.model.reply import Reply
from langchain_telnyx.emulator.model.request import Message as ChatMessage

JSON = dict[str, Any]
_ROLES = {"user", "assistant", "tool"}
_KEPT = ("tool_calls", "tool_call_id")


def before(messages: Messages, conversation_id: str) -> list[JSON]:
    """Return what was said in a conversation so far, as chat messages."""
    return [_told(message) for message in messages.spoken(conversation_id)]


def said(answer: Reply) -> JSON:
    """Return an answer as a chat message.

    Args:
        answer: The answer; its calls have ids.
    """
    message: JSON = {"role": "assistant", "content": answer.content}
    return {**message, "tool_calls": calls} if (calls := _calls(answer)) else message


def turn(said: Sequence[JSON], answer: Reply) -> list[Message]:
    """Return what a turn adds to its conversation.

    Args:
        said: The input, as chat messages, and new instructions before it.
        answer: The model's answer; its calls have ids.
    """
    calls = _calls(answer)
    details: JSON = {"tool_calls": calls} if calls else {}
    if answer.reasoning:
        details["reasoning"] = answer.reasoning
    reply = Message("assistant", answer.content or "", details=details)
    return [*map(_kept, said), reply]


def _calls(answer: Reply) -> list[JSON]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in answer.tool_calls
    ]


def _kept(said: JSON) -> Message:
    content = said["content"] or ""
    if not isinstance(content, str):
        content = "\n".join(part["text"] for part in content if part["type"] == "text")
    return Message(
        said["role"], content, details={name: said[name] for name in _KEPT if name in said}
    )


def _told(message: Message) -> JSON:
    role = message.role if message.role in _ROLES else "system"
    plain: JSON = {"role": role, "content": message.content}
    kept = {name: message.details[name] for name in _KEPT if message.details.get(name)}
    try:
        ChatMessage.model_validate({**plain, **kept})
    except ValidationError:
        return plain  # calls in a form of the writer's own
    return {**plain, **kept}
