"""Usage of buckets, counted from the requests served.

Counts are per hour. They stay in memory until they are read or the account is closed, since storing
each would make every read of an object a write to the disk. A crash loses counts not yet stored.
"""

import threading
from collections import defaultdict
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.storage.database import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS bucket_operations (
    bucket TEXT NOT NULL,
    hour TEXT NOT NULL,
    category TEXT NOT NULL,
    ops INTEGER NOT NULL,
    successful_ops INTEGER NOT NULL,
    bytes_sent INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL,
    PRIMARY KEY (bucket, hour, category)
)
"""


@dataclass
class Count:
    """A number of operations, and the bytes received and sent by the service."""

    ops: int = 0
    successful_ops: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0

    def add(self, other: "Count") -> None:
        """Add other counts to these."""
        self.ops += other.ops
        self.successful_ops += other.successful_ops
        self.bytes_sent += other.bytes_sent
        self.bytes_received += other.bytes_received


class BucketUsage:
    """The usage of the account's buckets.

    Args:
        store: The database, which also has the objects.
        clock: The source of timestamps.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._unwritten = defaultdict[tuple[str, str, str], Count](Count)

    def count(self, bucket: str, category: str, done: Count) -> None:
        """Count an operation on a bucket."""
        hour = self._clock.now().strftime("%Y-%m-%dT%H:00:00Z")
        with self._lock:
            self._unwritten[bucket, hour, category].add(done)

    def write(self) -> None:
        """Store the counts so far."""
        with self._lock:
            counts = dict(self._unwritten)
            self._unwritten.clear()
        with self._store.transaction() as sql:
            sql.executemany(
                "INSERT INTO bucket_operations VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
                "SET ops = ops + excluded.ops, "
                "successful_ops = successful_ops + excluded.successful_ops, "
                "bytes_sent = bytes_sent + excluded.bytes_sent, "
                "bytes_received = bytes_received + excluded.bytes_received",
                [(*place, *astuple(count)) for place, count in counts.items()],
            )

    def hours(self, bucket: str, start: datetime, end: datetime) -> dict[str, dict[str, Count]]:
        """Return the counts by category, for each hour with any that overlaps a period.

        Args:
            bucket: The bucket.
            start: The start of the period.
            end: The end of the period.
        """
        self.write()
        hours = defaultdict[str, dict[str, Count]](dict)
        for row in self._store.rows(
            "SELECT hour, category, ops, successful_ops, bytes_sent, bytes_received "
            "FROM bucket_operations WHERE bucket = ? ORDER BY hour, category",
            bucket,
        ):
            hour_start = datetime.fromisoformat(row["hour"])
            if hour_start <= end and start - hour_start < timedelta(hours=1):
                hours[row["hour"]][row["category"]] = Count(*tuple(row)[2:])
        return hours

    def stored(self, bucket: str) -> tuple[int, int]:
        """Return the number of a bucket's objects, and their bytes."""
        row = self._store.row(
            "SELECT count(*), coalesce(sum(size), 0) FROM objects WHERE bucket = ?", bucket
        )
        return (row[0], row[1]) if row else (0, 0)
