"""The bytes of objects, in rows of about a mebibyte, so that large ones stream in and out.

A body is staged row by row while it arrives and belongs to nobody; the object that takes it over
does so in one transaction. What a crash leaves staged is swept when the store is opened.
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
    """A body that arrives.

    Attributes:
        blob: The number its rows are stored under.
        size: The bytes so far.
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

    def write(self, piece: bytes) -> None:
        """Append a piece."""
        self._md5.update(piece)
        self._pending += piece
        self.size += len(piece)
        while len(self._pending) >= ROW_SIZE:
            self._flush(ROW_SIZE)

    def finish(self) -> None:
        """Store what is pending; call it in the transaction that takes the body over."""
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
        self._doomed: set[int] = set()
        last = store.row("SELECT coalesce(max(blob), 0) FROM blob_rows")
        self._numbers = itertools.count(1 + (last[0] if last else 0))

    def stage(self) -> Staged:
        """Begin a new body."""
        return Staged(self._store, next(self._numbers))

    def read(self, blob: int, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes from `start` to before `end`, row by row.

        The body stays readable to the last byte, even if its object is replaced meanwhile.
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
                piece = row["data"][start - row["start"] : end - row["start"]]
                if not piece:
                    return
                start += len(piece)
                yield piece
        finally:
            self._release(blob)

    def join(self, parts: list[tuple[int, int]]) -> Staged:
        """Make one body of several, given as (blob, size) in order; they are used up."""
        whole = self.stage()
        for blob, size in parts:
            for piece in self.read(blob, 0, size):
                whole.write(piece)
            self.drop(blob)
        return whole

    def drop(self, blob: int) -> None:
        """Delete a body, once nobody reads it any more."""
        with self._store.transaction() as sql:
            if self._readers[blob]:
                self._doomed.add(blob)
            else:
                sql.execute("DELETE FROM blob_rows WHERE blob = ?", (blob,))

    def _release(self, blob: int) -> None:
        with self._store.lock:
            self._readers[blob] -= 1
            if not self._readers[blob]:
                del self._readers[blob]
                # A reader that gave up may be noticed after the end; what is left of its body is
                # swept away when the data is opened next.
                if blob in self._doomed and not self._store.closed:
                    self._doomed.discard(blob)
                    self.drop(blob)
