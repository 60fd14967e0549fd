"""Blocks that langchain-core fails on before a model sees them, in a form that it lets pass.

langchain-core turns blocks of its first form (those with a `source_type`) into today's, and raises
a bare `KeyError` where one lacks a field. Our own table reads both forms, and says what is wrong.
"""

from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import ChatPromptValue, PromptValue

from langchain_telnyx.client.call import JSON

# Where langchain-core takes the content of a block from, by its `source_type`.
_CONTENT = {"url": "url", "base64": "data", "id": "id", "text": "url"}


def passable(prompt: PromptValue) -> PromptValue:
    """Return a prompt of which langchain-core takes every block."""
    if not isinstance(prompt, ChatPromptValue):
        return prompt
    messages = [_passable_message(message) for message in prompt.messages]
    if all(one is other for one, other in zip(messages, prompt.messages, strict=True)):
        return prompt
    return ChatPromptValue(messages=messages)


def _passable_message(message: BaseMessage) -> BaseMessage:
    content: Any = message.content
    if not isinstance(content, list) or all(map(_passes, content)):
        return message
    made = [each if _passes(each) else _passable_block(each) for each in content]
    return message.model_copy(update={"content": made})


def _passes(block: Any) -> bool:
    if not isinstance(block, dict):
        return True
    if not isinstance(block.get("type", ""), str | None):
        return False
    source = block.get("source_type")
    return source is None or (isinstance(source, str) and _CONTENT.get(source, "type") in block)


def _passable_block(block: JSON) -> JSON:
    fields = {name: value for name, value in block.items() if name != "source_type"}
    kind = block.get("type")
    if not isinstance(kind, str):
        fields["type"] = str(kind)
    elif block.get("source_type") == "text" and isinstance(block.get("text"), str):
        fields["type"] = "text-plain"
    return fields
