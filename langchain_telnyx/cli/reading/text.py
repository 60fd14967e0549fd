"""The text of a document with its places, and plain text in any encoding."""

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_SHARE = 0.002
_WESTERN_SHARE = 0.15
_WORDS = 12
"""Words by which a passage is found in its document."""


class UnreadableFileError(ValueError):
    """A file has no text that can be read; the message is the reason, for its owner."""


@dataclass(slots=True)
class Document:
    """A text that is put together piece by piece.

    Attributes:
        text: The text.
        by_line: Whether places are line numbers.
    """

    text: str = ""
    by_line: bool = False
    _starts: list[int] = field(default_factory=list)
    _labels: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, pieces: "list[tuple[str, str]]") -> "Document":
        """Return a document of pieces, each with the label of its place."""
        document = cls()
        texts: list[str] = []
        at = 0
        for label, piece in pieces:
            if not piece.strip():
                continue
            document._starts.append(at)
            document._labels.append(label)
            texts.append(f"{piece.strip()}\n\n")
            at += len(texts[-1])
        document.text = "".join(texts)
        return document

    def place(self, passage: str) -> str | None:
        """Return the place of a passage, such as `lines 3-9` or `slide 2`, if it is found.

        White space may differ, and the passage may begin with the headings above it.
        """
        found = None
        for begin in (passage, passage.partition("\n\n")[2]):
            words = begin.split()
            if words and (found := self._search(words[:_WORDS])):
                break
        if found is None:
            return None
        last = self._search(passage.split()[-_WORDS:], found.start())
        end = last.end() if last and last.end() - found.start() < 2 * len(passage) else found.end()
        if self.by_line:
            first = self.text.count("\n", 0, found.start()) + 1
            final = first + self.text.count("\n", found.start(), end)
            return f"line {first}" if first == final else f"lines {first}-{final}"
        if not self._starts:
            return None
        first, final = (bisect_right(self._starts, at) - 1 for at in (found.start(), end - 1))
        labels = [self._labels[at] for at in (first, final) if at >= 0 and self._labels[at]]
        return " to ".join(dict.fromkeys(labels)) or None

    def _search(self, words: list[str], start: int = 0) -> "re.Match[str] | None":
        return re.compile(r"\s+".join(map(re.escape, words))).search(self.text, start)


def decode(data: bytes) -> str:
    """Decode text in UTF-8, UTF-16 or UTF-32, or else in the most likely encoding.

    Raises:
        UnreadableFileError: The bytes are not text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise UnreadableFileError(f"damaged {encoding.upper()}: {error.reason}") from error
    wide = _wide(data[:_HEAD])
    if wide is not None:
        return data.decode(wide, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _guessed(data)
    if len(_CONTROL.findall(text)) > len(text) * _CONTROL_SHARE:
        raise UnreadableFileError("binary, not text")
    return text


def _wide(head: bytes) -> str | None:
    """Return UTF-16 for text without a mark, in which every second byte is mostly zero."""
    even, odd = head[::2], head[1::2]
    if not odd or b"\0" not in head:
        return None
    zeros = even.count(0) / len(even), odd.count(0) / len(odd)
    if zeros[1] > 0.4 and zeros[0] < 0.05:  # noqa: PLR2004 - shares of zeros
        return "utf-16-le"
    return "utf-16-be" if zeros[0] > 0.4 and zeros[1] < 0.05 else None  # noqa: PLR2004


def _guessed(data: bytes) -> str:
    if len(_CONTROL.findall(data[:_HEAD].decode("latin-1"))) > _HEAD * _CONTROL_SHARE:
        raise UnreadableFileError("binary, not text")
    foreign = sum(byte > 127 for byte in data)  # noqa: PLR2004 - the last of ASCII
    if foreign < _WESTERN_SHARE * len(data):
        # A few letters with accents. Detection by statistics is wrong for such short texts.
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    try:
        from charset_normalizer import from_bytes  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnreadableFileError(
            "not UTF-8; install `langchain-telnyx[files]` to detect its encoding"
        ) from error
    guess = from_bytes(data).best()
    if guess is None:
        raise UnreadableFileError("text in an unknown encoding")
    return str(guess)


def read_text(path: Path) -> Document:
    """Read a text file."""
    text = decode(path.read_bytes())
    if not text.strip():
        raise UnreadableFileError("empty")
    return Document(text.replace("\r\n", "\n"), by_line=True)
