"""Schemas of all kinds: the JSON schema to send, and the validation of answers.

For Python types, pydantic's `TypeAdapter` generates the JSON schema and validates answers. JSON
schemas are sent unchanged, and jsonschema validates answers.
"""

import dataclasses
import enum
import functools
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, get_origin

from langchain_core.tools import BaseTool, Tool
from langchain_core.tools.base import create_schema_from_function
from langchain_core.utils.function_calling import convert_to_openai_function
from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError
from pydantic.v1 import BaseModel as BaseModelV1
from typing_extensions import is_typeddict

from langchain_telnyx.chat_models.structured.json_schemas import (
    WRAPPED_UNDER,
    closed,
    describes_objects,
    inlined,
    untitled,
    with_root,
    wrapped,
)
from langchain_telnyx.chat_models.structured.typed_dicts import docstring, with_pydantic_typed_dicts
from langchain_telnyx.chat_models.structured.validation import (
    MismatchError,
    check_schema,
    errors_in,
    mismatch_of,
)
from langchain_telnyx.chat_models.structured.vendor_schemas import NamedSchema, named_schema_in
from langchain_telnyx.chat_models.tool_binding.wire_names import wire_name
from langchain_telnyx.client.call import JSON

_KINDS = (
    "a pydantic class, a `TypedDict` class, a dataclass, an `Enum` class, a type such as "
    "`list[int]` or `Literal[…]`, or a JSON schema"
)
_UNNAMED = "answer"


class AnswerSchema:
    """A schema of answers.

    Args:
        source: A type that pydantic supports, or a JSON schema, bare or in any vendor's format.
        strict: Whether the server must enforce the schema. Default: the source's setting.

    Attributes:
        name: Its name, in characters that servers accept.
        description: What it describes.
        strict: Whether the server must enforce the schema.
        wire: The JSON schema to send, always of an object.
        wrapped: Whether the value is under a key of that object.

    Raises:
        ValueError: The source cannot be converted to a JSON schema.
    """

    def __init__(self, source: Any, *, strict: bool | None = None) -> None:
        self._given = (source, strict)
        self.is_class = _is_class(source)
        described, self._adapter = _described(source)
        self._plain = described.schema
        if strict is None:
            strict = described.strict
        self.strict = strict
        self.original_name = described.name or _UNNAMED
        self.name = wire_name(self.original_name)
        self.description = described.description
        schema = with_root(described.schema)
        objects = describes_objects(schema, described.schema)
        # Unions of objects are wrapped, too, because OpenAI's servers do not accept `anyOf` at the
        # root; JSON schemas are sent unchanged.
        self.wrapped = not objects or (
            (self._adapter is not None or bool(strict)) and schema.get("type") != "object"
        )
        wire = wrapped(schema) if self.wrapped else schema
        if not wire.keys() & {"type", "anyOf", "oneOf", "allOf"}:
            wire = {"type": "object", **wire}
        self.wire = closed(wire) if strict else wire

    def __repr__(self) -> str:
        return f"AnswerSchema({self.original_name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, self._given

    @property
    def function(self) -> JSON:
        """A function with this schema as parameters, in the API's format."""
        function: JSON = {"name": self.name}
        if self.description:
            function["description"] = self.description
        # The API requires a `type`.
        function["parameters"] = {"type": "object", **self.wire}
        if self.strict is not None:
            function["strict"] = self.strict
        return function

    def read(self, value: Any) -> Any:
        """Validate a JSON value: return an instance, or the value itself for a JSON schema.

        Raises:
            MismatchError: The value does not conform.
        """
        if not self.wrapped:
            return self._validated(value)
        # A server without support for schemas may have omitted the key.
        if not (isinstance(value, dict) and value.keys() == {WRAPPED_UNDER}):
            return self._validated(value)
        try:
            return self._validated(value[WRAPPED_UNDER])
        except MismatchError as mismatch:
            try:
                return self._validated(value)
            except MismatchError:
                raise mismatch from mismatch.__cause__

    def so_far(self, value: Any) -> Any:
        """Convert the value of a partial answer.

        Dicts are returned while incomplete, instances once they validate.

        Raises:
            MismatchError: The value does not conform yet.
        """
        if self.is_class:
            return self.read(value)
        if not isinstance(value, dict) or (self.wrapped and WRAPPED_UNDER not in value):
            raise MismatchError("The value is empty so far.")
        return value[WRAPPED_UNDER] if self.wrapped else value

    def _validated(self, value: Any) -> Any:
        if self._adapter is not None:
            try:
                return self._adapter(value)
            except (ValidationError, ValueError, TypeError) as error:
                raise MismatchError(errors_in(error)) from error
        if (why := mismatch_of(value, self._validator)) is not None:
            raise MismatchError(why)
        return value

    @functools.cached_property
    def _validator(self) -> Any:
        return check_schema(self._plain, self.original_name)


def _again(source: Any, strict: bool | None) -> AnswerSchema:  # noqa: FBT001 - a pickle's
    return AnswerSchema(source, strict=strict)


def tool_function(tool: Any) -> JSON:
    """Convert a type, a function or a LangChain tool to a function in the API's format.

    Raises:
        ValueError: The arguments are not an object, or cannot be converted to a JSON schema.
    """
    if isinstance(tool, Tool) and not tool.args_schema:
        return convert_to_openai_function(tool)
    if isinstance(tool, BaseTool) and (tool.metadata or {}).get("type") == "custom_tool":
        raise ValueError(
            f"The tool {tool.name!r} takes free text instead of arguments, which the API does "
            f"not support: add an argument for the text."
        )
    described, _ = _described(tool)
    if not describes_objects(described.schema, described.schema):
        raise ValueError(
            f"{described.name or tool!r} is not a tool: the arguments must be an object. Bind a "
            f"function, a LangChain tool, a pydantic, `TypedDict` or dataclass class, or a dict."
        )
    return {
        "name": described.name or _UNNAMED,
        "description": described.description or "",
        "parameters": described.schema,
    }


def _is_class(source: Any) -> bool:
    """Return whether answers are converted to instances."""
    return not (
        isinstance(source, Mapping | BaseTool) or inspect.isroutine(source) or is_typeddict(source)
    )


def _described(source: Any) -> tuple[NamedSchema, Callable[[Any], Any] | None]:
    """Return a schema with its name, and the validator of answers if it is not jsonschema."""
    if isinstance(source, Mapping):
        described = named_schema_in(source)
        check_schema(described.schema, described.name or _UNNAMED)
        return described, None
    if isinstance(source, BaseTool):
        return _tool(source), None
    if isinstance(source, type) and issubclass(source, BaseModelV1):
        return _from_pydantic(source.schema(), source.__name__), source.parse_obj
    if inspect.isroutine(source) or isinstance(source, functools.partial):
        return _function(source), None
    return _type(source)


def _type(source: Any) -> tuple[NamedSchema, Callable[[Any], Any]]:
    if _is_value(source):
        raise ValueError(f"{source!r} is not a schema: pass {_KINDS}.")
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(with_pydantic_typed_dicts(source))
        schema = adapter.json_schema()
    except PydanticInvalidForJsonSchema as error:
        raise ValueError(
            f"{source!r} cannot be converted to a JSON schema: {error.message}. Use types of JSON, "
            f"or pydantic classes of these."
        ) from error
    except (PydanticUserError, PydanticSchemaGenerationError, NameError, TypeError) as error:
        why = getattr(error, "message", None) or error
        raise ValueError(f"pydantic does not support {source!r}: {why}\nPass {_KINDS}.") from error
    described = _from_pydantic(schema, _name(source))
    if is_typeddict(source):
        described = described._replace(description=docstring(source)[0])

    def validate(value: Any) -> Any:
        # As JSON, because strict classes accept tuples, dates and bytes from JSON only.
        return adapter.validate_json(json.dumps(value))

    return described, validate


def _is_value(source: Any) -> bool:
    """Return whether a source is an instance instead of its class."""
    if isinstance(source, type):
        return False
    values = (str, bytes, int, float, list, tuple, set, BaseModel, BaseModelV1, enum.Enum)
    return source is None or isinstance(source, values) or dataclasses.is_dataclass(source)


def _from_pydantic(schema: JSON, name: str) -> NamedSchema:
    found = untitled(inlined(schema))
    description = found.pop("description", "")
    if not found:
        raise ValueError(f"{name} accepts any value: pass {_KINDS}.")
    return NamedSchema(name, description, found, None)


def _tool(tool: BaseTool) -> NamedSchema:
    schema: Any = tool.tool_call_schema
    if isinstance(schema, dict):
        found = untitled(inlined(schema))
    elif issubclass(schema, BaseModelV1):
        found = untitled(inlined(schema.schema()))
    else:
        found = untitled(inlined(schema.model_json_schema()))
    found = {name: value for name, value in found.items() if name != "description"}
    return NamedSchema(tool.name, tool.description, found, None)


def _function(function: Callable[..., Any]) -> NamedSchema:
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    name = getattr(inner, "__name__", "")
    try:
        model = create_schema_from_function(
            name,
            function,
            filter_args=(),
            parse_docstring=True,
            error_on_invalid_docstring=False,
            include_injected=False,
        )
        schema = model.model_json_schema() if issubclass(model, BaseModel) else model.schema()
    except (PydanticUserError, NameError, TypeError, ValueError) as error:
        why = getattr(error, "message", None) or error
        raise ValueError(
            f"The arguments of {name!r} cannot be converted to a JSON schema: {why}"
        ) from error
    return _from_pydantic(schema, name)._replace(description=model.__doc__ or "")


def _name(source: Any) -> str:
    """Return the name of a type; `answer` if it has none."""
    if isinstance(source, type) and get_origin(source) is None:
        return source.__name__
    origin: Any = get_origin(source)
    if is_typeddict(origin) or dataclasses.is_dataclass(origin):
        arguments = [getattr(each, "__name__", str(each)) for each in source.__args__]
        return "_".join([getattr(origin, "__name__", _UNNAMED), *arguments])
    return _UNNAMED
