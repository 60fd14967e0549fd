"""Lengths of recordings from their headers, for estimates: WAV, FLAC, MP3, Ogg and MP4."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

# Of MPEG audio layer III: kilobits per second by index, of version 1, and of versions 2 and 2.5.
_BITRATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_1 = 3
# The header of a variable bitrate, with the number of frames.
_VBR = re.compile(rb"(?:Xing|Info)...[\x01\x03\x05\x07\x09\x0b\x0d\x0f](....)", re.DOTALL)
_HEAD = 65_536
_LAST_PAGE = 65_536


def duration_of(content: bytes | Path) -> float | None:
    """Return the length in seconds; `None` if the header does not tell it.

    An MP3 without a header of its own is taken as one of a constant bitrate.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(content, Path):
        with content.open("rb") as file:
            return _duration(file)
    return _duration(io.BytesIO(content))


def _duration(file: BinaryIO) -> float | None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    try:
        for pattern, read in _READERS:
            if re.match(pattern, head, re.DOTALL):
                return read(file, head, size)
    except (IndexError, ZeroDivisionError):  # a damaged header
        return None
    return None


def _wav(_: BinaryIO, head: bytes, size: int) -> float | None:
    at, rate = 12, 0
    while at + 8 <= len(head):
        name, length = head[at : at + 4], _little(head[at + 4 : at + 8])
        if name == b"fmt ":
            rate = _little(head[at + 16 : at + 20])  # bytes per second
        if name == b"data":
            # A stream's header has no length, or the largest.
            return min(length or size, size - at - 8) / rate
        at += 8 + length + length % 2
    return None


def _flac(_: BinaryIO, head: bytes, __: int) -> float | None:
    bits = int.from_bytes(head[18:26])
    samples = bits & (1 << 36) - 1
    return samples / (bits >> 44) if samples else None


def _mp3(file: BinaryIO, head: bytes, size: int) -> float | None:
    begin = 0
    if head[:3] == b"ID3":
        begin = 10
        for at, byte in enumerate(head[6:10]):
            begin += byte << 7 * (3 - at)
        file.seek(begin)
        head = file.read(_HEAD)
    found = re.search(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xeb]", head)
    if found is None:
        return None
    at = found.start()
    version, index = head[at + 1] >> 3 & 3, head[at + 2]
    bitrate = _BITRATES[version != _MPEG_1][index >> 4]
    rate = _RATES[version][index >> 2 & 3]
    table = _VBR.search(head, at)
    if table is not None:  # the number of frames
        return int.from_bytes(table[1]) * (1152 if version == _MPEG_1 else 576) / rate
    return (size - begin - at) * 8 / (bitrate * 1000)


def _ogg(file: BinaryIO, head: bytes, size: int) -> float | None:
    if (opus := head.find(b"OpusHead")) >= 0:
        rate, skipped = 48_000, _little(head[opus + 10 : opus + 12])
    elif (vorbis := head.find(b"\x01vorbis")) >= 0:
        rate, skipped = _little(head[vorbis + 12 : vorbis + 16]), 0
    else:
        return None
    file.seek(max(0, size - _LAST_PAGE))
    tail = file.read()
    last = tail.rfind(b"OggS")
    samples = _little(tail[last + 6 : last + 14])
    return (samples - skipped) / rate


def _mp4(file: BinaryIO, _: bytes, size: int) -> float | None:
    at, end = 0, size
    while at + 8 <= end:
        file.seek(at)
        box = file.read(16)
        length, name = int.from_bytes(box[:4]), box[4:8]
        begin = at + 8
        if length == 1:  # a length of 64 bits follows
            length, begin = int.from_bytes(box[8:16]), at + 16
        if name == b"moov":
            at, end = begin, at + length
            continue
        if name == b"mvhd":
            file.seek(begin)
            fields = file.read(32)
            if fields[0] == 1:
                return int.from_bytes(fields[24:32]) / int.from_bytes(fields[20:24])
            return int.from_bytes(fields[16:20]) / int.from_bytes(fields[12:16])
        if length < 8:  # noqa: PLR2004 - a box has a head; 0 is the rest of the file
            return None
        at += length
    return None


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


_READERS: tuple[tuple[bytes, Callable[[BinaryIO, bytes, int], float | None]], ...] = (
    (rb"RIFF....WAVE", _wav),
    (rb"fLaC", _flac),
    (rb"OggS", _ogg),
    (rb"....ftyp", _mp4),
    (rb"ID3|\xff[\xe2-\xfb]", _mp3),
)
