"""CloudFS: records of file systems, each with a bucket of the account for its data.

The metadata database that a mount would connect to does not exist: its address and token are
returned, but nothing listens at that address.
"""

from dataclasses import dataclass
from sqlite3 import IntegrityError

from langchain_telnyx.emulator.areas.kvs.state import NameTakenError
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import Objects
from langchain_telnyx.emulator.storage.tables import KEY, TEXT, UNIQUE, Rows, Table


class NotEmptyError(Exception):
    """The file system's bucket is not empty."""


@dataclass(frozen=True)
class Filesystem:
    """A file system.

    Attributes:
        bucket: The bucket of its data.
        token: The password of its metadata database.
    """

    id: str
    name: str
    region: str
    status: str
    bucket: str
    token: str
    created_at: str
    updated_at: str


_FILESYSTEMS = Table(
    "cloudfs",
    Filesystem,
    {
        "id": KEY,
        "name": UNIQUE,
        "region": TEXT,
        "status": TEXT,
        "bucket": TEXT,
        "token": TEXT,
        "created_at": TEXT,
        "updated_at": TEXT,
    },
)
SCHEMA = _FILESYSTEMS.schema


class Filesystems:
    """The file systems of the account.

    Args:
        store: The database.
        clock: The source of timestamps.
        ids: The source of ids and tokens.
        objects: The account's buckets.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, objects: Objects) -> None:
        self._store = store
        self._filesystems = Rows(store, _FILESYSTEMS)
        self._clock = clock
        self._ids = ids
        self._objects = objects

    def all(self) -> list[Filesystem]:
        """Return all file systems."""
        return self._filesystems.select()

    def find(self, filesystem_id: str) -> Filesystem | None:
        """Return a file system, if it exists."""
        return self._filesystems.get(id=filesystem_id)

    def create(self, name: str, region: str) -> Filesystem:
        """Create a file system and its bucket.

        Raises:
            NameTakenError: The name is taken.
        """
        now = self._clock.stamp()
        created = Filesystem(
            id=self._ids.uuid("cloudfs"),
            name=name,
            region=region,
            status="ready",
            bucket=f"cloudfs-fs-{self._ids.uuid('cloudfs-bucket').replace('-', '')[:16]}",
            token=self._token(),
            created_at=now,
            updated_at=now,
        )
        with self._store.transaction():
            try:
                self._filesystems.insert(**vars(created))
            except IntegrityError:
                raise NameTakenError from None
            self._objects.create_bucket(created.bucket, region)
        return created

    def rename(self, filesystem_id: str, name: str) -> Filesystem | None:
        """Rename a file system; `None` if it does not exist.

        Raises:
            NameTakenError: The name is taken.
        """
        try:
            return self._change(filesystem_id, name=name)
        except IntegrityError:
            raise NameTakenError from None

    def rotate(self, filesystem_id: str) -> Filesystem | None:
        """Give a file system a new token; `None` if it does not exist."""
        return self._change(filesystem_id, token=self._token())

    def delete(self, filesystem: Filesystem) -> None:
        """Delete a file system and its bucket.

        Raises:
            NotEmptyError: The bucket is not empty.
        """
        with self._store.transaction():
            try:
                self._objects.delete_bucket(filesystem.bucket)
            except S3Error as error:
                if error.code == "BucketNotEmpty":
                    raise NotEmptyError from None
                # The bucket was deleted by a request.
            self._filesystems.delete(id=filesystem.id)

    def _change(self, filesystem_id: str, **changes: str) -> Filesystem | None:
        changes["updated_at"] = self._clock.stamp()
        self._filesystems.update(changes, id=filesystem_id)
        return self.find(filesystem_id)

    def _token(self) -> str:
        return self._ids.token("cloudfs_tok_", 32)
