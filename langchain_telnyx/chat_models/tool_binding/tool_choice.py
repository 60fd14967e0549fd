"""Conversion of any `tool_choice` to the API's three: `none`, `auto` and `required`.

For a choice by name, or several names, only these tools are sent, with `required`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from langchain_telnyx.chat_models.tool_binding.tools import name_of, to_tool
from langchain_telnyx.client.call import JSON

ToolChoice: TypeAlias = str | bool | Mapping[str, Any] | Sequence[str]

_WORDS = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


def choose(tools: list[JSON], choice: ToolChoice | None) -> tuple[list[JSON], str | None]:
    """Return the tools to send and the `tool_choice` to send with them.

    Args:
        tools: Tools in the API's format.
        choice: `"auto"`, `"none"`, `"any"` or `"required"`; `True` for any, `None` or `False` for
            the API's default; a tool's name, or several; OpenAI's object for one tool, for a mode,
            or for a subset (`allowed_tools`). The name of a server-side tool is its type.

    Raises:
        ValueError: No tool has that name, or the format of the choice is unknown.
    """
    if choice is None or choice is False:
        return tools, None
    if choice is True:
        return _limited(tools, "required")
    if isinstance(choice, str):
        word = _WORDS.get(choice)
        return _limited(tools, word) if word else (_named(tools, [choice]), "required")
    if isinstance(choice, Mapping):
        return _object(tools, choice)
    return _named(tools, choice), "required"


def convert_tool_choice(request: JSON) -> None:
    """Convert the tools and the tool choice of a request to the API's format.

    Args:
        request: The request body, which is changed. Without tools, the fields that require tools
            are removed, because the API refuses an empty list.
    """
    choice = request.pop("tool_choice", None)
    tools = request.get("tools")
    if not tools:
        for name in ("tools", "parallel_tool_calls"):
            request.pop(name, None)
        return
    settled = [tool if _is_function(tool) else to_tool(tool) for tool in tools]
    request["tools"], word = choose(settled, choice)
    if word is not None:
        request["tool_choice"] = word


def _is_function(tool: Any) -> bool:
    return type(tool) is dict and tool.get("type") == "function"


def _limited(tools: list[JSON], word: str) -> tuple[list[JSON], str | None]:
    return tools, word if tools else None


def _object(tools: list[JSON], choice: Mapping[str, Any]) -> tuple[list[JSON], str | None]:
    match choice:
        case {"type": "function", "function": {"name": str() as name}}:
            return _named(tools, [name]), "required"
        case {"type": "function" | "tool", "name": str() as name}:
            return _named(tools, [name]), "required"
        case {"type": "allowed_tools", "allowed_tools": {"tools": allowed, "mode": mode}} | {
            "type": "allowed_tools",
            "tools": allowed,
            "mode": mode,
        }:
            names = [_allowed_name(tool) for tool in allowed]
            return choose(_named(tools, names), mode)
        case {"type": str() as word}:
            return choose(tools, word)
    raise ValueError(
        f"`tool_choice={dict(choice)!r}` is invalid: pass a tool's name, or one of "
        f"'auto', 'none', 'required'."
    )


def _allowed_name(tool: Any) -> str:
    match tool:
        case str():
            return tool
        case {"name": str() as name}:
            return name
        case _:
            return name_of(tool)


def _named(tools: list[JSON], names: Sequence[str]) -> list[JSON]:
    known = {name_of(tool) for tool in tools}
    for name in names:
        if name not in known:
            has = ", ".join(repr(name) for name in sorted(known)) or "none"
            raise ValueError(
                f"`tool_choice` names {name!r}, but the tools are: {has}. Bind it, or pass "
                f"one of these."
            )
    return [tool for tool in tools if name_of(tool) in names]
