"""Responses stored under their `Idempotency-Key`, for 24 hours."""

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

_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Replay:
    """A response and a fingerprint of its request.

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
    """The stored responses.

    Args:
        store: The database.
        clock: The clock for their age.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, key: str) -> Replay | None:
        """Return the response stored under a key, or None if there is none or it has expired."""
        row = self._store.row(
            "SELECT request, status, content_type, body FROM replays WHERE key = ? AND kept_at > ?",
            key,
            (self._clock.now() - _LIFETIME).isoformat(),
        )
        return Replay(**row) if row is not None else None

    def store(self, key: str, replay: Replay) -> None:
        """Store a response under a key."""
        self._store.execute(
            "INSERT OR REPLACE INTO replays VALUES (?, ?, ?, ?, ?, ?)",
            key,
            replay.request,
            replay.status,
            replay.content_type,
            replay.body,
            self._clock.now().isoformat(),
        )
