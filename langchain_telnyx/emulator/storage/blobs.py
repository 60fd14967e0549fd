"""The bytes of objects, in rows of about a mebibyte, so that large ones stream in and out.

A body is staged row by row while it is received; then an object takes it over in one transaction.
Staged bodies that a crash leaves are deleted when the store is opened.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator

from langchain_telnyx.emulator.storage.database import Store

ROW_SIZE = 1024 * 1024

SCHEMA = """
CREATE TABLE IF NOT EXISTS blob_rows (
    blob INTEGER NOT NULL,
    start INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (blob, start)
)
"""


class Staged:
    """A body that is being received.

    Attributes:
        blob: The number of its rows.
        size: The bytes received so far.
    """

    def __init__(self, store: Store, blob: int) -> None:
        self._store = store
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._pending = bytearray()
        self.blob = blob
        self.size = 0

    @property
    def md5(self) -> str:
        """The MD5 of the bytes so far, in hex."""
        return self._md5.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Append a chunk."""
        self._md5.update(chunk)
        self._pending += chunk
        self.size += len(chunk)
        while len(self._pending) >= ROW_SIZE:
            self._flush(ROW_SIZE)

    def finish(self) -> None:
        """Store the pending bytes; called in the transaction that takes the body over."""
        self._flush(len(self._pending))

    def _flush(self, length: int) -> None:
        if length:
            start = self.size - len(self._pending)
            row = bytes(self._pending[:length])
            del self._pending[:length]
            self._store.execute("INSERT INTO blob_rows VALUES (?, ?, ?)", self.blob, start, row)


class Blobs:
    """The bodies in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._readers: Counter[int] = Counter()
        self._pending_deletes: set[int] = set()
        last = store.row("SELECT coalesce(max(blob), 0) FROM blob_rows")
        self._numbers = itertools.count(1 + (last[0] if last else 0))

    def stage(self) -> Staged:
        """Start a new body."""
        return Staged(self._store, next(self._numbers))

    def read(self, blob: int, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes from `start` to before `end`, row by row.

        The body stays readable to the end, even if its object is replaced.
        """
        with self._store.lock:
            self._readers[blob] += 1
        try:
            while start < end:
                row = self._store.row(
                    "SELECT start, data FROM blob_rows WHERE blob = ? AND start <= ? "
                    "ORDER BY start DESC LIMIT 1",
                    blob,
                    start,
                )
                if row is None:
                    return
                chunk = row["data"][start - row["start"] : end - row["start"]]
                if not chunk:
                    return
                start += len(chunk)
                yield chunk
        finally:
            self._release(blob)

    def join(self, parts: list[tuple[int, int]]) -> Staged:
        """Concatenate bodies, given as (blob, size), into one; they are deleted."""
        whole = self.stage()
        for blob, size in parts:
            for chunk in self.read(blob, 0, size):
                whole.write(chunk)
            self.drop(blob)
        return whole

    def drop(self, blob: int) -> None:
        """Delete a body, after its last reader."""
        with self._store.transaction() as sql:
            if self._readers[blob]:
                self._pending_deletes.add(blob)
            else:
                sql.execute("DELETE FROM blob_rows WHERE blob = ?", (blob,))

    def _release(self, blob: int) -> None:
        with self._store.lock:
            self._readers[blob] -= 1
            if not self._readers[blob]:
                del self._readers[blob]
                # A reader may be released after the store is closed; its body is then deleted when
                # the data is opened next.
                if blob in self._pending_deletes and not self._store.closed:
                    self._pending_deletes.discard(blob)
                    self.drop(blob)
