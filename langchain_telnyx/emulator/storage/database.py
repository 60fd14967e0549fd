"""One SQLite database, in memory or in a directory, shared by all threads of the emulator.

A transaction is on disk when it returns (write-ahead log, `synchronous=FULL`), so acknowledged data
survives `kill -9`. Each area of the account has its own tables.
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
    """Another emulator uses this data directory."""


class Store:
    """A database with one connection and its lock.

    Args:
        directory: The directory of the database; `None` for memory. A new directory and file are
            accessible to their owner only; the permissions of existing ones do not change.
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
        path = ""  # a temporary database: in memory, and what is too large for the cache in a file
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
        """Execute statements atomically; an inner transaction joins the outer."""
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
        """Execute several queries without changes by other threads between them."""
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
        """Execute one statement in a transaction, and return how many rows it changed."""
        with self.transaction() as connection:
            return connection.execute(sql, values).rowcount

    def script(self, sql: str) -> None:
        """Execute several statements without values, such as those that create temporary tables."""
        with self.lock:
            self._connection.executescript(sql)

    def wipe(self) -> None:
        """Delete the rows of every table, and restart the numbers of rows."""
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
    """Return the database's file; a missing file or directory is created for its owner only."""
    # `mkdir(parents=True)` sets the mode of the last directory only.
    for each in (*reversed(directory.parents), directory):
        each.mkdir(mode=0o700, exist_ok=True)
    file = directory / FILE_NAME
    # SQLite gives its journal files the mode of the database.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    return file


_SCHEMA = """
CREATE TABLE IF NOT EXISTS openings (count INTEGER NOT NULL);
INSERT INTO openings SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM openings)
"""
