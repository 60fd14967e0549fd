"""Listings by page number: they end at the last page of `meta`, with any page size."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Paging
from langchain_telnyx.client.endpoint import M, Resource, paged
from langchain_telnyx.client.paging import numbered_pages

ROWS = [f"row-{number}" for number in range(7)]


class Rows(Resource[M]):
    @paged
    def list(self, *, first: int = 1, page_size: int | None = None) -> Paging[str]:
        return numbered_pages(
            "/rows", str, first=first, page_size=page_size, parameters=(("q", "a b"),)
        )


class Server:
    """A server of rows, with at most three per page."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.queries: list[dict[str, list[str]]] = []

    def meta(self, number: int, size: int) -> dict[str, int] | None:
        return {
            "page_number": number,
            "page_size": size,
            "total_pages": -(-len(ROWS) // size),
            "total_results": len(ROWS),
        }

    def __call__(
        self, _: str, path: str, __: dict[str, str], ___: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        queries = parse_qs(urlsplit(path).query)
        self.queries.append(queries)
        number = int(queries.get("page[number]", [str(self.first)])[0])
        size = min(3, int(queries.get("page[size]", ["3"])[0]))
        begin = (number - self.first) * size
        body: dict[str, Any] = {"data": ROWS[begin : begin + size]}
        meta = self.meta(number, size)
        if meta is not None:
            body["meta"] = meta
        return 200, {"content-type": "application/json"}, json.dumps(body).encode()


class WithoutMeta(Server):
    def meta(self, number: int, size: int) -> None:
        del number, size


class Miscounting(Server):
    def meta(self, number: int, size: int) -> dict[str, int]:
        return {"page_number": number, "page_size": size, "total_pages": 99, "total_results": 999}


@pytest.fixture
def rows(as_async: Callable[[Telnyx], Any], serve: Callable[..., str]) -> Callable[[Server], Any]:
    def start(server: Server) -> Any:
        telnyx = Telnyx(api_key="KEY", base_url=serve(server))
        telnyx.rows = Rows(telnyx._runner)  # type: ignore[attr-defined]  # noqa: SLF001 - an area of the test's own
        telnyx.aio.rows = Rows(telnyx.aio._runner)  # type: ignore[attr-defined]  # noqa: SLF001
        return as_async(telnyx).rows

    return start


@pytest.mark.parametrize("first", [0, 1])
async def test_every_page_is_fetched_from_the_first_on(
    rows: Callable[[Server], Any], first: int
) -> None:
    server = Server(first)
    assert await rows(server).list(first=first) == ROWS
    pages = [queries.get("page[number]", ["first"])[0] for queries in server.queries]
    assert pages == ["first", str(first + 1), str(first + 2)]
    assert {queries["q"][0] for queries in server.queries} == {"a b"}


async def test_a_server_with_shorter_pages_is_listed_to_the_end(
    rows: Callable[[Server], Any],
) -> None:
    server = Server(1)
    assert await rows(server).list(page_size=100) == ROWS
    assert [queries["page[size]"] for queries in server.queries] == [["100"]] * 3


async def test_without_meta_there_is_one_page(rows: Callable[[Server], Any]) -> None:
    server = WithoutMeta(1)
    assert await rows(server).list() == ROWS[:3]
    assert len(server.queries) == 1


async def test_an_empty_page_is_the_last(rows: Callable[[Server], Any]) -> None:
    server = Miscounting(1)
    assert await rows(server).list() == ROWS
    assert len(server.queries) == 4
