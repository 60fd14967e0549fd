"""Answers kept by their `Idempotency-Key`, for 24 hours."""

from dataclasses import dataclass
from datetime import timedelta

from langchain_telnyx.emulator.runtime.clock import Clock
from langchain_telnyx.emulator.storage.database import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS replays (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    body BLOB NOT NULL,
    kept_at TEXT NOT NULL
)
"""

_KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer, and what it answers.

    Attributes:
        request: A fingerprint of the request.
        status: The HTTP status.
        content_type: The body's media type; empty without one.
        body: The body.
    """

    request: str
    status: int
    content_type: str
    body: bytes


class Replays:
    """The answers that can be given again.

    Args:
        store: Where they are kept.
        clock: Tells how long they have been.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, key: str) -> Replay | None:
        """Return the answer kept by a key, unless that is too long ago."""
        row = self._store.row(
            "SELECT request, status, content_type, body FROM replays WHERE key = ? AND kept_at > ?",
            key,
            (self._clock.now() - _KEPT_FOR).isoformat(),
        )
        return Replay(**row) if row is not None else None

    def keep(self, key: str, answer: Replay) -> None:
        """Keep an answer by a key."""
        self._store.execute(
            "INSERT OR REPLACE INTO replays VALUES (?, ?, ?, ?, ?, ?)",
            key,
            answer.request,
            answer.status,
            answer.content_type,
            answer.body,
            self._clock.now().isoformat(),
        )
