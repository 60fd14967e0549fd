"""Migrations: a bucket of this very account is really copied, and every other source is an error.

What lies elsewhere, at AWS or in another account, is out of reach: the API names a source by its
provider and has no address that could stand for a local one. So such migrations end in `error`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs, JobStates
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import Objects, StoredObject

MIGRATE = "migrate-bucket"
_PAGE = 1000

SCHEMA = """
CREATE TABLE IF NOT EXISTS migration_sources (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    bucket TEXT NOT NULL,
    region TEXT,
    own INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    bucket TEXT NOT NULL,
    region TEXT NOT NULL,
    refresh INTEGER,
    created_at TEXT NOT NULL,
    stopped INTEGER NOT NULL DEFAULT 0,
    bytes_to_migrate INTEGER,
    bytes_migrated INTEGER NOT NULL DEFAULT 0,
    last_copy TEXT
)
"""

_SOURCE = "SELECT id, provider, bucket, region, own FROM migration_sources"
_MIGRATION = (
    "SELECT id, source, bucket, region, refresh, created_at, stopped, bytes_to_migrate, "
    "bytes_migrated, last_copy FROM migrations"
)


@dataclass(frozen=True)
class Source:
    """Where data come from.

    Attributes:
        own: Whether it was given this account's key. The key itself is not kept.
    """

    id: str
    provider: str
    bucket: str
    region: str | None
    own: bool


@dataclass(frozen=True)
class Migration:
    """A migration, without its status, which is its job's."""

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


class Migrations:
    """The migrations of the account and their sources.

    Args:
        store: Where they are kept.
        clock: For their times.
        ids: For their ids.
        jobs: Runs them.
        objects: The account's objects.
        changed: Told of a bucket that has new objects.
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
        self._clock = clock
        self._ids = ids
        self._jobs = jobs
        self._objects = objects
        self._changed = changed
        jobs.runners[MIGRATE] = self._run
        jobs.states[MIGRATE] = JobStates(("pending", "checking", "migrating"), failed="error")

    def add_source(self, provider: str, bucket: str, region: str | None, *, own: bool) -> Source:
        """Keep a source."""
        new = Source(self._ids.uuid("migration-source"), provider, bucket, region, own)
        self._store.execute(
            "INSERT INTO migration_sources (id, provider, bucket, region, own) "
            "VALUES (?, ?, ?, ?, ?)",
            new.id,
            provider,
            bucket,
            region,
            own,
        )
        return new

    def sources(self) -> list[Source]:
        """Return all sources, oldest first."""
        return [Source(*row) for row in self._store.rows(f"{_SOURCE} ORDER BY number")]

    def source(self, source_id: str) -> Source | None:
        """Return a source, if it exists."""
        row = self._store.row(f"{_SOURCE} WHERE id = ?", source_id)
        return Source(*row) if row else None

    def drop_source(self, source_id: str) -> None:
        """Forget a source."""
        self._store.execute("DELETE FROM migration_sources WHERE id = ?", source_id)

    def begin(self, source: str, bucket: str, region: str, *, refresh: bool | None) -> Migration:
        """Begin to copy a source into a bucket, which must exist."""
        migration_id = self._ids.uuid("migration")
        self._store.execute(
            "INSERT INTO migrations (id, source, bucket, region, refresh, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            migration_id,
            source,
            bucket,
            region,
            refresh,
            self._clock.stamp(),
        )
        self._jobs.submit(MIGRATE, bucket, id=migration_id)
        return self._row(migration_id)

    def all(self) -> list[tuple[Migration, str]]:
        """Return all migrations with their states, oldest first."""
        ids = [row["id"] for row in self._store.rows("SELECT id FROM migrations ORDER BY number")]
        return [found for found in map(self.find, ids) if found is not None]

    def find(self, migration_id: str) -> tuple[Migration, str] | None:
        """Return a migration and its state, if it exists; one that refreshes copies what is new."""
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
            self._store.execute("UPDATE migrations SET stopped = 1 WHERE id = ?", migration_id)
            self._jobs.end(migration_id, "stopped")

    def _run(self, job: Job) -> str:
        migration = self._row(job.id)
        if not self._copy(migration):
            return "error"
        return "migrating" if migration.refresh else "complete"

    def _copy(self, migration: Migration) -> bool:
        """Copy what the target lacks; False when the source is out of reach."""
        source = self.source(migration.source)
        if source is None or not source.own or not self._objects.has_bucket(source.bucket):
            return False
        row = self._store.row(
            "SELECT coalesce(sum(size), 0) FROM objects WHERE bucket = ?", source.bucket
        )
        self._store.execute(
            "UPDATE migrations SET bytes_to_migrate = ? WHERE id = ?",
            row[0] if row else 0,
            migration.id,
        )
        migrated = 0
        for found in self._listed(source.bucket):
            self._jobs.check()
            if self._row(migration.id).stopped:
                break
            there = self._objects.find(migration.bucket, found.key)
            if there is None or (there.etag, there.size) != (found.etag, found.size):
                self._put(migration.bucket, found)
                self._store.execute(
                    "UPDATE migrations SET last_copy = ? WHERE id = ?",
                    self._clock.stamp(),
                    migration.id,
                )
            migrated += found.size
            self._store.execute(
                "UPDATE migrations SET bytes_migrated = ? WHERE id = ?", migrated, migration.id
            )
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
        [row] = self._store.rows(f"{_MIGRATION} WHERE id = ?", migration_id)
        refresh, stopped = row["refresh"], row["stopped"]
        flags = {"refresh": None if refresh is None else bool(refresh), "stopped": bool(stopped)}
        return Migration(**{**row, **flags})
