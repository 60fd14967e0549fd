"""Filters of a search, `filter[field][operator]=value`: read, and applied to a record's fields."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.conversations.filters import instant
from langchain_telnyx.emulator.areas.conversations.postgrest import FilterError

_FILTER = re.compile(r"filter\[([^\[\]]+)\](?:\[([^\[\]]+)\])?")
_TIMES = ("record_created_at", "ingested_at")

_ORDERS: Mapping[str, Callable[[float | str, float | str], bool]] = {
    "gte": lambda value, wanted: value >= wanted,  # type: ignore[operator]  # both of one type
    "gt": lambda value, wanted: value > wanted,  # type: ignore[operator]  # both of one type
    "lte": lambda value, wanted: value <= wanted,  # type: ignore[operator]  # both of one type
    "lt": lambda value, wanted: value < wanted,  # type: ignore[operator]  # both of one type
}
_OPERATORS = ("eq", "in", "contains", *_ORDERS)


@dataclass(frozen=True)
class Filter:
    """One condition.

    Attributes:
        field: A field of the record, or of its metadata.
        operator: How it is compared.
        wanted: What it is compared with; for `in` separated by commas.
    """

    field: str
    operator: str
    wanted: str

    def accepts(self, fields: Mapping[str, str]) -> bool:
        """Tell whether a record with these fields satisfies it; one without the field does not."""
        value = fields.get(self.field)
        if value is None:
            return False
        match self.operator:
            case "eq":
                return value == self.wanted
            case "in":
                return value in self.wanted.split(",")
            case "contains":
                return self.wanted.lower() in value.lower()
        return _ORDERS[self.operator](*_comparable(value, self.wanted))


def read(parameters: Iterable[tuple[str, str]]) -> list[Filter]:
    """Return the filters among query parameters; without an operator, `eq` is meant.

    Raises:
        FilterError: An operator is unknown, or a time is none.
    """
    found: list[Filter] = []
    for name, value in parameters:
        match = _FILTER.fullmatch(name)
        if match is None:
            continue
        field, operator = match[1], match[2] or "eq"
        if operator not in _OPERATORS:
            raise FilterError(f"{operator!r} is none of {', '.join(_OPERATORS)}.")
        wanted = value
        if field in _TIMES and operator != "contains":
            wanted = ",".join(instant(part) for part in value.split(","))
        found.append(Filter(field, operator, wanted))
    return found


def _comparable(value: str, wanted: str) -> tuple[float | str, float | str]:
    """Return two values as numbers where both are such: metadata are strings, even of numbers."""
    try:
        return float(value), float(wanted)
    except ValueError:
        return value, wanted
