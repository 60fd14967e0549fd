"""The messages of a request, and their conversion to chat messages."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.serving.request_body import RequestBody

JSON = dict[str, Any]


class TextBlock(RequestBody):
    """Text."""

    type: Literal["text"]
    text: str


class Source(RequestBody):
    """The source of an image or a document."""

    type: Literal["base64", "url", "text"]
    media_type: str | None = None
    data: str | None = None
    url: str | None = None


class ImageBlock(RequestBody):
    """An image."""

    type: Literal["image"]
    source: Source


class DocumentBlock(RequestBody):
    """A document; only plain text is supported."""

    type: Literal["document"]
    source: Source


class ToolUseBlock(RequestBody):
    """An earlier tool call."""

    type: Literal["tool_use"]
    id: str
    name: str
    input: JSON


class ThinkingBlock(RequestBody):
    """Earlier reasoning."""

    type: Literal["thinking"]
    thinking: str


class RedactedThinkingBlock(RequestBody):
    """Earlier reasoning, encrypted; it is ignored."""

    type: Literal["redacted_thinking"]


class ToolResultBlock(RequestBody):
    """The result of a tool call."""

    type: Literal["tool_result"]
    tool_use_id: str
    content: str | list[Annotated[TextBlock | ImageBlock, Field(discriminator="type")]] = ""


Block = Annotated[
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ToolUseBlock
    | ToolResultBlock
    | ThinkingBlock
    | RedactedThinkingBlock,
    Field(discriminator="type"),
]


class Message(RequestBody):
    """One message; the system prompt is a field of the request."""

    role: Literal["user", "assistant"]
    content: str | list[Block]


def chat_messages(system: str | Sequence[TextBlock] | None, messages: list[Message]) -> list[JSON]:
    """Convert a system prompt and messages to chat messages.

    Raises:
        Refusal: A block is not supported where it is.
    """
    text = system if isinstance(system, str) else "\n".join(block.text for block in system or ())
    converted: list[JSON] = [{"role": "system", "content": text}] if text else []
    for message in messages:
        blocks: Sequence[Block] = (
            [TextBlock(type="text", text=message.content)]
            if isinstance(message.content, str)
            else message.content
        )
        convert = _of_user if message.role == "user" else _of_assistant
        converted += convert(blocks)
    return converted


def _of_user(blocks: Sequence[Block]) -> list[JSON]:
    results: list[JSON] = []
    parts: list[JSON] = []
    for block in blocks:
        match block:
            case ToolResultBlock():
                results.append(_result(block))
            case TextBlock():
                parts.append({"type": "text", "text": block.text})
            case ImageBlock():
                parts.append(_image(block.source))
            case DocumentBlock():
                parts.append({"type": "text", "text": _document(block.source)})
            case _:
                raise _misplaced(block.type, "user")
    if not parts:
        return results
    if all(part["type"] == "text" for part in parts):
        return [*results, {"role": "user", "content": "\n".join(part["text"] for part in parts)}]
    return [*results, {"role": "user", "content": parts}]


def _of_assistant(blocks: Sequence[Block]) -> list[JSON]:
    message: JSON = {"role": "assistant", "content": None}
    for block in blocks:
        match block:
            case TextBlock():
                message["content"] = (message["content"] or "") + block.text
            case ToolUseBlock():
                function = {"name": block.name, "arguments": json.dumps(block.input)}
                call = {"id": block.id, "type": "function", "function": function}
                message.setdefault("tool_calls", []).append(call)
            case ThinkingBlock():
                message["reasoning_content"] = (
                    message.get("reasoning_content") or ""
                ) + block.thinking
            case RedactedThinkingBlock():
                pass
            case _:
                raise _misplaced(block.type, "assistant")
    return [message]


def _result(block: ToolResultBlock) -> JSON:
    content = block.content
    if not isinstance(content, str):
        # A tool message has text only.
        content = "\n".join(part.text for part in content if isinstance(part, TextBlock))
    return {"role": "tool", "tool_call_id": block.tool_use_id, "content": content}


def _image(source: Source) -> JSON:
    if source.type == "base64" and source.data and source.media_type:
        url = f"data:{source.media_type};base64,{source.data}"
    elif source.type == "url" and source.url:
        url = source.url
    else:
        raise Refusal("The source of an image must be base64 with a media type, or a URL.")
    return {"type": "image_url", "image_url": {"url": url}}


def _document(source: Source) -> str:
    if source.type != "text" or source.data is None:
        raise Refusal("Only documents of plain text are supported.")
    return source.data


def _misplaced(kind: str, role: str) -> Refusal:
    return Refusal(f"A message of role {role!r} cannot have a block of type {kind!r}.")
