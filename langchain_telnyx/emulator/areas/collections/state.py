"""Stored collections: name, slug, retrieval settings and sources."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from sqlite3 import IntegrityError
from typing import Any

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import INTEGER, TEXT, UNIQUE, Rows, Table, schema


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


def _collection(retrieval_type: str, top_k: int, **fields: Any) -> Collection:
    return Collection(retrieval=Retrieval(retrieval_type, top_k), **fields)


def _source(type: str, bucket: str, **fields: Any) -> Source:  # noqa: A002 - the column's name
    return Source(ref=SourceRef(type, bucket), **fields)


_COLLECTIONS = Table(
    "collections",
    _collection,
    {
        "uuid": UNIQUE,
        "slug": UNIQUE,
        "name": TEXT,
        "description": "TEXT",
        "retrieval_type": TEXT,
        "top_k": INTEGER,
        "created_at": TEXT,
        "updated_at": TEXT,
    },
    numbered=True,
)
_SOURCES = Table(
    "collection_sources",
    _source,
    {
        "id": UNIQUE,
        "collection": f"{TEXT} REFERENCES collections (uuid) ON DELETE CASCADE",
        "type": TEXT,
        "bucket": TEXT,
    },
    numbered=True,
    constraints=["UNIQUE (collection, type, bucket)"],
)
SCHEMA = schema(_COLLECTIONS, _SOURCES)


class Collections:
    """The collections of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._collections = Rows(store, _COLLECTIONS)
        self._sources = Rows(store, _SOURCES)
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
        new = Collection(uuid, slug, name, description, retrieval, now, now)
        with self._store.transaction():
            try:
                self._collections.insert(**_columns(new))
            except IntegrityError:
                raise SlugTakenError(slug) from None
            for ref in sources:
                self.add_source(uuid, ref)
        return new

    def page(self, offset: int, size: int) -> tuple[int, list[Collection]]:
        """Return the number of collections, and a page of them, oldest first."""
        return self._collections.page(size, offset)

    def find(self, uuid: str) -> Collection | None:
        """Return a collection by its UUID, if it exists."""
        return self._collections.get(uuid=uuid)

    def find_slug(self, slug: str) -> Collection | None:
        """Return a collection by its slug, if it exists."""
        return self._collections.get(slug=slug)

    def update(self, changed: Collection) -> Collection:
        """Store a collection's changed name, description or retrieval settings."""
        new = replace(changed, updated_at=self._clock.stamp())
        self._collections.update(_columns(new), uuid=new.uuid)
        return new

    def delete(self, uuid: str) -> None:
        """Delete a collection; its slug becomes available."""
        self._collections.delete(uuid=uuid)

    def sources(self, uuid: str) -> list[Source]:
        """Return the sources of a collection, oldest first."""
        return self._sources.select(collection=uuid)

    def add_source(self, uuid: str, ref: SourceRef) -> Source:
        """Add a source to a collection.

        Raises:
            SourceExistsError: The collection has it already.
        """
        new = Source(self._ids.uuid("collection-source"), uuid, ref)
        try:
            self._sources.insert(id=new.id, collection=uuid, type=ref.type, bucket=ref.bucket)
        except IntegrityError:
            raise SourceExistsError(ref.type) from None
        return new

    def remove_source(self, uuid: str, source_id: str) -> bool:
        """Remove a source from a collection; return whether it was there."""
        return bool(self._sources.delete(collection=uuid, id=source_id))


def _columns(collection: Collection) -> dict[str, Any]:
    values = dict(vars(collection))
    values.update(vars(values.pop("retrieval")))
    return values


def slug_of(name: str) -> str:
    """Return the slug for a name; empty if the name has no usable character."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))
