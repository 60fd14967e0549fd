"""The stored profiles: their sources, the memories extracted from them, and their summaries."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.storage.database import Store, Value

SCHEMA = """
CREATE TABLE IF NOT EXISTS memory_sources (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    namespace TEXT NOT NULL REFERENCES memory_namespaces (id) ON DELETE CASCADE,
    profile TEXT NOT NULL,
    session TEXT,
    content TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS memory_sources_of_profile ON memory_sources (namespace, profile);
CREATE TABLE IF NOT EXISTS memories (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL REFERENCES memory_sources (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    recorded_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS memories_of_source ON memories (source);
CREATE TABLE IF NOT EXISTS memory_summaries (
    namespace TEXT NOT NULL REFERENCES memory_namespaces (id) ON DELETE CASCADE,
    profile TEXT NOT NULL,
    text TEXT NOT NULL,
    generated_at TEXT NOT NULL,
    PRIMARY KEY (namespace, profile)
)
"""

_MEMORIES = (
    "FROM memories JOIN memory_sources ON memory_sources.id = memories.source "
    "WHERE namespace = ? AND profile = ?"
)
_SOURCES = (
    "SELECT id, session, content, created_at, updated_at, "
    "(SELECT count(*) FROM memories WHERE source = memory_sources.id) AS memories "
    "FROM memory_sources WHERE namespace = ? AND profile = ?"
)


@dataclass(frozen=True)
class Profile:
    """A profile's name in a namespace (its id)."""

    namespace: str
    name: str

    @property
    def key(self) -> tuple[str, str]:
        """Its key in the tables."""
        return self.namespace, self.name


@dataclass(frozen=True)
class Memory:
    """A memory, and the source it comes from."""

    id: str
    text: str
    source: str
    recorded_at: str


@dataclass(frozen=True)
class Source:
    """A session, or a fact, which has no session id."""

    id: str
    session: str | None
    content: Any
    created_at: str
    updated_at: str
    memories: int


@dataclass(frozen=True)
class Summary:
    """The summary of a profile."""

    text: str
    generated_at: str


def source_id(profile: Profile, kind: str, name: str) -> str:
    """Return the id of a session or fact: always the same, so that a second write replaces it."""
    return str(uuid.uuid5(uuid.UUID(profile.namespace), json.dumps([profile.name, kind, name])))


class Profiles:
    """The profiles of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def write(
        self, profile: Profile, source: str, session: str | None, content: Any, facts: Sequence[str]
    ) -> None:
        """Store a source and its memories, and delete the source's previous memories."""
        now = self._clock.stamp()
        with self._store.transaction() as sql:
            before = sql.execute(
                "SELECT created_at FROM memory_sources WHERE id = ?", (source,)
            ).fetchone()
            created = {
                row["id"]: row["recorded_at"]
                for row in sql.execute(
                    "SELECT id, recorded_at FROM memories WHERE source = ?", (source,)
                )
            }
            # Deleted instead of updated, so that the last write gets the highest number.
            sql.execute("DELETE FROM memory_sources WHERE id = ?", (source,))
            sql.execute(
                "INSERT INTO memory_sources "
                "(id, namespace, profile, session, content, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    source,
                    *profile.key,
                    session,
                    json.dumps(content, ensure_ascii=False),
                    before["created_at"] if before else now,
                    now,
                ),
            )
            for fact in facts:
                memory = str(uuid.uuid5(uuid.UUID(source), fact))
                sql.execute(
                    "INSERT INTO memories (id, source, text, recorded_at) VALUES (?, ?, ?, ?)",
                    (memory, source, fact, created.get(memory, now)),
                )

    def erase(self, profile: Profile) -> int:
        """Delete a profile; return the number of its memories."""
        with self._store.transaction() as sql:
            had = self.count(profile)
            for table in ("memory_sources", "memory_summaries"):
                sql.execute(
                    f"DELETE FROM {table} WHERE namespace = ? AND profile = ?",  # noqa: S608 - a table of this module
                    profile.key,
                )
        return had

    def erase_source(self, profile: Profile, source: str) -> int | None:
        """Delete a source; return the number of its memories, `None` if it does not exist."""
        found = self.source(profile, source)
        if found is None:
            return None
        self._store.execute("DELETE FROM memory_sources WHERE id = ?", source)
        return found.memories

    def page(self, namespace: str, offset: int, size: int) -> tuple[int, list[tuple[str, int]]]:
        """Return the number of profiles with memories, and a page with counts, largest first."""
        rows = self._store.rows(
            "SELECT profile, count(*) AS held FROM memories "
            "JOIN memory_sources ON memory_sources.id = memories.source WHERE namespace = ? "
            "GROUP BY profile ORDER BY held DESC, profile",
            namespace,
        )
        return len(rows), [(row[0], row[1]) for row in rows[offset : offset + size]]

    def count(self, profile: Profile, source: str | None = None) -> int:
        """Count a profile's memories, or those of one source."""
        where, values = _of(source)
        row = self._store.row(f"SELECT count(*) {_MEMORIES}{where}", *profile.key, *values)
        return row[0] if row else 0

    def memories(
        self, profile: Profile, source: str | None = None, *, offset: int = 0, size: int = -1
    ) -> list[Memory]:
        """Return a profile's memories, or those of one source, newest first."""
        where, values = _of(source)
        rows = self._store.rows(
            f"SELECT memories.id, text, source, recorded_at {_MEMORIES}{where} "
            "ORDER BY memories.number DESC LIMIT ? OFFSET ?",
            *profile.key,
            *values,
            size,
            offset,
        )
        return [Memory(*row) for row in rows]

    def memory(self, profile: Profile, memory: str) -> Memory | None:
        """Return a memory, if it exists."""
        row = self._store.row(
            f"SELECT memories.id, text, source, recorded_at {_MEMORIES} AND memories.id = ?",
            *profile.key,
            memory,
        )
        return Memory(*row) if row else None

    def sources(self, profile: Profile, session: str | None = None) -> list[Source]:
        """Return a profile's sources, or that of one session, last written first."""
        where = "" if session is None else " AND session = ?"
        values = () if session is None else (session,)
        rows = self._store.rows(f"{_SOURCES}{where} ORDER BY number DESC", *profile.key, *values)
        return [Source(**{**row, "content": json.loads(row["content"])}) for row in rows]

    def source(self, profile: Profile, source: str) -> Source | None:
        """Return a source, if it exists."""
        row = self._store.row(f"{_SOURCES} AND id = ?", *profile.key, source)
        return Source(**{**row, "content": json.loads(row["content"])}) if row else None

    def changed_at(self, profile: Profile) -> str | None:
        """Return the time of a profile's last write; `None` if it is empty."""
        row = self._store.row(
            "SELECT max(updated_at) FROM memory_sources WHERE namespace = ? AND profile = ?",
            *profile.key,
        )
        return row[0] if row else None

    def summary(self, profile: Profile) -> Summary | None:
        """Return a profile's summary, if there is one."""
        row = self._store.row(
            "SELECT text, generated_at FROM memory_summaries WHERE namespace = ? AND profile = ?",
            *profile.key,
        )
        return Summary(*row) if row else None

    def summarise(self, profile: Profile, text: str | None) -> None:
        """Store a profile's new summary; `None` deletes it."""
        with self._store.transaction() as sql:
            sql.execute(
                "DELETE FROM memory_summaries WHERE namespace = ? AND profile = ?", profile.key
            )
            if text is not None:
                sql.execute(
                    "INSERT INTO memory_summaries VALUES (?, ?, ?, ?)",
                    (*profile.key, text, self._clock.stamp()),
                )


def _of(source: str | None) -> tuple[str, tuple[Value, ...]]:
    return ("", ()) if source is None else (" AND source = ?", (source,))
