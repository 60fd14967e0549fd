"""Between disk and network, piece by piece: no upload or download is ever held whole."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

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


def save(response: Any, file: Path) -> None:
    """Write an answer to a file, which gets its name once it is whole.

    Raises:
        OSError: The file cannot be written.
    """
    with _growing(file) as partial, partial.open("xb") as handle:
        for piece in response.iter_bytes():
            handle.write(piece)


async def asave(response: Any, file: Path) -> None:
    """Write an answer to a file without blocking the event loop.

    Raises:
        OSError: The file cannot be written.
    """
    with _growing(file) as partial:
        handle = await asyncio.to_thread(partial.open, "xb")
        try:
            async for piece in response.aiter_bytes(_PIECE):
                await asyncio.to_thread(handle.write, piece)
        finally:
            handle.close()


@contextlib.contextmanager
def _growing(file: Path) -> Iterator[Path]:
    """Lend a name beside the final one, which is given at the end or never."""
    partial = file.with_name(f".{file.name}.{uuid.uuid4().hex}.part")
    try:
        yield partial
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
