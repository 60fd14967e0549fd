"""The text of a PDF, page after page."""

import io

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from langchain_telnyx.emulator.reading.text import UnreadableError


def read(data: bytes) -> str:
    """Return the text layer of a PDF.

    Raises:
        UnreadableError: It is encrypted or damaged, or is pictures only.
    """
    try:
        pages = [page.extract_text() for page in _open(data).pages]
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


def _open(data: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        reader.decrypt("")  # many are, with an empty password
    return reader
