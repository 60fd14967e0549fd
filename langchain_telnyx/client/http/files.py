"""From disk to the network, piece by piece: no upload is ever held whole."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

_PIECE = 1 << 20


def size(parts: Sequence[bytes | Path]) -> int:
    """Return the length of a body in bytes."""
    return sum(len(part) if isinstance(part, bytes) else part.stat().st_size for part in parts)


def pieces(parts: Sequence[bytes | Path]) -> Iterator[bytes]:
    """Read a body piece by piece, so that an upload never holds it whole."""
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with part.open("rb") as handle:
            while piece := handle.read(_PIECE):
                yield piece


async def apieces(parts: Sequence[bytes | Path]) -> AsyncIterator[bytes]:
    """Read a body piece by piece without blocking the event loop."""
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        handle = await asyncio.to_thread(part.open, "rb")
        try:
            while piece := await asyncio.to_thread(handle.read, _PIECE):
                yield piece
        finally:
            handle.close()
