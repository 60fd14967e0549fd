"""Translation of conditions into SQL; values are parameters, and only known columns are used."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from langchain_telnyx.emulator.areas.conversations.postgrest import (
    Comparison,
    Condition,
    FilterError,
    Junction,
    Order,
)
from langchain_telnyx.emulator.storage.database import Value

_COMPARE = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_IS = {"null": "IS NULL", "not_null": "IS NOT NULL", "true": "= 'true'", "false": "= 'false'"}
_LONGEST_PATTERN = 1000
_GLOB_SIGNS = re.compile(r"([*?\[])")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of SQL and its parameters."""

    sql: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """The SQL of a column.

    Attributes:
        clause: The expression.
        kind: The type by which its values are compared.
        lookup: SQL that selects, by an index, the rows where it equals one more parameter; for
            expressions without an index.
    """

    clause: Clause
    kind: Literal["text", "time"] = "text"
    lookup: Clause | None = None


Columns = Callable[[str], Column | None]
"""Returns a column by its name; `None` if it does not exist."""


def where(condition: Condition | None, columns: Columns, *, denied: bool = False) -> Clause:
    """Return the SQL of a condition.

    Args:
        condition: The condition; `None` is always true.
        columns: Returns the SQL of its columns.
        denied: Whether the condition is inside a `not`.

    Raises:
        FilterError: It names an unknown column, or compares one with an invalid value.
    """
    if condition is None:
        return Clause("1")
    denied = denied or condition.negated
    if isinstance(condition, Junction):
        parts = [where(part, columns, denied=denied) for part in condition.parts]
        joined = _joined(f" {condition.word} ", parts)
    else:
        joined = _comparison(condition, columns, denied=denied)
    return Clause(f"NOT ({joined.sql})", joined.values) if condition.negated else joined


def order_by(orders: Sequence[Order], columns: Columns) -> Clause:
    """Return the SQL that orders rows.

    Raises:
        FilterError: It names an unknown column.
    """
    terms: list[Clause] = []
    for order in orders:
        found = _found(order.column, columns).clause
        direction = "DESC" if order.descending else "ASC"
        nulls = "FIRST" if order.nulls_first else "LAST"
        terms.append(Clause(f"{found.sql} {direction} NULLS {nulls}", found.values))
    return _joined(", ", terms, wrap=False)


def instant(text: str) -> str:
    """Return a date or time in the format of the account's clock, in UTC with milliseconds.

    Raises:
        FilterError: It is not a date or time.
    """
    try:
        moment = datetime.fromisoformat(text.strip().upper())
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FilterError(
            f"{text!r} is not a date or time such as 2025-01-01T00:00:00Z."
        ) from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _joined(word: str, clauses: Iterable[Clause], *, wrap: bool = True) -> Clause:
    clauses = list(clauses)
    sql = word.join(f"({clause.sql})" if wrap else clause.sql for clause in clauses)
    return Clause(sql, tuple(value for clause in clauses for value in clause.values))


def _found(name: str, columns: Columns) -> Column:
    column = columns(name)
    if column is None:
        raise FilterError(f"There is no column {name!r}.")
    return column


def _comparison(comparison: Comparison, columns: Columns, *, denied: bool) -> Clause:
    column = _found(comparison.column, columns)
    this = column.clause
    if comparison.operator == "is":
        if comparison.values[0] not in _IS:
            raise FilterError(f"`is` takes {', '.join(_IS)}, not {comparison.values[0]!r}.")
        return Clause(f"{this.sql} {_IS[comparison.values[0]]}", this.values)
    if comparison.operator in {"like", "ilike"} and len(comparison.values[0]) > _LONGEST_PATTERN:
        raise FilterError(f"A pattern has at most {_LONGEST_PATTERN} characters.")
    if comparison.operator == "like":
        return Clause(f"{this.sql} GLOB ?", (*this.values, _glob(comparison.values[0])))
    if comparison.operator == "ilike":
        pattern = comparison.values[0].replace("*", "%")
        return Clause(f"{this.sql} LIKE ? ESCAPE '\\'", (*this.values, pattern))
    values = tuple(
        instant(value) if column.kind == "time" else value for value in comparison.values
    )
    if comparison.operator == "in":
        places = ", ".join("?" for _ in values)
        return Clause(f"{this.sql} IN ({places})", (*this.values, *values))
    # Null is neither equal nor unequal, and the lookup cannot distinguish these.
    if comparison.operator == "eq" and column.lookup is not None and not denied:
        return Clause(column.lookup.sql, (*column.lookup.values, *values))
    return Clause(f"{this.sql} {_COMPARE[comparison.operator]} ?", (*this.values, *values))


def _glob(pattern: str) -> str:
    """Return a `LIKE` pattern as a `GLOB`, which is case-sensitive like PostgreSQL's `LIKE`."""
    out: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter in "%*":
            out.append("*")
        elif letter == "_":
            out.append("?")
        else:
            plain = next(letters, "\\") if letter == "\\" else letter
            out.append(_GLOB_SIGNS.sub(r"[\1]", plain))
    return "".join(out)
