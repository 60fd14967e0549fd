"""Lists that repeat pages: an error with the items so far, and never an endless loop."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.client.call import Call, Page, Paging, Reply
from langchain_telnyx.client.errors import ListingError
from langchain_telnyx.client.flows import every
from langchain_telnyx.client.paging import numbered_pages
from tests.support.lists import LISTS, sample

PAGED = {name: each for name, each in LISTS.items() if isinstance(each[0], Paging)}
WHOLE = {name: each for name, each in LISTS.items() if isinstance(each[0], Call)}


def number_of(call: Call[Any]) -> int:
    """Return the page number of a call, from any of its parameters."""
    numbers = [
        value for name, value in call.query if name in {"page[number]", "page[after]", "cursor"}
    ]
    return int(numbers[0]) if numbers else int(call.path != "/ai/clusters")


def answered(rows: list[Any], number: int, pages: int) -> Reply:
    meta = {
        "page_number": number,
        "total_pages": pages,
        "next": str(number + 1) if number < pages else None,
        "cursors": {"after": str(number + 1) if number < pages else None},
        "cursor": str(number + 1) if number < pages else None,
    }
    return Reply(200, {}, json.dumps({"data": rows, "meta": meta}).encode())


@pytest.mark.parametrize("pages", [2, 9])
@pytest.mark.parametrize("name", PAGED)
def test_a_repeated_page_ends_every_listing_with_an_error(name: str, pages: int) -> None:
    paging, kind = PAGED[name]
    rows = [sample(kind, number) for number in range(3)]
    flow = every(paging)
    calls: list[Any] = [next(flow)]

    def run() -> None:
        for _ in range(5):
            last = calls[-1]
            calls.append(flow.send(last.decode(answered(rows, number_of(last), pages))))

    with pytest.raises(ListingError) as caught:
        run()
    assert len(calls) <= 3, [unquote(str(each.query)) for each in calls]
    assert len(caught.value.partial) == 3


@pytest.mark.parametrize("name", WHOLE)
def test_a_list_with_pages_that_cannot_be_requested_is_reported(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    call, kind = WHOLE[name]
    with caplog.at_level(logging.WARNING):
        call.decode(answered([sample(kind, 1)], 1, 3))
    assert "one of 3 pages" in caplog.text


@settings(deadline=None)
@given(
    before=st.lists(st.integers(0, 1), max_size=12),
    size=st.integers(1, 4),
    added=st.lists(st.integers(0, 4), max_size=12),
)
def test_items_moved_by_insertions_are_not_repeated(
    before: list[int], size: int, added: list[int]
) -> None:
    # The newest first, like messages; some differ only in their number.
    rows = [f"{number}:{text}" for number, text in enumerate(before)]
    arriving = iter(added)
    flow = every(numbered_pages("/rows", str, page_size=size))
    call: Any = next(flow)
    try:
        while True:
            number = number_of(call)
            newest = rows[::-1]
            total = len(rows)
            meta = {
                "page_number": number,
                "total_pages": -(-total // size),
                "total_results": total,
            }
            body = {"data": newest[(number - 1) * size :][:size], "meta": meta}
            page: Page[str] = call.decode(Reply(200, {}, json.dumps(body).encode()))
            rows += [f"new {len(rows) + n}" for n in range(min(size, next(arriving, 0)))]
            call = flow.send(page)
    except StopIteration as stop:
        found: list[str] = stop.value
    assert len(found) == len(set(found))
    assert {f"{number}:{text}" for number, text in enumerate(before)} <= set(found)
