"""What a store has read about its bucket: a cache that is not pickled."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_telnyx.client.lru import LRU
from langchain_telnyx.vectorstores.assumptions import WrittenDocuments

if TYPE_CHECKING:
    from langchain_telnyx.vectorstores.entries import Entry
    from langchain_telnyx.vectorstores.ranking.metadata_index import MetadataIndex

_PARENTS = 4096


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """The settings that a bucket is embedded with; `None` where one is unknown.

    Attributes:
        model: The embedding model.
        chunk_size: The size of a passage.
        chunk_overlap: The overlap of neighbouring passages.
    """

    model: str | None = None
    chunk_size: int | None = None
    chunk_overlap: int | None = None


class BucketCache:
    """Cached facts about one bucket; `None` where one is unknown.

    Attributes:
        embedded: Whether the bucket is embedded.
        settings: The settings it is embedded with.
        written: The documents that were written last.
        index: The metadata index, with the number of changes and the time at which it was read.
        parents: The entries of complete versions of documents that are stored in chunks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self.embedded: bool | None = None
        self.settings: EmbeddingSettings | None = None
        self.written = WrittenDocuments()
        self.index: tuple[int, float, MetadataIndex] | None = None
        self.parents: LRU[str, Entry] = LRU(_PARENTS)
        self._unwaited: tuple[str, float] | None = None
        self._may_check_unwaited = True

    def clear(self) -> None:
        """Clear whether and how the bucket is embedded, and what was written."""
        self.embedded = self.settings = self.index = None
        self.written.clear()
        self.parents.clear()

    def note_unwaited(self, key: str, at: float) -> None:
        """Record an object that was written without waiting, unless there is one, or was.

        Args:
            key: Its key.
            at: The time in seconds.
        """
        with self._lock:
            if self._may_check_unwaited:
                self._unwaited = self._unwaited or (key, at)

    def take_unwaited(self, before: float) -> str | None:
        """Return, once, the object that was written without waiting before a time."""
        with self._lock:
            if self._unwaited is None or self._unwaited[1] > before:
                return None
            key, self._unwaited, self._may_check_unwaited = self._unwaited[0], None, False
            return key

    def warn_once(self, topic: str, message: str) -> None:
        """Warn once per topic."""
        with self._lock:
            if topic in self._warned:
                return
            self._warned.add(topic)
        warnings.warn(message, UserWarning, stacklevel=2)

    def __reduce__(self) -> tuple[type[BucketCache], tuple[()]]:
        return (BucketCache, ())
