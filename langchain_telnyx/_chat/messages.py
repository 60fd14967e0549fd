"""From LangChain messages to the wire: pure functions, a whitelist of what the API knows.

Other providers' leftovers in a history (their `additional_kwargs`, their reasoning and tool
blocks) stay behind: one unknown key makes every later request of a conversation fail.
"""

import json
from collections.abc import Iterable, Sequence

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.block_translators.openai import convert_to_openai_image_block

from langchain_telnyx.client.call import JSON

# What an assistant's turn may hold beside text: said elsewhere in the message, or not to be said.
_NOT_REPEATED = {
    "tool_call",
    "tool_call_chunk",
    "tool_use",
    "invalid_tool_call",
    "server_tool_call",
    "server_tool_call_chunk",
    "server_tool_result",
    "reasoning",
    "reasoning_content",
    "thinking",
    "redacted_thinking",
    "non_standard",
    "function_call",
}


def to_wire(messages: Sequence[BaseMessage]) -> list[JSON]:
    """Return messages in the API's form.

    Raises:
        ValueError: A message or one of its blocks has no form on this API.
    """
    return [_message(message) for message in messages]


def _message(message: BaseMessage) -> JSON:
    wire: JSON
    match message:
        case AIMessage():
            wire = _assistant(message)
        case ToolMessage():
            wire = {
                "role": "tool",
                "tool_call_id": message.tool_call_id,
                "content": _content(message),
            }
        case HumanMessage():
            wire = {"role": "user", "content": _content(message)}
        case SystemMessage():
            wire = {"role": "system", "content": _content(message)}
        case ChatMessage():
            wire = {"role": message.role, "content": _content(message)}
        case _:
            raise ValueError(
                f"A {type(message).__name__} has no form on this API: use HumanMessage, AIMessage, "
                f"SystemMessage or ToolMessage."
            )
    if message.name:
        wire["name"] = message.name
    return wire


def _assistant(message: AIMessage) -> JSON:
    # Never null: the specification wants a string even beside tool calls.
    wire: JSON = {"role": "assistant", "content": _text(message)}
    calls = [
        _call(call["id"], call["name"], json.dumps(call["args"], ensure_ascii=False))
        for call in message.tool_calls
    ]
    calls += [
        # Broken arguments sent as they are would make every later request fail with 400.
        _call(call["id"], call["name"] or "", json.dumps({"invalid_arguments": call["args"]}))
        for call in message.invalid_tool_calls
    ]
    if calls:
        wire["tool_calls"] = calls
    return wire


def _call(identity: str | None, name: str, arguments: str) -> JSON:
    return {
        "id": identity,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _text(message: AIMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    texts: list[str] = []
    for block in message.content:
        if isinstance(block, str):
            texts.append(block)
        elif block.get("type") in {"text", "output_text"}:
            texts.append(block.get("text") or "")
        elif block.get("type") == "refusal":
            texts.append(block.get("refusal") or "")
        elif block.get("type") not in _NOT_REPEATED:
            raise ValueError(
                f"An assistant's turn cannot carry a block of type {block.get('type')!r}: "
                f"move it to a HumanMessage."
            )
    return "".join(texts)


def _content(message: BaseMessage) -> str | list[JSON]:
    if isinstance(message.content, str):
        return message.content
    return _parts(message.content)


def _parts(content: Iterable[str | JSON]) -> str | list[JSON]:
    parts = [_part(block) for block in content]
    if not parts:
        return ""
    if len(parts) == 1 and parts[0]["type"] == "text":
        # The plain form is the one that every engine behind the API takes.
        text: str = parts[0]["text"]
        return text
    return parts


def _part(block: str | JSON) -> JSON:
    match block:
        case (str() as text) | {"type": "text" | "text-plain", "text": str() as text}:
            part: JSON = {"type": "text", "text": text}
        case {"type": "image_url" | "audio_url"}:
            kind = block["type"]
            held = block.get(kind)
            part = {"type": kind, kind: {"url": held} if isinstance(held, str) else held}
        case {"type": "image", "source": dict() as source}:
            part = {"type": "image_url", "image_url": {"url": _anthropic_url(source)}}
        case {"type": "image"}:
            part = convert_to_openai_image_block(block)
        case {"type": "audio"}:
            part = {"type": "audio_url", "audio_url": {"url": _url(block)}}
        case dict():
            raise ValueError(
                f"A content block of type {block.get('type')!r} has no form on this API: use "
                f"text, image or audio blocks."
            )
    return part


def _anthropic_url(source: JSON) -> str:
    if source.get("type") == "base64":
        return f"data:{source['media_type']};base64,{source['data']}"
    return str(source["url"])


def _url(block: JSON) -> str:
    if "url" in block:
        return str(block["url"])
    data = block.get("base64") or block.get("data")
    kind = block.get("mime_type")
    if data is None or kind is None:
        raise ValueError(
            f"A block of type {block['type']!r} needs `url`, or `base64` with `mime_type`."
        )
    return f"data:{kind};base64,{data}"
