"""Compare metadata values with the operands of a filter.

Numbers compare with numbers, texts with texts, and dates with dates, which metadata stores as ISO
8601 text. Values of different types are never equal and have no order. A boolean is not a number. A
time with an offset from UTC does not compare with one without: the latter is ambiguous.
"""

import warnings
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from numbers import Real
from typing import Any, TypeAlias

Pair: TypeAlias = tuple[Any, Any]

# The most specific first.
_KINDS: Sequence[tuple[type[Any], str]] = (
    (type(None), "null"),
    (bool, "a boolean"),
    (str, "a text"),
    (date, "a date"),
    (Mapping, "an object"),
    (Real, "a number"),
    (Decimal, "a number"),
)

MISSING = object()
"""Stands for a missing value."""


def equal(value: Any, operand: Any) -> bool | None:
    """Return whether a value equals an operand; `None` where their types do not compare."""
    if value is MISSING:
        return False
    if value is None or operand is None:
        return value is operand
    if _is_list(value) and _is_list(operand):
        return len(value) == len(operand) and all(map(equal, value, operand))
    if isinstance(value, Mapping) and isinstance(operand, Mapping):
        return value.keys() == operand.keys() and all(
            equal(value[name], operand[name]) for name in operand
        )
    if (pair := in_order(value, operand)) is not None:
        return bool(pair[0] == pair[1])
    return bool(value == operand) if type(value) is type(operand) else None


def in_order(value: Any, operand: Any) -> Pair | None:
    """Return a value and an operand as an orderable pair; `None` if their types do not compare."""
    if is_number(value) and is_number(operand):
        return value, operand
    if isinstance(value, str) and isinstance(operand, str):
        return value, operand
    if isinstance(operand, datetime):
        moment = _moment(value)
        if isinstance(moment, datetime):
            return (moment, operand) if _aware(moment) == _aware(operand) else None
        # A date without a time stands for its midnight, in the operand's time zone.
        begins = None if moment is None else datetime.combine(moment, time(), operand.tzinfo)
        return None if begins is None else (begins, operand)
    if isinstance(operand, date):
        moment = _moment(value)
        # Only the date of a time counts, as it is written.
        day = moment.date() if isinstance(moment, datetime) else moment
        return None if day is None else (day, operand)
    return None


def is_number(value: object) -> bool:
    """Return whether a value is a number; a boolean is not."""
    return isinstance(value, Real | Decimal) and not isinstance(value, bool)


class TypeMismatches:
    """Warns where a filter compares different types, once for each field and operator.

    So a filter that can never match is not mistaken for one without results.
    """

    def __init__(self) -> None:
        self._warned: set[tuple[str, str]] = set()

    def warn(self, field: str, name: str, value: Any, operand: Any) -> None:
        """Warn of a comparison, unless the value is missing.

        Args:
            field: The field's name.
            name: The operator.
            value: The value in the document.
            operand: The operand of the filter.
        """
        missing = value is None or value is MISSING or (_is_list(value) and not value)
        if missing or (field, name) in self._warned:
            return
        self._warned.add((field, name))
        warnings.warn(
            f"A filter compares {field!r} by `{name}` with {_kind(operand)}, but a document has "
            f"{_kind(value)} there: they are never equal and have no order."
            f"{_hint(name, value, operand)}",
            stacklevel=2,
        )


def _hint(name: str, value: Any, operand: Any) -> str:
    if _is_list(value) and not _is_list(operand) and name in {"$eq", "$ne"}:
        return " To match items of lists, use `$contains`, `$in` or `$all`."
    if isinstance(operand, datetime) and isinstance(_moment(value), datetime):
        return " Give both an offset from UTC, or neither."
    if isinstance(operand, date) and isinstance(value, str):
        return " Dates are compared with text in ISO 8601, such as '2024-05-31'."
    if {is_number(value), is_number(operand)} == {True, False}:
        return " Store numbers as numbers, or compare with the stored type."
    return ""


def _kind(value: Any) -> str:
    """Return the type of a value in words."""
    if isinstance(value, datetime):
        return f"a time {'with' if _aware(value) else 'without'} an offset"
    for kind, words in _KINDS:
        if isinstance(value, kind):
            return words
    return "a list" if _is_list(value) else f"a value of type {type(value).__name__}"


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _moment(value: Any) -> date | datetime | None:
    """Return a date or time, also from ISO 8601 text; `None` for other values."""
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        for kind in (date, datetime):
            try:
                return kind.fromisoformat(value.strip().replace("z", "Z"))
            except ValueError:
                continue
    return None


def _aware(moment: datetime) -> bool:
    return moment.utcoffset() is not None
