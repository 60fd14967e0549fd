"""Extract the text of a web page, without scripts, styles and navigation, and its links.

The page is rewritten in place, then converted to text: blocks get line breaks, headings get a mark.
Marks and the white space of `<pre>` are private-use characters until the other white space is
normalized.
"""

import re
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup
from bs4.dammit import EncodingDetector
from bs4.element import Comment, NavigableString, Tag

from langchain_telnyx.emulator.reading.text import ExtractedText, Heading, UnreadableError, decode

T = TypeVar("T")

_BOILERPLATE = (
    "title, script, style, noscript, template, svg, iframe, nav, footer, aside, dialog, head, "
    "[hidden], [role=navigation], [role=banner], [role=contentinfo], [role=search]"
)
_BLOCK_NAMES = """
    address article blockquote body dd details div dl dt fieldset figcaption figure form h1 h2 h3
    h4 h5 h6 header hr li main ol p pre section summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_TIGHT = frozenset({"li", "tr", "dt", "dd"})
"""Blocks without a blank line between them."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MARK = "\ue000"  # before a heading; its level follows
_NEWLINE, _SPACE = "\ue00a", "\ue020"  # white space to preserve
_PRESERVE = str.maketrans({"\n": _NEWLINE, " ": _SPACE, "\t": _SPACE * 4})
_RESTORE = str.maketrans({_NEWLINE: "\n", _SPACE: " "})


def read(data: bytes) -> ExtractedText:
    """Return the text of a page; without a top heading it begins with the title."""
    soup = parse(data)
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for element in soup.select(_BOILERPLATE):
        element.decompose()
    content = soup.select_one("main, [role=main], article") or soup
    if not content.get_text().strip():
        content = soup
    marked = _marked(content)
    if title and not content.find("h1"):
        marked = f"{_MARK}1{title}\n\n{marked}"
    return _unmarked(marked)


def links(data: bytes, base: str) -> list[str]:
    """Return the addresses that a page links to, absolute and without fragments."""
    anchors = parse(data).find_all("a", href=True)
    return [urldefrag(urljoin(base, str(anchor["href"]))).url for anchor in anchors]


def parse(data: bytes) -> BeautifulSoup:
    """Parse a page in its declared or most likely encoding."""
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    try:
        page = data.decode(declared or "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        page = decode(data)
    # Without its XML declaration, XHTML is parsed as HTML.
    page = re.sub(r"\A\s*+<\?xml[^>]*+>", "", page)
    _check_shape(page)
    # With an element, bs4 does not take a short text for a file name.
    return BeautifulSoup(page if "<" in page else f"<p>{page}</p>", "html.parser")


def _check_shape(page: str) -> None:
    """Refuse a page with too many or too deeply nested elements.

    Raises:
        UnreadableError: The page has too many or too deeply nested elements.
    """
    if page.count("<") > page.count(">") + _MAX_UNCLOSED:
        raise UnreadableError("The page has too many elements without an end tag.")
    depth = 0
    for number, tag in enumerate(_TAG.finditer(page)):
        if tag[1]:
            depth = max(0, depth - 1)
        elif tag[2].lower() not in _VOID:
            depth += 1
        if depth > _MAX_DEPTH or number > _MAX_TAGS:
            raise UnreadableError("The page has too many elements, or nests them too deeply.")


_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_MAX_DEPTH = 1500
_MAX_TAGS = 500_000
_MAX_UNCLOSED = 5_000
_MAX_SECONDS = 20.0
"""Seconds in which a page must be rewritten; many siblings take long."""


def _in_time(elements: Iterable[T]) -> Iterator[T]:
    """Yield elements until the time is up.

    Raises:
        UnreadableError: The time is up.
    """
    deadline = time.monotonic() + _MAX_SECONDS
    for element in elements:
        if time.monotonic() > deadline:
            raise UnreadableError("The page has too many elements.")
        yield element


def _marked(content: Tag) -> str:
    for text in _in_time(list(content.find_all(string=True))):
        if isinstance(text, Comment):
            text.extract()
        elif text.find_parent("pre"):
            text.replace_with(NavigableString(text.translate(_PRESERVE)))
        else:
            text.replace_with(NavigableString(re.sub(r"\s+", " ", text)))
    for line_break in _in_time(content.find_all("br")):
        line_break.replace_with("\n")
    for tag in _in_time(content.find_all(_BLOCKS)):
        _add_separators(tag)
    return content.get_text()


def _add_separators(tag: Tag) -> None:
    if tag.name in {"td", "th"}:
        if tag.find_next_sibling(["td", "th"]):
            tag.append(" | ")
        return
    if tag.name in _TIGHT:
        tag.insert(0, "- " if tag.name == "li" else "")
        tag.insert_after("\n")
        return
    if tag.name in _HEADINGS:
        tag.insert(0, f"{_MARK}{tag.name[1]}")
    tag.insert_before("\n\n")
    tag.insert_after("\n\n")


def _unmarked(marked: str) -> ExtractedText:
    tidy = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", marked))
    tidy = re.sub(r"\n{3,}", "\n\n", tidy).strip().translate(_RESTORE)
    headings: list[Heading] = []
    text = ""
    for number, piece in enumerate(tidy.split(_MARK)):
        if number == 0:
            text = piece
            continue
        title = " ".join(piece[1:].strip().partition("\n\n")[0].split())
        headings.append(Heading(len(text), int(piece[0]), title))
        text += piece[1:]
    return ExtractedText(text, tuple(headings))
