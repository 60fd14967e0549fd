"""Decode plain text, and the result of every reader."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from charset_normalizer import from_bytes


@dataclass(frozen=True)
class Heading:
    """A heading: the start of its line in the text, its level (1 is the top), its title."""

    start: int
    level: int
    title: str


@dataclass(frozen=True)
class ExtractedText:
    """The text of a file and its headings, in order."""

    text: str
    headings: tuple[Heading, ...] = ()


class UnreadableError(Exception):
    """No text can be extracted from a file; the message is for the owner of the file."""


def decode(data: bytes) -> str:
    """Decode bytes as UTF-8, or in the most likely encoding.

    Raises:
        UnreadableError: The bytes are not text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _guess(data)
    if _is_binary(text):
        raise _binary(data)
    return text.replace("\r\n", "\n")


def _guess(data: bytes) -> str:
    # Check the beginning first: detecting the encoding of binary data takes long.
    if not data.startswith(_WIDE_MARKS) and _is_binary(data[:_HEAD].decode("latin-1")):
        raise _binary(data)
    guess = from_bytes(data).best()
    if guess is None:
        raise UnreadableError("The text encoding of the file is unknown.")
    return str(guess)


def _binary(data: bytes) -> UnreadableError:
    found = (what for magic, what in _NOT_TEXT.items() if data.startswith(magic))
    what = next(found, "binary")
    return UnreadableError(f"The file is {what}, and holds no text that can be read.")


def _is_binary(text: str) -> bool:
    return len(_CONTROL.findall(text)) > len(text) * _CONTROL_SHARE


def plain(data: bytes) -> ExtractedText:
    """Extract plain text."""
    return ExtractedText(decode(data))


_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_CONTROL_SHARE = 0.002
"""The largest share of control characters in text; some texts have form feeds and escapes."""
_WIDE_MARKS = (
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)  # also the beginning of UTF-32's little-endian mark
_HEAD = 64 * 1024

_NOT_TEXT: Mapping[bytes, str] = {
    b"PK\x03\x04": "a ZIP archive (an Office document is one, too)",
    b"\x1f\x8b": "gzip data",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x7fELF": "a program",
    b"ID3": "audio, which the emulator cannot transcribe here",
    b"RIFF": "audio or video, which the emulator cannot transcribe here",
    b"OggS": "audio, which the emulator cannot transcribe here",
    b"fLaC": "audio, which the emulator cannot transcribe here",
}
