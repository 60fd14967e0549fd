"""The text of a web page: its content without scripts, styles and navigation, and its links.

The page is rewritten in place, then read off in one go: blocks get line breaks around them,
headings get a mark. Marks and the white space of `<pre>` stand in private-use characters until the
rest of the white space has been tidied.
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
"""Blocks that follow each other line by line."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MARK = "\ue000"  # before a heading; its level follows
_NEWLINE, _SPACE = "\ue00a", "\ue020"  # white space that stays
_KEEP = str.maketrans({"\n": _NEWLINE, " ": _SPACE, "\t": _SPACE * 4})
_RESTORE = str.maketrans({_NEWLINE: "\n", _SPACE: " "})


def read(data: bytes) -> ExtractedText:
    """Return the text of a page, its title first when no heading says it."""
    soup = parse(data)
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for unwanted in soup.select(_BOILERPLATE):
        unwanted.decompose()
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
    """Parse a page in the encoding that it declares, or the likeliest."""
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    try:
        page = data.decode(declared or "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        page = decode(data)
    # Without its XML declaration, XHTML parses as what it is, a page.
    page = re.sub(r"\A\s*+<\?xml[^>]*+>", "", page)
    _check_shape(page)
    # The element keeps bs4 from guessing that a short text is a file name.
    return BeautifulSoup(page if "<" in page else f"<p>{page}</p>", "html.parser")


def _check_shape(page: str) -> None:
    """Refuse a page whose elements nest so deeply that reading it would not end.

    Raises:
        UnreadableError: It is such a page.
    """
    if page.count("<") > page.count(">") + _MOST_OPEN:
        raise UnreadableError("The page has too many elements that do not end.")
    depth = 0
    for number, tag in enumerate(_TAG.finditer(page)):
        if tag[1]:
            depth = max(0, depth - 1)
        elif tag[2].lower() not in _VOID:
            depth += 1
        if depth > _DEEPEST or number > _MOST_TAGS:
            raise UnreadableError("The page has too many elements, or nests them too deeply.")


_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_DEEPEST = 1500
_MOST_TAGS = 500_000
_MOST_OPEN = 5_000
_SECONDS = 20.0
"""How long a page may be rewritten; many elements beside each other take long."""


def _in_time(elements: Iterable[T]) -> Iterator[T]:
    """Hand out elements while there is time.

    Raises:
        UnreadableError: There is none left.
    """
    until = time.monotonic() + _SECONDS
    for element in elements:
        if time.monotonic() > until:
            raise UnreadableError("The page has too many elements.")
        yield element


def _marked(content: Tag) -> str:
    for text in _in_time(list(content.find_all(string=True))):
        if isinstance(text, Comment):
            text.extract()
        elif text.find_parent("pre"):
            text.replace_with(NavigableString(text.translate(_KEEP)))
        else:
            text.replace_with(NavigableString(re.sub(r"\s+", " ", text)))
    for line_break in _in_time(content.find_all("br")):
        line_break.replace_with("\n")
    for tag in _in_time(content.find_all(_BLOCKS)):
        _set_apart(tag)
    return content.get_text()


def _set_apart(tag: Tag) -> None:
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
