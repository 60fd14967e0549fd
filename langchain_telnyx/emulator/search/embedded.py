"""Embedded buckets as they are kept: the settings, each file's status, the chunks.

Storage knows nothing of embeddings. Triggers mark a file as `queued` in the very transaction that
adds or replaces its object, and foreign keys take the chunks along when the object goes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_telnyx.emulator.clock import Clock
from langchain_telnyx.emulator.search.vectors import Keys, Vectors
from langchain_telnyx.emulator.storage.objects import StoredObject
from langchain_telnyx.emulator.store import Store

FileStatus = Literal["queued", "processing", "success", "failure"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS embedded_buckets (
    bucket TEXT PRIMARY KEY REFERENCES buckets (name) ON DELETE CASCADE,
    chunk_size INTEGER NOT NULL,
    overlap INTEGER NOT NULL,
    model TEXT NOT NULL,
    loader TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS embedded_files (
    bucket TEXT NOT NULL REFERENCES embedded_buckets (bucket) ON DELETE CASCADE,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    error_reason TEXT,
    recipe TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    last_embedded_at TEXT,
    PRIMARY KEY (bucket, key),
    FOREIGN KEY (bucket, key) REFERENCES objects (bucket, key) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    loader_metadata TEXT NOT NULL,
    vector BLOB NOT NULL,
    keys BLOB NOT NULL,
    FOREIGN KEY (bucket, key) REFERENCES embedded_files (bucket, key) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS chunks_of_bucket ON chunks (bucket, id);
CREATE INDEX IF NOT EXISTS chunks_of_file ON chunks (bucket, key);
CREATE TRIGGER IF NOT EXISTS object_added AFTER INSERT ON objects
WHEN EXISTS (SELECT 1 FROM embedded_buckets WHERE bucket = new.bucket)
BEGIN
    INSERT INTO embedded_files (bucket, key, status, created_at, updated_at)
    VALUES (new.bucket, new.key, 'queued', new.modified_at, new.modified_at);
END;
CREATE TRIGGER IF NOT EXISTS object_replaced AFTER UPDATE ON objects
BEGIN
    UPDATE embedded_files SET status = 'queued', updated_at = new.modified_at
    WHERE bucket = new.bucket AND key = new.key;
END
"""


@dataclass(frozen=True)
class Recipe:
    """How a bucket is embedded."""

    chunk_size: int = 1024
    overlap: int = 512
    model: str = "thenlper/gte-large"
    loader: str = "default"

    def of(self, found: StoredObject) -> str:
        """Return what decides about an object's chunks: when it is the same, so are they."""
        return json.dumps([found.checksum, self.chunk_size, self.overlap, self.model, self.loader])


@dataclass(frozen=True)
class EmbeddedFile:
    """The state of one file of an embedded bucket."""

    bucket: str
    key: str
    status: FileStatus
    error_reason: str | None
    recipe: str | None
    created_at: str
    updated_at: str
    last_embedded_at: str | None


@dataclass(frozen=True)
class Chunk:
    """A chunk's text, and what its loader knows about it."""

    text: str
    loader_metadata: dict[str, Any]


class EmbeddedBuckets:
    """The embedded buckets of the account."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def names(self) -> list[str]:
        """Return the names of all embedded buckets."""
        rows = self._store.rows("SELECT bucket FROM embedded_buckets ORDER BY bucket")
        return [row["bucket"] for row in rows]

    def recipe(self, bucket: str) -> Recipe | None:
        """Return how a bucket is embedded, `None` when it is not."""
        row = self._store.row(
            "SELECT chunk_size, overlap, model, loader FROM embedded_buckets WHERE bucket = ?",
            bucket,
        )
        return Recipe(*row) if row else None

    def enable(self, bucket: str, recipe: Recipe) -> None:
        """Embed a bucket from now on; what is embedded otherwise than asked is queued."""
        now = self._clock.stamp()
        with self._store.transaction() as sql:
            sql.execute(
                "INSERT INTO embedded_buckets VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "chunk_size = excluded.chunk_size, overlap = excluded.overlap, "
                "model = excluded.model, loader = excluded.loader",
                (bucket, recipe.chunk_size, recipe.overlap, recipe.model, recipe.loader),
            )
            sql.execute(
                "INSERT INTO embedded_files (bucket, key, status, created_at, updated_at) "
                "SELECT bucket, key, 'queued', ?, ? FROM objects WHERE bucket = ? "
                "ON CONFLICT DO NOTHING",
                (now, now, bucket),
            )
            objects = sql.execute("SELECT * FROM objects WHERE bucket = ?", (bucket,)).fetchall()
            sql.executemany(
                "UPDATE embedded_files SET status = 'queued', updated_at = ? "
                "WHERE bucket = ? AND key = ? "
                "AND status != 'queued' AND (status != 'success' OR recipe != ?)",
                [
                    (now, found.bucket, found.key, recipe.of(found))
                    for found in (StoredObject(*row) for row in objects)
                ],
            )

    def disable(self, bucket: str) -> bool:
        """Delete a bucket's embeddings; its objects stay. False when there were none."""
        return bool(self._store.execute("DELETE FROM embedded_buckets WHERE bucket = ?", bucket))

    def files(self, bucket: str) -> list[EmbeddedFile]:
        """Return the files of a bucket with their states."""
        rows = self._store.rows(
            "SELECT * FROM embedded_files WHERE bucket = ? ORDER BY key", bucket
        )
        return [EmbeddedFile(*row) for row in rows]

    def pending(self, bucket: str) -> list[str]:
        """Return the keys of the files that are still to be embedded."""
        rows = self._store.rows(
            "SELECT key FROM embedded_files WHERE bucket = ? "
            "AND status IN ('queued', 'processing') ORDER BY key",
            bucket,
        )
        return [row["key"] for row in rows]

    def has_pending(self, bucket: str) -> bool:
        """Tell whether a file of a bucket is still to be embedded."""
        row = self._store.row(
            "SELECT 1 FROM embedded_files WHERE bucket = ? AND status IN ('queued', 'processing')",
            bucket,
        )
        return row is not None

    def begin(self, bucket: str, key: str) -> None:
        """Mark a file as being embedded."""
        self._store.execute(
            "UPDATE embedded_files SET status = 'processing' WHERE bucket = ? AND key = ?",
            bucket,
            key,
        )

    def succeed(
        self,
        found: StoredObject,
        recipe: Recipe,
        chunks: Sequence[Chunk],
        vectors: Vectors,
        keys: Sequence[Keys],
    ) -> None:
        """Put a file's chunks in place of the old ones."""
        rows = [
            (
                found.bucket,
                found.key,
                chunk.text,
                json.dumps(chunk.loader_metadata, ensure_ascii=False),
                vector.tobytes(),
                chunk_keys.tobytes(),
            )
            for chunk, vector, chunk_keys in zip(chunks, vectors, keys, strict=True)
        ]
        self._settle(found, recipe, rows, None)

    def fail(self, found: StoredObject, recipe: Recipe, reason: str) -> None:
        """Mark a file as failed, and drop the chunks of what it was before."""
        self._settle(found, recipe, [], reason)

    def _settle(
        self, found: StoredObject, recipe: Recipe, rows: list[tuple[Any, ...]], reason: str | None
    ) -> None:
        now = self._clock.stamp()
        with self._store.transaction() as sql:
            settled = sql.execute(
                # Only if it is still `processing`: a change meanwhile has queued it again.
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
            if settled:
                sql.execute(
                    "DELETE FROM chunks WHERE bucket = ? AND key = ?", (found.bucket, found.key)
                )
                sql.executemany(
                    "INSERT INTO chunks (bucket, key, text, loader_metadata, vector, keys) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    rows,
                )
