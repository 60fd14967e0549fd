"""Filters on metadata: a dict with the operators that LangChain's stores share, or a function.

```python
from datetime import date

{"page": 3}
{"page": {"$gte": 3, "$lt": 9}, "language": {"$in": ["en", "fr"]}}
{"author.name": "Ann", "tags": {"$contains": "ice"}, "published": {"$gte": date(2024, 1, 1)}}
{"$or": [{"page": 1}, {"$not": {"draft": True}}]}
```

A filter is validated before anything is sent. Values of different types, such as a number and a
text, do not match, and a warning reports them; `comparisons` has the rules.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, TypeGuard

from langchain_core.documents import Document

from langchain_telnyx.vectorstores.comparisons import (
    MISSING,
    TypeMismatches,
    equal,
    in_order,
    is_number,
)

Filter: TypeAlias = Mapping[str, Any] | Callable[[Document], bool]
Matcher: TypeAlias = Callable[[Document], bool]

_Fields: TypeAlias = Mapping[str, Any]
_OnFields: TypeAlias = Callable[[_Fields], bool]
_OnValue: TypeAlias = Callable[[Any], bool]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
# Operators that negate another operator.
_NEGATED = frozenset({"$ne", "$nin", "$not_contains", "$not"})
_OPERATORS = (
    *("$eq", "$ne", *_ORDER, "$between", "$in", "$nin", "$contains", "$not_contains", "$all"),
    *("$like", "$ilike", "$exists", "$not"),
)
_JUNCTIONS: dict[str, Callable[..., bool]] = {"$and": all, "$or": any}


def is_on_metadata(filter: Filter | None) -> TypeGuard[Mapping[str, Any]]:  # noqa: A002 - LangChain's word
    """Return whether a filter needs only a document's metadata, not its text or id."""
    return isinstance(filter, Mapping)


def matcher(filter: Filter) -> Matcher:  # noqa: A002 - LangChain's word
    """Return a function that returns whether a document passes a filter.

    It warns where a filter compares different types, once for each field and operator.

    Args:
        filter: Conditions on the metadata, all of which must hold; or a function on the document.

    Raises:
        ValueError: An operator is unknown, or an operand is invalid.
    """
    if is_on_metadata(filter):
        holds = _Compiler().conditions(filter)
        return lambda document: holds(document.metadata)
    if callable(filter):
        return filter
    raise ValueError(
        f"A filter must be a dict of conditions on the metadata, or a function that takes a "
        f"document, not {filter!r}."
    )


class _Compiler:
    """Compiles the conditions of a filter to functions, which share their warnings."""

    def __init__(self) -> None:
        self._mismatches = TypeMismatches()

    def conditions(self, conditions: object) -> _OnFields:
        if not isinstance(conditions, Mapping):
            raise ValueError(f"A condition of a filter must be a dict, not {conditions!r}.")  # noqa: TRY004 - one error for every wrong filter
        holding = [self._condition(name, condition) for name, condition in conditions.items()]
        return lambda fields: all(holds(fields) for holds in holding)

    def _condition(self, name: object, condition: Any) -> _OnFields:
        if not isinstance(name, str):
            raise ValueError(f"A filter's keys must be metadata names, not {name!r}.")  # noqa: TRY004 - one error for every wrong filter
        if name in _JUNCTIONS:
            return self._junction(name, condition)
        if name == "$not":
            inner = self.conditions(condition)
            return lambda fields: not inner(fields)
        if name.startswith("$"):
            raise _unknown(name, "a field name, or one of", (*_JUNCTIONS, "$not"))
        holds = self._on_value(name, condition)
        return lambda fields: holds(_at(fields, name))

    def _junction(self, name: str, condition: object) -> _OnFields:
        if not isinstance(condition, list | tuple) or not condition:
            raise ValueError(f"`{name}` takes a list of conditions, not {condition!r}.")
        join, parts = _JUNCTIONS[name], [self.conditions(part) for part in condition]
        return lambda fields: join(part(fields) for part in parts)

    def _on_value(self, field: str, condition: Any) -> _OnValue:
        if not _has_operators(condition):
            return self._operation(field, "$eq", condition)
        holding = [self._operation(field, name, operand) for name, operand in condition.items()]
        return lambda value: all(holds(value) for holds in holding)

    def _operation(self, field: str, name: Any, operand: Any) -> _OnValue:
        """Return the function that applies an operator to a field's value, or to `MISSING`."""
        operation = _Operation(field, name, self._mismatches)
        if name in _ORDER:
            return operation.ordered(operand)
        match name:
            case "$eq" | "$ne":
                holds = operation.equal(operand)
            case "$in" | "$nin":
                holds = operation.one_of(operand)
            case "$contains" | "$not_contains":
                holds = operation.containing(operand)
            case "$all":
                holds = operation.with_all(operand)
            case "$between":
                holds = operation.between(operand)
            case "$like" | "$ilike":
                holds = operation.like(operand)
            case "$exists":
                holds = operation.existing(operand)
            case "$not":
                holds = self._on_value(field, operand)
            case _:
                raise _unknown(name, f"on {field!r} one of", _OPERATORS)
        return (lambda value: not holds(value)) if name in _NEGATED else holds


class _Operation:
    """An operator on a field: validates the operand, and returns the test of a value.

    Args:
        field: The field's name.
        name: The operator.
        mismatches: Warns of different types.
    """

    def __init__(self, field: str, name: str, mismatches: TypeMismatches) -> None:
        self._field = field
        self._name = name
        self._mismatches = mismatches

    def invalid(self, takes: str, operand: Any) -> ValueError:
        return ValueError(
            f"A filter's `{self._name}` of {self._field!r} takes {takes}, not {operand!r}."
        )

    def equal(self, operand: Any) -> _OnValue:
        return lambda value: self._any([value], [operand], value)

    def one_of(self, operand: Any) -> _OnValue:
        listed = self._listed(operand, "a list")
        # A list matches with any item, or as a whole.
        return lambda value: self._any([*_items(value), value], listed, value)

    def containing(self, operand: Any) -> _OnValue:
        if operand is None or isinstance(operand, list | tuple | set | frozenset | Mapping):
            raise self.invalid("one value (`$all` and `$in` take several)", operand)

        def holds(value: Any) -> bool:
            if isinstance(value, str) and isinstance(operand, str):
                return operand in value
            if isinstance(value, list | tuple):
                return self._any(value, [operand], value)
            self._mismatches.warn(self._field, self._name, value, operand)
            return False

        return holds

    def with_all(self, operand: Any) -> _OnValue:
        listed = self._listed(operand, "a list of at least one value")
        if not listed:
            raise self.invalid("a list of at least one value", operand)
        return lambda value: all(self._any(_items(value), [one], value) for one in listed)

    def ordered(self, operand: Any) -> _OnValue:
        self._check_order(operand)
        compare = _ORDER[self._name]
        return lambda value: self._in_order(value, operand, compare)

    def between(self, operand: Any) -> _OnValue:
        if not isinstance(operand, list | tuple) or len(operand) != 2:  # noqa: PLR2004 - two ends
            raise self.invalid("a list of the lowest and the highest value", operand)
        low, high = operand
        self._check_order(low)
        self._check_order(high)
        return lambda value: (
            self._in_order(value, low, operator.ge) and self._in_order(value, high, operator.le)
        )

    def like(self, operand: Any) -> _OnValue:
        if not isinstance(operand, str):
            raise self.invalid("a text with `%` and `_` as in SQL", operand)
        pattern = _pattern(operand, ignore_case=self._name == "$ilike")

        def holds(value: Any) -> bool:
            texts = [item for item in _items(value) if isinstance(item, str)]
            if not texts and value != []:
                self._mismatches.warn(self._field, self._name, value, operand)
            return any(pattern.fullmatch(text) for text in texts)

        return holds

    def existing(self, operand: Any) -> _OnValue:
        if not isinstance(operand, bool):
            raise self.invalid("True or False", operand)
        return lambda value: (value is not MISSING) is operand

    def _listed(self, operand: Any, takes: str) -> list[Any]:
        if not isinstance(operand, list | tuple | set | frozenset):
            raise self.invalid(takes, operand)
        return list(operand)

    def _check_order(self, operand: Any) -> None:
        if not is_number(operand) and not isinstance(operand, str | date):
            raise self.invalid("a number or a text, a date or a datetime", operand)

    def _any(self, values: Sequence[Any], operands: Sequence[Any], whole: Any) -> bool:
        """Return whether any value equals any operand; warn where all types differ."""
        found = {equal(value, operand) for value in values for operand in operands}
        if found == {None}:
            self._mismatches.warn(self._field, self._name, whole, operands[0])
        return True in found

    def _in_order(self, value: Any, operand: Any, compare: Callable[[Any, Any], bool]) -> bool:
        if value is MISSING:
            return False
        pair = in_order(value, operand)
        if pair is None:
            self._mismatches.warn(self._field, self._name, value, operand)
            return False
        return compare(*pair)


def _has_operators(condition: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(condition, Mapping) and any(str(key).startswith("$") for key in condition)


def _at(fields: _Fields, name: str) -> Any:
    """Return the value of a field, or else of a path with dots."""
    if name in fields:
        return fields[name]
    # The longest name first, as names may contain dots.
    for end in (at for at in range(len(name) - 1, 0, -1) if name[at] == "."):
        if name[:end] in fields and (found := _within(fields[name[:end]], name[end + 1 :])) is not (
            MISSING
        ):
            return found
    return MISSING


def _within(value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return _at(value, path)
    if not isinstance(value, list | tuple):
        return MISSING
    place, _, rest = path.partition(".")
    if place.isdecimal():
        if int(place) >= len(value):
            return MISSING
        return _within(value[int(place)], rest) if rest else value[int(place)]
    found = [one for item in value if (one := _within(item, path)) is not MISSING]
    return found or MISSING


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _pattern(like: str, *, ignore_case: bool) -> re.Pattern[str]:
    """Convert a pattern of SQL, in which a backslash escapes `%` and `_`, to one of `re`."""
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", like, re.DOTALL)
    pattern = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.compile(pattern, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _unknown(name: object, expected: str, known: tuple[str, ...]) -> ValueError:
    return ValueError(
        f"The filter has an unknown operator {name!r}: use {expected} {', '.join(known)}."
    )
