"""The text of a PDF, page after page."""

import io
import time
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from langchain_telnyx.emulator.reading.text import UnreadableError

_MOST = 64 * 1024 * 1024
"""Bytes that all pages of a PDF may inflate to."""
_LARGEST_PAGE = 8 * 1024 * 1024
_SECONDS = 60.0


def read(data: bytes) -> str:
    """Return the text layer of a PDF.

    Raises:
        UnreadableError: It is encrypted or damaged, or is pictures only.
    """
    try:
        pages = list(_pages(_open(data)))
    except FileNotDecryptedError as error:
        raise UnreadableError("The PDF is encrypted with a password.") from error
    except (
        PyPdfError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        # pypdf meets damage with whatever its parser trips over.
        raise UnreadableError(f"The PDF is damaged: {error}.") from error
    text = "\n\n".join(page.strip() for page in pages if page.strip())
    if not text:
        raise UnreadableError("The PDF has no text layer; it may be a scan.")
    return text


def _pages(reader: PdfReader) -> Iterator[str]:
    """Read page after page, as long as they do not inflate to more than a PDF is worth."""
    left = _MOST
    until = time.monotonic() + _SECONDS
    for page in reader.pages:
        contents = page.get_contents()
        size = 0 if contents is None else len(contents.get_data())
        left -= size
        if size > _LARGEST_PAGE or left < 0:
            raise UnreadableError("The PDF inflates to too much.")
        if time.monotonic() > until:
            raise UnreadableError("The PDF takes too long to read.")
        yield page.extract_text()


def _open(data: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        reader.decrypt("")  # many are, with an empty password
    return reader
