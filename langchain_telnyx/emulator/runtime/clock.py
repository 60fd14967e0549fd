"""The account's clock: real for the command line, a fake one for deterministic tests and docs."""

import threading
from datetime import UTC, datetime, timedelta

FAKE_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


class Clock:
    """The current time, in the formats of the API."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        return datetime.now(UTC)

    def stamp(self) -> str:
        """Return the current time in the format of the API: `2026-01-01T00:00:00.001Z`."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def unix(self) -> int:
        """Return the current time in whole seconds since 1970."""
        return int(self.now().timestamp())


class FakeClock(Clock):
    """A clock that starts at 2026-01-01T00:00:00Z and moves 1 ms each time it is read."""

    def __init__(self) -> None:
        self._now = FAKE_EPOCH
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the fake time, and advance it by a millisecond."""
        with self._lock:
            now = self._now
            self._now = now + _TICK
            return now

    def advance(self, seconds: float) -> None:
        """Advance the time by `seconds`, for instance until a presigned URL expires."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
