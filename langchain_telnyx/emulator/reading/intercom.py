"""The `intercom` loader: help center articles as JSON, split at their headings."""

import json
from typing import Any

from langchain_telnyx.emulator.reading import html as text_html
from langchain_telnyx.emulator.reading.text import ExtractedText, UnreadableError, decode


def sections(data: bytes) -> list[tuple[ExtractedText, dict[str, Any]]]:
    """Return the sections of the articles in a file, each with its metadata.

    Args:
        data: One article of the Intercom Articles API, a list of them, or a page of its listing.

    Raises:
        UnreadableError: The file is not an article.
    """
    try:
        document = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The file is not an Intercom article: {error}.") from error
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        document = document["data"]
    articles = document if isinstance(document, list) else [document]
    if not all(isinstance(article, dict) and "body" in article for article in articles):
        raise UnreadableError("The file is not an Intercom article: it has no `body`.")
    return [section for article in articles for section in _sections(article)]


def _sections(article: dict[str, Any]) -> list[tuple[ExtractedText, dict[str, Any]]]:
    extracted = text_html.read(str(article["body"] or "").encode())
    url = article.get("url")
    # The field is `article_url` in the docs, and `url` in a client: return both.
    metadata = {
        "article_id": str(article.get("id", "")),
        "title": article.get("title"),
        "url": url,
        "article_url": url,
        "updated_at": article.get("updated_at"),
    }
    starts = [heading.start for heading in extracted.headings]
    ends = [*starts[1:], len(extracted.text)]
    found = [
        (ExtractedText(extracted.text[start:end].strip()), {**metadata, "heading": heading.title})
        for heading, start, end in zip(extracted.headings, starts, ends, strict=True)
    ]
    opening = extracted.text[: starts[0] if starts else None].strip()
    if opening:
        found.insert(0, (ExtractedText(opening), {**metadata, "heading": article.get("title")}))
    return found
