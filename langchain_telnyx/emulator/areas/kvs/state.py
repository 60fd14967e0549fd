"""Key-value namespaces: created and deleted in the background, with values that expire."""

from dataclasses import dataclass, replace
from sqlite3 import IntegrityError
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table, schema

CREATE = "create-kv-namespace"
DELETE = "delete-kv-namespace"

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


_NAMESPACES = Table(
    "kv_namespaces",
    Namespace,
    {"id": UNIQUE, "name": UNIQUE, "status": TEXT, "created_at": TEXT, "updated_at": TEXT},
    numbered=True,
)
_VALUES = Table(
    "kv_values",
    dict[str, Any],
    {
        "namespace": f"{TEXT} REFERENCES kv_namespaces (id) ON DELETE CASCADE",
        "key": TEXT,
        "value": "BLOB NOT NULL",
        "content_type": TEXT,
        "updated_at": TEXT,
        "expires_at": "REAL",
    },
    key=["namespace", "key"],
)
SCHEMA = schema(_NAMESPACES, _VALUES)


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
        self._namespaces = Rows(store, _NAMESPACES)
        self._values = Rows(store, _VALUES)
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
            self._namespaces.insert(**vars(new))
        except IntegrityError:
            raise NameTakenError from None
        self._jobs.submit(CREATE, new.id, id=self._ids.uuid(CREATE))
        return new

    def page(self, offset: int, size: int) -> tuple[int, list[Namespace]]:
        """Return the number of namespaces, and a page of them, oldest first."""
        self._jobs.poll(kinds=(CREATE, DELETE))
        return self._namespaces.page(size, offset)

    def find(self, namespace_id: str) -> Namespace | None:
        """Return a namespace with its current status, if it exists."""
        self._jobs.poll(subject=namespace_id)
        return self._namespaces.get(id=namespace_id)

    def delete(self, namespace: Namespace) -> Namespace:
        """Start to delete a namespace; return it with its new status."""
        changes = {"status": "deleting", "updated_at": self._clock.stamp()}
        self._namespaces.update(changes, id=namespace.id)
        self._jobs.submit(DELETE, namespace.id, id=self._ids.uuid(DELETE))
        return replace(namespace, **changes)

    def put(
        self, namespace_id: str, key: str, value: bytes, content_type: str, ttl: int | None
    ) -> bool:
        """Store a value that expires after `ttl` seconds; return whether its key is new."""
        with self._store.transaction():
            new = self.get(namespace_id, key) is None
            self._values.insert(
                conflict="REPLACE",
                namespace=namespace_id,
                key=key,
                value=value,
                content_type=content_type,
                updated_at=self._clock.stamp(),
                expires_at=None if ttl is None else self._clock.now().timestamp() + ttl,
            )
        return new

    def get(self, namespace_id: str, key: str) -> tuple[bytes, str] | None:
        """Return a value and its media type, if the key exists and has not expired."""
        self._expire(namespace_id)
        row = self._values.get(namespace=namespace_id, key=key)
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
        self._values.delete(namespace=namespace_id, key=key)

    def _expire(self, namespace_id: str) -> None:
        self._store.execute(
            "DELETE FROM kv_values WHERE namespace = ? AND expires_at <= ?",
            namespace_id,
            self._clock.now().timestamp(),
        )

    def _created(self, job: Job) -> str:
        changes = {"status": "provision_ok", "updated_at": self._clock.stamp()}
        self._namespaces.update(changes, id=job.subject, status="pending")
        return "success"

    def _deleted(self, job: Job) -> str:
        self._namespaces.delete(id=job.subject)
        return "success"
