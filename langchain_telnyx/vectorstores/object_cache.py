"""What a store learns about its bucket while it is used; a pickle leaves it out."""

import threading
import warnings
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """How a bucket is embedded.

    Attributes:
        model: The embedding model; `None` where it is not known.
        chunk_size: The size of a passage; `None` where it is not known.
        chunk_overlap: How much passages share with their neighbours; `None` where it is not known.
    """

    model: str | None = None
    chunk_size: int | None = None
    chunk_overlap: int | None = None


class BucketMemory:
    """What is known about one bucket.

    Attributes:
        embedded: Whether the bucket is embedded; `None` where that is not known.
        settings: How it is embedded; `None` where that was not read.
        search_cap: The most passages that a search may ask for, as far as a refusal showed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self.embedded: bool | None = None
        self.settings: Settings | None = None
        self.search_cap: int | None = None

    def forget(self) -> None:
        """Forget whether and how the bucket is embedded."""
        self.embedded = self.settings = None

    def warn_once(self, about: str, message: str) -> None:
        """Warn, unless there was a warning about this before."""
        with self._lock:
            if about in self._warned:
                return
            self._warned.add(about)
        warnings.warn(message, UserWarning, stacklevel=2)

    def __reduce__(self) -> tuple[type["BucketMemory"], tuple[()]]:
        return (BucketMemory, ())
