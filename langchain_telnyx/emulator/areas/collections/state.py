"""Stored collections: name, slug, retrieval settings and sources."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from sqlite3 import IntegrityError

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS collections (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT,
    retrieval_type TEXT NOT NULL,
    top_k INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS collection_sources (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    collection TEXT NOT NULL REFERENCES collections (uuid) ON DELETE CASCADE,
    type TEXT NOT NULL,
    bucket TEXT NOT NULL,
    UNIQUE (collection, type, bucket)
)
"""

_SELECT = (
    "SELECT uuid, slug, name, description, retrieval_type, top_k, created_at, updated_at "
    "FROM collections"
)


class SlugTakenError(Exception):
    """Another collection has this slug."""


class SourceExistsError(Exception):
    """The collection has this source already."""


@dataclass(frozen=True)
class Retrieval:
    """The retrieval settings of a collection."""

    retrieval_type: str = "vector"
    top_k: int = 5


@dataclass(frozen=True)
class Collection:
    """A collection without its sources."""

    uuid: str
    slug: str
    name: str
    description: str | None
    retrieval: Retrieval
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class SourceRef:
    """What a source refers to: a type, and for a bucket its name."""

    type: str
    bucket: str = ""


@dataclass(frozen=True)
class Source:
    """A source of a collection."""

    id: str
    collection: str
    ref: SourceRef


class Collections:
    """The collections of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def create(
        self,
        name: str,
        *,
        slug: str | None,
        description: str | None,
        retrieval: Retrieval,
        sources: Sequence[SourceRef],
    ) -> Collection:
        """Create a collection.

        Raises:
            SlugTakenError: The slug, or the one derived from the name, is taken.
            SourceExistsError: A source occurs twice.
        """
        now = self._clock.stamp()
        uuid = self._ids.uuid("collection")
        slug = slug or slug_of(name) or uuid
        with self._store.transaction() as sql:
            try:
                sql.execute(
                    "INSERT INTO collections (uuid, slug, name, description, retrieval_type, top_k,"
                    " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        uuid,
                        slug,
                        name,
                        description,
                        retrieval.retrieval_type,
                        retrieval.top_k,
                        now,
                        now,
                    ),
                )
            except IntegrityError:
                raise SlugTakenError(slug) from None
            for ref in sources:
                self.add_source(uuid, ref)
        return Collection(uuid, slug, name, description, retrieval, now, now)

    def page(self, offset: int, size: int) -> tuple[int, list[Collection]]:
        """Return the number of collections, and a page of them, oldest first."""
        row = self._store.row("SELECT count(*) FROM collections")
        found = self._select("1 ORDER BY number LIMIT ? OFFSET ?", size, offset)
        return row[0] if row else 0, found

    def find(self, uuid: str) -> Collection | None:
        """Return a collection by its UUID, if it exists."""
        return next(iter(self._select("uuid = ?", uuid)), None)

    def find_slug(self, slug: str) -> Collection | None:
        """Return a collection by its slug, if it exists."""
        return next(iter(self._select("slug = ?", slug)), None)

    def update(self, changed: Collection) -> Collection:
        """Store a collection's changed name, description or retrieval settings."""
        now = self._clock.stamp()
        self._store.execute(
            "UPDATE collections SET name = ?, description = ?, retrieval_type = ?, top_k = ?, "
            "updated_at = ? WHERE uuid = ?",
            changed.name,
            changed.description,
            changed.retrieval.retrieval_type,
            changed.retrieval.top_k,
            now,
            changed.uuid,
        )
        return replace(changed, updated_at=now)

    def delete(self, uuid: str) -> None:
        """Delete a collection; its slug becomes available."""
        self._store.execute("DELETE FROM collections WHERE uuid = ?", uuid)

    def sources(self, uuid: str) -> list[Source]:
        """Return the sources of a collection, oldest first."""
        rows = self._store.rows(
            "SELECT id, collection, type, bucket FROM collection_sources WHERE collection = ? "
            "ORDER BY number",
            uuid,
        )
        return [
            Source(row["id"], row["collection"], SourceRef(row["type"], row["bucket"]))
            for row in rows
        ]

    def add_source(self, uuid: str, ref: SourceRef) -> Source:
        """Add a source to a collection.

        Raises:
            SourceExistsError: The collection has it already.
        """
        new = Source(self._ids.uuid("collection-source"), uuid, ref)
        try:
            self._store.execute(
                "INSERT INTO collection_sources (id, collection, type, bucket) VALUES (?, ?, ?, ?)",
                new.id,
                uuid,
                ref.type,
                ref.bucket,
            )
        except IntegrityError:
            raise SourceExistsError(ref.type) from None
        return new

    def remove_source(self, uuid: str, source_id: str) -> bool:
        """Remove a source from a collection; return whether it was there."""
        return bool(
            self._store.execute(
                "DELETE FROM collection_sources WHERE collection = ? AND id = ?", uuid, source_id
            )
        )

    def _select(self, where: str, *values: str | int) -> list[Collection]:
        return [
            Collection(
                uuid=row["uuid"],
                slug=row["slug"],
                name=row["name"],
                description=row["description"],
                retrieval=Retrieval(row["retrieval_type"], row["top_k"]),
                created_at=row["created_at"],
                updated_at=row["updated_at"],
            )
            for row in self._store.rows(f"{_SELECT} WHERE {where}", *values)
        ]


def slug_of(name: str) -> str:
    """Return the slug for a name; empty if the name has no usable character."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))
