"""Read EPUB books, Jupyter notebooks, and the pages of PDFs."""

import json
import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from langchain_telnyx.cli.reading.archives import Archive, attribute, local, walk
from langchain_telnyx.cli.reading.text import Document, UnreadableFileError, decode

_BLOCK_NAMES = """
    address article aside blockquote body br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5
    h6 header hr li main ol p pre section table td th tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HIDDEN = frozenset({"script", "style", "head", "svg", "template"})
_MAX_OUTPUT = 2000
"""Characters of a notebook cell's output."""


class _Text(HTMLParser):
    """Collects the text of a page as Markdown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title = ""
        self._hidden = 0
        self._heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _HIDDEN:
            self._hidden += 1
        if tag in _BLOCKS:
            self.parts.append("\n" if tag in {"br", "li", "tr"} else "\n\n")
        if re.fullmatch(r"h[1-6]", tag):
            self.parts.append("#" * int(tag[1]) + " ")
            self._heading = True
        elif tag == "li":
            self.parts.append("- ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in {"td", "th"}:
            self.parts.append(" | ")
        elif tag in _BLOCKS and tag not in {"br", "li", "tr"}:
            self.parts.append("\n\n")
        if re.fullmatch(r"h[1-6]", tag):
            self._heading = False

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        text = re.sub(r"\s+", " ", data)
        if self._heading:
            self.title = self.title or text.strip()
        self.parts.append(text)


def page_text(data: bytes) -> tuple[str, str]:
    """Return the first heading and the text of an HTML page."""
    parser = _Text()
    parser.feed(decode(data))
    parser.close()
    text = re.sub(r" *\n *", "\n", "".join(parser.parts))
    return parser.title, re.sub(r"\n{3,}", "\n\n", text).strip()


def epub(path: Path) -> Document:
    """Read a book; its places are chapters."""
    pieces: list[tuple[str, str]] = []
    with Archive(path) as archive:
        if "META-INF/encryption.xml" in archive and b"AdobeADEPT" in archive.data(
            "META-INF/encryption.xml"
        ):
            raise UnreadableFileError("encrypted with DRM")
        container = archive.xml("META-INF/container.xml")
        roots = [each for each in walk(container) if local(each) == "rootfile"]
        if not roots:
            raise UnreadableFileError("damaged: it names no package file")
        package = attribute(roots[0], "full-path")
        root = archive.xml(package)
        items = {each.get("id"): each for each in walk(root) if local(each) == "item"}
        folder = posixpath.dirname(package)
        for reference in (each for each in walk(root) if local(each) == "itemref"):
            item = items.get(reference.get("idref"))
            if item is None or "nav" in item.get("properties", "").split():
                continue
            name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
            if name in archive and "html" in item.get("media-type", ""):
                title, text = page_text(archive.data(name))
                label = f"chapter {title!r}" if title else f"chapter {len(pieces) + 1}"
                pieces.append((label, text))
    return Document.of(pieces)


def notebook(path: Path) -> Document:
    """Read a notebook: its texts, code, and printed outputs; its places are cells."""
    try:
        content: Any = json.loads(decode(path.read_bytes()))
        cells = content.get("cells") or content["worksheets"][0]["cells"]
        language = content.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        pieces = [
            (f"cell {number}", _cell(cell, str(language))) for number, cell in enumerate(cells, 1)
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFileError("damaged, or not a notebook") from error
    return Document.of(pieces)


def _cell(cell: Any, language: str) -> str:
    source = _joined(cell.get("source", cell.get("input", "")))
    if cell.get("cell_type") != "code":
        return source
    printed = "".join(
        _joined(output.get("text") or output.get("data", {}).get("text/plain") or "")
        for output in cell.get("outputs", [])
    )[:_MAX_OUTPUT]
    code = f"```{language}\n{source}\n```" if source.strip() else ""
    return f"{code}\n\n{printed.strip()}"


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(map(str, text))


def pdf(path: Path) -> Document:
    """Read the text layer of a PDF; its places are pages."""
    try:
        from pypdf import PdfReader  # noqa: PLC0415 - an extra
        from pypdf.errors import PyPdfError  # noqa: PLC0415
    except ImportError as error:
        raise UnreadableFileError("pages need `pip install langchain-telnyx[files]`") from error
    try:
        reader = PdfReader(path)
        if reader.is_encrypted:
            reader.decrypt("")
        return Document.of(
            [(f"page {number}", page.extract_text()) for number, page in enumerate(reader.pages, 1)]
        )
    except (
        PyPdfError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise UnreadableFileError(f"damaged: {error}") from error
