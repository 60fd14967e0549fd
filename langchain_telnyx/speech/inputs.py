"""The text to speak in an input: text, a message, a prompt, or a conversation."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.prompt_values import PromptValue

from langchain_telnyx.client.errors import InvalidTextError


def text_of(value: Any) -> str:
    """Return the text in an input. Of a conversation, only the last message is spoken.

    Args:
        value: Text, a message or a part of one, a prompt, or a list of messages.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(value, PromptValue):
        value = value.to_messages()
    if isinstance(value, list) and value and all(isinstance(each, BaseMessage) for each in value):
        value = value[-1]
    if isinstance(value, str):
        return value
    if isinstance(value, BaseMessage):
        return str(value.text)
    raise TypeError(
        f"Text to speech accepts text, a message, a prompt or a list of messages, not "
        f"{_described(value)}."
    )


def whole_text_of(value: Any) -> str:
    """Return the text in a whole input.

    Raises:
        InvalidTextError: There is none.
        TypeError: The input has another type.
    """
    text = text_of(value)
    if text.strip():
        return text
    last = value[-1] if isinstance(value, Sequence) and value else value
    why = " It has only tool calls." if isinstance(last, AIMessage) and last.tool_calls else ""
    raise InvalidTextError(f"The input has no text to speak.{why}", [0])


def _described(value: Any) -> str:
    if isinstance(value, list):
        kinds = sorted({type(each).__name__ for each in value})
        return f"a list of {', '.join(kinds) or 'nothing'}"
    return type(value).__name__
