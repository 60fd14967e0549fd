"""Files that other libraries write are read as text, with the places in them."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest
from ebooklib import epub
from fpdf import FPDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf import opendocument, table, text
from pptx import Presentation
from pptx.util import Inches

from langchain_telnyx.cli.reading import CONVERTED, UnreadableFileError, read_document
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from pathlib import Path


def write_docx(path: Path) -> None:
    document: Any = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Keys", 1)
    document.add_paragraph("The spare key lies under the blue pot.")
    document.add_paragraph("Ring twice.", style="List Bullet")
    grid = document.add_table(rows=2, cols=2)
    for row, cells in zip(grid.rows, [("Room", "Floor"), ("Attic", "3")], strict=True):
        for cell, value in zip(row.cells, cells, strict=True):
            cell.text = value
    document.add_heading("Waste", 1)
    document.add_paragraph("Paper is collected on Mondays.")
    document.save(str(path))


def write_pptx(path: Path) -> None:
    slides: Any = Presentation()
    for title, body, notes in (("Plan", "Launch in May", "Say hello"), ("Team", "Ann leads", "")):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    grid = slides.slides[1].shapes.add_table(1, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    grid.cell(0, 0).text, grid.cell(0, 1).text = "Bo", "design"
    slides.save(str(path))


def write_xlsx(path: Path) -> None:
    book: Any = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in (
        ["Item", "Price", "Since"],
        ["Pass", 49.0, dt.date(2026, 5, 1)],
        [],
        ["Bike", 12.5, None, "extra"],
    ):
        sheet.append(row)
    book.create_sheet("People").append(["Ann"])
    book.save(path)


def write_odt(path: Path) -> None:
    document: Any = opendocument.OpenDocumentText()
    document.text.addElement(text.H(outlinelevel=1, text="Garden"))
    paragraph = text.P(text="Water the roses")
    paragraph.addElement(text.S(c=2))
    paragraph.addText("daily.")
    document.text.addElement(paragraph)
    items = text.List()
    item = text.ListItem()
    item.addElement(text.P(text="a rake"))
    items.addElement(item)
    document.text.addElement(items)
    document.save(str(path))


def write_ods(path: Path) -> None:
    document: Any = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="Stock")
    for cells in (("Part", "Count"), ("Bolt", "7")):
        row = table.TableRow()
        for value in cells:
            cell = table.TableCell()
            cell.addElement(text.P(text=value))
            row.addElement(cell)
        row.addElement(table.TableCell(numbercolumnsrepeated=16000))
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(str(path))


def write_epub(path: Path) -> None:
    book = epub.EpubBook()
    book.set_title("Tales")
    for number, (title, body) in enumerate([("The Fox", "It slept."), ("The Owl", "It flew.")]):
        page = epub.EpubHtml(title=title, file_name=f"{number}.xhtml")
        page.content = f"<h1>{title}</h1><p>{body}<br/>Then &amp; there.</p><ul><li>end</li></ul>"
        book.add_item(page)
        book.spine.append(page)
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    epub.write_epub(str(path), book)


def write_ipynb(path: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "source": ["# Load\n", "The data is small."]},
        {
            "cell_type": "code",
            "source": "print(6 * 7)",
            "outputs": [{"output_type": "stream", "text": ["42\n"]}],
        },
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}), "utf-8")


_ANY_SPEED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
WRITERS = {
    "docx": write_docx,
    "pptx": write_pptx,
    "xlsx": write_xlsx,
    "odt": write_odt,
    "ods": write_ods,
    "epub": write_epub,
    "ipynb": write_ipynb,
}


@pytest.mark.parametrize(
    ("extension", "passage", "place"),
    [
        ("docx", "The spare key lies under the blue pot.", "section 'Keys'"),
        ("docx", "- Ring twice.", "section 'Keys'"),
        ("docx", "| Room | Floor |\n| Attic | 3 |", "section 'Keys'"),
        ("docx", "# Waste\n\nPaper is collected on Mondays.", "section 'Waste'"),
        ("pptx", "# Plan\n\nLaunch in May", "slide 1"),
        ("pptx", "Say hello", "slide 1, notes"),
        ("pptx", "| Bo | design |", "slide 2"),
        ("xlsx", "Item: Pass, Price: 49, Since: 2026-05-01", "sheet 'Prices', row 2"),
        ("xlsx", "Item: Bike, Price: 12.5, extra", "sheet 'Prices', row 4"),
        ("xlsx", "# People\n\nAnn", "sheet 'People', row 1"),
        ("odt", "# Garden\n\nWater the roses  daily.", "section 'Garden'"),
        ("odt", "- a rake", "section 'Garden'"),
        ("ods", "Part: Bolt, Count: 7", "sheet 'Stock', row 2"),
        ("epub", "# The Owl\n\nIt flew.\nThen & there.\n\n- end", "chapter 'The Owl'"),
        ("epub", "It slept.", "chapter 'The Fox'"),
        ("ipynb", "# Load\nThe data is small.", "cell 1"),
        ("ipynb", "```python\nprint(6 * 7)\n```\n\n42", "cell 2"),
    ],
)
def test_each_format_gives_its_text_and_places(
    tmp_path: Path, extension: str, passage: str, place: str
) -> None:
    file = tmp_path / f"file.{extension}"
    WRITERS[extension](file)
    document = read_document(file)
    assert passage in document.text
    assert document.place(passage) == place


def test_the_pages_of_a_pdf_are_places(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.set_font("helvetica")
    for line in ("The first page is short.", "The second page has the answer."):
        pdf.add_page()
        pdf.cell(text=line)
    pdf.output(str(tmp_path / "file.pdf"))
    document = read_document(tmp_path / "file.pdf")
    assert document.place("The second page has the answer.") == "page 2"
    assert document.place("The first page is short.\n\nThe second page has the answer.") == (
        "page 1 to page 2"
    )


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_text_is_read_in_its_encoding_with_line_numbers(tmp_path: Path, encoding: str) -> None:
    lines = ["Der Schlüssel für die Tür", "liegt unter dem Blumentopf", "und nicht daneben."]
    (tmp_path / "note.txt").write_bytes("\r\n".join(lines).encode(encoding))
    document = read_document(tmp_path / "note.txt")
    assert document.text == "\n".join(lines)
    assert document.place(" ".join(lines[1:])) == "lines 2-3"
    assert document.place(f"Haus > Keller\n\n{lines[0]}") == "line 1"
    assert document.place("kein Wort davon") is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.docx", b"PK\x03\x04 cut off", "damaged"),
        ("a.xlsx", b"no archive at all", "damaged"),
        ("a.epub", b"", "damaged"),
        ("a.ipynb", b"[1, 2", "not a notebook"),
        ("a.ipynb", b'{"cells": [3]}', "not a notebook"),
        ("a.pptx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "encrypted with a password"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "save it as .docx"),
        ("a.txt", b" \n\n", "empty"),
        ("a.txt", bytes(range(256)) * 20, "binary"),
        ("a.pdf", b"%PDF-1.7 nothing of the kind", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_has_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFileError, match=reason):
        read_document(tmp_path / name)


def test_an_archive_without_its_parts_or_with_entities_is_refused(tmp_path: Path) -> None:
    for name, xml in (("a.docx", None), ("b.docx", '<!DOCTYPE d [<!ENTITY e "x">]><d>&e;</d>')):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("word/document.xml" if xml else "other.xml", xml or "<a/>")
        with pytest.raises(UnreadableFileError, match="damaged: it"):
            read_document(tmp_path / name)


def test_a_part_that_inflates_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.odt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", b" " * (65 << 20))
    with pytest.raises(UnreadableFileError, match="more than 64 MB"):
        read_document(tmp_path / "a.odt")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("samples")
    for extension, write in WRITERS.items():
        write(folder / f"file.{extension}")
    return {file.suffix: file.read_bytes() for file in folder.iterdir()}


@settings(max_examples=examples(80), deadline=None, suppress_health_check=_ANY_SPEED)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_with_a_reason(
    samples: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    extension = data.draw(st.sampled_from(sorted(samples)))
    content = bytearray(samples[extension])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))
    file = tmp_path / f"file{extension}"
    file.write_bytes(content[:cut])
    try:
        result = read_document(file).text
    except UnreadableFileError as error:
        result = str(error)
    assert result.strip()


def test_every_converted_format_is_named_in_lower_case() -> None:
    assert all(name == name.lower() and name.startswith(".") for name in CONVERTED)
