"""Filters of a search, `filter[field][operator]=value`: parsing and matching."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.conversations.filters import instant
from langchain_telnyx.emulator.areas.conversations.postgrest import FilterError

_FILTER = re.compile(r"filter\[([^\[\]]+)\](?:\[([^\[\]]+)\])?")
_TIMES = ("record_created_at", "ingested_at")

_ORDERS: Mapping[str, Callable[[float | str, float | str], bool]] = {
    "gte": lambda value, expected: value >= expected,  # type: ignore[operator]  # both of one type
    "gt": lambda value, expected: value > expected,  # type: ignore[operator]  # both of one type
    "lte": lambda value, expected: value <= expected,  # type: ignore[operator]  # both of one type
    "lt": lambda value, expected: value < expected,  # type: ignore[operator]  # both of one type
}
_OPERATORS = ("eq", "in", "contains", *_ORDERS)


@dataclass(frozen=True)
class Filter:
    """A condition on a field.

    Attributes:
        field: A field of the record, or of its metadata.
        operator: The comparison.
        expected: The value to compare with; for `in`, values separated by commas.
    """

    field: str
    operator: str
    expected: str

    def accepts(self, fields: Mapping[str, str]) -> bool:
        """Return whether a record with these fields matches; without the field it does not."""
        value = fields.get(self.field)
        if value is None:
            return False
        match self.operator:
            case "eq":
                return value == self.expected
            case "in":
                return value in self.expected.split(",")
            case "contains":
                return self.expected.lower() in value.lower()
        return _ORDERS[self.operator](*_comparable(value, self.expected))


def read(parameters: Iterable[tuple[str, str]]) -> list[Filter]:
    """Parse the filters among query parameters; the default operator is `eq`.

    Raises:
        FilterError: An operator is unknown, or a time is invalid.
    """
    found: list[Filter] = []
    for name, value in parameters:
        match = _FILTER.fullmatch(name)
        if match is None:
            continue
        field, operator = match[1], match[2] or "eq"
        if operator not in _OPERATORS:
            raise FilterError(f"{operator!r} is not one of {', '.join(_OPERATORS)}.")
        expected = value
        if field in _TIMES and operator != "contains":
            expected = ",".join(instant(part) for part in value.split(","))
        found.append(Filter(field, operator, expected))
    return found


def _comparable(value: str, expected: str) -> tuple[float | str, float | str]:
    """Return two values as numbers if both are numeric, since metadata is always strings."""
    try:
        return float(value), float(expected)
    except ValueError:
        return value, expected
