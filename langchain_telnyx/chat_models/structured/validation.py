"""Descriptions of schema violations, for models and users."""

import functools
import json
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic.v1 import ValidationError as ValidationErrorV1

from langchain_telnyx.chat_models.structured.json_schemas import mapped, outward_refs
from langchain_telnyx.client.call import JSON

_SHOWN = 8
_LONGEST = 200


class MismatchError(ValueError):
    """A JSON value that does not conform to a schema; the text describes the violations."""


def errors_in(error: Exception) -> str:
    """Return the errors of a validation by location, without pydantic's links."""
    if not isinstance(error, ValidationError | ValidationErrorV1):
        return str(error)
    found: list[Any] = (
        [*error.errors(include_url=False, include_context=False)]
        if isinstance(error, ValidationError)
        else [*error.errors()]
    )
    lines = []
    for each in found:
        place = ".".join(map(str, each["loc"])) or "the value"
        got = ""
        if "input" in each and each["type"] != "missing":
            got = f", and not {_short(each['input'])}"
        lines.append(f"{place}: {each['msg']}{got}")
    return _listed(lines)


def mismatch_of(value: Any, validator: Any) -> str | None:
    """Return the violations of a JSON schema by a value, if any.

    Args:
        value: The value.
        validator: The result of `check_schema` for the schema.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - takes long, and seldom needed

    lines = []
    for error in validator.iter_errors(value):
        # Of several alternatives, the closest one.
        nearest = best_match([error]) or error
        line = f"{_place(nearest.absolute_path)}: {_cut(nearest.message)}"
        if nearest.context:
            line += f" ({'; '.join(sorted({_cut(each.message) for each in nearest.context}))})"
        lines.append(line)
    return _listed(sorted(lines)) if lines else None


def check_schema(schema: JSON, name: str) -> Any:
    """Return a jsonschema validator for a schema.

    Raises:
        ValueError: The JSON schema is invalid.
    """
    try:
        written = json.dumps(schema)
    except TypeError as error:
        raise ValueError(f"{name!r} is not a valid JSON schema: {error}.") from error
    return _validator(written, name)


@functools.lru_cache(maxsize=64)
def _validator(written: str, name: str) -> Any:
    from jsonschema import validators  # noqa: PLC0415 - takes long, and seldom needed
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - likewise
    from referencing import Registry  # noqa: PLC0415 - likewise

    schema = mapped(json.loads(written), _with_known_patterns)
    kind = validators.validator_for(schema, default=validators.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        place = _place(error.absolute_path)
        raise ValueError(
            f"{name!r} is not a valid JSON schema, at {place}: {error.message}"
        ) from None
    if "$id" not in written and (refs := outward_refs(schema)):
        raise ValueError(
            f"The schema {name!r} refers to {refs[0]!r}; external schemas are not fetched: add it "
            f"under `$defs`."
        )
    # An empty registry, so that no reference is fetched.
    return kind(schema, registry=Registry())


def _with_known_patterns(node: JSON) -> JSON:
    """Return a schema without patterns that Python's `re` does not support."""
    pattern = node.get("pattern")
    try:
        re.compile(pattern if isinstance(pattern, str) else "")
    except re.error:
        return {name: value for name, value in node.items() if name != "pattern"}
    return node


def _listed(lines: list[str]) -> str:
    more = f"\n… and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return "\n".join(lines[:_SHOWN]) + more


def _place(path: Iterable[Any]) -> str:
    return ".".join(map(str, path)) or "the value"


def _short(value: Any) -> str:
    try:
        return _cut(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError):
        return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
