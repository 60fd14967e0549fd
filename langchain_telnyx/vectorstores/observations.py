"""What this process has observed of a server: the cap of searches, and buckets it does not embed.

The stores of a server share it, so that only the first search or write pays for an observation.
"""

import re
import threading
from dataclasses import dataclass

from langchain_telnyx.client.config import Config
from langchain_telnyx.client.errors import APIStatusError
from langchain_telnyx.client.lru import LRU
from langchain_telnyx.client.server_state import state_of

# A refusal that does not name the field may have another reason. It reduces the number of passages
# to this one at least: a lower cap is improbable.
_LOWEST_GUESS = 10
_FIELD = "num_of_docs"
_LIMIT = re.compile(
    r"(?:less than or equal to|at most|maximum(?: of| is)?|<=|≤)\s*(\d+)", re.IGNORECASE
)


class SearchCap:
    """The most passages that a server returns for one search; safe for use from many threads.

    Attributes:
        served: The largest number that was served after a refusal; `None` without a refusal.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.served: int | None = None
        self._refused: int | None = None

    def limited(self, count: int, needed: int) -> int:
        """Return the number of passages to request.

        Args:
            count: The preferred number.
            needed: The number that the caller needs. It is requested, unless this number or a
                smaller one was refused.
        """
        with self._lock:
            if self.served is None or self._refused is None or count <= self.served:
                return count
            return min(count, max(self.served, needed if needed < self._refused else 0))

    def note(self, served: int, refused: int) -> None:
        """Record a search that was served after one that was refused."""
        with self._lock:
            self.served = served
            self._refused = refused


class UnembeddedBuckets:
    """Buckets whose new objects the service does not embed without a request.

    Args:
        size: Buckets at most; the one used least recently is dropped first.
    """

    def __init__(self, size: int = 4096) -> None:
        self._buckets: LRU[str, bool] = LRU(size)

    def add(self, bucket: str) -> None:
        """Record that the service did not begin to embed an object of the bucket in time."""
        self._buckets.update(bucket, lambda _: True)

    def __contains__(self, bucket: str) -> bool:
        return self._buckets.get(bucket) is not None


def search_cap(config: Config) -> SearchCap:
    """Return the cap of the searches of a server."""
    return state_of(config.base_url).get(SearchCap)


def unembedded_buckets(config: Config) -> UnembeddedBuckets:
    """Return the buckets that a server does not embed by itself."""
    return state_of(config.base_url).get(UnembeddedBuckets)


@dataclass(slots=True)
class PassageLimit:
    """Selects the number of passages for the requests of one search.

    Attributes:
        cap: The cap of the server.
        needed: The number that the caller needs.
        refused: The smallest number that was refused in this search.
    """

    cap: SearchCap
    needed: int
    refused: int | None = None

    def limited(self, count: int) -> int:
        """Return the number to request instead of a preferred number."""
        return self.cap.limited(count, self.needed) if self.refused is None else count

    def refuse(self, error: APIStatusError, count: int, before: int) -> int:
        """Return the number to request after a refused search.

        Args:
            error: The refusal.
            count: The refused number.
            before: The number of passages that the search has; 0 for none.

        Returns:
            A smaller number, or `before`, where only that number was served.

        Raises:
            APIStatusError: The refusal, where the number is not its reason.
        """
        served = max(before, self.cap.served or 0)
        served = served if served < count else before
        lowest, guess = min(self.needed, _LOWEST_GUESS), count // 2
        if _FIELD in error.response.text:
            limits = [int(found) for found in _LIMIT.findall(error.response.text)]
            lowest, guess = 1, max((each for each in limits if 0 < each < count), default=guess)
        smaller = max(lowest, guess, served)
        if smaller >= count:
            raise error
        self.refused = count
        if smaller <= before:
            self.cap.note(before, count)
        return smaller

    def serve(self, count: int) -> bool:
        """Record a number that was served; return whether a larger one would be refused."""
        if self.refused is not None:
            self.cap.note(count, self.refused)
        return self.cap.served is not None and count >= self.cap.served
