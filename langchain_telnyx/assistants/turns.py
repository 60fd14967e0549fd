"""The input of `TelnyxAssistant`: the new message of a user, and the messages before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, convert_to_messages
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import RunnableConfig

_ID = "conversation_id"
_CONTENTS = ("input", "messages")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation.

    Attributes:
        content: The text of the user's new message.
        earlier: The messages before it: role and text.
        conversation_id: The conversation, if it exists.
    """

    content: str
    earlier: tuple[tuple[str, str], ...]
    conversation_id: str | None


def read_turn(given: Any, config: RunnableConfig, default: str | None) -> Turn:
    """Return the turn of an input.

    Args:
        given: Text, a message, messages, a prompt, or an object with `input` or `messages`, and
            optionally `conversation_id`.
        config: Its `configurable` may have a `conversation_id`.
        default: The conversation, if neither has one.

    Raises:
        ValueError: There is no message of a user at the end, or a message cannot be sent.
    """
    configured = (config.get("configurable") or {}).get(_ID)
    conversation_id = configured or default
    if isinstance(given, Mapping) and not {"role", "type"} & given.keys():
        given, own = _fields(given)
        conversation_id = own or conversation_id
    if conversation_id is not None and not isinstance(conversation_id, str):
        kind = type(conversation_id).__name__
        raise ValueError(f"`conversation_id` must be a string, and is a {kind}.")
    messages = _messages(given)
    begin = len(messages)
    while begin and isinstance(messages[begin - 1], HumanMessage):
        begin -= 1
    if begin == len(messages):
        raise ValueError("The input must end with a message of the user.")
    if conversation_id is not None:
        # The service has the messages before.
        return Turn(_joined(messages, begin), (), conversation_id)
    earlier = tuple(_role_and_text(message, at) for at, message in enumerate(messages[:begin]))
    return Turn(_joined(messages, begin), earlier, None)


def _fields(given: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the content and the conversation of an object."""
    contents = [name for name in _CONTENTS if name in given]
    unknown = sorted(str(name) for name in given.keys() - {*_CONTENTS, _ID})
    if unknown:
        raise ValueError(f"The input has unknown fields: {', '.join(unknown)}.")
    if len(contents) != 1:
        raise ValueError("The input must have one of `input` and `messages`.")
    return given[contents[0]], given.get(_ID)


def _messages(given: Any) -> list[BaseMessage]:
    if isinstance(given, PromptValue):
        return given.to_messages()
    several = isinstance(given, Sequence) and not isinstance(given, str | tuple)
    return convert_to_messages(given if several else [given])


def _joined(messages: Sequence[BaseMessage], begin: int) -> str:
    texts = [_text(message, begin + at) for at, message in enumerate(messages[begin:])]
    content = "\n".join(texts)
    if not content.strip():
        raise ValueError("The message of the user is empty.")
    return content


def _role_and_text(message: BaseMessage, at: int) -> tuple[str, str]:
    if isinstance(message, HumanMessage):
        return "user", _text(message, at)
    if isinstance(message, AIMessage) and not message.tool_calls:
        return "assistant", _text(message, at)
    raise ValueError(
        f"Message {at} ({message.type}) cannot be sent: an assistant has its own instructions and "
        "tools. Use messages of the user and answers without tool calls."
    )


def _text(message: BaseMessage, at: int) -> str:
    blocks = message.content if isinstance(message.content, list) else []
    for block in blocks:
        kind = block.get("type") if isinstance(block, dict) else "text"
        ours = isinstance(message, AIMessage) and kind in {"reasoning", "thinking"}
        if kind != "text" and not ours:
            raise ValueError(f"Message {at} has content of type {kind!r}: assistants read text.")
    return str(message.text)
