"""JSON schemas as the filler needs them: references followed, parts merged, values judged."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from langchain_telnyx.emulator.model.refusal import Refusal

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Schema = dict[str, Any]
JSON_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class SchemaDocument:
    """One schema, with everything that its references point to.

    Args:
        root: The schema.

    Raises:
        Refusal: If it is no valid JSON schema.
    """

    def __init__(self, root: Schema) -> None:
        self.root = root
        kind = validator_for(root, default=Draft202012Validator)
        _check(kind, json.dumps(root))
        # An empty registry: a reference to elsewhere fails instead of being fetched.
        self._validator = kind(root, registry=Registry(), format_checker=kind.FORMAT_CHECKER)

    def accepts(self, value: Any, schema: Any = None) -> bool:
        """Tell whether `value` is valid against a part of the schema, by default the whole.

        Raises:
            Refusal: If a reference leads nowhere.
        """
        judge = self._validator if schema is None else self._validator.evolve(schema=schema)
        try:
            return judge.is_valid(value)
        except Unresolvable as error:
            raise Refusal(f"The JSON schema refers to the unknown {error.ref!r}.") from error
        except RecursionError as error:
            raise Refusal("The JSON schema refers to itself without end.") from error

    def plain(self, schema: Any) -> Schema:
        """Follow the references of a schema and merge its `allOf`, down to plain keywords."""
        seen: set[str] = set()
        while True:
            if not isinstance(schema, dict):
                return {} if schema else {"not": {}}
            if "$ref" in schema and isinstance(schema["$ref"], str):
                reference = schema["$ref"]
                if reference in seen:
                    raise Refusal(f"The JSON schema's reference {reference!r} goes in a circle.")
                seen.add(reference)
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                schema = merge(self._target(reference), rest)
            elif schema.get("allOf"):
                rest = {key: value for key, value in schema.items() if key != "allOf"}
                for part in schema["allOf"]:
                    rest = merge(rest, self.plain(part))
                schema = rest
            else:
                return schema

    def _target(self, reference: str) -> Schema:
        if not reference.startswith("#"):
            raise Refusal(f"The JSON schema refers to the unknown {reference!r}.")
        target: Any = self.root
        for step in reference[1:].strip("/").split("/") if reference.strip("#/") else []:
            key = step.replace("~1", "/").replace("~0", "~").replace("%25", "%")
            try:
                target = target[int(key)] if isinstance(target, list) else target[key]
            except (KeyError, IndexError, TypeError, ValueError) as error:
                raise Refusal(f"The JSON schema refers to the unknown {reference!r}.") from error
        return target if isinstance(target, dict) else ({} if target else {"not": {}})


@lru_cache(maxsize=256)
def _check(kind: "type[Validator]", root: str) -> None:
    """Check a schema itself, once: an agent sends the same tools with every request."""
    try:
        kind.check_schema(json.loads(root))
    except (SchemaError, RecursionError) as error:
        reason = error.message if isinstance(error, SchemaError) else "it nests too deeply"
        raise Refusal(f"The JSON schema is not valid: {reason}.") from error


def merge(first: Schema, second: Schema) -> Schema:
    """Join two schemas into one that asks for both, as far as plain keywords can say it."""
    joined = {**first, **second}
    for key in first.keys() & second.keys():
        one, other = first[key], second[key]
        if key in _LEAST:
            joined[key] = max(one, other)
        elif key in _MOST:
            joined[key] = min(one, other)
        elif key == "properties":
            shared = {name: {"allOf": [one[name], other[name]]} for name in one if name in other}
            joined[key] = {**one, **other, **shared}
        elif key == "required":
            joined[key] = list(dict.fromkeys([*one, *other]))
        elif key == "enum":
            joined[key] = [value for value in one if value in other]
        elif key == "type":
            joined[key] = [kind for kind in kinds(first) if kind in kinds(second)] or one
        elif key in {"anyOf", "oneOf"}:
            joined[key] = [{"allOf": [left, right]} for left in one for right in other]
    return joined


def kinds(schema: Schema) -> list[str]:
    """List the JSON types that a plain schema allows, those it names first."""
    named = schema.get("type")
    if isinstance(named, str):
        return [named]
    if isinstance(named, list) and named:
        return [kind for kind in named if kind in JSON_TYPES]
    for kind, keywords in _HINTS.items():
        if keywords & schema.keys():
            return [kind]
    return ["string", "object", "array", "number", "boolean", "null"]


_HINTS = {
    "object": {"properties", "required", "additionalProperties", "minProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"},
    "string": {"pattern", "format", "minLength", "maxLength"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}
