"""The embedded chunks of one file, before they are stored in one transaction.

A vector is several times as large as its chunk, so those of a large file wait in a temporary file.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, Self

from langchain_telnyx.emulator.search.vectors import embed_with_keys

_IN_MEMORY = 4 * 1024 * 1024
"""The most bytes of vectors in memory."""
_SIZES = struct.Struct("<II")


@dataclass(frozen=True)
class Chunk:
    """A chunk's text, and the metadata from its loader."""

    text: str
    loader_metadata: dict[str, Any]


class EmbeddedChunks:
    """Chunks with their vectors and the keys of their terms; a context manager."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by `__exit__`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, chunks: Sequence[Chunk]) -> None:
        """Embed chunks, and append them."""
        vectors, keys = embed_with_keys([chunk.text for chunk in chunks])
        for vector, chunk_keys in zip(vectors, keys, strict=True):
            packed, packed_keys = vector.tobytes(), chunk_keys.tobytes()
            self._file.write(_SIZES.pack(len(packed), len(packed_keys)) + packed + packed_keys)
        self._chunks += chunks

    def rows(self) -> Iterator[tuple[str, str, bytes, bytes]]:
        """Yield the text, the metadata as JSON, the vector and the keys of each chunk."""
        self._file.seek(0)
        for chunk in self._chunks:
            vector, keys = _SIZES.unpack(self._file.read(_SIZES.size))
            metadata = json.dumps(chunk.loader_metadata, ensure_ascii=False)
            yield chunk.text, metadata, self._file.read(vector), self._file.read(keys)
