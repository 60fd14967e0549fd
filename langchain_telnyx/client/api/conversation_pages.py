"""Conversations page by page, where the API has no pages: by the time they began."""

import json
from collections.abc import Sequence
from typing import Any

from langchain_telnyx.client.api.conversation_results import Conversation
from langchain_telnyx.client.call import Call, Page, Paging, Query, Reply, query
from langchain_telnyx.client.decode import data, unwrapped


def newest_first(filters: Query, page_size: int) -> Paging[Conversation]:
    """Return a listing of the conversations that meet filters, the newest first.

    A page begins at the time of the last conversation of the page before, that time included, as
    several may have begun at once; those seen already are left out.

    Args:
        filters: Query parameters.
        page_size: Conversations to a request.
    """
    read = data(list[Conversation])

    def call(cursor: str | None) -> Call[Page[Conversation]]:
        place: dict[str, Any] = json.loads(cursor) if cursor else {}
        bound = query(created_at=place.get("bound"))
        seen = set(place.get("seen", ()))
        longest = place.get("longest", 0)

        def decode(reply: Reply) -> Page[Conversation]:
            rows = read(reply)
            fresh = [row for row in rows if row.id not in seen]
            # The times as they were written: a parsed one may be less precise.
            written = [str(item.get("created_at", "")) for item in unwrapped(reply.json())]
            following: dict[str, Any] | None = None
            if fresh and written[-1]:
                again = _at_the_time_of_the_last(rows, written)
                kept = [*seen, *again] if place.get("time") == written[-1] else again
                following = {"bound": f"lte.{written[-1]}", "time": written[-1], "seen": kept}
            elif rows and len(rows) >= longest and str(place.get("bound")).startswith("lte."):
                # A whole page that began at one time, all of it seen: what is behind it is older.
                following = {"bound": f"lt.{written[-1]}"}
            if following is None:
                return Page(fresh)
            return Page(fresh, json.dumps({**following, "longest": max(longest, len(rows))}))

        asked = query(order="created_at.desc", limit=page_size)
        return Call("GET", "/ai/conversations", decode, query=(*filters, *bound, *asked))

    return Paging(call)


def _at_the_time_of_the_last(rows: Sequence[Conversation], written: Sequence[str]) -> list[str]:
    return [row.id for row, time in zip(rows, written, strict=True) if time == written[-1]]
