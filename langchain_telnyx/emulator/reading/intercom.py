"""The `intercom` loader: help-centre articles as JSON, cut at their headings."""

import json
from typing import Any

from langchain_telnyx.emulator.reading import html as text_html
from langchain_telnyx.emulator.reading.text import ExtractedText, UnreadableError, decode


def sections(data: bytes) -> list[tuple[ExtractedText, dict[str, Any]]]:
    """Return the sections of the articles in a file, each with what is known about it.

    Args:
        data: One article of the Intercom Articles API, a list of them, or a page of its listing.

    Raises:
        UnreadableError: It is none of these.
    """
    try:
        document = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The file is no Intercom article: {error}.") from error
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        document = document["data"]
    articles = document if isinstance(document, list) else [document]
    if not all(isinstance(article, dict) and "body" in article for article in articles):
        raise UnreadableError("The file is no Intercom article: it has no `body`.")
    return [section for article in articles for section in _sections(article)]


def _sections(article: dict[str, Any]) -> list[tuple[ExtractedText, dict[str, Any]]]:
    reading = text_html.read(str(article["body"] or "").encode())
    url = article.get("url")
    # The docs name the address `article_url`, a client in use reads `url`: give both.
    known = {
        "article_id": str(article.get("id", "")),
        "title": article.get("title"),
        "url": url,
        "article_url": url,
        "updated_at": article.get("updated_at"),
    }
    starts = [heading.start for heading in reading.headings]
    ends = [*starts[1:], len(reading.text)]
    found = [
        (ExtractedText(reading.text[start:end].strip()), {**known, "heading": heading.title})
        for heading, start, end in zip(reading.headings, starts, ends, strict=True)
    ]
    opening = reading.text[: starts[0] if starts else None].strip()
    if opening:
        found.insert(0, (ExtractedText(opening), {**known, "heading": article.get("title")}))
    return found
