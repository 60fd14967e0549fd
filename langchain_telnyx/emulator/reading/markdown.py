"""Extract the text of Markdown, unchanged, and its headings."""

import re
from itertools import pairwise

from markdown_it import MarkdownIt

from langchain_telnyx.emulator.reading.text import ExtractedText, Heading, decode


def markdown(data: bytes) -> ExtractedText:
    """Return Markdown as it is, with its headings, which a parser finds."""
    text = decode(data)
    front_matter = _FRONT_MATTER.match(text)
    skipped = front_matter.end() if front_matter else 0
    body = text[skipped:]
    starts = [skipped]
    for line in body.split("\n"):  # the only line break of the parser
        starts.append(starts[-1] + len(line) + 1)
    parsed = _MARKDOWN.parse(body)
    headings = [
        Heading(starts[opening.map[0]], int(opening.tag[1:]), _title(inline.content))
        for opening, inline in pairwise(parsed)
        if opening.type == "heading_open" and opening.map and opening.level == 0
    ]
    return ExtractedText(text, tuple(headings))


def _title(markdown_inline: str) -> str:
    """Return a heading without markup: the text of links, no backticks or asterisks."""
    linkless = re.sub(r"!?\[([^\[\]]*)\]\([^()]*\)", r"\1", markdown_inline)
    return re.sub(r"[`*]", "", linkless).strip()


_MARKDOWN = MarkdownIt("commonmark")
_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
