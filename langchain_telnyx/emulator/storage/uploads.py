"""Multipart uploads: parts in any order, which are joined to one object at the end."""

import hashlib
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.blobs import Staged
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import Objects, StoredObject

MIN_PART = 5 * 1024 * 1024
MAX_PARTS = 10_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL REFERENCES buckets (name) ON DELETE CASCADE,
    key TEXT NOT NULL,
    content_type TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS upload_parts (
    upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    blob INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    PRIMARY KEY (upload, number)
)
"""


@dataclass(frozen=True)
class Part:
    """An uploaded part."""

    upload: str
    number: int
    blob: int
    size: int
    etag: str
    modified_at: str


class Uploads:
    """The multipart uploads in progress."""

    def __init__(self, store: Store, objects: Objects, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._objects = objects
        self._clock = clock
        self._ids = ids

    def begin(self, bucket: str, key: str, content_type: str) -> str:
        """Create an upload, and return its id.

        Raises:
            S3Error: `NoSuchBucket`, or `KeyTooLongError`.
        """
        self._objects.limits.check(key)
        self._objects.need_bucket(bucket)
        upload = self._ids.token("2~", 32)  # the format of the real ids, with a `~`
        self._store.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?)", upload, bucket, key, content_type
        )
        return upload

    def add(self, bucket: str, key: str, upload: str, number: int, body: Staged) -> str:
        """Add a part, or replace one of the same number; return its ETag.

        Raises:
            S3Error: `NoSuchUpload`, or `InvalidArgument`.
        """
        if not 1 <= number <= MAX_PARTS:
            raise S3Error("InvalidArgument", f"Part numbers are 1 to {MAX_PARTS}.")
        with self._store.transaction() as sql:
            self._content_type(bucket, key, upload)
            for old in self._parts(upload):
                if old.number == number:
                    self._objects.blobs.drop(old.blob)
            body.finish()
            sql.execute(
                "INSERT OR REPLACE INTO upload_parts VALUES (?, ?, ?, ?, ?, ?)",
                (upload, number, body.blob, body.size, body.md5, self._clock.stamp()),
            )
        return body.md5

    def parts(self, bucket: str, key: str, upload: str) -> list[Part]:
        """Return the uploaded parts, in order.

        Raises:
            S3Error: `NoSuchUpload`.
        """
        self._content_type(bucket, key, upload)
        return self._parts(upload)

    def complete(
        self, bucket: str, key: str, upload: str, chosen: list[tuple[int, str]]
    ) -> StoredObject:
        """Create the object from parts, given as (number, ETag).

        Raises:
            S3Error: `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`, or `EntityTooSmall`.
        """
        with self._store.transaction() as sql:
            content_type = self._content_type(bucket, key, upload)
            uploaded = {part.number: part for part in self._parts(upload)}
            parts = _chosen_parts(uploaded, chosen)
            body = self._objects.blobs.join([(part.blob, part.size) for part in parts])
            digests = b"".join(bytes.fromhex(part.etag) for part in parts)
            md5 = hashlib.md5(digests, usedforsecurity=False).hexdigest()
            etag = f"{md5}-{len(parts)}"
            made = self._objects.put(bucket, key, body, content_type, etag=etag)
            for part in uploaded.values():
                if part not in parts:
                    self._objects.blobs.drop(part.blob)
            sql.execute("DELETE FROM uploads WHERE id = ?", (upload,))
        return made

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """Delete an upload and its parts.

        Raises:
            S3Error: `NoSuchUpload`.
        """
        with self._store.transaction() as sql:
            for part in self.parts(bucket, key, upload):
                self._objects.blobs.drop(part.blob)
            sql.execute("DELETE FROM uploads WHERE id = ?", (upload,))

    def _content_type(self, bucket: str, key: str, upload: str) -> str:
        row = self._store.row(
            "SELECT content_type FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
            upload,
            bucket,
            key,
        )
        if row is None:
            raise S3Error("NoSuchUpload", "The upload does not exist.")
        content_type: str = row["content_type"]
        return content_type

    def _parts(self, upload: str) -> list[Part]:
        rows = self._store.rows(
            "SELECT * FROM upload_parts WHERE upload = ? ORDER BY number", upload
        )
        return [Part(*row) for row in rows]


def _chosen_parts(uploaded: dict[int, Part], chosen: list[tuple[int, str]]) -> list[Part]:
    numbers = [number for number, _ in chosen]
    if numbers != sorted(set(numbers)):
        raise S3Error("InvalidPartOrder", "The parts are not in ascending order.")
    parts = []
    for number, etag in chosen:
        part = uploaded.get(number)
        if part is None or part.etag != etag:
            raise S3Error("InvalidPart", f"Part {number} was not uploaded with that ETag.")
        parts.append(part)
    if not parts:
        raise S3Error("MalformedXML", "An object has at least one part.")
    if any(part.size < MIN_PART for part in parts[:-1]):
        raise S3Error("EntityTooSmall", "Only the last part may be smaller than 5 MiB.")
    return parts
