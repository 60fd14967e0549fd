"""Listings by opaque cursors: a page begins behind, or ends before, the row that a cursor names.

A cursor holds the sorted value and the id of its row, so that it stays good when rows come and go.
"""

import base64
import json
from typing import Any, TypeAlias
from urllib.parse import urlencode

from fastapi import Request

from langchain_telnyx.emulator.serving.checks import positive
from langchain_telnyx.emulator.serving.envelopes import ApiError

_LARGEST = 250
_USUAL = "20"
_Place: TypeAlias = tuple[str, str]
_SORTS = ("created_at", "updated_at", "name")


def listed(rows: list[dict[str, Any]], request: Request) -> dict[str, Any]:
    """Return a page of rows in its envelope.

    Args:
        rows: All rows, in any order.
        request: Says by `sort`, `page[limit]`, `page[after]` and `page[before]` which page.
    """
    asked = request.query_params
    size = positive(asked.get("page[limit]", _USUAL), "page[limit]", status=422, most=_LARGEST)
    field, descending = _sort(asked.get("sort", "-created_at"))
    after, before = asked.get("page[after]"), asked.get("page[before]")
    if after and before:
        raise _refused("`page[after]` and `page[before]` exclude each other.")
    places = sorted(((row[field], row["id"]) for row in rows), reverse=descending)
    by_place = {(row[field], row["id"]): row for row in rows}
    start = 0
    if after:
        cursor = _read(after)
        start = _earlier(places, cursor, descending=descending) + (cursor in by_place)
    if before:
        end = _earlier(places, _read(before), descending=descending)
        start = max(0, end - size)
        size = end - start
    shown = places[start : start + size]
    cursors = {}
    if shown and start + size < len(places):
        cursors["after"] = _written(shown[-1])
    if shown and start > 0:
        cursors["before"] = _written(shown[0])
    meta: dict[str, Any] = {"cursors": cursors}
    for direction, name in (("after", "next"), ("before", "previous")):
        if direction in cursors:
            meta[name] = _link(request, direction, cursors[direction])
    return {"data": [by_place[place] for place in shown], "meta": meta}


def _earlier(places: list[_Place], cursor: _Place, *, descending: bool) -> int:
    """Return how many rows come before a cursor's place."""
    return sum(place > cursor if descending else place < cursor for place in places)


def _sort(given: str) -> tuple[str, bool]:
    field = given.removeprefix("-")
    if field not in _SORTS:
        raise _refused(f"`sort` must be one of {', '.join(_SORTS)}, or that with `-` before it.")
    return field, given.startswith("-")


def _written(place: _Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read(cursor: str) -> _Place:
    try:
        value, row = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except (TypeError, ValueError, RecursionError):
        raise _refused("The cursor is none of ours.") from None
    if not isinstance(value, str) or not isinstance(row, str):
        raise _refused("The cursor is none of ours.")
    return value, row


def _link(request: Request, direction: str, cursor: str) -> str:
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in {"page[after]", "page[before]"}
    ]
    return f"{request.url.path}?{urlencode([*kept, (f'page[{direction}]', cursor)])}"


def _refused(detail: str) -> ApiError:
    return ApiError(422, "10027", None, detail)
