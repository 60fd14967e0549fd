"""Conversations page by page, where the API has no pages: by the time they began."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from langchain_telnyx.client.api.conversation_results import Conversation
from langchain_telnyx.client.call import Call, Page, Paging, Query, Reply, query
from langchain_telnyx.client.decode import rows, unwrapped
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.rows import Rows


def newest_first(filters: Query, page_size: int) -> Paging[Conversation]:
    """Return a listing of the conversations that meet filters, the newest first.

    A page begins at the time of the last conversation of the page before, that time included, as
    several may have begun at once; those seen already are left out.

    Args:
        filters: Query parameters.
        page_size: Conversations to a request.
    """
    read = rows(Conversation)

    def call(cursor: str | None) -> Call[Page[Conversation]]:
        place: dict[str, Any] = loads(cursor) if cursor else {}
        bound = query(created_at=place.get("bound"))
        seen = set(place.get("seen", ()))
        longest = place.get("longest", 0)

        def decode(reply: Reply) -> Page[Conversation]:
            found = read(reply)
            fresh = [row for row in found if row.id not in seen]
            # The times as they were written: a parsed one may be less precise.
            written = [_written(item) for item in unwrapped(reply.json())]
            last = next(filter(None, reversed(written)), "")
            following: dict[str, Any] | None = None
            if fresh and last:
                again = _at(last, found, written)
                kept = [*seen, *again] if place.get("time") == last else again
                following = {"bound": f"lte.{last}", "time": last, "seen": kept}
            elif (
                last
                and found.given >= longest
                and (found.unreadable or str(place.get("bound")).startswith("lte."))
            ):
                # A whole page that began at one time, all of it seen, or of rows that could not be
                # read: what is behind it is older.
                following = {"bound": f"lt.{last}"}
            if following is None:
                return Page(fresh, None, found.unreadable)
            cursor = json.dumps({**following, "longest": max(longest, found.given)})
            return Page(fresh, cursor, found.unreadable)

        asked = query(order="created_at.desc", limit=page_size)
        return Call("GET", "/ai/conversations", decode, query=(*filters, *bound, *asked))

    return Paging(call)


def _written(item: Any) -> str:
    """Return when a row says that it began, as it is written; empty where that is no time."""
    time = item.get("created_at") if isinstance(item, dict) else None
    try:
        datetime.fromisoformat(time)  # type: ignore[arg-type]  # anything else is a TypeError
    except (TypeError, ValueError):
        return ""
    return str(time)


def _at(time: str, found: Rows[Conversation], written: Sequence[str]) -> list[str]:
    """Return the conversations that began at a time, or may have, as they do not say when."""
    lost = {row.position for row in found.unreadable}
    times = [at for position, at in enumerate(written) if position not in lost]
    return [row.id for row, at in zip(found, times, strict=True) if at in {time, ""}]
