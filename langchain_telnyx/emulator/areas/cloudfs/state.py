"""CloudFS: file systems as records, each with a bucket of the account that holds its data.

The metadata database that a mount would connect to is not there: its address and token are given
out, and nothing listens at that address.
"""

from dataclasses import dataclass
from sqlite3 import IntegrityError

from langchain_telnyx.emulator.areas.kvs.state import NameTakenError
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import Objects

SCHEMA = """
CREATE TABLE IF NOT EXISTS cloudfs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL,
    status TEXT NOT NULL,
    bucket TEXT NOT NULL,
    token TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
)
"""


class NotEmptyError(Exception):
    """A file system that still holds data."""


@dataclass(frozen=True)
class Filesystem:
    """A file system.

    Attributes:
        bucket: The bucket of its data.
        token: What opens its metadata database.
    """

    id: str
    name: str
    region: str
    status: str
    bucket: str
    token: str
    created_at: str
    updated_at: str


class Filesystems:
    """The file systems of the account.

    Args:
        store: Where they are kept.
        clock: For their times.
        ids: For their ids and tokens.
        objects: Where their buckets are made.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, objects: Objects) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._objects = objects

    def all(self) -> list[Filesystem]:
        """Return all file systems."""
        return [Filesystem(*row) for row in self._store.rows("SELECT * FROM cloudfs")]

    def find(self, filesystem_id: str) -> Filesystem | None:
        """Return a file system, if it exists."""
        row = self._store.row("SELECT * FROM cloudfs WHERE id = ?", filesystem_id)
        return Filesystem(*row) if row else None

    def create(self, name: str, region: str) -> Filesystem:
        """Make a file system and its bucket.

        Raises:
            NameTakenError: There is one of this name.
        """
        now = self._clock.stamp()
        made = Filesystem(
            id=self._ids.uuid("cloudfs"),
            name=name,
            region=region,
            status="ready",
            bucket=f"cloudfs-fs-{self._ids.uuid('cloudfs-bucket').replace('-', '')[:16]}",
            token=self._token(),
            created_at=now,
            updated_at=now,
        )
        with self._store.transaction() as sql:
            try:
                sql.execute(
                    "INSERT INTO cloudfs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    tuple(vars(made).values()),
                )
            except IntegrityError:
                raise NameTakenError from None
            self._objects.create_bucket(made.bucket, region)
        return made

    def rename(self, filesystem_id: str, name: str) -> Filesystem | None:
        """Rename a file system; `None` when there is none.

        Raises:
            NameTakenError: There is one of this name.
        """
        try:
            self._store.execute(
                "UPDATE cloudfs SET name = ?, updated_at = ? WHERE id = ?",
                name,
                self._clock.stamp(),
                filesystem_id,
            )
        except IntegrityError:
            raise NameTakenError from None
        return self.find(filesystem_id)

    def rotate(self, filesystem_id: str) -> Filesystem | None:
        """Give a file system a new token; `None` when there is none."""
        self._store.execute(
            "UPDATE cloudfs SET token = ?, updated_at = ? WHERE id = ?",
            self._token(),
            self._clock.stamp(),
            filesystem_id,
        )
        return self.find(filesystem_id)

    def delete(self, filesystem: Filesystem) -> None:
        """Delete a file system and its bucket.

        Raises:
            NotEmptyError: The bucket holds data.
        """
        with self._store.transaction() as sql:
            try:
                self._objects.delete_bucket(filesystem.bucket)
            except S3Error as error:
                if error.code == "BucketNotEmpty":
                    raise NotEmptyError from None
                # Somebody has deleted the bucket by hand.
            sql.execute("DELETE FROM cloudfs WHERE id = ?", (filesystem.id,))

    def _token(self) -> str:
        return self._ids.token("cloudfs_tok_", 32)
