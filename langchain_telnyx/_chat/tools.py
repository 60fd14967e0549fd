"""Tools in the API's form, each converted once: agents bind the same ones at every step.

langchain-core converts; what is remembered here is the outcome, for as long as the tool lives and
looks the same. The tools that Telnyx runs itself pass through.
"""

import copy
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import (
    convert_to_openai_function,
    convert_to_openai_tool,
)

from langchain_telnyx.client.call import JSON

AnyTool: TypeAlias = Mapping[str, Any] | type | Callable[..., Any] | BaseTool

# What a dict with a `type` of these is: a function in OpenAI's form, or a JSON schema.
_CONVERTED_TYPES = {None, "function", "object"}


class _Converted(NamedTuple):
    """A tool as it went on the wire, and what it looked like then."""

    alive: weakref.ref[Any]
    looks: tuple[Any, ...]
    function: JSON


# By the tool's id, as tools need not be hashable; an entry goes when its tool does.
_converted: dict[tuple[int, bool | None], _Converted] = {}


def to_tools(tools: Iterable[AnyTool], *, strict: bool | None = None) -> list[JSON]:
    """Return tools in the API's form.

    Args:
        tools: Functions, `BaseTool`s, pydantic or `TypedDict` classes, JSON schemas, OpenAI's and
            other vendors' dicts, and the tools that Telnyx runs itself.
        strict: Whether the arguments must fit the schema exactly, which closes the schema to
            other properties. Default: not said.

    Raises:
        ValueError: There is no way to convert one of them.
    """
    return [to_tool(tool, strict=strict) for tool in tools]


def to_tool(tool: AnyTool, *, strict: bool | None = None) -> JSON:
    """Return a tool in the API's form; see `to_tools`."""
    if isinstance(tool, Mapping):
        return _of_dict(dict(tool), strict=strict)
    key = (id(tool), strict)
    kept = _converted.get(key)
    looks = _looks(tool)
    if kept is not None and kept.alive() is tool and kept.looks == looks:
        return {"type": "function", "function": kept.function.copy()}
    function = _whole(convert_to_openai_tool(tool, strict=strict)["function"])
    if looks is not None:
        alive = weakref.ref(tool, lambda _: _converted.pop(key, None))
        # Tools of MCP have their schema as a dict, which may be written into.
        frozen = tuple(copy.deepcopy(part) if type(part) is dict else part for part in looks)
        _converted[key] = _Converted(alive, frozen, function)
    return {"type": "function", "function": function.copy()}


def name_of(tool: JSON) -> str:
    """Return the name by which a tool in the API's form can be chosen."""
    if tool.get("type") == "function":
        return str(tool["function"]["name"])
    return str(tool.get("type"))


def _of_dict(tool: JSON, *, strict: bool | None) -> JSON:
    if tool.get("type") not in _CONVERTED_TYPES:
        return tool
    if tool.get("type") == "function":
        function = tool.get("function") or {name: tool[name] for name in tool if name != "type"}
        if strict is not None:
            function = convert_to_openai_function({"strict": strict, **function}, strict=strict)
        return {**tool, "type": "function", "function": _whole(function)}
    return {"type": "function", "function": _whole(convert_to_openai_function(tool, strict=strict))}


def _whole(function: JSON) -> JSON:
    # The API refuses parameters without a type, and some engines a function without parameters.
    parameters = {"type": "object", "properties": {}, **(function.get("parameters") or {})}
    return {**function, "parameters": parameters}


def _looks(tool: Any) -> tuple[Any, ...] | None:
    """Return what decides how a tool is converted, to be compared; `None` if that is unknown."""
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
    # Replaced when a pydantic class is rebuilt. By id: it holds the class, and would keep it alive.
    return id(getattr(schema, "__pydantic_core_schema__", None))
