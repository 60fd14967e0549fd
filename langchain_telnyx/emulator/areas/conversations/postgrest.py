"""Parser of PostgREST's filters: `created_at=gte.2025-01-01`, `or=(name.like.V*,name.is.null)`.

A parameter's value is literal; inside `or=(…)` and `in.(…)`, where commas and brackets are
delimiters, a value may be quoted. Grammar: https://docs.postgrest.org/en/v13/references/api/
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

OPERATORS = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "in", "is"})

_LOGIC = re.compile(r"(not\.)?(and|or)")
_FILTER = re.compile(r"(not\.)?([a-z]+)\.(.*)", re.DOTALL)
_COLUMN = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s".,()])+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BARE = re.compile(r"[^,)]*")
_BARE_ITEM = re.compile(r"[^,()]*")
_PREFIX = re.compile(r"(not\.)?([a-z]+)\.")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DEEPEST = 10
_MOST = 200
"""The limit of comparisons, below SQLite's maximum expression depth."""
_LONGEST = 2000


class FilterError(Exception):
    """A filter is invalid; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column compared with a value.

    Attributes:
        column: The column as written, such as `metadata->user_id`.
        operator: One of `OPERATORS`.
        values: The value; several only for `in`.
        negated: Whether it has the prefix `not.`.
    """

    column: str
    operator: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by `and` or `or`.

    Attributes:
        word: The operator.
        parts: The conditions, at least one.
        negated: Whether it has the prefix `not.`.
    """

    word: Literal["and", "or"]
    parts: tuple["Condition", ...]
    negated: bool = False


Condition: TypeAlias = Comparison | Junction


@dataclass(frozen=True, slots=True)
class Order:
    """A column to order by.

    Attributes:
        column: The column as written.
        descending: Whether the largest value comes first.
        nulls_first: Whether rows without a value come first.
    """

    column: str
    descending: bool
    nulls_first: bool


def condition(name: str, value: str) -> Condition:
    """Parse one query parameter as a filter.

    Raises:
        FilterError: It is not a filter.
    """
    if len(value) > _LONGEST:
        raise FilterError(f"The filter on {name!r} is longer than {_LONGEST} characters.")
    if logic := _LOGIC.fullmatch(name):
        return _Tree(value).whole(_word(logic[2]), negated=bool(logic[1]))
    match = _FILTER.fullmatch(value)
    if match is None:
        raise FilterError(
            f"The filter {name}={value!r} has no operator, as {name}=eq.{value} would have."
        )
    negated, operator, operand = bool(match[1]), _operator(match[2]), match[3]
    values = _Tree(operand).whole_list() if operator == "in" else (operand,)
    return Comparison(name, operator, values, negated)


def conditions(parameters: list[tuple[str, str]]) -> Junction | None:
    """Parse several query parameters as filters, joined by `and`.

    Raises:
        FilterError: One is not a filter, or there are too many.
    """
    parts = tuple(condition(name, value) for name, value in parameters)
    if not parts:
        return None
    if sum(map(_count, parts)) > _MOST:
        raise FilterError(f"There are more than {_MOST} filters.")
    return Junction("and", parts)


def ordering(text: str) -> list[Order]:
    """Parse the value of `order=`: `created_at.desc,name.asc.nullslast`.

    Raises:
        FilterError: It is not an order.
    """
    return [_order(part.strip()) for part in text.split(",")]


def _order(part: str) -> Order:
    column, *modifiers = part.split(".")
    direction = modifiers.pop(0) if modifiers and modifiers[0] in {"asc", "desc"} else "asc"
    nulls = modifiers.pop(0) if modifiers else None
    if not column or modifiers or nulls not in {None, "nullsfirst", "nullslast"}:
        raise FilterError(f"`order` cannot be read: {part!r} is not like created_at.desc.")
    descending = direction == "desc"
    return Order(column, descending, descending if nulls is None else nulls == "nullsfirst")


def _operator(name: str) -> str:
    if name not in OPERATORS:
        raise FilterError(
            f"{name!r} is not an operator; use one of {', '.join(sorted(OPERATORS))}."
        )
    return name


def _word(name: str) -> Literal["and", "or"]:
    return "or" if name == "or" else "and"


def _count(part: Condition) -> int:
    return sum(map(_count, part.parts)) if isinstance(part, Junction) else len(part.values)


def _unquoted(quoted: re.Match[str]) -> str:
    return _ESCAPED.sub(r"\1", quoted[1])


class _Tree:
    """Parses the brackets of `or=(…)`, `and=(…)` and `in.(…)`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self, word: Literal["and", "or"], *, negated: bool) -> Junction:
        parts = self._parts(0)
        self._end()
        return Junction(word, parts, negated)

    def whole_list(self) -> tuple[str, ...]:
        values = self._list()
        self._end()
        return values

    def _parts(self, depth: int) -> tuple[Condition, ...]:
        if depth > _DEEPEST:
            raise FilterError("The filter nests too deeply.")
        self._expect("(")
        parts = [self._part(depth)]
        while self._peek() == ",":
            self._at += 1
            parts.append(self._part(depth))
        self._expect(")")
        return tuple(parts)

    def _part(self, depth: int) -> Condition:
        logic = _LOGIC.match(self._text, self._at)
        if logic and self._text.startswith("(", logic.end()):
            self._at = logic.end()
            return Junction(_word(logic[2]), self._parts(depth + 1), bool(logic[1]))
        column = _QUOTED.sub(_unquoted, self._take(_COLUMN, "a column"))
        self._expect(".")
        prefix = _PREFIX.match(self._text, self._at)
        if prefix is None:
            raise self._error("an operator")
        self._at = prefix.end()
        operator = _operator(prefix[2])
        values = self._list() if operator == "in" else (self._value(_BARE),)
        return Comparison(column, operator, values, bool(prefix[1]))

    def _list(self) -> tuple[str, ...]:
        self._expect("(")
        if self._peek() == ")":
            self._at += 1
            return ()
        values = [self._value(_BARE_ITEM)]
        while self._peek() == ",":
            self._at += 1
            values.append(self._value(_BARE_ITEM))
        self._expect(")")
        return tuple(values)

    def _value(self, bare: re.Pattern[str]) -> str:
        quoted = _QUOTED.match(self._text, self._at)
        if quoted and self._text[quoted.end() : quoted.end() + 1] in {",", ")", ""}:
            self._at = quoted.end()
            return _unquoted(quoted)
        return self._take(bare, "a value")

    def _take(self, pattern: re.Pattern[str], what: str) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise self._error(what)
        self._at = match.end()
        return match[0]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._error(f"{sign!r}")
        self._at += 1

    def _end(self) -> None:
        if self._at != len(self._text):
            raise self._error("its end")

    def _error(self, missing: str) -> FilterError:
        return FilterError(
            f"The filter {self._text!r} lacks {missing} at character {self._at + 1}."
        )
