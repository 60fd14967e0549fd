"""One SQLite database, in memory or in a directory, shared by all threads of the emulator.

A transaction is on disk when it returns (write-ahead log, `synchronous=FULL`), so what was
acknowledged survives `kill -9`. Each area of the account brings its own tables.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

FILE_NAME = "telnyx.sqlite3"
Value = str | int | float | bytes | None


class DataInUseError(Exception):
    """Another emulator works in this data directory."""


class Store:
    """A database, one connection and its lock.

    Args:
        directory: Where to keep the database; `None` keeps it in memory. The folder and the file
            are made for their owner alone; those that are there already stay as they are.
        schema: SQL that creates the tables if they do not exist.

    Attributes:
        lock: Held during every statement.
        closed: Whether it was closed.
        generation: How often this database was opened before.

    Raises:
        DataInUseError: Another process has the database open.
    """

    def __init__(self, directory: Path | None, schema: Sequence[str]) -> None:
        self.lock = RLock()
        self.closed = False
        self._depth = 0
        path = ":memory:"
        if directory is not None:
            path = str(_private_file(directory))
        self._connection = sqlite3.connect(
            path, timeout=0.5, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        try:
            self._connection.executescript(
                # Exclusive: two emulators in one directory would not see each other's changes.
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "PRAGMA foreign_keys=ON; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;"
            )
            self._connection.executescript(";\n".join([_SCHEMA, *schema]))
        except sqlite3.OperationalError as error:
            self._connection.close()
            if "locked" in str(error):
                raise DataInUseError(f"{directory} is in use by another emulator.") from error
            raise
        with self.transaction() as sql:
            sql.execute("UPDATE openings SET count = count + 1")
            (self.generation,) = sql.execute("SELECT count - 1 FROM openings").fetchone()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do several statements at once or not at all; an inner transaction joins the outer."""
        with self.lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                if self._depth == 1:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read with several queries what no other thread changes between them."""
        with self.lock:
            yield

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        with self.lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Value) -> sqlite3.Row | None:
        """Return the first row of a query, if any."""
        with self.lock:
            row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def execute(self, sql: str, *values: Value) -> int:
        """Do one statement as its own transaction, and return how many rows it changed."""
        with self.transaction() as connection:
            return connection.execute(sql, values).rowcount

    def script(self, sql: str) -> None:
        """Do several statements that take no values, such as the making of temporary tables."""
        with self.lock:
            self._connection.executescript(sql)

    def wipe(self) -> None:
        """Empty every table, and number rows and openings from the start again."""
        with self.transaction() as sql:
            sql.execute("PRAGMA defer_foreign_keys=ON")
            tables = sql.execute(
                "SELECT name FROM sqlite_schema WHERE type='table' AND name != 'openings'"
            ).fetchall()
            for (table,) in tables:
                sql.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the schema's own table names

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self.closed = True
            self._connection.close()


def _private_file(directory: Path) -> Path:
    """Return the database's file, made for its owner alone, as its folder is, if it was missing."""
    # `mkdir(parents=True)` would give the mode to the last of them only.
    for each in (*reversed(directory.parents), directory):
        each.mkdir(mode=0o700, exist_ok=True)
    file = directory / FILE_NAME
    # SQLite gives the mode of the database to the files that it makes beside it.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    return file


_SCHEMA = """
CREATE TABLE IF NOT EXISTS openings (count INTEGER NOT NULL);
INSERT INTO openings SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM openings)
"""
