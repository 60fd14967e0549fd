"""Buckets and the objects in them."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.storage.blobs import Blobs, Staged
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.regions import REGIONS

MAX_KEY_BYTES = 1024
_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
_LAST = "\U0010ffff"
"""The last Unicode character, the upper bound of the keys with a prefix."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    region TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL REFERENCES buckets (name),
    key TEXT NOT NULL,
    blob INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum TEXT NOT NULL,
    content_type TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
)
"""


@dataclass(frozen=True)
class Bucket:
    """A bucket."""

    name: str
    created_at: str
    region: str


@dataclass(frozen=True)
class StoredObject:
    """An object without its bytes.

    Attributes:
        etag: The ETag of S3: the MD5, or for a multipart upload the MD5 of MD5s.
        checksum: The MD5 of the bytes.
    """

    bucket: str
    key: str
    blob: int
    size: int
    etag: str
    checksum: str
    content_type: str
    modified_at: str


@dataclass(frozen=True)
class Listing:
    """A page of a listing, and the start of the next page, or None."""

    objects: list[StoredObject]
    prefixes: list[str]
    next_after: str | None


@dataclass(frozen=True, kw_only=True)
class KeyLimits:
    """The largest sizes of keys, in bytes.

    Attributes:
        key: The most bytes of a whole key.
        segment: The most bytes between two `/`; `None` for no limit.
    """

    key: int = MAX_KEY_BYTES
    segment: int | None = None

    def check(self, key: str) -> None:
        """Refuse a key that is too long.

        Raises:
            S3Error: `KeyTooLongError`.
        """
        encoded = key.encode()
        if len(encoded) > self.key:
            raise S3Error("KeyTooLongError", f"A key has at most {self.key} bytes.")
        if self.segment is not None and max(map(len, encoded.split(b"/"))) > self.segment:
            raise S3Error(
                "KeyTooLongError", f"A key has at most {self.segment} bytes between two slashes."
            )


class Objects:
    """The account's buckets and objects.

    Args:
        store: The database.
        clock: The clock for their times.
        limits: The largest sizes of keys.
    """

    def __init__(self, store: Store, clock: Clock, limits: KeyLimits | None = None) -> None:
        self._store = store
        self._clock = clock
        self.limits = limits or KeyLimits()
        self.blobs = Blobs(store)

    def sweep(self) -> None:
        """Delete the bodies without an object or part, which a crash leaves."""
        self._store.execute(
            "DELETE FROM blob_rows WHERE blob NOT IN "
            "(SELECT blob FROM objects UNION SELECT blob FROM upload_parts)"
        )

    def buckets(self) -> list[Bucket]:
        """Return all buckets, by name."""
        return [Bucket(*row) for row in self._store.rows("SELECT * FROM buckets ORDER BY name")]

    def has_bucket(self, name: str) -> bool:
        """Return whether a bucket exists."""
        return self._store.row("SELECT 1 FROM buckets WHERE name = ?", name) is not None

    def region(self, name: str) -> str | None:
        """Return the region of a bucket, or `None` if it does not exist."""
        row = self._store.row("SELECT region FROM buckets WHERE name = ?", name)
        return None if row is None else row["region"]

    def need_bucket(self, name: str) -> Bucket:
        """Return a bucket.

        Raises:
            S3Error: `NoSuchBucket`.
        """
        row = self._store.row("SELECT * FROM buckets WHERE name = ?", name)
        if row is None:
            raise S3Error("NoSuchBucket", f"There is no bucket {name!r}.")
        return Bucket(*row)

    def create_bucket(self, name: str, region: str = REGIONS[0]) -> None:
        """Create a bucket.

        Raises:
            S3Error: `InvalidBucketName`, `InvalidLocationConstraint`, or
                `BucketAlreadyOwnedByYou`.
        """
        if region not in REGIONS:
            raise S3Error("InvalidLocationConstraint", f"There is no region {region!r}.")
        # `v2` is the path of the API; the others are S3's own rules.
        if name == "v2" or not _NAME.fullmatch(name) or ".." in name:
            raise S3Error("InvalidBucketName", f"{name!r} is not a valid bucket name.")
        try:
            self._store.execute(
                "INSERT INTO buckets VALUES (?, ?, ?)", name, self._clock.stamp(), region
            )
        except sqlite3.IntegrityError:
            raise S3Error("BucketAlreadyOwnedByYou", f"You own {name!r} already.") from None

    def delete_bucket(self, name: str) -> None:
        """Delete an empty bucket.

        Raises:
            S3Error: `NoSuchBucket`, or `BucketNotEmpty`.
        """
        try:
            deleted = self._store.execute("DELETE FROM buckets WHERE name = ?", name)
        except sqlite3.IntegrityError:
            raise S3Error("BucketNotEmpty", f"The bucket {name!r} is not empty.") from None
        if not deleted:
            raise S3Error("NoSuchBucket", f"There is no bucket {name!r}.")

    def find(self, bucket: str, key: str) -> StoredObject | None:
        """Return an object, or None."""
        row = self._store.row("SELECT * FROM objects WHERE bucket = ? AND key = ?", bucket, key)
        return StoredObject(*row) if row else None

    def get(self, bucket: str, key: str) -> StoredObject:
        """Return an object.

        Raises:
            S3Error: `NoSuchBucket`, or `NoSuchKey`.
        """
        self.need_bucket(bucket)
        found = self.find(bucket, key)
        if found is None:
            raise S3Error("NoSuchKey", f"There is no object {key!r} in {bucket!r}.")
        return found

    def read(self, found: StoredObject, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of an object in chunks."""
        return self.blobs.read(found.blob, start, found.size if end is None else end)

    def put(
        self, bucket: str, key: str, body: Staged, content_type: str, *, etag: str | None = None
    ) -> StoredObject:
        """Create or replace an object; it is durable when this returns.

        Raises:
            S3Error: `NoSuchBucket`, or `KeyTooLongError`.
        """
        self.limits.check(key)
        with self._store.transaction() as sql:
            self.need_bucket(bucket)
            old = self.find(bucket, key)
            body.finish()
            new = StoredObject(
                bucket,
                key,
                body.blob,
                body.size,
                etag or body.md5,
                body.md5,
                content_type,
                self._clock.stamp(),
            )
            # An upsert: a replacement would first delete the row, and with it the embeddings.
            sql.execute(
                "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "blob = excluded.blob, size = excluded.size, etag = excluded.etag, checksum = "
                "excluded.checksum, content_type = excluded.content_type, "
                "modified_at = excluded.modified_at",
                (
                    bucket,
                    key,
                    new.blob,
                    new.size,
                    new.etag,
                    new.checksum,
                    content_type,
                    new.modified_at,
                ),
            )
            if old is not None:
                self.blobs.drop(old.blob)
        return new

    def delete(self, bucket: str, *keys: str) -> None:
        """Delete objects in one transaction; missing ones are ignored.

        Raises:
            S3Error: `NoSuchBucket`.
        """
        with self._store.transaction() as sql:
            self.need_bucket(bucket)
            for key in keys:
                found = self.find(bucket, key)
                if found is not None:
                    sql.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key))
                    self.blobs.drop(found.blob)

    def list(
        self, bucket: str, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int
    ) -> Listing:
        """Return up to `limit` objects and common prefixes, in the order of their UTF-8 bytes.

        Args:
            bucket: The bucket.
            prefix: Only keys with this prefix.
            delimiter: Keys with this text after the prefix become one common prefix.
            after: Only keys after this one; a common prefix includes all keys with it.
            limit: The most entries to return.

        Raises:
            S3Error: `NoSuchBucket`.
        """
        self.need_bucket(bucket)
        objects: list[StoredObject] = []
        prefixes: list[str] = []
        if delimiter and after.startswith(prefix) and delimiter in after[len(prefix) :]:
            after = _common_prefix(after, prefix, delimiter) + _LAST
        last = ""
        while True:
            room = limit - len(objects) - len(prefixes)
            # One lower bound, not two: SQLite might use the lower one, and read all keys between.
            lower = ("key >= ?", prefix) if after < prefix else ("key > ?", after)
            rows = self._store.rows(
                f"SELECT * FROM objects WHERE bucket = ? AND {lower[0]} AND key < ? "  # noqa: S608 - fixed text
                "ORDER BY key LIMIT ?",
                bucket,
                lower[1],
                prefix + _LAST,
                room + 1,
            )
            for found in (StoredObject(*row) for row in rows):
                if delimiter and found.key <= after:
                    continue  # it belongs to the last common prefix
                if len(objects) + len(prefixes) == limit:
                    return Listing(objects, prefixes, last)
                if delimiter and delimiter in found.key[len(prefix) :]:
                    last = _common_prefix(found.key, prefix, delimiter)
                    prefixes.append(last)
                    after = last + _LAST
                else:
                    objects.append(found)
                    after = last = found.key
            if len(rows) <= room:
                return Listing(objects, prefixes, None)


def _common_prefix(key: str, prefix: str, delimiter: str) -> str:
    return key[: key.index(delimiter, len(prefix)) + len(delimiter)]
