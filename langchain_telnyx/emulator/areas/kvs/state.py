"""Key-value namespaces: created and deleted in the background, with values that expire."""

from dataclasses import dataclass
from sqlite3 import IntegrityError

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs
from langchain_telnyx.emulator.storage.database import Store

CREATE = "create-kv-namespace"
DELETE = "delete-kv-namespace"

SCHEMA = """
CREATE TABLE IF NOT EXISTS kv_namespaces (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS kv_values (
    namespace TEXT NOT NULL REFERENCES kv_namespaces (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    content_type TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_at REAL,
    PRIMARY KEY (namespace, key)
)
"""

_LAST = "\U0010ffff"
"""The last Unicode character: the upper end of a range of keys with a prefix."""


class NameTakenError(Exception):
    """The name is taken."""


@dataclass(frozen=True)
class Namespace:
    """A namespace."""

    id: str
    name: str
    status: str
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class Key:
    """A key without its value."""

    key: str
    size: int
    updated_at: str


class KVs:
    """The key-value namespaces of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
        jobs: The background jobs, which create and delete them.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, jobs: Jobs) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._jobs = jobs
        jobs.runners[CREATE] = self._created
        jobs.runners[DELETE] = self._deleted

    def create(self, name: str) -> Namespace:
        """Start to create a namespace.

        Raises:
            NameTakenError: The name is taken.
        """
        now = self._clock.stamp()
        new = Namespace(self._ids.uuid("kv"), name, "pending", now, now)
        try:
            self._store.execute(
                "INSERT INTO kv_namespaces (id, name, status, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?)",
                new.id,
                name,
                new.status,
                now,
                now,
            )
        except IntegrityError:
            raise NameTakenError from None
        self._jobs.submit(CREATE, new.id, id=self._ids.uuid(CREATE))
        return new

    def page(self, offset: int, size: int) -> tuple[int, list[Namespace]]:
        """Return the number of namespaces, and a page of them, oldest first."""
        self._jobs.poll(kinds=(CREATE, DELETE))
        row = self._store.row("SELECT count(*) FROM kv_namespaces")
        rows = self._store.rows(
            "SELECT id, name, status, created_at, updated_at FROM kv_namespaces "
            "ORDER BY number LIMIT ? OFFSET ?",
            size,
            offset,
        )
        return row[0] if row else 0, [Namespace(*found) for found in rows]

    def find(self, namespace_id: str) -> Namespace | None:
        """Return a namespace with its current status, if it exists."""
        self._jobs.poll(subject=namespace_id)
        row = self._store.row(
            "SELECT id, name, status, created_at, updated_at FROM kv_namespaces WHERE id = ?",
            namespace_id,
        )
        return Namespace(*row) if row else None

    def delete(self, namespace: Namespace) -> Namespace:
        """Start to delete a namespace; return it with its new status."""
        now = self._clock.stamp()
        self._set(namespace.id, "deleting", now)
        self._jobs.submit(DELETE, namespace.id, id=self._ids.uuid(DELETE))
        return Namespace(namespace.id, namespace.name, "deleting", namespace.created_at, now)

    def put(
        self, namespace_id: str, key: str, value: bytes, content_type: str, ttl: int | None
    ) -> bool:
        """Store a value that expires after `ttl` seconds; return whether its key is new."""
        with self._store.transaction() as sql:
            new = self.get(namespace_id, key) is None
            expires = None if ttl is None else self._clock.now().timestamp() + ttl
            sql.execute(
                "INSERT OR REPLACE INTO kv_values VALUES (?, ?, ?, ?, ?, ?)",
                (namespace_id, key, value, content_type, self._clock.stamp(), expires),
            )
        return new

    def get(self, namespace_id: str, key: str) -> tuple[bytes, str] | None:
        """Return a value and its media type, if the key exists and has not expired."""
        self._expire(namespace_id)
        row = self._store.row(
            "SELECT value, content_type FROM kv_values WHERE namespace = ? AND key = ?",
            namespace_id,
            key,
        )
        return (row["value"], row["content_type"]) if row else None

    def keys(self, namespace_id: str, prefix: str, after: str, limit: int) -> list[Key]:
        """Return a page of the keys with a prefix, in order, after the key `after`."""
        self._expire(namespace_id)
        rows = self._store.rows(
            "SELECT key, length(value), updated_at FROM kv_values "
            "WHERE namespace = ? AND key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
            namespace_id,
            after,
            prefix,
            prefix + _LAST,
            limit,
        )
        return [Key(*row) for row in rows]

    def drop(self, namespace_id: str, key: str) -> None:
        """Delete a key; a missing one is not an error."""
        self._store.execute(
            "DELETE FROM kv_values WHERE namespace = ? AND key = ?", namespace_id, key
        )

    def _expire(self, namespace_id: str) -> None:
        self._store.execute(
            "DELETE FROM kv_values WHERE namespace = ? AND expires_at <= ?",
            namespace_id,
            self._clock.now().timestamp(),
        )

    def _created(self, job: Job) -> str:
        self._store.execute(
            "UPDATE kv_namespaces SET status = 'provision_ok', updated_at = ? "
            "WHERE id = ? AND status = 'pending'",
            self._clock.stamp(),
            job.subject,
        )
        return "success"

    def _deleted(self, job: Job) -> str:
        self._store.execute("DELETE FROM kv_namespaces WHERE id = ?", job.subject)
        return "success"

    def _set(self, namespace_id: str, status: str, now: str) -> None:
        self._store.execute(
            "UPDATE kv_namespaces SET status = ?, updated_at = ? WHERE id = ?",
            status,
            now,
            namespace_id,
        )
