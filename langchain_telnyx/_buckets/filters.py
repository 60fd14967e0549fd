"""Filters on metadata: a dict in the vocabulary that LangChain's stores share, or a function.

```python
{"page": 3}
{"page": {"$gte": 3, "$lt": 9}, "language": {"$in": ["en", "fr"]}}
{"$or": [{"page": 1}, {"$not": {"draft": True}}]}
```

A filter is checked whole before anything is asked. What cannot be compared, such as a number and a
text, does not match. A boolean is no number: `True` is not 1.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from langchain_core.documents import Document

Filter: TypeAlias = Mapping[str, Any] | Callable[[Document], bool]
Matcher: TypeAlias = Callable[[Document], bool]

_Fields: TypeAlias = Mapping[str, Any]
_OnFields: TypeAlias = Callable[[_Fields], bool]
_OnValue: TypeAlias = Callable[[Any], bool]

_MISSING = object()
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_OPERATORS = ("$eq", "$ne", *_ORDER, "$in", "$nin", "$exists", "$not")
_JUNCTIONS: dict[str, Callable[..., bool]] = {"$and": all, "$or": any}


def matcher(filter: Filter) -> Matcher:  # noqa: A002 - LangChain's word
    """Return a function that tells whether a document passes a filter.

    Args:
        filter: Conditions on the metadata, which must all hold; or a function on the document.

    Raises:
        ValueError: It holds an operator that there is not, or an operand that cannot be.
    """
    if isinstance(filter, Mapping):
        holds = _conditions(filter)
        return lambda document: holds(document.metadata)
    if callable(filter):
        return filter
    raise ValueError(
        f"A filter is a dict of conditions on the metadata, or a function that takes a document; "
        f"not {filter!r}."
    )


def _conditions(conditions: object) -> _OnFields:
    if not isinstance(conditions, Mapping):
        raise ValueError(f"A condition of a filter must be a dict, not {conditions!r}.")  # noqa: TRY004 - one error for every wrong filter
    holding = [_condition(name, wanted) for name, wanted in conditions.items()]
    return lambda fields: all(holds(fields) for holds in holding)


def _condition(name: object, wanted: Any) -> _OnFields:
    if not isinstance(name, str):
        raise ValueError(f"A filter's keys are names of metadata, texts, and not {name!r}.")  # noqa: TRY004 - one error for every wrong filter
    if name in _JUNCTIONS:
        return _junction(name, wanted)
    if name == "$not":
        inner = _conditions(wanted)
        return lambda fields: not inner(fields)
    if name.startswith("$"):
        raise _unknown(name, "a field's name, or one of", (*_JUNCTIONS, "$not"))
    holds = _on_value(name, wanted)
    return lambda fields: holds(fields.get(name, _MISSING))


def _junction(name: str, wanted: object) -> _OnFields:
    if not isinstance(wanted, list | tuple) or not wanted:
        raise ValueError(f"`{name}` takes a list of conditions, not {wanted!r}.")
    join, parts = _JUNCTIONS[name], [_conditions(part) for part in wanted]
    return lambda fields: join(part(fields) for part in parts)


def _on_value(field: str, wanted: Any) -> _OnValue:
    if not isinstance(wanted, Mapping) or not any(str(key).startswith("$") for key in wanted):
        return lambda value: _same(value, wanted)
    holding = [_operation(field, name, operand) for name, operand in wanted.items()]
    return lambda value: all(holds(value) for holds in holding)


def _operation(field: str, name: Any, operand: Any) -> _OnValue:
    """Return what an operator asks of a field's value, which is `_MISSING` where there is none."""
    if name in _ORDER:
        return _ordered(field, name, operand)
    match name:
        case "$eq":
            return lambda value: _same(value, operand)
        case "$ne":
            return lambda value: not _same(value, operand)
        case "$in" | "$nin":
            if not isinstance(operand, list | tuple | set | frozenset):
                raise ValueError(f"`{name}` of {field!r} takes a list, not {operand!r}.")  # noqa: TRY004 - one error for every wrong filter
            listed = list(operand)
            return lambda value: any(_same(value, one) for one in listed) is (name == "$in")
        case "$exists":
            if not isinstance(operand, bool):
                raise ValueError(f"`$exists` of {field!r} takes True or False, not {operand!r}.")  # noqa: TRY004 - one error for every wrong filter
            return lambda value: (value is not _MISSING) is operand
        case "$not":
            inner = _on_value(field, operand)
            return lambda value: not inner(value)
        case _:
            raise _unknown(name, f"as an operator on {field!r} one of", _OPERATORS)


def _ordered(field: str, name: str, operand: Any) -> _OnValue:
    compare = _ORDER[name]
    if _number(operand):
        return lambda value: _number(value) and compare(value, operand)
    if isinstance(operand, str):
        return lambda value: isinstance(value, str) and compare(value, operand)
    raise ValueError(f"`{name}` of {field!r} takes a number or a text, not {operand!r}.")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, wanted: Any) -> bool:
    if value is _MISSING or isinstance(value, bool) is not isinstance(wanted, bool):
        return False
    return bool(value == wanted)


def _unknown(name: object, expected: str, known: tuple[str, ...]) -> ValueError:
    return ValueError(f"A filter holds {name!r}, but may have {expected} {', '.join(known)}.")
