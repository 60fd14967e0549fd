"""Media types of files by their first bytes, and the text of PDFs."""

import io

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
)
# Containers with their type at the ninth or the fifth byte.
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}
_TEXTUAL = {
    "application/json",
    "application/ld+json",
    "application/xml",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/javascript",
    "application/sql",
    "application/csv",
}


def media_type_of(data: bytes) -> str:
    """Return the media type of a file by its first bytes; empty if unknown."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "")
    if data[4:8] == b"ftyp" and data[8:11] == b"M4A":
        return "audio/mp4"
    return next((kind for mark, kind in _SIGNATURES if data.startswith(mark)), "")


def is_textual(kind: str) -> bool:
    """Return whether files of a media type are text."""
    return kind.startswith("text/") or kind in _TEXTUAL


def pdf_text(data: bytes) -> str:
    """Return the text of a PDF, because the API does not accept PDFs.

    Raises:
        ValueError: It contains no text, such as a scan, or no reader is installed.
    """
    try:
        from pypdf import PdfReader  # noqa: PLC0415 - an extra of ours, and slow to load
        from pypdf.errors import PyPdfError  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ValueError(
            "The API does not accept PDFs, and extracting the text requires the extra: "
            "pip install 'langchain-telnyx[pdf]'."
        ) from error
    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except PyPdfError as error:
        raise ValueError(f"The PDF cannot be read: {error}.") from error
    text = "\n\n".join(page.strip() for page in pages).strip()
    if not text:
        raise ValueError("The PDF contains no text, such as a scan: send its pages as images.")
    return text
