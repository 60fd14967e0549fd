"""What a file's bytes are, and the text of those that can be read out."""

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
# Containers that say at their ninth byte, or at their fifth, what they hold.
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
    """Return the media type that the first bytes of a file tell; empty when they do not."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "")
    if data[4:8] == b"ftyp" and data[8:11] == b"M4A":
        return "audio/mp4"
    return next((kind for mark, kind in _SIGNATURES if data.startswith(mark)), "")


def is_textual(kind: str) -> bool:
    """Whether files of a media type are text."""
    return kind.startswith("text/") or kind in _TEXTUAL


def pdf_text(data: bytes) -> str:
    """Return the text of a PDF, which the API itself cannot take.

    Raises:
        ValueError: There is none in it, as in a scan, or no reader is installed.
    """
    try:
        from pypdf import PdfReader  # noqa: PLC0415 - an extra of ours, and slow to load
        from pypdf.errors import PyPdfError  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ValueError(
            "The API takes no PDF, and reading its text out needs the extra: "
            "pip install 'langchain-telnyx[pdf]'."
        ) from error
    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except PyPdfError as error:
        raise ValueError(f"A PDF cannot be read: {error}.") from error
    text = "\n\n".join(page.strip() for page in pages).strip()
    if not text:
        raise ValueError(
            "A PDF holds no text, as a scan does: render its pages and send them as images."
        )
    return text
