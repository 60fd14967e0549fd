"""Read DOCX, PPTX, XLSX, and the OpenDocument formats ODT, ODS and ODP."""

import datetime as dt
import re
import warnings
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from xml.etree.ElementTree import Element

from langchain_telnyx.cli.reading.archives import Archive, attribute, local, walk
from langchain_telnyx.cli.reading.text import Document, UnreadableFileError

_HEADING_STYLE = re.compile(r"(?:heading|berschrift|titre|título|titolo)\s*(\d)$", re.IGNORECASE)
# Word stores a text box twice, and deleted text beside the current one.
_NOT_SHOWN = frozenset({"Fallback", "del", "delText", "instrText", "tracked-changes", "annotation"})
_MAX_REPEATS = 50
"""Repeats of an OpenDocument cell or row that are read; empty ones repeat up to a million times."""


def docx(path: Path) -> Document:
    """Read a Word document; its places are headings."""
    with Archive(path) as archive:
        main = "word/document.xml"
        body = archive.xml(main)
        pieces = list(_sections(_word_blocks(body)))
        for kind, name in archive.targets(main).values():
            if kind in {"footnotes", "endnotes"} and name in archive:
                pieces.append(
                    (kind, "\n\n".join(text for _, text in _word_blocks(archive.xml(name))))
                )
    return Document.of(pieces)


def _word_blocks(root: Element) -> Iterator[tuple[int, str]]:
    """Yield paragraphs and rows, each with the level of a heading, or 0."""
    for element in _outermost(root, {"p", "tr"}):
        if local(element) == "tr":
            cells = (_word_text(cell) for cell in element if local(cell) == "tc")
            yield 0, "| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |"
            continue
        text = _word_text(element)
        styles = [attribute(each, "val") for each in walk(element) if local(each) == "pStyle"]
        level = 1 if "Title" in styles else 0
        if found := next(filter(None, map(_HEADING_STYLE.search, styles)), None):
            level = int(found[1])
        is_item = any(local(each) == "numPr" for each in walk(element)) or any(
            style.startswith("List") for style in styles
        )
        yield level, f"- {text}" if is_item and text and not level else text


def _word_text(element: Element) -> str:
    parts: list[str] = []
    for each in walk(element, _NOT_SHOWN):
        name = local(each)
        if name == "t":
            parts.append(each.text or "")
        elif name in {"tab", "br", "cr"}:
            parts.append("\t" if name == "tab" else "\n")
        elif name == "p" and parts:
            parts.append("\n")
    return "".join(parts).strip()


def _sections(blocks: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """Group blocks under their headings."""
    title, texts, in_table = "", list[str](), False
    for level, text in blocks:
        if level:
            yield title, "".join(texts)
            title, texts = (f"section {' '.join(text.split())!r}" if text else ""), []
            text = f"{'#' * min(level, 6)} {' '.join(text.split())}"  # noqa: PLW2901 - as Markdown
        is_row = text.startswith("| ")
        if text:
            texts.append(f"{text}\n" if not texts or (is_row and in_table) else f"\n{text}\n")
        in_table = is_row
    yield title, "".join(texts)


def pptx(path: Path) -> Document:
    """Read a presentation; its places are slides, and their notes."""
    pieces: list[tuple[str, str]] = []
    with Archive(path) as archive:
        main = "ppt/presentation.xml"
        related = archive.targets(main)
        ids = [attribute(each, "id") for each in _relation_ids(archive.xml(main))]
        slides = [related[each][1] for each in ids if each in related]
        for number, slide in enumerate(slides, 1):
            pieces.append((f"slide {number}", _slide(archive.xml(slide))))
            for kind, name in archive.targets(slide).values():
                if kind == "notesSlide" and name in archive:
                    pieces.append((f"slide {number}, notes", _slide(archive.xml(name))))
    return Document.of(pieces)


def _relation_ids(root: Element) -> Iterator[Element]:
    for each in walk(root):
        if local(each) == "sldId":
            # Its own `id` is a number; the one in a namespace names the part.
            yield Element("id", {k: v for k, v in each.attrib.items() if k.endswith("}id")})


def _slide(root: Element) -> str:
    lines: list[str] = []
    for element in _outermost(root, {"p", "tr", "sp"}):
        if local(element) == "tr":
            cells = (_slide_text(cell) for cell in element if local(cell) == "tc")
            lines.append("| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |")
            continue
        kinds = {attribute(each, "type") for each in walk(element) if local(each) == "ph"}
        if kinds & {"sldNum", "dt", "ftr", "hdr", "sldImg"}:
            continue
        text = "\n".join(
            filter(None, map(_slide_text, (each for each in walk(element) if local(each) == "p")))
        )
        lines.append(
            f"# {' '.join(text.split())}\n" if kinds & {"title", "ctrTitle"} and text else text
        )
    return "\n".join(filter(None, lines))


def _slide_text(element: Element) -> str:
    parts = (
        (each.text or "") if local(each) == "t" else "\n"
        for each in walk(element, _NOT_SHOWN)
        if local(each) in {"t", "br"}
    )
    return "".join(parts).strip()


def xlsx(path: Path) -> Document:
    """Read a workbook; its places are sheets and rows. Formulas have their last values."""
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnreadableFileError("XLSX needs `pip install langchain-telnyx[files]`") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that concern no text
            book = load_workbook(path, read_only=True, data_only=True)
            pieces = [
                piece
                for sheet in book.worksheets
                for piece in _rows(
                    sheet.title, (list(row) for row in sheet.iter_rows(values_only=True))
                )
            ]
            book.close()
    except Exception as error:  # openpyxl raises many kinds for a damaged file
        raise UnreadableFileError(f"damaged: {error}") from error
    return Document.of(pieces)


def _rows(sheet: str, rows: Iterable[list[object]]) -> Iterator[tuple[str, str]]:
    """Yield rows as `header: value` pairs, so that each can be understood alone."""
    header: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        if not any(cells):
            continue
        place = f"sheet {sheet!r}, row {number}"
        if not header:
            header = cells
            yield place, f"# {sheet}\n\n{', '.join(filter(None, cells))}"
            continue
        names = [*header, *[""] * (len(cells) - len(header))]
        yield (
            place,
            ", ".join(
                f"{name}: {cell}" if name else cell
                for name, cell in zip(names, cells, strict=False)
                if cell
            ),
        )


def _cell(value: object) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).split())


def opendocument(path: Path) -> Document:
    """Read a text, spreadsheet or presentation; its places are headings, rows or slides."""
    with Archive(path) as archive:
        root = archive.xml("content.xml")
    body = next((each for each in walk(root) if local(each) == "body"), None)
    kind = local(body[0]) if body is not None and len(body) else ""
    if body is None or kind == "text":
        return Document.of(list(_sections(_open_blocks(root if body is None else body))))
    if kind == "spreadsheet":
        tables = [each for each in walk(body) if local(each) == "table"]
        return Document.of(
            [piece for table in tables for piece in _rows(attribute(table, "name"), _cells(table))]
        )
    slides = [each for each in walk(body) if local(each) == "page"]
    return Document.of(
        [
            (f"slide {number}", "\n".join(text for _, text in _open_blocks(slide) if text))
            for number, slide in zip(count(1), slides)
        ]
    )


def _open_blocks(root: Element) -> Iterator[tuple[int, str]]:
    for element in _outermost(root, {"h", "p", "table-row", "list-item"}):
        name = local(element)
        if name == "table-row":
            cells = (_open_text(cell) for cell in element if local(cell) == "table-cell")
            yield 0, "| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |"
        elif name == "h":
            yield int(attribute(element, "outline-level") or 1), _open_text(element)
        else:
            text = _open_text(element)
            yield 0, f"- {text}" if name == "list-item" and text else text


def _cells(table: Element) -> Iterator[list[object]]:
    for row in _outermost(table, {"table-row"}):
        values: list[object] = []
        for cell in row:
            repeats = int(attribute(cell, "number-columns-repeated") or 1)
            values += [_open_text(cell)] * min(repeats, _MAX_REPEATS)
        repeats = int(attribute(row, "number-rows-repeated") or 1)
        for _ in range(repeats if any(values) and repeats < _MAX_REPEATS else 1):
            yield values


def _open_text(element: Element) -> str:
    parts: list[str] = []

    def collect(each: Element) -> None:
        name = local(each)
        if name in _NOT_SHOWN:
            return
        if name in {"p", "h"} and parts:
            parts.append("\n")
        if name == "s":
            parts.append(" " * int(attribute(each, "c") or 1))
        elif name in {"tab", "line-break"}:
            parts.append("\t" if name == "tab" else "\n")
        parts.append(each.text or "")
        for child in each:
            collect(child)
            parts.append(child.tail or "")

    collect(element)
    return "".join(parts).strip()


def _outermost(root: Element, names: set[str]) -> Iterator[Element]:
    """Yield the elements of these names that are in no other of them, in order."""
    for child in root:
        if local(child) in _NOT_SHOWN:
            continue
        if local(child) in names:
            yield child
        else:
            yield from _outermost(child, names)
