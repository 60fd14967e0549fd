"""Offsets in a file by key, in 34 bytes a key: a dict of a million texts takes 180 MB.

A hash table with open addressing in two arrays: of 64-bit hashes of the keys, and of offsets. Two
of a million keys have the same hash with a probability of 10⁻⁷, so the caller checks the key at the
offset.
"""

from array import array
from hashlib import blake2b

_SMALLEST = 1 << 10
# The table doubles when more than this share of it is in use.
_FULL = 0.6


class Offsets:
    """The offset of each key. It is not thread-safe."""

    def __init__(self) -> None:
        self._create(_SMALLEST)

    def __len__(self) -> int:
        return self._used

    def get(self, key: str) -> int | None:
        """Return the offset of a key; `None` if it has none."""
        place = self._place(_hash(key))
        return self._offsets[place] if self._hashes[place] else None

    def put(self, key: str, offset: int) -> None:
        """Set the offset of a key."""
        if self._used > _FULL * len(self._hashes):
            self._grow()
        self._put(_hash(key), offset)

    def _create(self, size: int) -> None:
        self._hashes = array("Q", bytes(8 * size))  # 0 is a free place
        self._offsets = array("Q", bytes(8 * size))
        self._used = 0

    def _grow(self) -> None:
        hashes, offsets = self._hashes, self._offsets
        self._create(2 * len(hashes))
        for number, offset in zip(hashes, offsets, strict=True):
            if number:
                self._put(number, offset)

    def _put(self, number: int, offset: int) -> None:
        place = self._place(number)
        self._used += not self._hashes[place]
        self._hashes[place], self._offsets[place] = number, offset

    def _place(self, number: int) -> int:
        """Return the place of a hash, or the free place where it belongs."""
        hashes, last = self._hashes, len(self._hashes) - 1
        place = number & last
        while (found := hashes[place]) and found != number:
            place = (place + 1) & last
        return place


def _hash(key: str) -> int:
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1
