"""JSON schemas in the form that the API requires for insights: objects without additional fields.

The API refuses a template whose schema lacks `"additionalProperties": false`. The schemas of
pydantic lack it, and so do most that are written by hand.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

from langchain_telnyx.client.call import JSON

_CLOSED = "additionalProperties"
DEFINITIONS = ("$defs", "definitions")
# Keywords with schemas: by name, in a list, and a single one.
NAMED = {*DEFINITIONS, "properties", "patternProperties", "dependentSchemas"}
LISTED = {"allOf", "anyOf", "oneOf", "prefixItems", "items"}
SINGLE = {
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
}
# Of those: keywords that describe the same value as the schema around them.
_IN_PLACE = {"allOf", "anyOf", "oneOf"}
_BESIDE = {"dependentSchemas", "else", "if", "not", "then"}
_COMBINED = {"$ref", "$dynamicRef", *_IN_PLACE, *_BESIDE}


def is_class(given: Any) -> bool:
    """Whether an object is a pydantic class."""
    return isinstance(given, type) and issubclass(given, BaseModel)


def class_schema(kind: type[BaseModel]) -> JSON:
    """Return the schema of a pydantic class in the form that the API requires.

    Raises:
        ValueError: The class has no JSON schema, or is not an object.
    """
    try:
        schema = inline_top_reference(kind.model_json_schema())
    except PydanticUserError as error:
        raise ValueError(f"{kind.__name__} has no JSON schema: {error.message}") from error
    if schema.get("type") != "object":
        raise ValueError(f"{kind.__name__} is not an object: the API requires objects with fields.")
    # A class that allows additional fields accepts results without them, too.
    return close_objects({**schema, _CLOSED: False})


def close_objects(schema: Mapping[str, Any]) -> JSON:
    """Return a schema in which objects with `properties` allow no additional ones.

    A schema with `additionalProperties` does not change. Neither do objects without `properties`,
    and those that combine several schemas: each part would refuse the fields of the others.

    Args:
        schema: The schema, which is not changed.

    Raises:
        ValueError: It nests too deeply.
    """
    root = inline_top_reference(schema)
    if "properties" in root:
        root = {"type": "object", **root}
    combined: set[str] = set()
    try:
        while True:
            known = len(combined)
            made: JSON = _closed(root, combined)
            if len(combined) == known:
                return made
    except RecursionError:
        raise ValueError("The JSON schema nests too deeply.") from None


def inline_top_reference(schema: Mapping[str, Any]) -> JSON:
    """Return a schema without the top-level reference that pydantic uses for recursive classes."""
    root = dict(schema)
    seen: set[str] = set()
    while isinstance(reference := root.get("$ref"), str) and reference not in seen:
        seen.add(reference)
        word, _, name = reference.removeprefix("#/").partition("/")
        definitions = root.get(word) if word in DEFINITIONS else None
        target = definitions.get(_unquoted(name)) if isinstance(definitions, Mapping) else None
        if not isinstance(target, Mapping):
            break
        root = {**target, **{word: value for word, value in root.items() if word != "$ref"}}
    return root


def _closed(schema: Any, combined: set[str], *, shares: bool = False) -> Any:
    """Return a schema with its objects closed.

    Args:
        schema: The schema.
        combined: References to parts of combinations, which must not be closed; filled here.
        shares: Whether other schemas describe the same value.
    """
    if not isinstance(schema, Mapping):
        return schema  # `true`, `false`, or not a schema
    branches = sum(
        len(schema[word]) if word == "allOf" and isinstance(schema[word], list) else 1
        for word in schema.keys() & _COMBINED
    )
    shared = shares or "properties" in schema or branches > 1
    if shared and isinstance(schema.get("$ref"), str):
        combined.add(schema["$ref"])
    made: JSON = {}
    for word, value in schema.items():
        here = word in _BESIDE or (word in _IN_PLACE and shared)
        close = partial(_closed, combined=combined, shares=here)
        if word in NAMED and isinstance(value, Mapping):
            made[word] = {
                name: _closed(
                    part,
                    combined,
                    shares=here
                    or (word in DEFINITIONS and f"#/{word}/{_quoted(name)}" in combined),
                )
                for name, part in value.items()
            }
        elif word in LISTED and isinstance(value, list):
            made[word] = [close(part) for part in value]
        else:
            made[word] = close(value) if word in SINGLE else value
    is_object = isinstance(schema.get("properties"), Mapping)
    if is_object and not shares and not branches and "unevaluatedProperties" not in schema:
        made.setdefault(_CLOSED, False)
    return made


def _quoted(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unquoted(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
