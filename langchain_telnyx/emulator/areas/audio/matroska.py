"""The duration of a WebM recording; `tinytag` does not read this format.

A browser's recorder does not know the duration when it writes the header, so its files lack one.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_MAGIC = b"\x1aE\xdf\xa3"
_SEGMENT = 0x18538067
_INFO = 0x1549A966
_TIMESTAMP_SCALE = 0x2AD7B1
_DURATION = 0x4489
_NANOSECONDS = 1e-9
_FLOATS = {4: ">f", 8: ">d"}
_LONGEST_NUMBER = 8


def is_matroska(file: BinaryIO) -> bool:
    """Return whether a file is Matroska; WebM is a subset of it."""
    return file.read(4) == _MAGIC


def duration(file: BinaryIO) -> float | None:
    """Return the duration in the file's header, in seconds; `None` if it has none."""
    file.seek(0, 2)
    end = file.tell()
    file.seek(0)
    for segment, segment_end in _find(file, _SEGMENT, end):
        file.seek(segment)
        for info, info_end in _find(file, _INFO, segment_end):
            return _duration(file, info, info_end)
    return None


def _duration(file: BinaryIO, start: int, end: int) -> float | None:
    scale, ticks = 1_000_000, None
    file.seek(start)
    for kind, begin, size in _elements(file, end):
        file.seek(begin)
        if kind == _TIMESTAMP_SCALE and size <= _LONGEST_NUMBER:
            scale = int.from_bytes(file.read(size))
        elif kind == _DURATION and size in _FLOATS:
            data = file.read(size)
            ticks = struct.unpack(_FLOATS[size], data)[0] if len(data) == size else None
        file.seek(begin + size)
    return None if not ticks or ticks < 0 else round(ticks * scale * _NANOSECONDS, 3)


def _find(file: BinaryIO, kind_id: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end offsets of the elements of one kind."""
    for kind, start, size in _elements(file, end):
        if kind == kind_id:
            yield start, start + size
        file.seek(start + size)


def _elements(file: BinaryIO, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the kind, start and size of each element; the caller seeks to the next."""
    while file.tell() < end:
        kind = _number(file, keep_mark=True)
        size = _number(file, keep_mark=False)
        if kind is None or size is None:
            return
        start = file.tell()
        yield kind, start, min(size, end - start)


def _number(file: BinaryIO, *, keep_mark: bool) -> int | None:
    """Read a variable-length integer; its first byte encodes its length. All ones mean unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    data = first + file.read(length - 1)
    if len(data) < length:
        return None
    value = int.from_bytes(data)
    return value if keep_mark else value & ((1 << 7 * length) - 1)
