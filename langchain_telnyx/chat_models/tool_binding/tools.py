"""Tools in the API's form, each converted once: agents bind the same ones at every step.

What is remembered here is the outcome, for as long as the tool lives and looks the same. The tools
that Telnyx runs itself pass through.
"""

import copy
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from langchain_core.tools import BaseTool

from langchain_telnyx.client.call import JSON

AnyTool: TypeAlias = Mapping[str, Any] | type | Callable[..., Any] | BaseTool

# What a dict with a `type` of these is: a function of OpenAI's or Anthropic's, or a JSON schema.
_CONVERTED_TYPES = {None, "custom", "function", "object"}


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
        tools: Functions, `BaseTool`s, pydantic, `TypedDict` or dataclass classes, JSON schemas,
            functions as OpenAI (chat, Responses), Anthropic, MCP, Bedrock and Gemini have them,
            and the tools that Telnyx runs itself.
        strict: Whether the arguments must fit the schema exactly, which closes the schema to
            other properties. A tool with a `strict` of its own is left as it is. Default:
            it is not sent.

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
    from langchain_telnyx.chat_models.structured.schemas import tool_function  # noqa: PLC0415 - not to build a model

    function = _whole(tool_function(tool), strict=strict)
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


def with_tools(tools: Iterable[JSON], more: Iterable[JSON]) -> list[JSON]:
    """Return tools in the API's form with more of them; of one name the later one stays."""
    named = {_identity(tool): tool for tool in (*tools, *more)}
    return list(named.values())


def _identity(tool: JSON) -> Any:
    # Of tools that Telnyx runs itself there may be several of one type.
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
            f"{tool!r} is no tool: the arguments of a tool are an object, and its JSON schema has "
            f"'object' as `type`."
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
            f"{tool!r} has no name: a JSON schema has it as `title`, a tool as `name`."
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

    # The API refuses parameters without a type, and some engines a function without parameters.
    given = with_root(function.get("parameters") or {})
    if given and not describes_objects(given, given) and "type" in given:
        raise ValueError(
            f"The arguments of {function['name']!r} are no object: its JSON schema has "
            f"{given['type']!r} as `type`. Put it under a property of an object."
        )
    parameters = {"type": "object", "properties": {}, **given}
    if strict is None:
        return {**function, "parameters": parameters}
    strict = function.get("strict", strict)
    if strict:
        parameters = closed(parameters)
    return {**function, "parameters": parameters, "strict": strict}


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
