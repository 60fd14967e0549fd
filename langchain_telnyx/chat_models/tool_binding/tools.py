"""Cached conversion of tools to the API's format.

Agents bind the same tools at every step, so a result is cached as long as the tool exists and is
unchanged. Server-side tools are not converted.
"""

import copy
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from langchain_core.tools import BaseTool

from langchain_telnyx.client.call import JSON

AnyTool: TypeAlias = Mapping[str, Any] | type | Callable[..., Any] | BaseTool

# Dicts with these `type`s are functions of OpenAI or Anthropic, or JSON schemas.
_CONVERTED_TYPES = {None, "custom", "function", "object"}


class _Converted(NamedTuple):
    """A converted tool, and the state of its source."""

    alive: weakref.ref[Any]
    looks: tuple[Any, ...]
    function: JSON


# By the tool's id, because tools may not be hashable; an entry is removed with its tool.
_converted: dict[tuple[int, bool | None], _Converted] = {}


def to_tools(tools: Iterable[AnyTool], *, strict: bool | None = None) -> list[JSON]:
    """Convert tools to the API's format.

    Args:
        tools: Functions, `BaseTool`s, pydantic, `TypedDict` or dataclass classes, JSON schemas,
            functions in the format of OpenAI (chat, Responses), Anthropic, MCP, Bedrock or Gemini,
            and server-side tools of Telnyx.
        strict: Whether the arguments must match the schema exactly, without additional properties.
            A tool's own `strict` takes precedence. Default: not sent.

    Raises:
        ValueError: A tool cannot be converted.
    """
    return [to_tool(tool, strict=strict) for tool in tools]


def to_tool(tool: AnyTool, *, strict: bool | None = None) -> JSON:
    """Convert a tool to the API's format; see `to_tools`."""
    if isinstance(tool, Mapping):
        return _of_dict(dict(tool), strict=strict)
    key = (id(tool), strict)
    cached = _converted.get(key)
    looks = _state(tool)
    if cached is not None and cached.alive() is tool and cached.looks == looks:
        return {"type": "function", "function": cached.function.copy()}
    from langchain_telnyx.chat_models.structured.schemas import tool_function  # noqa: PLC0415 - not to build a model

    function = _whole(tool_function(tool), strict=strict)
    if looks is not None:
        alive = weakref.ref(tool, lambda _: _converted.pop(key, None))
        # MCP tools have a dict as schema, which may be modified.
        frozen = tuple(copy.deepcopy(part) if type(part) is dict else part for part in looks)
        _converted[key] = _Converted(alive, frozen, function)
    return {"type": "function", "function": function.copy()}


def name_of(tool: JSON) -> str:
    """Return the name of a tool for `tool_choice`."""
    if tool.get("type") == "function":
        return str(tool["function"]["name"])
    return str(tool.get("type"))


def with_tools(tools: Iterable[JSON], more: Iterable[JSON]) -> list[JSON]:
    """Add tools to tools; of the same name the later one is used."""
    named = {_identity(tool): tool for tool in (*tools, *more)}
    return list(named.values())


def _identity(tool: JSON) -> Any:
    # There may be several server-side tools of one type.
    return name_of(tool) if tool.get("type") == "function" else repr(tool)


def _of_dict(tool: JSON, *, strict: bool | None) -> JSON:
    from langchain_telnyx.chat_models.structured.json_schemas import JSON_TYPES  # noqa: PLC0415 - likewise
    from langchain_telnyx.chat_models.structured.vendor_schemas import (  # noqa: PLC0415
        SCHEMA_PLACES,
        function_in,
        named_schema_in,
    )

    kind = tool.get("type")
    if isinstance(kind, list) or (kind in JSON_TYPES and kind != "object"):
        raise ValueError(
            f"{tool!r} is not a tool: the arguments must be an object, so the JSON schema needs "
            f"the `type` 'object'."
        )
    if kind not in _CONVERTED_TYPES:
        return tool
    function = function_in(tool)
    if function is None:
        if kind == "custom":
            return tool
        described = named_schema_in(tool)
        about = {"description": described.description} if described.description else {}
        function = {"name": described.name, **about, "parameters": described.schema}
    elif kind == "custom" and "parameters" not in function:
        return tool
    if not function.get("name"):
        raise ValueError(
            f"{tool!r} has no name: add `title` to a JSON schema, or `name` to a tool."
        )
    if kind != "function":
        return {"type": "function", "function": _whole(function, strict=strict)}
    inside = tool.get("function")
    if isinstance(inside, Mapping):
        others = {name: inside[name] for name in inside if name not in SCHEMA_PLACES}
        return {**tool, "function": _whole({**others, **function}, strict=strict)}
    return {"type": "function", "function": _whole(function, strict=strict)}


def _whole(function: JSON, *, strict: bool | None) -> JSON:
    from langchain_telnyx.chat_models.structured.json_schemas import (  # noqa: PLC0415
        closed,
        describes_objects,
        with_root,
    )

    # The API requires a type of parameters, and some engines require parameters.
    given = with_root(function.get("parameters") or {})
    if given and not describes_objects(given, given) and "type" in given:
        raise ValueError(
            f"The arguments of {function['name']!r} must be an object, but the JSON schema has "
            f"the `type` {given['type']!r}. Use an object with a property for the value."
        )
    parameters = {"type": "object", "properties": {}, **given}
    if strict is None:
        return {**function, "parameters": parameters}
    strict = function.get("strict", strict)
    if strict:
        parameters = closed(parameters)
    return {**function, "parameters": parameters, "strict": strict}


def _state(tool: Any) -> tuple[Any, ...] | None:
    """Return the values that determine a tool's conversion; `None` if unknown."""
    if isinstance(tool, BaseTool):
        schema = tool.args_schema
        return (tool.name, tool.description, schema, _inside(schema))
    if isinstance(tool, types.FunctionType):
        annotations = tuple(tool.__annotations__.items())
        return (tool.__name__, tool.__doc__, tool.__code__, annotations)
    if isinstance(tool, type):
        annotations = tuple(tool.__annotations__.items())
        return (tool.__name__, tool.__doc__, annotations, _inside(tool))
    return None


def _inside(schema: Any) -> Any:
    # Replaced when a pydantic class is rebuilt. By id, because a reference would keep the class
    # alive.
    return id(getattr(schema, "__pydantic_core_schema__", None))
