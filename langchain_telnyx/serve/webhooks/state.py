"""The durable state of webhooks: received events, replies, and the history of threads.

One SQLite database in one process. A change is on disk when its method returns (write-ahead log,
`synchronous=FULL`), so it survives `kill -9`.

```text
received → running → answered → sending → answered (the next part) → … → done
                  ↘ failed              ↘ unknown, failed
```

An event that a crash interrupts continues: `received` and `running` run the agent again, `answered`
sends the reply. `sending` becomes `unknown`: the reply may have been sent, and is not sent again.
"""

import asyncio
import json
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from langchain_core.messages import BaseMessage, messages_from_dict, messages_to_dict

T = TypeVar("T")

IN_MEMORY = ":memory:"
_DAY = 86400.0
_BUSY_SECONDS = 0.2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread TEXT NOT NULL,
    body BLOB,
    state TEXT NOT NULL,
    runs INTEGER NOT NULL DEFAULT 0,
    parts TEXT,
    sent INTEGER NOT NULL DEFAULT 0,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS unfinished ON events (thread, number)
    WHERE state IN ('received', 'running', 'answered', 'sending');
CREATE INDEX IF NOT EXISTS events_by_time ON events (at);
CREATE TABLE IF NOT EXISTS history (
    thread TEXT PRIMARY KEY,
    messages TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS history_by_time ON history (at);
"""
_UNFINISHED = "('received', 'running', 'answered', 'sending')"


class StateInUseError(RuntimeError):
    """Another process uses the database."""


class StateFullError(RuntimeError):
    """Too many events wait."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event that is not finished.

    Attributes:
        id: Its id.
        thread: Its thread; events of a thread are processed one after the other.
        body: The webhook's body.
        state: Its state.
        runs: How often the agent was started for it.
        parts: The parts of the reply.
        sent: How many of them were sent.
    """

    id: str
    thread: str
    body: bytes
    state: str
    runs: int
    parts: tuple[str, ...]
    sent: int


class WebhookState:
    """The database, with a thread of its own; its methods are called in an event loop.

    Args:
        path: The file; `:memory:` for a state that ends with the process. A new file is accessible
            to its owner only.
        keep_days: Days after which finished events and idle threads are deleted.
        most_waiting: The most events that wait.
        now: Returns seconds since 1970.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        keep_days: float = 30.0,
        most_waiting: int = 10_000,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = str(path)
        self._keep_seconds = keep_days * _DAY
        self._most_waiting = most_waiting
        self._now = now
        self._executor: ThreadPoolExecutor | None = None
        self._sql: sqlite3.Connection | None = None

    async def open(self) -> list[str]:
        """Open the database.

        Returns:
            The ids of events whose reply may have been sent before the last process ended.

        Raises:
            StateInUseError: Another process uses it.
            OSError: The file cannot be created.
        """
        return await self._run(self._open)

    async def close(self) -> None:
        """Close the database."""
        if self._executor is not None:
            await self._run(self._close)
            self._executor.shutdown(wait=False)
            self._executor = None

    async def record(self, event_id: str, thread: str, body: bytes) -> bool:
        """Store an event; return whether it is new.

        Raises:
            StateFullError: Too many events wait.
        """
        return await self._run(lambda: self._record(event_id, thread, body))

    async def threads(self) -> list[str]:
        """Return the threads with unfinished events, those with the oldest first."""
        return await self._run(self._threads)

    async def next(self, thread: str) -> StoredEvent | None:
        """Return the oldest unfinished event of a thread, if any."""
        return await self._run(lambda: self._next(thread))

    async def start_run(self, event_id: str) -> None:
        """Note that the agent starts."""
        await self._execute(
            "UPDATE events SET state = 'running', runs = runs + 1 WHERE id = ?", event_id
        )

    async def answer(
        self,
        event: StoredEvent,
        parts: Sequence[str],
        history: Sequence[BaseMessage] | None,
    ) -> None:
        """Store the parts of a reply, and the new history of the thread if it is stored here."""
        await self._run(lambda: self._answer(event, parts, history))

    async def start_sending(self, event_id: str) -> None:
        """Note that the next part may be sent from now on."""
        await self._execute("UPDATE events SET state = 'sending' WHERE id = ?", event_id)

    async def not_sent(self, event_id: str) -> None:
        """Note that the part was not sent, so that it may be sent later."""
        await self._execute("UPDATE events SET state = 'answered' WHERE id = ?", event_id)

    async def part_sent(self, event_id: str) -> None:
        """Note that a part was sent, and that others follow."""
        await self._execute(
            "UPDATE events SET state = 'answered', sent = sent + 1 WHERE id = ?", event_id
        )

    async def finish(self, event_id: str, state: str) -> None:
        """Note that an event is `done`, `failed` or `unknown`; texts of a done one are deleted."""
        clear = ", body = NULL, parts = NULL" if state == "done" else ""
        await self._execute(f"UPDATE events SET state = ?{clear} WHERE id = ?", state, event_id)  # noqa: S608 - constants

    async def state(self, event_id: str) -> str | None:
        """Return the state of an event, if it is stored."""
        found = await self._run(
            lambda: (
                self._database()
                .execute("SELECT state FROM events WHERE id = ?", (event_id,))
                .fetchone()
            )
        )
        return None if found is None else str(found[0])

    async def history(self, thread: str) -> list[BaseMessage]:
        """Return the history of a thread."""
        found = await self._run(
            lambda: (
                self._database()
                .execute("SELECT messages FROM history WHERE thread = ?", (thread,))
                .fetchone()
            )
        )
        return [] if found is None else messages_from_dict(json.loads(found[0]))

    # In the thread of the database

    async def _run(self, work: Callable[[], T]) -> T:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="langchain-telnyx-state")
        # A started change ends also when the caller is cancelled.
        future = self._executor.submit(work)
        return await asyncio.shield(asyncio.wrap_future(future))

    async def _execute(self, statement: str, *values: Any) -> None:
        await self._run(lambda: self._change(statement, values))

    def _change(self, statement: str, values: Sequence[Any]) -> None:
        self._database().execute(statement, values)

    def _database(self) -> sqlite3.Connection:
        if self._sql is None:
            raise RuntimeError("The state is closed.")
        return self._sql

    def _open(self) -> list[str]:
        if self._path != IN_MEMORY:
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        sql = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            # Exclusive: two processes would process the same events.
            sql.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                + _SCHEMA
            )
            found = sql.execute("SELECT id FROM events WHERE state = 'sending' ORDER BY number")
            unsure = [str(row[0]) for row in found]
        except sqlite3.OperationalError as error:
            sql.close()
            if "locked" in str(error):
                raise StateInUseError(
                    f"Another process uses {self._path}: serve text messages with one process, or "
                    f"pass another `state`."
                ) from error
            raise
        self._sql = sql
        # For an application that is dropped without its shutdown.
        weakref.finalize(self, sql.close)
        self._prune()
        return unsure

    def _close(self) -> None:
        sql, self._sql = self._sql, None
        if sql is not None:
            sql.close()

    def _record(self, event_id: str, thread: str, body: bytes) -> bool:
        sql = self._database()
        known = sql.execute("SELECT 1 FROM events WHERE id = ?", (event_id,)).fetchone()
        if known is not None:
            return False
        waiting = sql.execute(f"SELECT count(*) FROM events WHERE state IN {_UNFINISHED}")  # noqa: S608 - constants
        if waiting.fetchone()[0] >= self._most_waiting:
            raise StateFullError(f"{self._most_waiting} events wait already.")
        self._prune()
        sql.execute(
            "INSERT INTO events (id, thread, body, state, at) VALUES (?, ?, ?, 'received', ?)",
            (event_id, thread, body, self._now()),
        )
        return True

    def _prune(self) -> None:
        """Delete what is too old: a few rows each time, so that no webhook waits for it."""
        sql, oldest = self._database(), self._now() - self._keep_seconds
        sql.execute(
            "DELETE FROM events WHERE number IN (SELECT number FROM events WHERE at < ? AND state "  # noqa: S608 - constants
            f"NOT IN {_UNFINISHED} ORDER BY at LIMIT 100)",
            (oldest,),
        )
        sql.execute(
            "DELETE FROM history WHERE thread IN "
            "(SELECT thread FROM history WHERE at < ? LIMIT 100)",
            (oldest,),
        )

    def _threads(self) -> list[str]:
        rows = self._database().execute(
            f"SELECT thread FROM events WHERE state IN {_UNFINISHED} "  # noqa: S608 - constants
            "GROUP BY thread ORDER BY min(number)"
        )
        return [str(row[0]) for row in rows]

    def _next(self, thread: str) -> StoredEvent | None:
        row = (
            self._database()
            .execute(
                "SELECT id, thread, body, state, runs, parts, sent FROM events "  # noqa: S608 - constants
                f"WHERE thread = ? AND state IN {_UNFINISHED} ORDER BY number LIMIT 1",
                (thread,),
            )
            .fetchone()
        )
        if row is None:
            return None
        event_id, thread_id, body, state, runs, parts, sent = row
        listed = tuple(json.loads(parts or "[]"))
        return StoredEvent(event_id, thread_id, body, state, runs, listed, sent)

    def _answer(
        self, event: StoredEvent, parts: Sequence[str], history: Sequence[BaseMessage] | None
    ) -> None:
        sql = self._database()
        sql.execute("BEGIN IMMEDIATE")
        try:
            sql.execute(
                "UPDATE events SET state = 'answered', parts = ?, sent = 0 WHERE id = ?",
                (json.dumps(list(parts)), event.id),
            )
            if history is not None:
                text = json.dumps(messages_to_dict(history), default=str)
                sql.execute(
                    "INSERT INTO history (thread, messages, at) VALUES (?, ?, ?) ON CONFLICT "
                    "(thread) DO UPDATE SET messages = excluded.messages, at = excluded.at",
                    (event.thread, text, self._now()),
                )
        except BaseException:
            sql.execute("ROLLBACK")
            raise
        sql.execute("COMMIT")
