"""Checks of the assumptions about embedded buckets, by responses that a store receives anyway.

A write collects the differences, and reports them at its end, so that it is complete where a
program turns warnings into errors.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from langchain_telnyx._shared.assumptions import quoted, report
from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile
from langchain_telnyx.client.config import Config
from langchain_telnyx.vectorstores.keys import DocumentKey, parse_key, spellings

SWITCHES: Mapping[str, str] = {
    "filename_form": (
        "Passages of such files have this name as id, and in `metadata['source']`. `get_by_ids` "
        "and `delete` need the key, which `add_files` and `list` return. Documents of "
        "`add_documents` are not affected."
    ),
    "file_words": (
        "Until their meaning is known, a file counts as embedded once it has the time of an "
        "embedding. Pass the meaning to the store: `status_words={'the state': 'success'}`, or "
        "'failure', 'processing', 'deleted'."
    ),
    "task_words": (
        "Until its meaning is known, a task counts as ended once it has an end time. Pass the "
        "meaning to the store: `status_words={'the state': 'success'}`, or 'failure', 'processing'."
    ),
    "deleted_files": (
        "They count as deleted, because they are not in the bucket any more. Pass "
        "`status_words={'the state': 'deleted'}` to the store, or `wait=False` not to wait for the "
        "deletion of embeddings."
    ),
    "automatic_embedding": (
        "The store embeds the bucket by a request of its own, which may be charged. Pass "
        "`embed_after=0` to the store to send it without waiting, a larger number to wait longer, "
        "or `embed_after=None` never to send it."
    ),
    "search_delay": (
        "Pass `search_delay=` to the store: the seconds that a write waits after the embedding."
    ),
    "search_cap": (
        "Pass `k` and `fetch_k` up to this number, and store documents that are searched "
        "separately in a bucket of their own: filters are applied to this number of passages at "
        "most."
    ),
    "key_limit": (
        "Pass `max_key_bytes=` to the store, from 128: metadata that does not fit is then stored "
        "in the metadata bucket. For files, map a shorter key: `add_files({'key': path})`."
    ),
}
"""What to do about each difference."""

# The documents that a store remembers, to compare a search with.
_REMEMBERED = 256
_SHOWN = 5
_SUSPICIONS = 2


class Differences:
    """Differences from the assumptions, which are reported together."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, None]] = {}
        self._adapted: dict[str, str] = {}

    def add(self, assumption: str, seen: str) -> None:
        """Add an observation that the user has to know of.

        Args:
            assumption: A key of `SWITCHES`.
            seen: What was observed, without a final dot.
        """
        all_seen = self._seen.setdefault(assumption, {})
        if len(all_seen) < _SHOWN:
            all_seen[seen] = None

    def adapt(self, assumption: str, seen: str) -> None:
        """Add an observation that the store adapts to without a loss."""
        self._adapted.setdefault(assumption, seen)

    def check_file(self, file: EmbeddedFile, key: str) -> None:
        """Compare a row of the list of files with the key that was written."""
        if file.filename != key:
            self._check_name(file.filename, key)
        if file.status is not None and not file.has_known_status:
            self.add("file_words", f"a file has the unknown state {quoted(file.status)}")

    def report(self, config: Config, bucket: str) -> None:
        """Report all differences, each once in the process.

        Args:
            config: The configuration of the client.
            bucket: The bucket.
        """
        subject = f"bucket {bucket!r}"
        for assumption, seen in self._adapted.items():
            report(config, assumption, subject, f"{seen}.", None)
        for assumption, all_seen in self._seen.items():
            report(config, assumption, subject, f"{'; '.join(all_seen)}.", SWITCHES[assumption])

    def _check_name(self, filename: str, key: str) -> None:
        if parse_key(key) is None:
            self.add("filename_form", f"the file {quoted(key)} is listed as {quoted(filename)}")
            return
        known = any(parse_key(name) is not None for name in spellings(filename, None))
        how = "the file name" if known else "the `source` of a passage"
        self.adapt("filename_form", f"a document's key is read from {how}, as its name differs")


class Written(NamedTuple):
    """A document that was written and can be found, according to the list of files.

    Attributes:
        key: Its object key.
        at: The time of the write, in seconds.
        batch: The number of the write.
    """

    key: str
    at: float
    batch: int


class WrittenDocuments:
    """The documents that a store has written last, to compare searches with.

    Safe for use from many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: OrderedDict[str, Written] = OrderedDict()
        self._batches = 0
        self._may_check = True
        self._changes = 0
        self._active = 0
        self._suspicions = 0

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Mark that the bucket changes: searches in the meantime are not compared."""
        with self._lock:
            self._changes += 1
            self._active += 1
        try:
            yield
        finally:
            with self._lock:
                self._active -= 1

    @property
    def changes(self) -> int | None:
        """The number of changes so far; `None` during one."""
        with self._lock:
            return None if self._active else self._changes

    def add(self, keys: Iterable[DocumentKey]) -> None:
        """Add documents that can be found."""
        with self._lock:
            self._batches += 1
            for key in keys:
                self._documents[key.stem] = Written(key.key, time.monotonic(), self._batches)
                self._documents.move_to_end(key.stem)
            while len(self._documents) > _REMEMBERED:
                self._documents.popitem(last=False)

    def remove(self, keys: Collection[str]) -> None:
        """Remove documents whose objects were deleted."""
        with self._lock:
            gone = set(keys)
            for stem, written in list(self._documents.items()):
                if written.key in gone:
                    del self._documents[stem]

    def clear(self) -> None:
        """Remove all documents."""
        with self._lock:
            self._documents.clear()

    def snapshot(self) -> Mapping[str, Written]:
        """Return the documents by stem, before a search is sent."""
        with self._lock:
            return dict(self._documents)

    def may_check(self, *, suspicious: bool) -> bool:
        """Return whether a request may be sent to verify a difference.

        That is once, when two searches in a row lack documents: a result can also be incomplete
        because another program deletes documents at the same time.
        """
        with self._lock:
            self._suspicions = self._suspicions + 1 if suspicious else 0
            if self._suspicions < _SUSPICIONS:
                return False
            allowed, self._may_check = self._may_check, False
            return allowed
