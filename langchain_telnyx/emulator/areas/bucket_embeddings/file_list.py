"""The file lists of embedded buckets, as serialized JSON.

Clients poll a list while files are embedded. So each file's entry is cached in memory, and only
changed entries (a trigger records them, see `schema`) are rebuilt: a list of 10,000 files then
costs no more than copying its bytes.
"""

import json
import threading
from bisect import bisect_left, insort
from dataclasses import dataclass, field

from langchain_telnyx.emulator.areas.bucket_embeddings.filenames import spelt
from langchain_telnyx.emulator.areas.odd_rows import with_odd_row
from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.storage.database import Store

_FEW = 1000
"""The number of changed files up to which each is looked up by itself."""

_SELECT = (
    "SELECT key, status, created_at, updated_at, last_embedded_at, error_reason FROM embedded_files"
)
_Row = tuple[str, str, str, str, str | None, str | None]
"""A row of `_SELECT`."""

_FOREIGN: _Row = (
    "import-2025.parquet",
    "failure",
    "2025-11-02T08:00:00.000Z",
    "2025-11-02T08:00:03.000Z",
    None,
    "The file cannot be read.",
)
"""The file for the quirk `foreign_failing_file`."""


@dataclass(frozen=True, slots=True)
class _Again:
    """The state of a re-embedding of unchanged files; see `EmbeddedBuckets.enable`."""

    status: str = "success"
    begun_at: str = ""
    ended_at: str = ""


@dataclass(slots=True)
class _List:
    """The list of one bucket: its keys in order, and the entry of each."""

    again: _Again
    keys: list[str] = field(default_factory=list)
    entries: dict[str, str] = field(default_factory=dict)


class FileLists:
    """The file lists of the account's embedded buckets.

    Args:
        store: The database.
        quirks: The form of states and filenames, and whether deleted files are listed.
    """

    def __init__(self, store: Store, quirks: Quirks) -> None:
        self._store = store
        self._quirks = quirks
        self._lock = threading.Lock()
        self._lists: dict[str, _List] = {}

    def json(self, bucket: str) -> bytes:
        """Return the list of a bucket's files, a JSON array; the deleted ones come last."""
        with self._lock, self._store.transaction():
            listed = self._refreshed(bucket)
            entries = [listed.entries[key] for key in listed.keys]
            if self._quirks.deleted_files == "listed":
                entries += self._deleted(bucket)
        entries = [json.dumps(row) for row in with_odd_row(self._quirks, "files", [])] + entries
        if self._quirks.foreign_failing_file:
            entries.append(self._entry(bucket, _FOREIGN, _Again()))
        return f"[{','.join(entries)}]".encode()

    def _refreshed(self, bucket: str) -> _List:
        row = self._store.row(
            "SELECT status, begun_at, ended_at FROM embedded_again WHERE bucket = ?", bucket
        )
        again = _Again(row[0], row[1], row[2] or "") if row else _Again()
        listed = self._lists.get(bucket)
        changed = self._changed(bucket)
        if listed is None or listed.again != again or len(changed) > _FEW:
            listed = self._lists[bucket] = self._loaded(bucket, again)
        else:
            for key in changed:
                self._follow(bucket, key, listed)
        return listed

    def _changed(self, bucket: str) -> list[str]:
        rows = self._store.rows("SELECT key FROM changed_files WHERE bucket = ?", bucket)
        if rows:
            self._store.execute("DELETE FROM changed_files WHERE bucket = ?", bucket)
        return [row["key"] for row in rows]

    def _loaded(self, bucket: str, again: _Again) -> _List:
        listed = _List(again)
        for row in self._store.rows(f"{_SELECT} WHERE bucket = ? ORDER BY key", bucket):
            listed.keys.append(row["key"])
            listed.entries[row["key"]] = self._entry(bucket, tuple(row), again)
        return listed

    def _follow(self, bucket: str, key: str, listed: _List) -> None:
        row = self._store.row(f"{_SELECT} WHERE bucket = ? AND key = ?", bucket, key)
        if row is not None:
            if key not in listed.entries:
                insort(listed.keys, key)
            listed.entries[key] = self._entry(bucket, tuple(row), listed.again)
        elif listed.entries.pop(key, None) is not None:
            del listed.keys[bisect_left(listed.keys, key)]

    def _entry(self, bucket: str, row: _Row, again: _Again) -> str:
        key, status, created_at, updated_at, embedded_at, reason = row
        if status == "success":
            status = again.status
            updated_at = max(updated_at, again.begun_at, again.ended_at)
            if embedded_at is not None:
                embedded_at = max(embedded_at, again.ended_at)
        # Empty fields are left out: the schema's strings are not nullable.
        state = {
            "filename": spelt(self._quirks.filename_form, bucket, key),
            "status": self._quirks.file_words.get(status, status),
            "created_at": created_at,
            "updated_at": updated_at,
        }
        if embedded_at is not None:
            state["last_embedded_at"] = embedded_at
        if reason is not None and status == "failure":
            state["error_reason"] = reason
        return json.dumps(state)

    def _deleted(self, bucket: str) -> list[str]:
        if self._quirks.deleted_listed_for is not None:
            self._store.execute(
                "DELETE FROM deleted_files WHERE bucket = ? AND day <= julianday('now') - ?",
                bucket,
                self._quirks.deleted_listed_for / 86_400,
            )
        rows = self._store.rows(
            "SELECT key, 'deleted', created_at, updated_at, last_embedded_at, NULL "
            "FROM deleted_files WHERE bucket = ? ORDER BY key",
            bucket,
        )
        return [self._entry(bucket, tuple(row), _Again()) for row in rows]
