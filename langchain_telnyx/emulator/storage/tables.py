"""Declarations of SQL tables, and the statements that most of them need."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from sqlite3 import Row as SqlRow
from typing import Any, Generic, TypeVar

from langchain_telnyx.emulator.storage.database import Store, Value

TEXT = "TEXT NOT NULL"
UNIQUE = "TEXT NOT NULL UNIQUE"
KEY = "TEXT PRIMARY KEY"
INTEGER = "INTEGER NOT NULL"

Row = TypeVar("Row")


class Table(Generic[Row]):
    """A table: its columns, and how its rows are read.

    Args:
        name: Its name.
        row: Called with the columns as keywords to make a row.
        columns: The SQL type and constraints of each column.
        numbered: Add a column `number` that counts rows and orders them. It is not part of a row.
        key: The columns of a primary key of several columns.
        constraints: Further constraints of the table.
        indexes: The columns of each index.
        json: Columns whose values are stored as JSON; `None` is stored as null.
        booleans: Columns whose values are stored as 0 or 1.

    Attributes:
        name: Its name.
        columns: The names of its columns.
        order: The SQL that orders rows.
        schema: SQL that creates it if it does not exist.
    """

    def __init__(
        self,
        name: str,
        row: Callable[..., Row],
        columns: Mapping[str, str],
        *,
        numbered: bool = False,
        key: Sequence[str] = (),
        constraints: Sequence[str] = (),
        indexes: Mapping[str, Sequence[str]] | None = None,
        json: Collection[str] = (),
        booleans: Collection[str] = (),
    ) -> None:
        self.name = name
        self.columns = tuple(columns)
        self.order = "ORDER BY number" if numbered else ""
        number = ["number INTEGER PRIMARY KEY AUTOINCREMENT"] if numbered else []
        primary = [f"PRIMARY KEY ({', '.join(key)})"] if key else []
        types = [f"{column} {type_}" for column, type_ in columns.items()]
        parts = ",\n    ".join([*number, *types, *primary, *constraints])
        self.schema = f"CREATE TABLE IF NOT EXISTS {name} (\n    {parts}\n)"
        for index, on in (indexes or {}).items():
            self.schema += f";\nCREATE INDEX IF NOT EXISTS {index} ON {name} ({', '.join(on)})"
        self._row = row
        self._json = json
        self._booleans = booleans

    def read(self, row: SqlRow) -> Row:
        """Return a row of the table from the result of a query that has all its columns."""
        values = {column: row[column] for column in self.columns}
        for column in self._json:
            values[column] = None if values[column] is None else json.loads(values[column])
        for column in self._booleans:
            values[column] = None if values[column] is None else bool(values[column])
        return self._row(**values)

    def stored(self, values: Mapping[str, Any]) -> list[Value]:
        """Return values as they are stored."""
        return [
            json.dumps(value, ensure_ascii=False)
            if column in self._json and value is not None
            else value
            for column, value in values.items()
        ]


class Rows(Generic[Row]):
    """The rows of a table in a database. Conditions are columns and the values they equal.

    Args:
        store: The database.
        table: The table.
    """

    def __init__(self, store: Store, table: Table[Row]) -> None:
        self._store = store
        self._table = table
        self._select = f"SELECT {', '.join(table.columns)} FROM {table.name}"  # noqa: S608 - declared names

    def insert(self, *, conflict: str = "ABORT", **values: Any) -> None:
        """Insert a row.

        Args:
            conflict: SQLite's handling of a row with the same key: `ABORT`, `IGNORE` or `REPLACE`.
            values: The values by column.

        Raises:
            IntegrityError: The row violates a constraint.
        """
        self._store.execute(self._insert(values, conflict), *self._table.stored(values))

    def insert_all(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows with the same columns, all or none.

        Raises:
            IntegrityError: A row violates a constraint.
        """
        with self._store.transaction() as sql:
            statement = ""
            for values in rows:
                statement = statement or self._insert(values, "ABORT")
                sql.execute(statement, self._table.stored(values))

    def get(self, **where: Value) -> Row | None:
        """Return the first row that matches, if any."""
        clauses = f"{self._where(where)} {self._table.order} LIMIT 1"
        return next(iter(self.query(clauses, *where.values())), None)

    def select(self, *, limit: int = -1, offset: int = 0, **where: Value) -> list[Row]:
        """Return the rows that match, in order of insertion if the table is numbered."""
        return self.query(
            f"{self._where(where)} {self._table.order} LIMIT ? OFFSET ?",
            *where.values(),
            limit,
            offset,
        )

    def query(self, clauses: str, *values: Value) -> list[Row]:
        """Return the rows that a statement's clauses after `FROM` select."""
        rows = self._store.rows(f"{self._select} {clauses}", *values)
        return [self._table.read(row) for row in rows]

    def count(self, **where: Value) -> int:
        """Count the rows that match."""
        statement = f"SELECT count(*) FROM {self._table.name} {self._where(where)}"  # noqa: S608 - declared names
        row = self._store.row(statement, *where.values())
        return int(row[0]) if row else 0

    def page(self, limit: int, offset: int) -> tuple[int, list[Row]]:
        """Return the number of rows, and some of them in order."""
        with self._store.snapshot():
            return self.count(), self.select(limit=limit, offset=offset)

    def update(self, changes: Mapping[str, Any], **where: Value) -> int:
        """Change columns of the rows that match; return the number of rows.

        Raises:
            IntegrityError: A row violates a constraint.
        """
        if not changes:
            return 0
        assignments = ", ".join(f"{column} = ?" for column in self._declared(changes))
        return self._store.execute(
            f"UPDATE {self._table.name} SET {assignments} {self._where(where)}",  # noqa: S608 - declared names
            *self._table.stored(changes),
            *where.values(),
        )

    def delete(self, **where: Value) -> int:
        """Delete the rows that match; return their number."""
        statement = f"DELETE FROM {self._table.name} {self._where(where)}"  # noqa: S608 - declared names
        return self._store.execute(statement, *where.values())

    def _insert(self, values: Mapping[str, Any], conflict: str) -> str:
        columns = ", ".join(self._declared(values))
        places = ", ".join("?" for _ in values)
        return f"INSERT OR {conflict} INTO {self._table.name} ({columns}) VALUES ({places})"  # noqa: S608 - declared names

    def _where(self, where: Mapping[str, Value]) -> str:
        if not where:
            return ""
        return f"WHERE {' AND '.join(f'{column} = ?' for column in self._declared(where))}"

    def _declared(self, columns: Iterable[str]) -> list[str]:
        named = list(columns)
        if unknown := [column for column in named if column not in self._table.columns]:
            raise ValueError(f"The table {self._table.name} has no column {unknown[0]!r}.")
        return named


def schema(*tables: Table[Any]) -> str:
    """Return SQL that creates tables if they do not exist."""
    return ";\n".join(table.schema for table in tables)
