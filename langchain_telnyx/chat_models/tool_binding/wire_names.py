"""Replacement of tool names that servers do not accept, such as `Box[int]` or `mail.send`.

Servers accept `^[a-zA-Z0-9_-]{1,64}$`. Names in requests are replaced, and restored in answers, so
that callers see the original names only.
"""

import re
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage

from langchain_telnyx.client.call import JSON

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LONGEST_NAME = 64


def wire_name(name: str) -> str:
    """Return a name that servers accept, `^[a-zA-Z0-9_-]{1,64}$`; unchanged if possible."""
    if _NAME.fullmatch(name):
        return name
    cleaned = re.sub(r"[^a-zA-Z0-9_-]+", "_", name).strip("_")
    return cleaned[:_LONGEST_NAME] or "answer"


def use_wire_names(request: JSON) -> Mapping[str, str]:
    """Replace the names of a request's functions, and of their calls in its messages.

    Args:
        request: The request body, which is changed if a name must be replaced.

    Returns:
        The original names by the names that are sent.
    """
    functions = [
        tool["function"]["name"]
        for tool in request.get("tools") or ()
        if tool.get("type") == "function"
    ]
    new: dict[str, str] = {}
    taken = {name for name in functions if wire_name(name) == name}
    for name in functions:
        if name not in taken and name not in new:
            new[name] = _unused(wire_name(name), taken)
            taken.add(new[name])
    if new:
        request["tools"] = [_renamed_tool(tool, new) for tool in request["tools"]]
    request["messages"] = [_renamed_calls(message, new) for message in request["messages"]]
    return {wire: name for name, wire in new.items()}


def restore_names(message: BaseMessage, names: Mapping[str, str]) -> None:
    """Restore the original tool names in the calls of an answer; changes the message.

    Args:
        message: The answer, or a chunk of it.
        names: The result of `use_wire_names`.
    """
    if not names or not isinstance(message, AIMessage):
        return
    calls: list[Any] = [*message.tool_calls, *message.invalid_tool_calls]
    if isinstance(message, AIMessageChunk):
        calls += message.tool_call_chunks
    if isinstance(message.content, list):
        calls += [b for b in message.content if isinstance(b, dict) and b.get("name")]
    for call in calls:
        call["name"] = names.get(call["name"] or "", call["name"])


def _unused(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        ending = f"_{number}"
        found = f"{name[: 64 - len(ending)]}{ending}"
    return found


def _renamed_tool(tool: JSON, new: Mapping[str, str]) -> JSON:
    if tool.get("type") != "function" or tool["function"]["name"] not in new:
        return tool
    return {**tool, "function": {**tool["function"], "name": new[tool["function"]["name"]]}}


def _renamed_calls(message: JSON, new: Mapping[str, str]) -> JSON:
    if message.get("role") == "tool" and message.get("name"):
        name = new.get(message["name"]) or wire_name(message["name"])
        return message if name == message["name"] else {**message, "name": name}
    if not message.get("tool_calls"):
        return message
    calls = []
    for call in message["tool_calls"]:
        function = call.get("function") or {}
        # Includes calls of tools that are no longer bound.
        name = function.get("name") or ""
        right = new.get(name) or (wire_name(name) if name else name)
        calls.append(call if right == name else {**call, "function": {**function, "name": right}})
    return {**message, "tool_calls": calls}
