"""Extract the text of a PDF."""

import io
import time
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from langchain_telnyx.emulator.reading.text import UnreadableError

_MAX_SIZE = 64 * 1024 * 1024
"""The most bytes of all decompressed pages."""
_MAX_PAGE_SIZE = 8 * 1024 * 1024
_MAX_SECONDS = 60.0


def read(data: bytes) -> str:
    """Return the text layer of a PDF.

    Raises:
        UnreadableError: It is encrypted or damaged, or has only images.
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
        # pypdf raises any of these for a damaged file.
        raise UnreadableError(f"The PDF is damaged: {error}.") from error
    text = "\n\n".join(page.strip() for page in pages if page.strip())
    if not text:
        raise UnreadableError("The PDF has no text layer; it may be a scan.")
    return text


def _pages(reader: PdfReader) -> Iterator[str]:
    """Yield the text of the pages, within limits of size and time."""
    left = _MAX_SIZE
    deadline = time.monotonic() + _MAX_SECONDS
    for page in reader.pages:
        contents = page.get_contents()
        size = 0 if contents is None else len(contents.get_data())
        left -= size
        if size > _MAX_PAGE_SIZE or left < 0:
            raise UnreadableError("The PDF inflates to too much.")
        if time.monotonic() > deadline:
            raise UnreadableError("The PDF takes too long to read.")
        yield page.extract_text()


def _open(data: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        reader.decrypt("")  # many PDFs have an empty password
    return reader
