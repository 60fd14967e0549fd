"""The readable text of a file, whatever its format, with the places of its headings.

The extension decides the format, then the Content-Type; anything else is tried as plain text, as
the service does. Plain text and Markdown stay word for word as they are.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from charset_normalizer import from_bytes
from markdown_it import MarkdownIt


@dataclass(frozen=True)
class Heading:
    """A heading: where its line starts in the text, its level (1 is the top), its title."""

    start: int
    level: int
    title: str


@dataclass(frozen=True)
class Reading:
    """The text of a file and its headings, in order."""

    text: str
    headings: tuple[Heading, ...] = ()


class UnreadableError(Exception):
    """A file has no text that could be read; the message is for the owner of the file."""


def read(name: str, content_type: str, data: bytes) -> Reading:
    """Return the text of a file.

    Args:
        name: Its name or path, for the extension.
        content_type: Its media type; `application/octet-stream` says nothing.
        data: Its bytes.

    Raises:
        UnreadableError: It is binary, damaged, encrypted, or holds no text.
    """
    extension = PurePosixPath(name).suffix.lower()
    media_type = content_type.partition(";")[0].strip().lower()
    if data.startswith(b"%PDF-"):
        extension = ".pdf"
    reader = _READERS.get(extension) or _READERS.get(media_type) or plain
    return reader(data)


def decode(data: bytes) -> str:
    """Return bytes as text: UTF-8 if they are, else in the likeliest encoding.

    Raises:
        UnreadableError: They are no text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _guess(data)
    if _is_binary(text):
        raise _binary(data)
    return text.replace("\r\n", "\n")


def _guess(data: bytes) -> str:
    # The look at the head spares a long search for the encoding of what has none.
    if not data.startswith(_WIDE_MARKS) and _is_binary(data[:_HEAD].decode("latin-1")):
        raise _binary(data)
    guess = from_bytes(data).best()
    if guess is None:
        raise UnreadableError("The file is in no known text encoding.")
    return str(guess)


def _binary(data: bytes) -> UnreadableError:
    known = (what for magic, what in _NOT_TEXT.items() if data.startswith(magic))
    what = next(known, "binary")
    return UnreadableError(f"The file is {what}, and holds no text that can be read.")


def _is_binary(text: str) -> bool:
    return len(_CONTROL.findall(text)) > len(text) * _CONTROL_SHARE


def plain(data: bytes) -> Reading:
    """Read plain text."""
    return Reading(decode(data))


def markdown(data: bytes) -> Reading:
    """Read Markdown, as its author wrote it; the headings are found by a real parser."""
    text = decode(data)
    front_matter = _FRONT_MATTER.match(text)
    skipped = front_matter.end() if front_matter else 0
    body = text[skipped:]
    starts = [skipped]
    for line in body.split("\n"):  # the only line break that the parser knows
        starts.append(starts[-1] + len(line) + 1)
    parsed = _MARKDOWN.parse(body)
    headings = [
        Heading(starts[opening.map[0]], int(opening.tag[1:]), _title(inline.content))
        for opening, inline in pairwise(parsed)
        if opening.type == "heading_open" and opening.map and opening.level == 0
    ]
    return Reading(text, tuple(headings))


def _html(data: bytes) -> Reading:
    from langchain_telnyx.emulator import text_html  # noqa: PLC0415 - loads when first needed

    return text_html.read(data)


def _json(data: bytes) -> Reading:
    from langchain_telnyx.emulator import text_data  # noqa: PLC0415 - the modules need each other

    return Reading(text_data.from_json(decode(data)))


def _csv(data: bytes) -> Reading:
    from langchain_telnyx.emulator import text_data  # noqa: PLC0415 - the modules need each other

    return Reading(text_data.from_csv(decode(data)))


def _pdf(data: bytes) -> Reading:
    from langchain_telnyx.emulator import text_pdf  # noqa: PLC0415 - pypdf is slow to load

    return Reading(text_pdf.read(data))


def _title(markdown_inline: str) -> str:
    """Return a heading without its marks: links as their text, no backticks or stars."""
    linkless = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown_inline)
    return re.sub(r"[`*]", "", linkless).strip()


_MARKDOWN = MarkdownIt("commonmark")
_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_CONTROL_SHARE = 0.002
"""The most control characters in text; form feeds and escapes do occur in some."""
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # UTF-32's little-endian mark begins alike
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

_READERS: Mapping[str, Callable[[bytes], Reading]] = {
    ".md": markdown,
    ".markdown": markdown,
    "text/markdown": markdown,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    "text/html": _html,
    "application/xhtml+xml": _html,
    ".json": _json,
    ".jsonl": _json,
    ".ndjson": _json,
    "application/json": _json,
    ".csv": _csv,
    ".tsv": _csv,
    "text/csv": _csv,
    ".pdf": _pdf,
    "application/pdf": _pdf,
}
