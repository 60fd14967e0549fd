"""Bounds concurrency, and refuses new work while the server ends."""

import asyncio


class Busy(Exception):  # noqa: N818 - an answer, 429 or 503
    """No further run is possible now.

    Attributes:
        status: The HTTP status: 429, or 503 while the server ends.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Admission:
    """Counts concurrent runs.

    Args:
        limit: The most runs.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._ended = asyncio.Event()
        self.is_draining = False

    @property
    def count(self) -> int:
        """How many runs are in progress."""
        return self._count

    def enter(self) -> None:
        """Count a run that begins.

        Raises:
            Busy: The limit is reached, or the server ends.
        """
        if self.is_draining:
            raise Busy("The server is shutting down.", 503)
        if self._count >= self._limit:
            raise Busy(f"The server already runs {self._limit} requests.", 429)
        self._count += 1

    def leave(self) -> None:
        """Count a run that has ended."""
        self._count -= 1
        self._ended.set()

    async def idle(self) -> None:
        """Wait until no run is in progress."""
        while self._count:
            self._ended.clear()
            await self._ended.wait()
