"""A bounded cache that threads share."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LRU(Generic[K, V]):
    """A mapping that drops the entry that was used least recently when it is full.

    Safe for use from many threads. A pickle of it is empty.

    Args:
        size: Entries at most.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return an entry, and count this as a use."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key]

    def peek(self, key: K) -> V | None:
        """Return an entry without a lock, and do not count this as a use."""
        return self._entries.get(key)

    def update(self, key: K, change: Callable[[V | None], V]) -> V:
        """Replace an entry by what a function returns for it, and return that.

        Args:
            key: The key.
            change: Takes the entry, or `None` where there is none. No other thread changes the
                cache while it runs. What it raises leaves the cache as it is.
        """
        with self._lock:
            self._entries[key] = value = change(self._entries.get(key))
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
        return value

    def put(self, key: K, value: V) -> None:
        """Store an entry."""
        self.update(key, lambda _: value)

    def remove(self, key: K) -> None:
        """Drop an entry, where there is one."""
        with self._lock:
            self._entries.pop(key, None)

    def clear(self) -> None:
        """Drop all entries."""
        with self._lock:
            self._entries.clear()

    def values(self) -> list[V]:
        """Return the entries, the one used least recently first."""
        with self._lock:
            return list(self._entries.values())

    def __reduce__(self) -> tuple[type["LRU[K, V]"], tuple[int]]:
        return (LRU, (self._size,))  # a lock cannot be pickled, and a cache is filled again
