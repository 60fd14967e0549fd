"""Select the reader of a file by its extension."""

from collections.abc import Callable, Mapping
from pathlib import Path

from langchain_telnyx.cli.reading import books, office
from langchain_telnyx.cli.reading.text import Document, UnreadableFileError, read_text

CONVERTED: Mapping[str, Callable[[Path], Document]] = {
    ".docx": office.docx,
    ".docm": office.docx,
    ".pptx": office.pptx,
    ".pptm": office.pptx,
    ".xlsx": office.xlsx,
    ".xlsm": office.xlsx,
    ".odt": office.opendocument,
    ".ods": office.opendocument,
    ".odp": office.opendocument,
    ".epub": books.epub,
    ".ipynb": books.notebook,
}
"""The readers of formats that are converted before the upload, by extension."""

_OLD = {".doc": ".docx", ".xls": ".xlsx", ".ppt": ".pptx"}
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_document(path: Path) -> Document:
    """Read a file of any format but recordings.

    Raises:
        UnreadableFileError: It has no text that can be read.
        OSError: It cannot be read.
    """
    extension = path.suffix.lower()
    if extension in CONVERTED or extension in _OLD:
        with path.open("rb") as handle:
            is_compound = handle.read(len(_COMPOUND)) == _COMPOUND
        if extension in _OLD:
            raise UnreadableFileError(f"an old binary format: save it as {_OLD[extension]}")
        if is_compound:
            raise UnreadableFileError("encrypted with a password, or in an old binary format")
        document = CONVERTED[extension](path)
        if not document.text.strip():
            raise UnreadableFileError("no text")
        return document
    return books.pdf(path) if extension == ".pdf" else read_text(path)
