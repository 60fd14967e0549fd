"""The stored state of embedded buckets: settings, each file's status, chunks.

`schema` has the triggers that update it when objects change.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from langchain_telnyx.emulator.areas.bucket_embeddings import schema
from langchain_telnyx.emulator.areas.bucket_embeddings.chunks import EmbeddedChunks
from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import StoredObject

Outcome = Literal["success", "partial_success", "failure"]

_SECONDS = 86_400
"""Seconds per day; SQLite counts time in days."""
# Without the hint SQLite scans all files of a bucket for the few with some status.
_BY_STATUS = "FROM embedded_files INDEXED BY embedded_files_by_status WHERE bucket = ?"
_PENDING = f"{_BY_STATUS} AND status IN ('queued', 'processing')"
_UPLOADED = (
    "SELECT day FROM uploaded "
    "WHERE uploaded.bucket = embedded_files.bucket AND uploaded.key = embedded_files.key"
)


@dataclass(frozen=True)
class Recipe:
    """The settings with which a bucket is embedded."""

    chunk_size: int = 1024
    overlap: int = 512
    model: str = "thenlper/gte-large"
    loader: str = "default"

    def of(self, found: StoredObject) -> str:
        """Return a fingerprint of an object's chunks: if it is equal, so are they."""
        return f'["{found.checksum}"{self.settings}'

    @property
    def settings(self) -> str:
        """The part of the fingerprint after the checksum, the same for all objects."""
        return json.dumps([self.chunk_size, self.overlap, self.model, self.loader]).replace(
            "[", ", ", 1
        )


class EmbeddedBuckets:
    """The embedded buckets of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        quirks: The variants of the service's behavior to imitate.
    """

    def __init__(self, store: Store, clock: Clock, quirks: Quirks) -> None:
        self._store = store
        self._clock = clock
        self._quirks = quirks
        store.script(schema.temporary(quirks))

    def names(self) -> list[str]:
        """Return the names of all embedded buckets."""
        rows = self._store.rows("SELECT bucket FROM embedded_buckets ORDER BY bucket")
        return [row["bucket"] for row in rows]

    def recipe(self, bucket: str) -> Recipe | None:
        """Return the settings of an embedded bucket; `None` if it is not embedded."""
        row = self._store.row(
            "SELECT chunk_size, overlap, model, loader FROM embedded_buckets WHERE bucket = ?",
            bucket,
        )
        return Recipe(*row) if row else None

    def enable(self, bucket: str, recipe: Recipe) -> None:
        """Start to embed a bucket.

        Queues files that are new, changed, failed, or embedded with other settings. The rest is
        embedded again only with the quirk `reembed_unchanged`.
        """
        now = self._clock.stamp()
        with self._store.transaction() as sql:
            before = self.recipe(bucket)
            sql.execute(
                "INSERT INTO embedded_buckets VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "chunk_size = excluded.chunk_size, overlap = excluded.overlap, "
                "model = excluded.model, loader = excluded.loader",
                (bucket, recipe.chunk_size, recipe.overlap, recipe.model, recipe.loader),
            )
            if before == recipe and self._quirks.automatic_embedding:
                # The triggers have already queued new and changed files.
                sql.execute(
                    "UPDATE embedded_files INDEXED BY embedded_files_by_status "
                    "SET status = 'queued', updated_at = ? "
                    "WHERE bucket = ? AND status IN ('processing', 'failure')",
                    (now, bucket),
                )
            else:
                self._queue_differing(bucket, recipe, now)
            if before is not None and self._quirks.reembed_unchanged:
                sql.execute(
                    "INSERT INTO embedded_again VALUES (?, 'queued', ?, NULL) "
                    "ON CONFLICT DO UPDATE SET status = 'queued', begun_at = excluded.begun_at",
                    (bucket, now),
                )

    def catch_up(self, bucket: str) -> None:
        """Queue files that differ from the bucket's settings, if embedding is automatic."""
        recipe = self.recipe(bucket)
        if recipe is not None and self._quirks.automatic_embedding:
            self._queue_differing(bucket, recipe, self._clock.stamp())

    def _queue_differing(self, bucket: str, recipe: Recipe, now: str) -> None:
        with self._store.transaction() as sql:
            sql.execute(
                "INSERT INTO embedded_files (bucket, key, status, created_at, updated_at) "
                "SELECT bucket, key, 'queued', ?, ? FROM objects WHERE bucket = ? "
                "ON CONFLICT DO NOTHING",
                (now, now, bucket),
            )
            sql.execute(
                "UPDATE embedded_files SET status = 'queued', updated_at = ? "
                "WHERE bucket = ? AND status != 'queued' AND (status != 'success' OR recipe != ("
                """SELECT '["' || checksum || '"' || ? FROM objects """
                "WHERE bucket = embedded_files.bucket AND key = embedded_files.key))",
                (now, bucket, recipe.settings),
            )

    def disable(self, bucket: str) -> bool:
        """Delete a bucket's embeddings, not its objects; return whether there were any."""
        return bool(self._store.execute("DELETE FROM embedded_buckets WHERE bucket = ?", bucket))

    def outcome(self, bucket: str) -> Outcome:
        """Return the outcome of embedding a bucket, from the statuses of its files."""
        with self._store.snapshot():
            seen = {
                status
                for status in ("success", "failure")
                if self._store.row(f"SELECT 1 {_BY_STATUS} AND status = ?", bucket, status)
            }
        if "failure" not in seen:
            return "success"
        return "partial_success" if "success" in seen else "failure"

    def pending(self, bucket: str) -> list[str]:
        """Return the keys of the files that are due for embedding."""
        delay = self._quirks.embedding_delay
        due = ""
        if delay:
            days = delay / _SECONDS
            due = f"AND coalesce(({_UPLOADED}), 0) <= julianday('now') - {days}"
        rows = self._store.rows(f"SELECT key {_PENDING} {due} ORDER BY key", bucket)
        return [row["key"] for row in rows]

    def has_pending(self, bucket: str) -> bool:
        """Return whether a file of a bucket is pending, due or not."""
        row = self._store.row(f"SELECT 1 {_PENDING}", bucket)
        return row is not None

    def due_in(self, bucket: str) -> tuple[float, float]:
        """Return the seconds until the first and the last of a bucket's pending files are due."""
        delay = self._quirks.embedding_delay
        if not delay:
            return 0.0, 0.0
        row = self._store.row(
            f"SELECT min(({_UPLOADED})) - julianday('now'), max(({_UPLOADED})) - julianday('now') "
            f"{_PENDING}",
            bucket,
        )
        if row is None or row[0] is None:
            return 0.0, 0.0
        return max(0.0, row[0] * _SECONDS + delay), max(0.0, row[1] * _SECONDS + delay)

    def queue(self, bucket: str, key: str) -> None:
        """Queue an object of a bucket, even if embedding is not automatic."""
        now = self._clock.stamp()
        self._store.execute(
            "INSERT INTO embedded_files (bucket, key, status, created_at, updated_at) "
            "VALUES (?, ?, 'queued', ?, ?) "
            "ON CONFLICT DO UPDATE SET status = 'queued', updated_at = excluded.updated_at",
            bucket,
            key,
            now,
            now,
        )

    def begin_reembedding(self, bucket: str) -> None:
        """Mark the queued re-embedding of unchanged files as processing."""
        self._update_reembedding(bucket, "queued", "processing", None)

    def end_reembedding(self, bucket: str) -> None:
        """Mark the re-embedding of unchanged files as done.

        Their chunks are not rebuilt, since they would be the same; they stay searchable.
        """
        self._update_reembedding(bucket, "processing", "success", self._clock.stamp())

    def _update_reembedding(
        self, bucket: str, before: str, after: str, ended_at: str | None
    ) -> None:
        self._store.execute(
            "UPDATE embedded_again SET status = ?, ended_at = coalesce(?, ended_at) "
            "WHERE bucket = ? AND status = ?",
            after,
            ended_at,
            bucket,
            before,
        )

    def begin(self, bucket: str, key: str) -> None:
        """Mark a file as being embedded."""
        self._store.execute(
            "UPDATE embedded_files SET status = 'processing' WHERE bucket = ? AND key = ?",
            bucket,
            key,
        )

    def succeed(self, found: StoredObject, recipe: Recipe, chunks: EmbeddedChunks) -> None:
        """Replace a file's chunks, and mark it as embedded."""
        self._finish(found, recipe, chunks.rows(), None)

    def fail(self, found: StoredObject, recipe: Recipe, reason: str) -> None:
        """Mark a file as failed, and delete its old chunks."""
        self._finish(found, recipe, [], reason)

    def _finish(
        self,
        found: StoredObject,
        recipe: Recipe,
        rows: Iterable[tuple[Any, ...]],
        reason: str | None,
    ) -> None:
        now = self._clock.stamp()
        with self._store.transaction() as sql:
            updated = sql.execute(
                # Only if still `processing`: a change in the meantime queues it again.
                "UPDATE embedded_files SET status = ?, error_reason = ?, recipe = ?, "
                "updated_at = ?, last_embedded_at = coalesce(?, last_embedded_at) "
                "WHERE bucket = ? AND key = ? AND status = 'processing'",
                (
                    "success" if reason is None else "failure",
                    reason,
                    recipe.of(found),
                    now,
                    now if reason is None else None,
                    found.bucket,
                    found.key,
                ),
            ).rowcount
            if updated:
                sql.execute(
                    "DELETE FROM chunks WHERE bucket = ? AND key = ?", (found.bucket, found.key)
                )
                sql.executemany(
                    "INSERT INTO chunks (bucket, key, text, loader_metadata, vector, keys) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    ((found.bucket, found.key, *row) for row in rows),
                )
