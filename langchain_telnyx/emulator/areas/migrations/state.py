"""Migrations: buckets of this account are copied; every other source ends in an error.

Buckets at AWS or in another account are out of reach: the API names a source by its provider, and
has no URL that could refer to a local one. Such migrations end in `error`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs, JobStates
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import Objects, StoredObject
from langchain_telnyx.emulator.storage.tables import INTEGER, TEXT, UNIQUE, Rows, Table, schema

MIGRATE = "migrate-bucket"
_PAGE = 1000


@dataclass(frozen=True)
class Source:
    """A source of data.

    Attributes:
        own: Whether its credentials are this account's key. The key is not stored.
    """

    id: str
    provider: str
    bucket: str
    region: str | None
    own: bool


@dataclass(frozen=True)
class Migration:
    """A migration without its status, which is its job's."""

    id: str
    source: str
    bucket: str
    region: str
    refresh: bool | None
    created_at: str
    stopped: bool
    bytes_to_migrate: int | None
    bytes_migrated: int
    last_copy: str | None


_SOURCES = Table(
    "migration_sources",
    Source,
    {"id": UNIQUE, "provider": TEXT, "bucket": TEXT, "region": "TEXT", "own": INTEGER},
    numbered=True,
    booleans=["own"],
)
_MIGRATIONS = Table(
    "migrations",
    Migration,
    {
        "id": UNIQUE,
        "source": TEXT,
        "bucket": TEXT,
        "region": TEXT,
        "refresh": "INTEGER",
        "created_at": TEXT,
        "stopped": f"{INTEGER} DEFAULT 0",
        "bytes_to_migrate": "INTEGER",
        "bytes_migrated": f"{INTEGER} DEFAULT 0",
        "last_copy": "TEXT",
    },
    numbered=True,
    booleans=["refresh", "stopped"],
)
SCHEMA = schema(_SOURCES, _MIGRATIONS)


class Migrations:
    """The migrations of the account and their sources.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids.
        jobs: The background jobs, which run them.
        objects: The account's objects.
        changed: Called with a bucket that has new objects.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        jobs: Jobs,
        objects: Objects,
        *,
        changed: Callable[[str], None],
    ) -> None:
        self._store = store
        self._sources = Rows(store, _SOURCES)
        self._migrations = Rows(store, _MIGRATIONS)
        self._clock = clock
        self._ids = ids
        self._jobs = jobs
        self._objects = objects
        self._changed = changed
        jobs.runners[MIGRATE] = self._run
        jobs.states[MIGRATE] = JobStates(("pending", "checking", "migrating"), failed="error")

    def add_source(self, provider: str, bucket: str, region: str | None, *, own: bool) -> Source:
        """Store a source."""
        new = Source(self._ids.uuid("migration-source"), provider, bucket, region, own)
        self._sources.insert(**vars(new))
        return new

    def sources(self) -> list[Source]:
        """Return all sources, oldest first."""
        return self._sources.select()

    def source(self, source_id: str) -> Source | None:
        """Return a source, if it exists."""
        return self._sources.get(id=source_id)

    def drop_source(self, source_id: str) -> None:
        """Delete a source."""
        self._sources.delete(id=source_id)

    def begin(self, source: str, bucket: str, region: str, *, refresh: bool | None) -> Migration:
        """Start to copy a source into a bucket, which must exist."""
        migration_id = self._ids.uuid("migration")
        self._migrations.insert(
            id=migration_id,
            source=source,
            bucket=bucket,
            region=region,
            refresh=refresh,
            created_at=self._clock.stamp(),
        )
        self._jobs.submit(MIGRATE, bucket, id=migration_id)
        return self._row(migration_id)

    def all(self) -> list[tuple[Migration, str]]:
        """Return all migrations with their statuses, oldest first."""
        ids = [migration.id for migration in self._migrations.select()]
        return [found for found in map(self.find, ids) if found is not None]

    def find(self, migration_id: str) -> tuple[Migration, str] | None:
        """Return a migration and its status, if it exists; with `refresh` it copies new objects."""
        self._jobs.poll(id=migration_id)
        job = self._jobs.find(migration_id, (MIGRATE,))
        if job is None:
            return None
        migration = self._row(migration_id)
        if migration.stopped:
            return migration, "stopped"
        if migration.refresh and job.finished_at is not None and job.status == "migrating":
            self._copy(migration)
            migration = self._row(migration_id)
        return migration, job.status

    def stop(self, migration_id: str) -> None:
        """Stop a migration, unless it has ended."""
        job = self._jobs.find(migration_id, (MIGRATE,))
        if job is not None and job.status not in {"complete", "error"}:
            self._migrations.update({"stopped": True}, id=migration_id)
            self._jobs.end(migration_id, "stopped")

    def _run(self, job: Job) -> str:
        migration = self._row(job.id)
        if not self._copy(migration):
            return "error"
        return "migrating" if migration.refresh else "complete"

    def _copy(self, migration: Migration) -> bool:
        """Copy the objects that the target lacks; return whether the source is reachable."""
        source = self.source(migration.source)
        if source is None or not source.own or not self._objects.has_bucket(source.bucket):
            return False
        row = self._store.row(
            "SELECT coalesce(sum(size), 0) FROM objects WHERE bucket = ?", source.bucket
        )
        size = row[0] if row else 0
        self._migrations.update({"bytes_to_migrate": size}, id=migration.id)
        migrated = 0
        for found in self._listed(source.bucket):
            self._jobs.check()
            if self._row(migration.id).stopped:
                break
            existing = self._objects.find(migration.bucket, found.key)
            if existing is None or (existing.etag, existing.size) != (found.etag, found.size):
                self._put(migration.bucket, found)
                self._migrations.update({"last_copy": self._clock.stamp()}, id=migration.id)
            migrated += found.size
            self._migrations.update({"bytes_migrated": migrated}, id=migration.id)
        self._changed(migration.bucket)
        return True

    def _listed(self, bucket: str) -> Iterator[StoredObject]:
        after = ""
        while True:
            listing = self._objects.list(bucket, after=after, limit=_PAGE)
            yield from listing.objects
            if listing.next_after is None:
                return
            after = listing.next_after

    def _put(self, bucket: str, found: StoredObject) -> None:
        body = self._objects.blobs.stage()
        for piece in self._objects.read(found):
            body.write(piece)
        self._objects.put(bucket, found.key, body, found.content_type, etag=found.etag)

    def _row(self, migration_id: str) -> Migration:
        [migration] = self._migrations.select(id=migration_id)
        return migration
