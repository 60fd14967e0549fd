"""`TelnyxWebSearchRetriever`: snippets, whole pages and options, sync and async."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx import BadRequestError, TelnyxWebSearchRetriever

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

TITAN = "https://space.example/moons/titan"
NEWS = "https://news.example/2026/titan-mission"


@pytest.fixture
def search(mode: Mode, emulator: TelnyxEmulator) -> Callable[..., Any]:
    def run(query: str = "moons of Saturn", /, *, call: Any = None, **options: Any) -> Any:
        retriever = TelnyxWebSearchRetriever(**options, **emulator.options())
        return mode.invoke(retriever, query, **(call or {}))

    return run


def served(mode: Mode, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a client whose requests get prepared data, by the end of the path."""

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        return httpx.Response(200, json={"data": answers[name]})

    transport = httpx.MockTransport(answer)
    client: dict[str, Any] = (
        {"http_async_client": httpx.AsyncClient(transport=transport)}
        if mode.awaited
        else {"http_client": httpx.Client(transport=transport)}
    )
    return {"api_key": "KEY1", "base_url": "http://127.0.0.1:9/v2", **client}


def test_a_document_has_the_snippets_and_the_fields(search: Any) -> None:
    best, other = search()
    assert best.id == TITAN
    assert best.page_content.startswith("Titan is the largest moon")
    assert "\n\nLakes of methane" in best.page_content
    assert best.metadata == {
        "source": TITAN,
        "url": TITAN,
        "title": "Titan, the largest moon of Saturn",
        "description": best.metadata["description"],
        "kind": "web",
        "rank": 1,
    }
    assert (other.metadata["rank"], other.metadata["title"]) == (2, "Europa and its ocean")


def test_news_alternate_with_other_pages(search: Any) -> None:
    found = search(news=True)
    assert [each.metadata["kind"] for each in found] == ["web", "news", "web"]
    assert [each.metadata["rank"] for each in found] == [1, 2, 3]
    assert found[1].id == NEWS
    assert len(search(news=True, k=1)) == 1


@pytest.mark.parametrize(("contents", "start"), [("markdown", "Titan is"), ("html", "<h1>Titan")])
def test_a_document_can_be_the_whole_page(
    search: Any, emulator: TelnyxEmulator, contents: str, start: str
) -> None:
    [page] = search(k=1, contents=contents, crawl_timeout=9, max_age=60)
    assert page.page_content.startswith(start)
    assert page.metadata["page_metadata"]["site_name"] == ""
    assert emulator.requests[-1].json() == {
        "urls": [TITAN],
        "formats": [contents, "metadata"],
        "crawl_timeout": 9,
        "max_age": 60,
    }
    [again] = search(k=1, call={"contents": contents})
    assert again.page_content == page.page_content


def test_the_date_of_a_page_is_in_the_metadata(search: Any, emulator: TelnyxEmulator) -> None:
    moment = datetime(2025, 12, 24, tzinfo=UTC)
    emulator.add_web_page("https://tea.example/", "Tea", "Tea is hot.", published_at=moment)
    [page] = search("tea", contents="markdown")
    assert page.metadata["date"] == "2025-12-24T00:00:00+00:00"
    assert "date" not in search("tea")[0].metadata


def test_a_page_that_cannot_be_fetched_keeps_its_snippets(
    search: Any, emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.add_web_page("https://tea.example/", "Tea", "Tea is hot.")
    emulator.add_web_page("https://closed.example/", "Closed tea", None, description="Tea, too.")
    found = {each.id: each for each in search("tea", contents="markdown")}
    assert found["https://tea.example/"].page_content == "Tea is hot."
    closed = found["https://closed.example/"]
    assert closed.page_content == "Tea, too."
    assert "no contents" in closed.metadata["contents_error"]
    assert "https://closed.example/" in caplog.text


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_a_failed_request_for_contents_costs_only_the_contents(
    search: Any, emulator: TelnyxEmulator
) -> None:
    for number in range(25):
        emulator.add_web_page(f"https://tea.example/{number}", f"Tea {number}", "Tea is hot.")
    emulator.fail(500, path="contents")
    found = search("tea", k=25, contents="html", max_retries=0)
    failed = [each for each in found if "contents_error" in each.metadata]
    assert len(found) == 25
    # The pages are fetched in two requests, of 20 and 5 pages.
    assert len(failed) in {5, 20}
    assert all("500" in each.metadata["contents_error"] for each in failed)
    assert {each.page_content for each in failed} == {"Tea is hot."}


def test_options_are_sent_and_overridden_by_a_call(search: Any, emulator: TelnyxEmulator) -> None:
    options = {"k": 3, "country": "DE", "freshness": "year", "include_domains": ["A.example"]}
    search("tea", **options)
    sent = {"query": "tea", "count": 3, "country": "DE", "freshness": "year"}
    assert emulator.requests[-1].json() == {**sent, "include_domains": ["a.example"]}
    call = {"k": 9, "country": "US", "freshness": "day", "include_domains": ["b.example"]}
    search("tea", call=call, **options)
    assert emulator.requests[-1].json() == {
        "query": "tea",
        "count": 9,
        **{name: value for name, value in call.items() if name != "k"},
    }


def test_options_out_of_range_are_refused(search: Any) -> None:
    for options in ({"k": 0}, {"k": 101}, {"contents": "pdf"}, {"country": "Germany"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            search(**options)
    for call in ({"k": 101}, {"contents": "pdf"}, {"exclude_domains": ["https://a.example"]}):
        with pytest.raises(ValueError, match=r"`k`|`contents`|host name"):
            search(call=call)
    with pytest.raises(ValueError, match="the API refuses both"):
        search(include_domains=["a.example"], call={"exclude_domains": ["b.example"]})
    with pytest.raises(BadRequestError, match="freshness"):
        search(freshness="decade")


def test_an_odd_result_costs_only_itself(mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    web = [{"url": "https://a.example", "snippets": "text"}, {"title": "No address"}, 7]
    web += [{"url": "https://b.example", "description": "B.", "page_age": "2026-02-01"}]
    options = served(mode, {"web_search": {"results": {"web": web}}})
    found = mode.invoke(TelnyxWebSearchRetriever(**options), "tea")
    assert [(each.id, each.page_content) for each in found] == [
        ("https://a.example", ""),
        ("https://b.example", "B."),
    ]
    assert found[1].metadata["date"] == found[1].metadata["page_age"] == "2026-02-01"
    assert "results.web.1" in caplog.text


def test_contents_are_matched_by_address_in_any_order(mode: Mode) -> None:
    urls = ["https://A.example", "https://b.example/x#top", "https://c.example/"]
    pages = [
        {"url": "https://b.example/x/", "markdown": "B"},
        {"url": "https://unrelated.example/", "markdown": "U"},
        {"url": "https://a.example/", "markdown": "A", "title": "Title of A"},
    ]
    web = [{"url": url, "title": "T", "snippets": ["S"]} for url in urls]
    answers = {"web_search": {"results": {"web": web}}, "contents": {"results": pages}}
    retriever = TelnyxWebSearchRetriever(contents="markdown", **served(mode, answers))
    found = mode.invoke(retriever, "tea")
    assert [(each.page_content, each.metadata["title"]) for each in found] == [
        ("A", "Title of A"),
        ("B", "T"),
        ("S", "T"),
    ]
    assert ["contents_error" in each.metadata for each in found] == [False, False, True]
    assert json.loads(json.dumps([each.metadata for each in found]))
