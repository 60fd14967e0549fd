"""Whether a value fits a JSON schema: types, enums, nulls and formats, judged by jsonschema.

jsonschema leaves formats unchecked for which it wants libraries of their own; the usual ones of
those are here.
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

_SHOWN = 5  # defects named in one message
_LONGEST = 200  # characters of each

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
_DATED = {"date", "date-time"}
_HINTS = {
    "date": "2026-11-28",
    "date-time": "2026-11-28T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "PT5M",
}


def checked(schema: JSON) -> JSON:
    """Return a schema that values can be judged by.

    Raises:
        ValueError: It is no JSON schema, or refers to what it does not hold.
    """
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - takes a while to import

    judge = _judge(schema)
    try:
        judge.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"no valid JSON schema: {error.message[:_LONGEST]}") from error
    except RecursionError:
        raise ValueError("no valid JSON schema: it nests too deeply") from None
    for reference in sorted(set(_references(schema))):
        if not _leads_somewhere(schema, reference):
            raise ValueError(f"no whole JSON schema: it refers to the unknown {reference!r}")
    return schema


def misfits(value: Any, schema: JSON) -> str:
    """Return in what a value does not fit a schema, in words; nothing where it fits.

    Args:
        value: The value, of JSON's types.
        schema: The schema, which was checked.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - takes a while to import
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - likewise

    try:
        found = sorted(_judge(schema).iter_errors(value), key=lambda error: error.json_path)
        # Of what fits none of several schemas, what it lacks for the nearest.
        nearest = [best_match([error]) for error in found]
    except Unresolvable as error:
        return f"the schema refers to the unknown {error.ref!r}"
    except RecursionError:
        return "it nests too deeply"
    shown = [_worded(error) for error in nearest[:_SHOWN] if error is not None]
    return "; ".join(shown) + (f"; and {len(found) - _SHOWN} more" if found[_SHOWN:] else "")


def _worded(error: Any) -> str:
    where = error.json_path.removeprefix("$").removeprefix(".")
    message = error.message
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}…"
    if error.validator == "format" and error.validator_value in _HINTS:
        message = f"{message}, such as {_HINTS[error.validator_value]!r}"
    return f"{where}: {message}" if where else message


def _judge(schema: JSON) -> "Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a while to import
    from jsonschema.validators import validator_for  # noqa: PLC0415 - likewise
    from referencing import Registry  # noqa: PLC0415 - likewise

    kind = validator_for(schema, default=Draft202012Validator)
    # An empty registry: a reference to elsewhere fails instead of being fetched.
    return kind(schema, registry=Registry(), format_checker=_formats())


@cache
def _formats() -> "FormatChecker":
    from jsonschema import FormatChecker  # noqa: PLC0415 - takes a while to import

    checker = FormatChecker()  # with what jsonschema knows by itself
    for name, pattern in _FORMATS.items():
        checker.checks(name)(_format(re.compile(pattern), dated=name in _DATED))
    return checker


def _format(pattern: re.Pattern[str], *, dated: bool) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if not isinstance(value, str):
            return True  # of other types, formats say nothing
        return pattern.fullmatch(value) is not None and (not dated or _exists(value))

    return fits


def _exists(value: str) -> bool:
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _references(schema: Any) -> Iterator[str]:
    """Go through the references of a schema, those in its names and examples left out."""
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


def _leads_somewhere(schema: JSON, reference: str) -> bool:
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
