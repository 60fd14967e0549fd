"""Audio files of samples: WAV, raw samples, and MP3.

The standard library has no MP3 encoder. With soundfile (the extra `emulator-speech`) MP3 has the
sound of the samples; without it, a valid file of the same length that is silent.
"""

import importlib
import io
import struct
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

PIECE = 4096
"""The bytes of each piece of a stream."""

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    # Raw samples have no registered type without parameters: the least convenient form.
    "pcm": "application/octet-stream",
}

# The bits of an MPEG version, and of its sampling rates.
_MPEG_1, _MPEG_2, _MPEG_2_5 = 0b11, 0b10, 0b00
_RATES = {
    44_100: (_MPEG_1, 0),
    48_000: (_MPEG_1, 1),
    22_050: (_MPEG_2, 0),
    24_000: (_MPEG_2, 1),
    16_000: (_MPEG_2, 2),
    8_000: (_MPEG_2_5, 2),
}
_KILOBITS = 64
_BITRATE_1, _BITRATE_2 = 5, 8  # the index of 64 kbit/s in the table of each version


def wav(samples: Iterable[bytes], frames: int, rate: int) -> Iterator[bytes]:
    """Yield a WAV file of 16-bit mono samples.

    Args:
        samples: The samples.
        frames: How many there are.
        rate: Samples per second.
    """
    size = 2 * frames
    yield (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
        + b"data"
        + struct.pack("<I", size)
    )
    yield from samples


def mp3(samples: Iterable[bytes], frames: int, rate: int) -> Iterator[bytes]:
    """Yield an MP3 file; without soundfile it is silent.

    Args:
        samples: The samples.
        frames: How many there are.
        rate: Samples per second.
    """
    if find_spec("soundfile") is None:
        return silent_mp3(frames, rate)
    return iter([_encoded(b"".join(samples), rate)])


def silent_mp3(frames: int, rate: int) -> Iterator[bytes]:
    """Yield the frames of a silent MP3 file: headers, and side information of zeros.

    Args:
        frames: How many samples it lasts.
        rate: Samples per second.
    """
    version, index = _RATES[rate]
    bitrate = _BITRATE_1 if version == _MPEG_1 else _BITRATE_2
    samples = 1152 if version == _MPEG_1 else 576
    header = bytes([0xFF, 0xE0 | version << 3 | 0b011, bitrate << 4 | index << 2, 0b11 << 6])
    frame = header + bytes(samples // 8 * _KILOBITS * 1000 // rate - len(header))
    for _ in range(-(-frames // samples)):
        yield frame


def _encoded(samples: bytes, rate: int) -> bytes:
    sound: Any = importlib.import_module("soundfile")  # untyped, and in an extra
    file = io.BytesIO()
    sound.write(file, np.frombuffer(samples, "<i2"), rate, format="MP3")
    return file.getvalue()


def pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of equal length."""
    left = bytearray()
    for part in parts:
        left += part
        while len(left) >= PIECE:
            yield bytes(left[:PIECE])
            del left[:PIECE]
    if left:
        yield bytes(left)
