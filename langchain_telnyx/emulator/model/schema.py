"""JSON schemas for `fill`: resolve references, merge parts, validate values."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from langchain_telnyx.emulator.model import bounded_validation, work_budget
from langchain_telnyx.emulator.model.refusal import Refusal

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Schema = dict[str, Any]
JSON_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXCLUSIVE = ("patternProperties", "unevaluatedProperties")
_STEP_SIZE = 50
"""Values of an `enum` that are compared in one step."""
_MAX_CACHED = 100_000
"""Characters of a schema beyond which its check is not cached."""
_MAX_REASON = 500
"""Characters of an error message, which quotes the invalid value."""
_COUNTS = (
    "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
    "minContains", "maxContains",
)  # fmt: skip
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class SchemaDocument:
    """One schema and the targets of its references.

    Args:
        root: The schema.

    Raises:
        Refusal: If the JSON schema is invalid.
    """

    def __init__(self, root: Schema) -> None:
        self.root = root
        kind = validator_for(root, default=Draft202012Validator)
        with work_budget.limited():
            try:
                written = json.dumps(root)
                # With both, jsonschema matches the patterns by `re`, without a time limit.
                if all(f'"{word}"' in written for word in _EXCLUSIVE):
                    raise Refusal(f"The JSON schema has both of {' and '.join(_EXCLUSIVE)}.")
                check = _check if len(written) < _MAX_CACHED else _check.__wrapped__
                check(kind, written)
            except RecursionError as error:
                raise Refusal("The JSON schema is not valid: it nests too deeply.") from error
        # An empty registry: an external reference fails instead of being fetched.
        self._validator = bounded_validation.validator_class(kind)(
            root, registry=Registry(), format_checker=bounded_validation.format_checker(kind)
        )

    def accepts(self, value: Any, schema: Any = None) -> bool:
        """Return whether `value` is valid against a part of the schema, by default the whole.

        Raises:
            Refusal: If a reference has no target.
        """
        validator = self._validator if schema is None else self._validator.evolve(schema=schema)
        try:
            with work_budget.limited():
                return bool(validator.is_valid(value))
        except Unresolvable as error:
            raise Refusal(f"The JSON schema refers to the unknown {error.ref!r}.") from error
        except RecursionError as error:
            raise Refusal("The JSON schema refers to itself without end.") from error

    def resolved(self, schema: Any) -> Schema:
        """Resolve the references of a schema and merge its `allOf`."""
        seen: set[str] = set()
        while True:
            work_budget.spend()
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
                    rest = merge(rest, self.resolved(part))
                schema = rest
            else:
                return {**schema, **_counts(schema)}

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
    """Validate a schema; cached, as an agent sends the same tools with every request."""
    try:
        bounded_validation.check(kind, json.loads(root))
    except SchemaError as error:
        reason = error.message
        if len(reason) > _MAX_REASON:
            reason = f"{reason[:_MAX_REASON]}…"
        raise Refusal(f"The JSON schema is not valid: {reason}.") from error


def _counts(schema: Schema) -> Schema:
    """Return the lengths and counts that are written as floats, such as `3.0`, as integers."""
    return {
        key: int(schema[key])
        for key in _COUNTS
        if isinstance(schema.get(key), float) and schema[key].is_integer()
    }


def merge(first: Schema, second: Schema) -> Schema:
    """Merge two schemas into one that requires both, as far as single keywords can express it."""
    joined = {**first, **second}
    work_budget.spend(1 + len(joined))
    for key in first.keys() & second.keys():
        one, other = first[key], second[key]
        if key in _LOWER_BOUNDS:
            joined[key] = max(one, other)
        elif key in _UPPER_BOUNDS:
            joined[key] = min(one, other)
        elif key == "properties":
            shared = {name: {"allOf": [one[name], other[name]]} for name in one if name in other}
            joined[key] = {**one, **other, **shared}
        elif key == "required":
            joined[key] = list(dict.fromkeys([*one, *other]))
        elif key == "enum":
            work_budget.spend(len(one) * len(other) // _STEP_SIZE)
            joined[key] = [value for value in one if value in other]
        elif key == "type":
            joined[key] = [kind for kind in kinds(first) if kind in kinds(second)] or one
        elif key in {"anyOf", "oneOf"}:
            work_budget.spend(len(one) * len(other))
            joined[key] = [{"allOf": [left, right]} for left in one for right in other]
    return joined


def kinds(schema: Schema) -> list[str]:
    """List the JSON types that a resolved schema allows."""
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
