"""JSON schemas in the forms of OpenAI (chat, Responses), Anthropic, MCP, Bedrock and Gemini."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from langchain_telnyx.chat_models.structured.json_schemas import KEYWORDS, with_root
from langchain_telnyx.client.call import JSON

# Where vendors put the schema of a function, or of an answer.
SCHEMA_PLACES = (
    "parameters",
    "input_schema",
    "inputSchema",
    "schema",
    "parametersJsonSchema",
    "parameters_json_schema",
)
# What may hold a schema too, but of something else than the arguments.
_OTHERS = {"outputSchema", "output_schema", "response", "_meta", "annotations"}
_SCHEMA_OF_ITS_OWN = KEYWORDS - {"type", "format", "pattern", "required"}


class NamedSchema(NamedTuple):
    """A JSON schema with its name and description.

    Attributes:
        name: The name, where it has one.
        description: What it describes.
        schema: The JSON schema.
        strict: Whether it is to be followed exactly, where the source has that.
    """

    name: str
    description: str
    schema: JSON
    strict: bool | None


def function_in(given: Mapping[str, Any]) -> JSON | None:
    """Return the function that a dict declares, its schema under `parameters`, in any form.

    A function that takes nothing has no `parameters`. A bare JSON schema is `None`.

    Raises:
        ValueError: It has a schema, but where no form has it, or of which no schema can be made.
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
        ValueError: There is none in it.
    """
    function = function_in(given)
    if function is not None:
        schema = function.get("parameters")
        name = function.get("name") or (schema or {}).get("title") or ""
        if not schema:
            raise ValueError(f"{name or dict(given)!r} has no schema: put it under `parameters`.")
        about = function.get("description") or ""
        return NamedSchema(str(name), str(about), schema, function.get("strict"))
    schema = dict(given)
    if not schema.keys() & KEYWORDS:
        raise ValueError(f"{schema!r} is no JSON schema: it says nothing of what fits it.")
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
            raise ValueError(
                f"What {name!r} has under `{places[0]}` is no JSON schema: it says nothing of what "
                f"fits it."
            )
        function["parameters"] = schema
        return function
    if odd := [place for place in SCHEMA_PLACES if given.get(place) is not None]:
        kind = type(given[odd[0]]).__name__
        raise ValueError(f"What {name!r} has under `{odd[0]}` is a {kind}, and no JSON schema.")
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
                f"{name!r} has a schema under `{key}`, where no form of a function has it: put it "
                f"under `parameters`."
            )
    return function


def _looks_like_one(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return bool(value.keys() & _SCHEMA_OF_ITS_OWN) or value.get("type") == "object"
