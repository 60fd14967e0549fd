"""Conditions on documents, from a mapping to the query parameters of AI Search."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from langchain_telnyx.client.call import Query

Operand: TypeAlias = str | int | float | bool | date | datetime
Condition: TypeAlias = Operand | Iterable[Operand] | Mapping[str, Operand | Iterable[Operand]]
"""A value to equal, several values of which one must be equal, or operators with values."""


def filters(conditions: Mapping[str, Condition]) -> Query:
    """Return conditions as the API's query parameters: `filter[field][operator]=value`.

    Args:
        conditions: Field to condition, see `Collections.search`.

    Raises:
        ValueError: One of several values has a comma, which the API uses as separator.
    """
    pairs: list[tuple[str, str]] = []
    for name, condition in conditions.items():
        operators: Mapping[Any, Any]
        match condition:
            case Mapping():
                operators = condition
            case str() | int() | float() | date():
                operators = {"eq": condition}
            case _:
                operators = {"in": condition}
        pairs += [(f"filter[{name}][{how}]", _operand(value)) for how, value in operators.items()]
    return tuple(pairs)


def _operand(value: Operand | Iterable[Operand]) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case datetime():
            moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            return moment.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            items = [_operand(item) for item in value]
            if broken := [item for item in items if "," in item]:
                raise ValueError(
                    f"{broken[0]!r} has a comma, which the API uses as separator of values: "
                    f"filter by it alone."
                )
            return ",".join(items)
