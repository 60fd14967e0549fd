"""Extract the text of a file of any format, with the positions of its headings.

The extension selects the format, then the content type; other files are read as plain text, as by
the service. Plain text and Markdown stay unchanged.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from langchain_telnyx.emulator.reading.data import from_csv, from_json
from langchain_telnyx.emulator.reading.markdown import markdown
from langchain_telnyx.emulator.reading.text import ExtractedText, decode, plain


def read(name: str, content_type: str, data: bytes) -> ExtractedText:
    """Return the text of a file.

    Args:
        name: Its name or path, for the extension.
        content_type: Its media type.
        data: Its bytes.

    Raises:
        UnreadableError: It is binary, damaged, encrypted, or without text.
    """
    extension = PurePosixPath(name).suffix.lower()
    media_type = content_type.partition(";")[0].strip().lower()
    if data.startswith(b"%PDF-"):
        extension = ".pdf"
    reader = _READERS.get(extension) or _READERS.get(media_type) or plain
    return reader(data)


def _html(data: bytes) -> ExtractedText:
    from langchain_telnyx.emulator.reading import html  # noqa: PLC0415 - slow to load

    return html.read(data)


def _json(data: bytes) -> ExtractedText:
    return ExtractedText(from_json(decode(data)))


def _csv(data: bytes) -> ExtractedText:
    return ExtractedText(from_csv(decode(data)))


def _pdf(data: bytes) -> ExtractedText:
    from langchain_telnyx.emulator.reading import pdf  # noqa: PLC0415 - slow to load

    return ExtractedText(pdf.read(data))


_READERS: Mapping[str, Callable[[bytes], ExtractedText]] = {
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
