"""What the emulator remembers of each request, for tests to look at."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_BODY = 64 * 1024
MAX_RECORDS = 10_000


@dataclass
class RequestRecord:
    """One request, as it arrived.

    Attributes:
        method: The HTTP method.
        path: The decoded path, e.g. `/v2/ai/openai/models`.
        query: The raw query string, without the `?`.
        headers: Header names in lower case; the API key is replaced by `***`.
        body: The first 64 KiB of the body. It fills while the body is read.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)

    def keep(self, piece: bytes) -> None:
        """Append a piece of the body, up to the limit."""
        if len(self.body) < MAX_BODY:
            self.body = (self.body + piece)[:MAX_BODY]


def new_log() -> deque[RequestRecord]:
    """Return an empty log; it forgets the oldest requests first."""
    return deque(maxlen=MAX_RECORDS)
