"""Listings by opaque cursors: a page begins after, or ends before, the row of a cursor.

A cursor contains the sort value and the id of its row, so it stays valid when rows are added or
deleted.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any, TypeAlias
from urllib.parse import urlencode

from fastapi import Request

from langchain_telnyx.emulator.serving.checks import positive
from langchain_telnyx.emulator.serving.envelopes import ApiError

_MAX_SIZE = 250
_DEFAULT_SIZE = "20"
_Position: TypeAlias = tuple[str, str]
_SORTS = ("created_at", "updated_at", "name")


def listed(
    rows: list[dict[str, Any]], request: Request, *, sizes: Sequence[str] = ("page[limit]",)
) -> dict[str, Any]:
    """Return a page of rows in its envelope.

    Args:
        rows: All rows, in any order.
        request: Selects the page by `sort`, `page[limit]`, `page[after]` and `page[before]`.
        sizes: The names of the parameter for the number of rows; the first one given counts.
    """
    query = request.query_params
    named = next((name for name in sizes if name in query), sizes[0])
    size = positive(query.get(named, _DEFAULT_SIZE), named, status=422, most=_MAX_SIZE)
    field, descending = _sort(query.get("sort", "-created_at"))
    after, before = query.get("page[after]"), query.get("page[before]")
    if after and before:
        raise _refused("`page[after]` and `page[before]` exclude each other.")
    positions = sorted(((row[field], row["id"]) for row in rows), reverse=descending)
    by_position = {(row[field], row["id"]): row for row in rows}
    start = 0
    if after:
        cursor = _decode(after)
        start = _rows_before(positions, cursor, descending=descending) + (cursor in by_position)
    if before:
        end = _rows_before(positions, _decode(before), descending=descending)
        start = max(0, end - size)
        size = end - start
    page = positions[start : start + size]
    cursors = {}
    if page and start + size < len(positions):
        cursors["after"] = _encode(page[-1])
    if page and start > 0:
        cursors["before"] = _encode(page[0])
    meta: dict[str, Any] = {"cursors": cursors}
    for direction, name in (("after", "next"), ("before", "previous")):
        if direction in cursors:
            meta[name] = _link(request, direction, cursors[direction])
    return {"data": [by_position[position] for position in page], "meta": meta}


def _rows_before(positions: list[_Position], cursor: _Position, *, descending: bool) -> int:
    """Return the number of rows before a cursor's position."""
    return sum(position > cursor if descending else position < cursor for position in positions)


def _sort(given: str) -> tuple[str, bool]:
    field = given.removeprefix("-")
    if field not in _SORTS:
        raise _refused(
            f"`sort` must be one of {', '.join(_SORTS)}, optionally with a `-` before it."
        )
    return field, given.startswith("-")


def _encode(position: _Position) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _decode(cursor: str) -> _Position:
    try:
        value, row = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except (TypeError, ValueError, RecursionError):
        raise _refused("The cursor is invalid.") from None
    if not isinstance(value, str) or not isinstance(row, str):
        raise _refused("The cursor is invalid.")
    return value, row


def _link(request: Request, direction: str, cursor: str) -> str:
    others = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in {"page[after]", "page[before]"}
    ]
    return f"{request.url.path}?{urlencode([*others, (f'page[{direction}]', cursor)])}"


def _refused(detail: str) -> ApiError:
    return ApiError(422, "10027", None, detail)
