"""Unique identifiers that are the same on every run with the same seed."""

import hashlib
import itertools
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Ids:
    """Seeded identifiers.

    Each kind of identifier has its own counter, so that an additional request, which uses a request
    id, does not change the id of the next chat completion.

    Args:
        seed: The same seed gives the same identifiers in the same order.
        generation: How often the account's data was opened before. It makes the ids of a reopened
            data directory different from those already stored there.
    """

    def __init__(self, seed: int, generation: int = 0) -> None:
        self._source = f"{seed}/{generation}"
        self._counters = defaultdict[str, Iterator[int]](itertools.count)
        self._lock = threading.Lock()

    def uuid(self, kind: str = "") -> str:
        """Return the next UUID of `kind`."""
        return str(uuid.UUID(bytes=self._digest(kind, 16), version=4))

    def token(self, prefix: str, n: int) -> str:
        """Return `prefix` followed by `n` letters and digits."""
        digest = self._digest(prefix, 64)
        repeated = itertools.islice(itertools.cycle(digest), n)
        return prefix + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in repeated)

    def _digest(self, kind: str, size: int) -> bytes:
        with self._lock:
            number = next(self._counters[kind])
        return hashlib.blake2b(
            f"{self._source}/{kind}/{number}".encode(), digest_size=size
        ).digest()
