"""The account's clock: real for the command line, a ticking fake for byte-stable tests and docs."""

import threading
from datetime import UTC, datetime, timedelta

EPOCH_OF_THE_FAKE = datetime(2026, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


class Clock:
    """The current time, in the three forms the API writes it."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        return datetime.now(UTC)

    def stamp(self) -> str:
        """Return the current time as the API writes it: `2026-01-01T00:00:00.001Z`."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def unix(self) -> int:
        """Return the current time in whole seconds since 1970."""
        return int(self.now().timestamp())


class FakeClock(Clock):
    """A clock that starts at 2026-01-01T00:00:00Z and moves 1 ms each time it is read."""

    def __init__(self) -> None:
        self._now = EPOCH_OF_THE_FAKE
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the fake time, and let it move on by a millisecond."""
        with self._lock:
            now = self._now
            self._now = now + _TICK
            return now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once, for instance to see a presigned URL expire."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
