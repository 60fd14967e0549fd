"""Convert LangChain's filters to conditions of a Telnyx search, or raise an error with the reason.

Unsupported filters are refused before anything is sent, because the service does not report them:
it takes an unknown operator, such as `$or`, for a field that no record has, and ignores a condition
whose name is malformed.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Annotated, Any, TypeAlias, TypeGuard

from pydantic import AfterValidator

from langchain_telnyx.client.api.collection_filters import Condition, Operand, filters

_OPERATORS = ("eq", "in", "gte", "gt", "lte", "lt", "contains")
_PAIR = 2


def conditions(filter: Mapping[str, Any]) -> dict[str, Condition]:  # noqa: A002 - LangChain's word
    """Convert a filter to the form of the client.

    Args:
        filter: Field to value, to a list of values, or to operators with their values, with or
            without the `$`; `$and` takes a list of filters.

    Raises:
        ValueError: The service does not support a condition.
    """
    found: dict[str, dict[str, Any]] = {}
    for field, operator, value in _terms(filter):
        of_field = found.setdefault(field, {})
        if operator in of_field:
            raise ValueError(
                f"The filter has two conditions `${operator}` for {field!r}: only one is allowed."
            )
        of_field[operator] = value
    return dict(found)


def _checked(filter: Mapping[str, Any] | None) -> Mapping[str, Any] | None:  # noqa: A002
    filters(conditions(filter or {}))
    return filter


Filter: TypeAlias = Annotated[Mapping[str, Any] | None, AfterValidator(_checked)]
"""A retriever's filter, validated when the retriever is created."""


def _terms(filter: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:  # noqa: A002
    for name, condition in filter.items():
        if name == "$and":
            if not _several(condition) or not all(isinstance(each, Mapping) for each in condition):
                raise ValueError(f"`$and` takes a list of filters, not {condition!r}.")
            for part in condition:
                yield from _terms(part)
        elif name.startswith("$"):
            raise ValueError(
                f"The service cannot search by `{name}`: all conditions must hold. Use `$in` for "
                f"several values of one field, or search once for each alternative."
            )
        elif not name or set(name) & set("[]"):
            raise ValueError(f"{name!r} cannot be a field of a filter.")
        else:
            for operator, value in _comparisons(name, condition):
                yield name, operator, _operand(name, operator, value)


def _comparisons(name: str, condition: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(condition, Mapping):
        yield ("in" if _several(condition) else "eq"), condition
        return
    if not condition:
        raise ValueError(
            f"The condition for {name!r} is empty: add an operator, or omit the field."
        )
    for key, value in condition.items():
        operator = str(key).removeprefix("$")
        if operator == "between":
            if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != _PAIR:
                raise ValueError(f"`$between` for {name!r} takes two values, not {value!r}.")
            yield "gte", value[0]
            yield "lte", value[1]
        elif operator in _OPERATORS:
            yield operator, value
        else:
            known = ", ".join(f"`${each}`" for each in (*_OPERATORS, "between"))
            raise ValueError(f"The service cannot compare {name!r} by `{key}`: use one of {known}.")


def _operand(name: str, operator: str, value: Any) -> Operand | list[Operand]:
    if operator != "in":
        return _plain(name, value)
    if not _several(value) or not value:
        raise ValueError(f"`$in` for {name!r} takes a list of values, not {value!r}.")
    # Sorted, so that equal filters make equal requests.
    listed = sorted(value, key=str) if isinstance(value, AbstractSet) else value
    return [_plain(name, each) for each in listed]


def _plain(name: str, value: Any) -> Operand:
    if not isinstance(value, str | int | float | date):
        raise ValueError(  # noqa: TRY004 - pydantic reports values, not types
            f"{name!r} cannot be compared with {value!r}: use a string, a number, a boolean, a "
            f"date or a datetime."
        )
    return value


def _several(value: Any) -> TypeGuard[Sequence[Any] | AbstractSet[Any]]:
    return isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes)
