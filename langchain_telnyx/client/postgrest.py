"""PostgREST filters with correct quoting: `gte(day)`, `one_of(["a,b", "c"])`, `any_of(…)`.

A filter is a string such as `gte.2025-01-01`, so a string can be passed for any filter; the
functions here create one. Grammar: https://docs.postgrest.org/en/v13/references/api/
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias

from langchain_telnyx.client.call import Query

Scalar: TypeAlias = str | int | float | bool | date | datetime

_OPERATORS = frozenset({
    "eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch", "in", "is",
    "isdistinct", "fts", "plfts", "phfts", "wfts", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl",
    "adj",
})  # fmt: skip
_WRITTEN = re.compile(r"(?:not\.)?([a-z]+)(?:\([a-z]+\))?\.", re.ASCII)
_PLAIN = re.compile(r'(?!\s)[^,()"\\]+(?<!\s)')
_PLAIN_NAME = re.compile(r"[\w-]+")  # a dot would end it
_IN_METADATA = re.compile(r"(\w+->>?)(.+)", re.DOTALL)
_SPECIAL = re.compile(r'(["\\])')
_WILD = re.compile(r"([\\%_])")


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column.

    Attributes:
        operator: PostgREST's operator, `not.` included.
        value: The value outside of lists.
        quoted: The value in a list or an `or`, where commas and brackets are special.
    """

    operator: str
    value: str
    quoted: str

    def __str__(self) -> str:
        return f"{self.operator}.{self.value}"

    def __invert__(self) -> "Filter":
        """Return the negation: `~eq("a")` is `not.eq.a`."""
        operator = self.operator
        contrary = operator[4:] if operator.startswith("not.") else f"not.{operator}"
        return Filter(contrary, self.value, self.quoted)


FilterOption: TypeAlias = str | Filter | Iterable[str | Filter]
"""A filter, or several that must all match, such as a range."""


def eq(value: Scalar) -> Filter:
    """Return a filter for values equal to a value."""
    return _filter("eq", value)


def neq(value: Scalar) -> Filter:
    """Return a filter for values not equal to a value; it also excludes rows without a value."""
    return _filter("neq", value)


def gt(value: Scalar) -> Filter:
    """Return a filter for values greater, or later, than a value."""
    return _filter("gt", value)


def gte(value: Scalar) -> Filter:
    """Return a filter for values equal to, greater, or later than a value."""
    return _filter("gte", value)


def lt(value: Scalar) -> Filter:
    """Return a filter for values less, or earlier, than a value."""
    return _filter("lt", value)


def lte(value: Scalar) -> Filter:
    """Return a filter for values equal to, less, or earlier than a value."""
    return _filter("lte", value)


def like(pattern: str) -> Filter:
    """Return a filter for values that match a pattern: `%` is any text, `_` any character."""
    return _filter("like", pattern)


def ilike(pattern: str) -> Filter:
    """Return a filter for values that match a pattern, ignoring case."""
    return _filter("ilike", pattern)


def starts_with(text: str) -> Filter:
    """Return a filter for values with a prefix, in which no character is special."""
    # PostgREST reads an asterisk as `%`, and has no escape for it: match any character instead.
    return _filter("like", _WILD.sub(r"\\\1", text).replace("*", "_") + "%")


def contains(text: str) -> Filter:
    """Return a filter for values that contain a text, ignoring case; no character is special."""
    return _filter("ilike", "%" + _WILD.sub(r"\\\1", text).replace("*", "_") + "%")


def one_of(values: Iterable[Scalar]) -> Filter:
    """Return a filter for values equal to one of several values."""
    listed = f"({','.join(_quoted(_text(value)) for value in values)})"
    return Filter("in", listed, listed)


def missing() -> Filter:
    """Return a filter for rows without a value; `~missing()` is for rows with one."""
    return Filter("is", "null", "null")


def any_of(*conditions: tuple[str, str | Filter]) -> str:
    """Return the value of `or_`: at least one of several columns must match its filter.

    Args:
        conditions: Pairs of a column and its filter. A metadata column is written
            `metadata->user_id`.

    Example:
        ```python
        from langchain_telnyx.client.postgrest import any_of, eq, gte

        any_of(("created_at", gte("2025-04-01")), ("name", eq("Smith, Ann")))
        # (created_at.gte.2025-04-01,name.eq."Smith, Ann")
        ```
    """
    return (
        f"({','.join(f'{_named(column)}.{_inner(condition)}' for column, condition in conditions)})"
    )


def parameters(columns: Mapping[str, FilterOption | None]) -> Query:
    """Return filters as query parameters; a column with several filters repeats its name.

    Raises:
        ValueError: A string has no operator.
    """
    return tuple(
        (column, _checked(column, condition))
        for column, filters in columns.items()
        if filters is not None
        for condition in ([filters] if isinstance(filters, str | Filter) else filters)
    )


def _checked(column: str, condition: str | Filter) -> str:
    written = str(condition)
    operator = _WRITTEN.match(written)
    if operator is None or operator[1] not in _OPERATORS:
        raise ValueError(
            f"{written!r} is not a filter on {column!r}, because it has no operator: "
            f"write `eq({written!r})`, from `langchain_telnyx.client.postgrest`, or "
            f"{'eq.' + written!r}."
        )
    return written


def _filter(operator: str, value: Scalar) -> Filter:
    text = _text(value)
    return Filter(operator, text, _quoted(text))


def _inner(condition: str | Filter) -> str:
    return condition if isinstance(condition, str) else f"{condition.operator}.{condition.quoted}"


def _named(column: str) -> str:
    match = _IN_METADATA.fullmatch(column)
    return match[1] + _quoted(match[2], unless=_PLAIN_NAME) if match else column


def _text(value: Scalar) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            return moment.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _quoted(text: str, *, unless: re.Pattern[str] = _PLAIN) -> str:
    if unless.fullmatch(text):
        return text
    return '"' + _SPECIAL.sub(r"\\\1", text) + '"'
