"""The account's clock: real for the command line, a fake one for deterministic tests and docs."""

import threading
from datetime import UTC, datetime, timedelta

FAKE_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


class Clock:
    """The current time, in the formats of the API; it can be ahead of or behind the machine's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        return self.read()

    def read(self) -> datetime:
        """Return the current time, in UTC, without an effect on the clock."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Advance the time by `seconds`, for instance until a presigned URL expires.

        Raises:
            ValueError: `seconds` is not finite.
            OverflowError: The time would be before the year 1 or after 9999.
        """
        with self._lock:
            self._move(self.read() + timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        """Set the time; it continues from there.

        Raises:
            ValueError: `moment` has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError(f"`moment` must have a time zone, unlike {moment.isoformat()!r}.")
        with self._lock:
            self._move(moment.astimezone(UTC))

    def stamp(self) -> str:
        """Return the current time in the format of the API: `2026-01-01T00:00:00.001Z`."""
        return stamp(self.now())

    def unix(self) -> int:
        """Return the current time in whole seconds since 1970."""
        return int(self.now().timestamp())

    def _move(self, moment: datetime) -> None:
        self._offset = moment - datetime.now(UTC)


class FakeClock(Clock):
    """A clock that starts at 2026-01-01T00:00:00Z and moves 1 ms each time the emulator uses it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = FAKE_EPOCH

    def now(self) -> datetime:
        """Return the fake time, and advance it by a millisecond."""
        with self._lock:
            now = self._now
            self._now = now + _TICK
            return now

    def read(self) -> datetime:
        """Return the fake time."""
        return self._now

    def _move(self, moment: datetime) -> None:
        self._now = moment


def stamp(moment: datetime) -> str:
    """Return a time in UTC in the format of the API."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
