"""JSON schemas in the formats of OpenAI (chat, Responses), Anthropic, MCP, Bedrock and Gemini."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from langchain_telnyx.chat_models.structured.json_schemas import KEYWORDS, with_root
from langchain_telnyx.client.call import JSON

# The keys of vendors for the schema of a function, or of an answer.
SCHEMA_PLACES = (
    "parameters",
    "input_schema",
    "inputSchema",
    "schema",
    "parametersJsonSchema",
    "parameters_json_schema",
)
# Keys for schemas of something other than the arguments.
_OTHERS = {"outputSchema", "output_schema", "response", "_meta", "annotations"}
_SCHEMA_OF_ITS_OWN = KEYWORDS - {"type", "format", "pattern", "required"}


class NamedSchema(NamedTuple):
    """A JSON schema with its name and description.

    Attributes:
        name: The name, if any.
        description: The description, if any.
        schema: The JSON schema.
        strict: Whether the server must enforce the schema, if specified.
    """

    name: str
    description: str
    schema: JSON
    strict: bool | None


def function_in(given: Mapping[str, Any]) -> JSON | None:
    """Convert a function declaration of any vendor to one with its schema under `parameters`.

    A function without arguments has no `parameters`. `None` for a bare JSON schema.

    Raises:
        ValueError: The schema is invalid, or under an unknown key.
    """
    match given:
        case {"type": "function", "function": Mapping() as inside}:
            return function_in(inside) or _flat(inside)
        case {"type": "json_schema", "json_schema": Mapping() as inside}:
            return function_in(inside)
        case {"toolSpec": Mapping() as inside}:
            return function_in(inside)
    if not isinstance(given.get("name"), str) and not _places(given):
        return _flat(given) if given.get("type") == "function" else None
    return _flat(given)


def named_schema_in(given: Mapping[str, Any]) -> NamedSchema:
    """Return the JSON schema in a dict.

    Raises:
        ValueError: The dict contains no schema.
    """
    function = function_in(given)
    if function is not None:
        schema = function.get("parameters")
        name = function.get("name") or (schema or {}).get("title") or ""
        if not schema:
            raise ValueError(f"{name or dict(given)!r} has no schema: add it under `parameters`.")
        about = function.get("description") or ""
        return NamedSchema(str(name), str(about), schema, function.get("strict"))
    schema = dict(given)
    if not schema.keys() & KEYWORDS:
        raise ValueError(f"{schema!r} is not a JSON schema: it has no keywords.")
    root = with_root(schema)
    strict = schema.pop("strict", None)
    name = str(schema.pop("title", None) or root.get("title") or "")
    about = str(schema.pop("description", None) or root.get("description") or "")
    return NamedSchema(name, about, schema, strict if isinstance(strict, bool) else None)


def _places(given: Mapping[str, Any]) -> list[str]:
    return [place for place in SCHEMA_PLACES if isinstance(given.get(place), Mapping)]


def _flat(given: Mapping[str, Any]) -> JSON:
    function = {name: given[name] for name in ("name", "description", "strict") if name in given}
    places = _places(given)
    name = given.get("name")
    if places:
        schema = dict(given[places[0]])
        # Bedrock's.
        inside = schema.get("json")
        if isinstance(inside, Mapping) and len(schema) == 1:
            schema = dict(inside)
        if schema and not schema.keys() & KEYWORDS:
            raise ValueError(f"`{places[0]}` of {name!r} is not a JSON schema: it has no keywords.")
        function["parameters"] = schema
        return function
    if odd := [place for place in SCHEMA_PLACES if given.get(place) is not None]:
        kind = type(given[odd[0]]).__name__
        raise ValueError(f"`{odd[0]}` of {name!r} must be a JSON schema, not a {kind}.")
    rest = {
        key: value
        for key, value in given.items()
        if key not in {"name", "description", "strict", "title"}
        and not (key == "type" and value in {"function", "custom"})
    }
    if rest.keys() & _SCHEMA_OF_ITS_OWN or rest.get("type") == "object":
        function["parameters"] = {key: rest[key] for key in rest if key not in SCHEMA_PLACES}
        return function
    for key, value in rest.items():
        if key not in _OTHERS and _looks_like_one(value):
            raise ValueError(
                f"{name!r} has a schema under the unknown key `{key}`: move it to `parameters`."
            )
    return function


def _looks_like_one(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return bool(value.keys() & _SCHEMA_OF_ITS_OWN) or value.get("type") == "object"
