"""Text of files: unchanged for prose, readable for data, an error with a reason for others."""

from __future__ import annotations

import io

import pytest
from fpdf import FPDF
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from langchain_telnyx.emulator.reading.files import read
from langchain_telnyx.emulator.reading.text import Heading, UnreadableError

OCTETS = "application/octet-stream"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        (b"\xef\xbb\xbfwith a mark", "with a mark"),
        ("Grüße aus Köln, schöne Straße.".encode("latin-1"), "Grüße aus Köln, schöne Straße."),
        ("Wide: ünï".encode("utf-16"), "Wide: ünï"),
        (b"two\r\nlines", "two\nlines"),
        (
            b"ID3 tags stand at the front of an MP3 file.",
            "ID3 tags stand at the front of an MP3 file.",
        ),
        (b"", ""),
    ],
)
def test_text_is_read_in_its_own_encoding(data: bytes, text: str) -> None:
    assert read("a.txt", "text/plain", data).text == text


def test_an_unknown_type_is_read_as_text() -> None:
    assert read("Makefile", OCTETS, b"all: test").text == "all: test"
    assert read("prog.rs", "text/rust", b"fn main() {}").text == "fn main() {}"


def test_markdown_is_unchanged_and_its_headings_are_found() -> None:
    source = (
        "---\ntitle: x\n# no heading\n---\n\n# The *Guide*\n\nText.\n\n"
        "```python\n# no heading either\n```\n\nInstall `pip`\n---\n\n- # in a list\n"
    )
    reading = read("a.md", OCTETS, source.encode())
    assert reading.text == source
    assert reading.headings == (
        Heading(source.index("# The"), 1, "The Guide"),
        Heading(source.index("Install"), 2, "Install pip"),
    )


PAGE = """<?xml version="1.0"?><!DOCTYPE html><html><head><title>Bees</title>
<style>p { color: red }</style><script>var x = 1;</script></head><body>
<nav><a href="/">Home</a></nav><header role="banner">Banner</header>
<main><h1>About <em>bees</em></h1><!-- a comment --><p>Bees   make
honey &amp; wax.<br>Really.</p><h2>Code</h2><pre>def bee():
    return "honey"</pre><ul><li>one</li><li>two <a href="x">link</a></li></ul>
<table><tr><th>bee</th><th>age</th></tr><tr><td>Maya</td><td>3</td></tr></table></main>
<footer>Imprint</footer></body></html>"""


def test_the_text_of_a_page_has_no_boilerplate() -> None:
    reading = read("a.html", OCTETS, PAGE.encode())
    assert reading.text == (
        "About bees\n\nBees make\nhoney & wax.\nReally.\n\nCode\n\n"
        'def bee():\n    return "honey"\n\n- one\n- two link\n\nbee | age\nMaya | 3'
    ).replace("make\nhoney", "make honey")
    assert reading.headings == (
        Heading(0, 1, "About bees"),
        Heading(reading.text.index("Code"), 2, "Code"),
    )


def test_a_page_without_heading_begins_with_its_title() -> None:
    page = b"<title>Bees</title><p>They make honey.</p>"
    assert read("a", "text/html; charset=utf-8", page).text == "Bees\n\nThey make honey."


def test_a_page_is_read_in_the_encoding_that_it_declares() -> None:
    page = '<meta charset="iso-8859-1"><p>Köln</p>'.encode("latin-1")
    assert read("a.htm", OCTETS, page).text == "Köln"


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        (
            "a.json",
            b'{"name": "Maya", "age": 3, "tags": ["a", "b"], "home": {"city": "Bonn"}}',
            "name: Maya\nage: 3\ntags: a, b\nhome.city: Bonn",
        ),
        ("a.json", b'[{"a": 1}, {"a": null}]', "a: 1\n\na: null"),
        ("a.jsonl", b'{"a": 1}\n{"a": true}\n', "a: 1\n\na: true"),
        ("a.json", b"{broken", "{broken"),
        (
            "a.csv",
            b'name,says\nMaya,"Hello,\nyou"\nWilli,\n',
            "name: Maya\nsays: Hello,\nyou\n\nname: Willi",
        ),
        ("a.csv", b"name;age\nMaya;3;extra\n", "name: Maya\nage: 3\ncolumn 3: extra"),
        ("a.tsv", b"name\tage\nMaya\t3\n", "name: Maya\nage: 3"),
        ("a.csv", b"just,a,header\n", "just, a, header"),
        ("a.csv", b"", ""),
    ],
)
def test_data_is_written_as_names_and_values(name: str, data: bytes, text: str) -> None:
    assert read(name, OCTETS, data).text == text


def pdf(*pages: str) -> bytes:
    document = FPDF()
    document.set_font("helvetica", size=12)
    for page in pages:
        document.add_page()
        document.multi_cell(0, text=page)
    return bytes(document.output())


def encrypted(data: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_has_the_text_of_its_pages() -> None:
    assert read("a.pdf", OCTETS, pdf("Bees make honey.", "Second page.")).text == (
        "Bees make honey.\n\nSecond page."
    )
    assert read("no-extension", OCTETS, pdf("Bees.")).text == "Bees."
    assert read("a.pdf", OCTETS, encrypted(pdf("Open to all."), "")).text == "Open to all."


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", encrypted(pdf("secret"), "password"), "encrypted with a password"),
        ("a.pdf", b"%PDF-1.7 and then nothing", "The PDF is damaged"),
        ("a.pdf", pdf("some text")[:400], "The PDF is damaged"),
        ("scan.pdf", pdf(""), "no text layer"),
        ("a.txt", bytes(range(256)) * 10, "binary"),
        ("a.txt", b"\x00\x01\x02\x03" * 100, "binary"),
        ("a.docx", b"PK\x03\x04\x14\x00\x06\x00", "ZIP archive"),
        ("a.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG image"),
        ("a.mp3", b"ID3\x04\x00\x00\x00\x00\x00#TSSE", "cannot transcribe"),
    ],
)
def test_a_file_without_text_has_a_reason(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(name, OCTETS, data)


def inflating(page: bytes, pages: int) -> bytes:
    """A small PDF whose pages share one large compressed content."""
    writer = PdfWriter()
    content = DecodedStreamObject()
    content.set_data(page)
    shared = writer._add_object(content.flate_encode())  # noqa: SLF001 - pypdf has no other way
    for _ in range(pages):
        writer.add_blank_page(10, 10)[NameObject("/Contents")] = shared
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", inflating(b" " * 9_000_000, 1), "inflates to too much"),
        ("a.pdf", inflating(b" " * 6_000_000, 20), "inflates to too much"),
        ("a.pdf", inflating(b" " * 200_000_000, 1), "damaged"),
        ("a.html", b"<div>" * 100_000 + b"x", "nests them too deeply"),
        ("a.html", b"<!--" * 100_000, "without an end tag"),
    ],
)
def test_a_decompression_bomb_is_unreadable_with_a_reason(
    name: str, data: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(name, OCTETS, data)


def test_deep_json_is_read_as_plain_text() -> None:
    deep = b'{"a":' * 5000 + b'"word"' + b"}" * 5000
    assert "word" in read("a.json", OCTETS, deep).text
