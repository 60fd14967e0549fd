"""Reads request bodies from disk piece by piece, so that no upload is in memory as a whole."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from pathlib import Path
from typing import IO, Any

from langchain_telnyx.client.errors import APIConnectionError

_PIECE = 1 << 20


def size(parts: Sequence[bytes | Path]) -> int:
    """Return the length of a body in bytes."""
    return sum(len(part) if isinstance(part, bytes) else part.stat().st_size for part in parts)


def pieces(parts: Sequence[bytes | Path], length: int) -> Generator[bytes, None, None]:
    """Read a body piece by piece, so that an upload is never in memory as a whole.

    Args:
        parts: The parts of the body.
        length: The number of bytes that the request's head announces.

    Raises:
        APIConnectionError: The body has another length, because a file has changed.
    """
    left = length
    for part in parts:
        if isinstance(part, bytes):
            left -= len(part)
            yield part
            continue
        with part.open("rb") as handle:
            while piece := handle.read(_PIECE):
                left -= len(piece)
                _check_left(left)
                yield piece
    _check_left(-left)


async def apieces(parts: Sequence[bytes | Path], length: int) -> AsyncGenerator[bytes, None]:
    """Read a body piece by piece without blocking the event loop; see `pieces`."""
    left = length
    for part in parts:
        if isinstance(part, bytes):
            left -= len(part)
            yield part
            continue
        handle = await open_file(part, "rb")
        try:
            while piece := await asyncio.to_thread(handle.read, _PIECE):
                left -= len(piece)
                _check_left(left)
                yield piece
        finally:
            handle.close()
    _check_left(-left)


def _check_left(left: int) -> None:
    if left < 0:
        raise APIConnectionError(
            "A file changed while it was sent: its size is not the announced one. Send it again."
        )


async def open_file(path: Path, mode: str) -> IO[Any]:
    """Open a file without blocking the event loop; after a cancellation it is closed once open.

    Raises:
        OSError: It cannot be opened.
    """
    opening = _FileOpening(path, mode)
    try:
        return await asyncio.to_thread(opening.run)
    except asyncio.CancelledError:
        opening.abandon()
        raise


class _FileOpening:
    """A file that a thread opens for a task that may be cancelled meanwhile.

    Args:
        path: The file.
        mode: How to open it.
    """

    def __init__(self, path: Path, mode: str) -> None:
        self._path = path
        self._mode = mode
        self._lock = threading.Lock()
        self._handle: IO[Any] | None = None
        self._is_abandoned = False

    def run(self) -> IO[Any]:
        """Open the file, in the thread."""
        handle = self._path.open(self._mode)
        with self._lock:
            self._handle = handle
            if self._is_abandoned:
                handle.close()
        return handle

    def abandon(self) -> None:
        """Close the file, now or once it is open."""
        with self._lock:
            self._is_abandoned = True
            if self._handle is not None:
                self._handle.close()
