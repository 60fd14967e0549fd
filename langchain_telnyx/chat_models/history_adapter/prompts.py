"""Wrapping of blocks that langchain-core fails on before it calls a model.

langchain-core converts v0 blocks (with a `source_type`) to v1, and raises a bare `KeyError` if a
field is missing. `block_table` handles both versions, with a clear error.
"""

from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import ChatPromptValue, PromptValue

from langchain_telnyx.client.call import JSON

# The field that langchain-core requires, by `source_type`.
_CONTENT = {"url": "url", "base64": "data", "id": "id", "text": "url"}


def acceptable(prompt: PromptValue) -> PromptValue:
    """Return a prompt with blocks that langchain-core accepts."""
    if not isinstance(prompt, ChatPromptValue):
        return prompt
    messages = [_acceptable_message(message) for message in prompt.messages]
    if all(one is other for one, other in zip(messages, prompt.messages, strict=True)):
        return prompt
    return ChatPromptValue(messages=messages)


def _acceptable_message(message: BaseMessage) -> BaseMessage:
    content: Any = message.content
    if not isinstance(content, list) or all(map(_is_acceptable, content)):
        return message
    made = [each if _is_acceptable(each) else _acceptable_block(each) for each in content]
    return message.model_copy(update={"content": made})


def _is_acceptable(block: Any) -> bool:
    if not isinstance(block, dict):
        return True
    if not isinstance(block.get("type", ""), str | None):
        return False
    source = block.get("source_type")
    return source is None or (isinstance(source, str) and _CONTENT.get(source, "type") in block)


def _acceptable_block(block: JSON) -> JSON:
    fields = {name: value for name, value in block.items() if name != "source_type"}
    kind = block.get("type")
    if not isinstance(kind, str):
        fields["type"] = str(kind)
    elif block.get("source_type") == "text" and isinstance(block.get("text"), str):
        fields["type"] = "text-plain"
    return fields
