"""The stored profiles: their sources, the memories extracted from them, and their summaries."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.storage.database import Store, Value
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table, schema

_NAMESPACE = f"{TEXT} REFERENCES memory_namespaces (id) ON DELETE CASCADE"
_SOURCE_TABLE = Table(
    "memory_sources",
    dict[str, Any],
    {
        "id": UNIQUE,
        "namespace": _NAMESPACE,
        "profile": TEXT,
        "session": "TEXT",
        "content": TEXT,
        "created_at": TEXT,
        "updated_at": TEXT,
    },
    numbered=True,
    indexes={"memory_sources_of_profile": ["namespace", "profile"]},
    json=["content"],
)
_MEMORY_TABLE = Table(
    "memories",
    dict[str, str],
    {
        "id": UNIQUE,
        "source": f"{TEXT} REFERENCES memory_sources (id) ON DELETE CASCADE",
        "text": TEXT,
        "recorded_at": TEXT,
    },
    numbered=True,
    indexes={"memories_of_source": ["source"]},
)
_SUMMARY_TABLE = Table(
    "memory_summaries",
    dict[str, str],
    {"namespace": _NAMESPACE, "profile": TEXT, "text": TEXT, "generated_at": TEXT},
    key=["namespace", "profile"],
)
SCHEMA = schema(_SOURCE_TABLE, _MEMORY_TABLE, _SUMMARY_TABLE)

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
        self._sources = Rows(store, _SOURCE_TABLE)
        self._memories = Rows(store, _MEMORY_TABLE)
        self._summaries = Rows(store, _SUMMARY_TABLE)
        self._clock = clock

    def write(
        self, profile: Profile, source: str, session: str | None, content: Any, facts: Sequence[str]
    ) -> None:
        """Store a source and its memories, and delete the source's previous memories."""
        now = self._clock.stamp()
        with self._store.transaction():
            before = self._sources.get(id=source)
            created = {
                row["id"]: row["recorded_at"] for row in self._memories.select(source=source)
            }
            # Deleted instead of updated, so that the last write gets the highest number.
            self._sources.delete(id=source)
            self._sources.insert(
                id=source,
                namespace=profile.namespace,
                profile=profile.name,
                session=session,
                content=content,
                created_at=before["created_at"] if before else now,
                updated_at=now,
            )
            for fact in facts:
                memory = str(uuid.uuid5(uuid.UUID(source), fact))
                recorded_at = created.get(memory, now)
                self._memories.insert(id=memory, source=source, text=fact, recorded_at=recorded_at)

    def erase(self, profile: Profile) -> int:
        """Delete a profile; return the number of its memories."""
        with self._store.transaction():
            had = self.count(profile)
            self._sources.delete(namespace=profile.namespace, profile=profile.name)
            self._summaries.delete(namespace=profile.namespace, profile=profile.name)
        return had

    def erase_source(self, profile: Profile, source: str) -> int | None:
        """Delete a source; return the number of its memories, `None` if it does not exist."""
        found = self.source(profile, source)
        if found is None:
            return None
        self._sources.delete(id=source)
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
        row = self._summaries.get(namespace=profile.namespace, profile=profile.name)
        return Summary(row["text"], row["generated_at"]) if row else None

    def summarise(self, profile: Profile, text: str | None) -> None:
        """Store a profile's new summary; `None` deletes it."""
        where = {"namespace": profile.namespace, "profile": profile.name}
        with self._store.transaction():
            self._summaries.delete(**where)
            if text is not None:
                self._summaries.insert(**where, text=text, generated_at=self._clock.stamp())


def _of(source: str | None) -> tuple[str, tuple[Value, ...]]:
    return ("", ()) if source is None else (" AND source = ?", (source,))
