"""Validation against a JSON schema, with jsonschema: types, enums, nulls and formats.

jsonschema checks some formats only with additional libraries. This module checks the common ones.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_telnyx.client.call import JSON

if TYPE_CHECKING:
    from jsonschema import FormatChecker
    from jsonschema.protocols import Validator

_MAX_ERRORS = 5  # errors in one message
_MAX_LENGTH = 200  # characters of each

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PERIOD = r"(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
# RFC 3339, ISO 8601, RFC 3986 and 3987, RFC 1123 and RFC 5321, as JSON Schema names them.
_FORMATS = {
    "date": r"\d{4}-\d\d-\d\d",
    "date-time": rf"\d{{4}}-\d\d-\d\d[Tt ]{_TIME}",
    "time": _TIME,
    "duration": rf"P(?:\d+W|{_PERIOD})",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+",
    "iri": r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f<>\"{}|\\^`]+",
    "hostname": rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*",
    "email": r"[^@\s]+@[^@\s]+",
}
_WITH_DATE = {"date", "date-time"}
_HINTS = {
    "date": "2026-11-28",
    "date-time": "2026-11-28T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "PT5M",
}


def check_schema(schema: JSON) -> JSON:
    """Check a schema, and return it.

    Raises:
        ValueError: It is not a valid JSON schema, or has a reference that cannot be resolved.
    """
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - takes a while to import

    validator = _validator(schema)
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"not a valid JSON schema: {error.message[:_MAX_LENGTH]}") from error
    except RecursionError:
        raise ValueError("not a valid JSON schema: it is nested too deeply") from None
    for reference in sorted(set(_references(schema))):
        if not _resolves(schema, reference):
            raise ValueError(f"not a complete JSON schema: it refers to the unknown {reference!r}")
    return schema


def schema_errors(value: Any, schema: JSON) -> str:
    """Return the errors of a value as text; empty if it fits the schema.

    Args:
        value: The value, of JSON's types.
        schema: A schema from `check_schema`.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - takes a while to import
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - likewise

    try:
        errors = sorted(_validator(schema).iter_errors(value), key=lambda error: error.json_path)
        # If a value fits none of several schemas, report the errors of the closest.
        closest = [best_match([error]) for error in errors]
    except Unresolvable as error:
        return f"the schema refers to the unknown {error.ref!r}"
    except RecursionError:
        return "it is nested too deeply"
    shown = [_error_text(error) for error in closest[:_MAX_ERRORS] if error is not None]
    return "; ".join(shown) + (
        f"; and {len(errors) - _MAX_ERRORS} more" if errors[_MAX_ERRORS:] else ""
    )


def _error_text(error: Any) -> str:
    path = error.json_path.removeprefix("$").removeprefix(".")
    message = error.message
    if len(message) > _MAX_LENGTH:
        message = f"{message[:_MAX_LENGTH]}…"
    if error.validator == "format" and error.validator_value in _HINTS:
        message = f"{message}, such as {_HINTS[error.validator_value]!r}"
    return f"{path}: {message}" if path else message


def _validator(schema: JSON) -> "Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a while to import
    from jsonschema.validators import validator_for  # noqa: PLC0415 - likewise
    from referencing import Registry  # noqa: PLC0415 - likewise

    kind = validator_for(schema, default=Draft202012Validator)
    # With an empty registry, an external reference fails instead of being fetched.
    return kind(schema, registry=Registry(), format_checker=_formats())


@cache
def _formats() -> "FormatChecker":
    from jsonschema import FormatChecker  # noqa: PLC0415 - takes a while to import

    checker = FormatChecker()  # with jsonschema's own formats
    for name, pattern in _FORMATS.items():
        checker.checks(name)(_format(re.compile(pattern), with_date=name in _WITH_DATE))
    return checker


def _format(pattern: re.Pattern[str], *, with_date: bool) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if not isinstance(value, str):
            return True  # formats apply only to strings
        return pattern.fullmatch(value) is not None and (not with_date or _exists(value))

    return fits


def _exists(value: str) -> bool:
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _references(schema: Any) -> Iterator[str]:
    """Yield the references of a schema, except those in names of properties and in examples."""
    if isinstance(schema, Mapping):
        for word, part in schema.items():
            if word == "$ref" and isinstance(part, str):
                yield part
            elif word in {"properties", "patternProperties", "$defs", "definitions"}:
                parts = part.values() if isinstance(part, Mapping) else ()
                for each in parts:
                    yield from _references(each)
            elif word not in {"const", "default", "enum", "examples", "example"}:
                yield from _references(part)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _resolves(schema: JSON, reference: str) -> bool:
    from referencing import Registry, Resource  # noqa: PLC0415 - takes a while to import
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - likewise
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415 - likewise

    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    registry = Registry().with_resource("", resource).crawl()
    try:
        registry.resolver(resource.id() or "").lookup(reference)
    except Unresolvable:
        return False
    return True
