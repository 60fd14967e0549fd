"""Listings with page numbers: `page[number]`, `page[size]`, and a `meta` with the page count."""

from typing import Any

from langchain_telnyx.client.call import Call, Page, Paging, Query, Reply
from langchain_telnyx.client.decode import T, log_unreadable, rows


def numbered_pages(
    path: str,
    row: type[T],
    *,
    first: int = 1,
    page_size: int | None = None,
    parameters: Query = (),
) -> Paging[T]:
    """Return a listing that requests page after page until the last one, according to `meta`.

    A page may be shorter than requested, so `meta` decides. Without it there is one page: a server
    that ignores the page number would return pages without end.

    Args:
        path: The listing's path, percent-encoded.
        row: The type of each item.
        first: The number of the first page: 1, or 0 in some areas.
        page_size: Items per request; default: the server's.
        parameters: Other query parameters.
    """
    read = rows(row, part=True)

    def decode(reply: Reply) -> Page[T]:
        items = read(reply)
        body = reply.json()
        meta = body.get("meta") if isinstance(body, dict) else None
        following = _following(meta, first, reply) if items.given else None
        cursor = None if following is None else str(following)
        return Page(items, cursor, items.unreadable, _total(meta))

    def call(cursor: str | None) -> Call[Page[T]]:
        pages = [("page[number]", cursor)] if cursor is not None else []
        if page_size is not None:
            pages.append(("page[size]", str(page_size)))
        return Call("GET", path, decode, query=(*parameters, *pages))

    return Paging(call)


def _total(meta: Any) -> int | None:
    total = meta.get("total_results") if isinstance(meta, dict) else None
    return total if isinstance(total, int) else None


def _following(meta: Any, first: int, reply: Reply) -> int | None:
    if not meta:
        return None
    try:
        number, total = meta.get("page_number"), meta.get("total_pages")
        if number is None or total is None:
            return None
        following = int(number) + 1
        return following if following - first < int(total) else None
    except (AttributeError, TypeError, ValueError):
        log_unreadable(
            reply, ["meta (the number of pages is unknown, so this is the last one)"], []
        )
        return None
