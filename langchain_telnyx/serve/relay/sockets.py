"""The connection of a session."""

from typing import Protocol


class Closed(Exception):  # noqa: N818 - an event, not an error
    """Telnyx closed the connection."""


class Socket(Protocol):
    """The WebSocket of a session."""

    async def receive(self) -> str:
        """Return the next frame.

        Raises:
            Closed: The connection is closed.
        """
        ...

    async def send(self, frame: str) -> None:
        """Send a frame; wait while the other side is slow.

        Raises:
            Closed: The connection is closed.
        """
        ...
