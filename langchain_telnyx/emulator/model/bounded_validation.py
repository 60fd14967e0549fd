"""jsonschema's validators in bounded time, for any schema and value.

Each keyword counts as a step, so exponential references stop; patterns are matched by `patterns`
instead of `re`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import extend

from langchain_telnyx.emulator.model import patterns, work_budget

Keyword = Callable[[Any, Any, Any, Any], Any]

_STEP_SIZE = 20
"""Items that are compared in one step."""


@cache
def validator_class(kind: Any) -> Any:
    """Return a validator class like `kind` that counts its steps."""
    own: Mapping[str, Keyword] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    keywords = {**kind.VALIDATORS, **{name: own[name] for name in own if name in kind.VALIDATORS}}
    counted = {name: _counted(keyword) for name, keyword in keywords.items()}
    return extend(kind, counted)  # type: ignore[no-untyped-call]  # the stubs leave it out


@cache
def format_checker(kind: Any) -> FormatChecker:
    """Return the format checker of `kind`, in which the check of `regex` is bounded."""
    checker = FormatChecker(formats=())
    checker.checkers = {**kind.FORMAT_CHECKER.checkers, "regex": (_is_pattern, ())}
    return checker


def check(kind: Any, schema: Any) -> None:
    """Validate a schema itself.

    Raises:
        SchemaError: The schema is invalid.
        Refusal: The schema is too complex.
    """
    validator = validator_class(kind)(kind.META_SCHEMA, format_checker=format_checker(kind))
    if error := best_match(validator.iter_errors(schema)):
        raise SchemaError.create_from(error)


def _counted(keyword: Keyword) -> Keyword:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        size = len(instance) if isinstance(instance, str | list | dict) else 1
        size += len(value) if isinstance(value, list) else 1
        work_budget.spend(1 + size // _STEP_SIZE)
        yield from keyword(validator, value, instance, schema) or ()

    return counted


def _pattern(validator: Any, pattern: str, instance: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _search(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, value: Any, instance: Any, _: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, part in value.items():
        for name, item in instance.items():
            if _search(pattern, name):
                yield from validator.descend(item, part, path=name, schema_path=pattern)


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    properties = schema.get("properties", {})
    named = schema.get("patternProperties", {})
    for name, item in instance.items():
        if name in properties or any(_search(pattern, name) for pattern in named):
            continue
        if validator.is_type(value, "object"):
            yield from validator.descend(item, value, path=name)
        elif not value:
            yield ValidationError(f"Additional properties are not allowed ({name!r})")


def _search(pattern: str, text: str) -> bool:
    try:
        return patterns.compiled(pattern).search(text)
    except patterns.PatternError:
        return True  # not a Python pattern; `check` reports it


def _is_pattern(instance: object) -> bool:
    if isinstance(instance, str):
        try:
            patterns.compiled(instance)
        except patterns.PatternError:
            return False
    return True
