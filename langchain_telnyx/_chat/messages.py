"""From LangChain messages to the wire: pure functions, a whitelist of what the API knows.

Other providers' leftovers in a history (their `additional_kwargs`, their reasoning and tool
blocks) stay behind: one unknown key makes every later request of a conversation fail.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
)

from langchain_telnyx._chat.chunks import PROVIDER
from langchain_telnyx._chat.parts import Form, part
from langchain_telnyx.client.call import JSON

_PLAIN = Form()

# The classes of nearly every message, found by one look into a table.
_ROLES: dict[type[BaseMessage], str] = {
    HumanMessage: "user",
    HumanMessageChunk: "user",
    SystemMessage: "system",
    SystemMessageChunk: "system",
}
_ASSISTANTS = {AIMessage, AIMessageChunk}

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


def to_wire(messages: Sequence[BaseMessage], form: Form = _PLAIN) -> list[JSON]:
    """Return messages in the API's form.

    Args:
        messages: The conversation.
        form: How it is to be written.

    Raises:
        ValueError: A message or one of its blocks has no form on this API.
    """
    wires: list[JSON] = []
    shown: list[JSON] = []  # media of tool results, which follow the last of a row of results
    for message in messages:
        if shown and not isinstance(message, ToolMessage):
            wires.append({"role": "user", "content": shown})
            shown = []
        content = message.content
        role = _ROLES.get(type(message))
        if role is not None and type(content) is str and message.name is None:
            wires.append({"role": role, "content": content})
        elif type(message) in _ASSISTANTS or isinstance(message, AIMessage):
            wires.append(_assistant(message, form))  # type: ignore[arg-type]  # of those classes
        elif isinstance(message, ToolMessage):
            wires.append(_tool(message, shown, form))
        else:
            wires += _spoken(message, role, form)
    if shown:
        wires.append({"role": "user", "content": shown})
    return wires


def _spoken(message: BaseMessage, role: str | None, form: Form) -> list[JSON]:
    """Return what a person or the system says, after the tool results it may carry."""
    if role is None:
        role = _role(message)
    content = message.content
    if isinstance(content, str):
        return [_named({"role": role, "content": content}, message)]
    results = [block for block in content if isinstance(block, dict) and _is_result(block)]
    if not results:
        return [_named({"role": role, "content": _parts(content, form)}, message)]
    # Anthropic has a tool's result in a user's turn; here it is a turn of its own.
    shown: list[JSON] = []
    wires = [_anthropic_result(block, shown, form) for block in results]
    said = [block for block in content if isinstance(block, str) or not _is_result(block)]
    parts = [*shown, *(part(block, form) for block in said)]
    if parts:
        wires.append(_named({"role": role, "content": _plainest(parts)}, message))
    return wires


def _role(message: BaseMessage) -> str:
    match message:
        case HumanMessage():
            return "user"
        case SystemMessage():
            return "system"
        case ChatMessage():
            # OpenAI's newer word for the same, which this API refuses.
            return "system" if message.role == "developer" else message.role
        case _:
            raise ValueError(
                f"A {type(message).__name__} has no form on this API: use HumanMessage, AIMessage, "
                f"SystemMessage or ToolMessage."
            )


def _assistant(message: AIMessage, form: Form) -> JSON:
    content = message.content
    # Never null: the specification wants a string even beside tool calls.
    wire: JSON = {"role": "assistant", "content": content}
    if not isinstance(content, str):
        wire["content"] = _said(content, form)
    calls = [
        _call(call["id"], call["name"], json.dumps(call["args"], ensure_ascii=False))
        for call in message.tool_calls
    ]
    calls += [
        # Broken arguments sent as they are would make every later request fail with 400.
        _call(call["id"], call["name"] or "", json.dumps({"invalid_arguments": call["args"]}))
        for call in message.invalid_tool_calls
    ]
    if not isinstance(content, str):
        calls += _anthropic_calls(content, {call["id"] for call in calls})
    if calls:
        wire["tool_calls"] = calls
    if form.replay_reasoning and message.response_metadata.get("model_provider") == PROVIDER:
        wire.update(_thought(message))
    return _named(wire, message) if message.name else wire


def _thought(message: AIMessage) -> JSON:
    """Return what a model of ours thought, under the name by which it had come."""
    told = message.additional_kwargs
    text = told.get("reasoning_content")
    if not text and not isinstance(message.content, str):
        text = "".join(
            block.get("reasoning") or ""
            for block in message.content
            if isinstance(block, dict) and block.get("type") == "reasoning"
        )
    name = message.response_metadata.get("reasoning_field") or "reasoning_content"
    return {name: text} if text else {}


def _said(content: Iterable[str | JSON], form: Form) -> str:
    texts: list[str] = []
    for block in content:
        if isinstance(block, str):
            texts.append(block)
        elif block.get("type") in {"text", "output_text"}:
            texts.append(block.get("text") or "")
        elif block.get("type") == "refusal":
            texts.append(block.get("refusal") or "")
        elif block.get("type") not in _NOT_REPEATED:
            raise ValueError(
                f"An assistant's turn{f' for {form.model!r}' if form.model else ''} cannot carry a "
                f"block of type {block.get('type')!r}: move it to a HumanMessage."
            )
    return "".join(texts)


def _call(identity: str | None, name: str, arguments: str) -> JSON:
    return {
        "id": identity,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _anthropic_calls(content: Iterable[str | JSON], known: set[Any]) -> list[JSON]:
    """Return the calls that stand in an Anthropic turn's content only."""
    return [
        _call(block["id"], block["name"], json.dumps(block.get("input") or {}, ensure_ascii=False))
        for block in content
        if isinstance(block, dict) and block.get("type") == "tool_use" and block["id"] not in known
    ]


def _tool(message: ToolMessage, shown: list[JSON], form: Form) -> JSON:
    wire = _result(
        message.tool_call_id,
        message.content,
        shown,
        form,
        failed=message.status == "error",
    )
    return _named(wire, message) if message.name else wire


def _anthropic_result(block: Mapping[str, Any], shown: list[JSON], form: Form) -> JSON:
    content = block.get("content") or ""
    return _result(
        str(block.get("tool_use_id")), content, shown, form, failed=bool(block.get("is_error"))
    )


def _result(
    identity: str,
    content: str | Iterable[str | JSON],
    shown: list[JSON],
    form: Form,
    *,
    failed: bool,
) -> JSON:
    """Return a tool's result as text; what is no text goes to `shown`, for the user's next turn."""
    if not isinstance(content, str):
        parts = [part(block, form) for block in content]
        media = [one for one in parts if one["type"] != "text"]
        texts = [one["text"] for one in parts if one["type"] == "text"]
        if media:
            # Engines take images and recordings in a user's turn only.
            shown += [{"type": "text", "text": f"What the tool call {identity} returned:"}, *media]
            texts = texts or ["The result is shown in the next message."]
        content = "\n".join(texts)
    if failed and not content:
        # The API has no word for a failure, and silence reads as success.
        content = "Error: the tool failed and gave no reason."
    return {"role": "tool", "tool_call_id": identity, "content": content}


def _is_result(block: JSON) -> bool:
    return block.get("type") == "tool_result"


def _parts(content: Iterable[str | JSON], form: Form) -> str | list[JSON]:
    return _plainest([part(block, form) for block in content])


def _plainest(parts: list[JSON]) -> str | list[JSON]:
    if not parts:
        return ""
    if len(parts) == 1 and parts[0]["type"] == "text":
        # The plain form is the one that every engine behind the API takes.
        text: str = parts[0]["text"]
        return text
    return parts


def _named(wire: JSON, message: BaseMessage) -> JSON:
    if message.name:
        wire["name"] = message.name
    return wire
