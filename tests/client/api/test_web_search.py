"""Web search, contents and research, sync and async, against the emulator and odd servers."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.web_search import WebPage, WebSearchResult
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    BadRequestError,
    NotFoundError,
    ServerError,
    TaskError,
    TaskTimeoutError,
)
from langchain_telnyx.emulator.runtime.pace import after_polls

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator.server import TelnyxEmulator

TITAN = "https://space.example/moons/titan"
CALLS = Telnyx(api_key="KEY0123", base_url="http://127.0.0.1:9").calls


def reply(data: Any) -> Reply:
    return Reply(200, {}, json.dumps({"data": data}).encode(), "POST /web_search")


def decoded(call: Any, data: Any) -> Any:
    return call.decode(reply(data))


async def test_results_have_titles_addresses_and_snippets(api: Any) -> None:
    found = await api.web_search.search("moons of Saturn")
    best = found.results.web[0]
    assert (best.url, best.title) == (TITAN, "Titan, the largest moon of Saturn")
    assert "only moon with a dense atmosphere" in best.snippets[0]
    assert [each.url for each in found.results.news] == ["https://news.example/2026/titan-mission"]
    assert (await api.web_search.search("flour")).results.news == []


async def test_every_option_is_sent(api: Any, emulator: TelnyxEmulator) -> None:
    options: dict[str, Any] = {
        "count": 3,
        "country": "DE",
        "freshness": "week",
        "safesearch": "strict",
        "include_domains": ("space.example",),
        "livecrawl": False,
    }
    await api.web_search.search("moons", **options)
    assert emulator.requests[-1].json() == {
        "query": "moons",
        **options,
        "include_domains": ["space.example"],
    }
    await api.web_search.contents(iter([TITAN]), formats=["html"], crawl_timeout=9, max_age=60)
    assert emulator.requests[-1].json() == {
        "urls": [TITAN],
        "formats": ["html"],
        "crawl_timeout": 9,
        "max_age": 60,
    }


async def test_a_string_in_place_of_a_list_is_refused(api: Any) -> None:
    with pytest.raises(TypeError, match="`urls` must be a list"):
        await api.web_search.contents(TITAN)
    with pytest.raises(TypeError, match="`include_domains` must be a list"):
        await api.web_search.search("moons", include_domains="space.example")
    with pytest.raises(TypeError, match="cuont"):
        await api.web_search.search("moons", cuont=3)


async def test_contents_come_in_the_requested_formats(api: Any) -> None:
    [page] = await api.web_search.contents([TITAN], formats=["markdown"])
    assert page.markdown.startswith("Titan is the largest moon")
    assert (page.html, page.metadata) == (None, None)
    [page] = await api.web_search.contents([TITAN])
    assert page.html.startswith("<h1>Titan")
    assert (page.markdown, page.metadata.site_name) == (None, "")


async def test_a_page_that_cannot_be_fetched_has_no_contents(api: Any) -> None:
    pages = await api.web_search.contents(["https://missing.example", TITAN])
    assert [(page.title, page.html is None) for page in pages] == [
        (None, True),
        ("Titan, the largest moon of Saturn", False),
    ]


async def test_an_answer_cites_its_sources(api: Any) -> None:
    found = await api.web_search.research("Which moon of Saturn is the largest?", max_sources=1)
    assert found.answer.endswith("atmosphere. [[1]]")
    assert [each.url for each in found.citations] == [TITAN]


async def test_background_research_is_waited_for(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.account.jobs.pace = after_polls(1)
    task = await api.web_search.start_research("moons of Saturn", research_effort="lite")
    assert (task.status, task.answer) == ("pending", None)
    states: list[str] = []
    done = await api.web_search.wait_for_research(
        task.task_id, on_progress=lambda each: states.append(each.status)
    )
    assert states == ["pending", "running", "completed"]
    assert len(done.citations) == 2
    assert "[[2]]" in done.answer


async def test_failed_and_late_research_name_the_task(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.account.jobs.pace = after_polls(1000)
    task = await api.web_search.start_research("moons of Saturn")
    with pytest.raises(TaskTimeoutError) as late:
        await api.web_search.wait_for_research(task.task_id, timeout=0.01)
    assert late.value.task_id == task.task_id
    emulator.account.jobs.end(task.task_id, "failed")
    with pytest.raises(TaskError, match="The research failed") as failed:
        await api.web_search.wait_for_research(task.task_id)
    assert failed.value.reasons == {"error": "The research failed."}


async def test_an_unknown_task_is_not_found(api: Any) -> None:
    with pytest.raises(NotFoundError, match="Task not found"):
        await api.web_search.research_task("expired")


async def test_errors_of_the_services_own_form_are_read(api: Any) -> None:
    with pytest.raises(BadRequestError, match="exclude each other"):
        await api.web_search.search("moons", include_domains=["a.b"], exclude_domains=["c.d"])


async def test_research_is_not_repeated(api: Any, emulator: TelnyxEmulator) -> None:
    # It may have been started, and would be billed twice.
    emulator.script.drop_connection(times=2, path="research")
    for method in (api.web_search.research, api.web_search.start_research):
        sent = len(emulator.requests)
        with pytest.raises(APIConnectionError):
            await method("moons")
        assert len(emulator.requests) == sent + 1
    emulator.fail(503, path="web_search")
    assert (await api.web_search.search("moons")).results.web


async def test_freshness_is_counted_from_now(api: Any, emulator: TelnyxEmulator) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for days in (3, 20, 200):
        url = f"https://news.example/{days}"
        emulator.add_web_page(url, "Tea", "Tea is hot.", published_at=now - timedelta(days=days))
    counts = [
        len((await api.web_search.search("tea", freshness=each)).results.web)
        for each in ("day", "week", "month", "year", "2025-12-01to2025-12-31")
    ]
    assert counts == [0, 1, 2, 3, 2]


def test_new_fields_of_the_service_are_preserved() -> None:
    data = {"results": {"web": [{"url": "https://a.b", "page_age": "2026-01-01"}], "images": []}}
    found = decoded(CALLS.web_search.search("q"), data)
    assert found.results.web[0].page_age == "2026-01-01"
    assert found.results.images == []


@pytest.mark.parametrize("data", [{}, {"results": None}, {"results": {}}, {"results": {"web": []}}])
def test_no_results_are_an_empty_list(data: Any) -> None:
    assert decoded(CALLS.web_search.search("q"), data).results.web == []


@pytest.mark.parametrize(
    "data", ["text", 7, {"results": "text"}, {"results": [1]}, {"results": {"news": "text"}}]
)
async def test_a_response_of_another_form_is_an_error(
    data: Any, serve: Callable[..., str], as_async: Any
) -> None:
    body = json.dumps({"data": data}).encode()
    url = serve(lambda *_: (200, {"content-type": "application/json"}, body))
    api = as_async(Telnyx(api_key="KEY0123", base_url=url))
    with pytest.raises(APIResponseError):
        await api.web_search.search("moons")


async def test_a_server_error_is_raised_after_retries(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.fail(500, times=3, path="web_search")
    with pytest.raises(ServerError):
        await api.web_search.contents([TITAN])


_ROW = st.one_of(
    st.builds(
        lambda number, extra: {"url": f"https://a.b/{number}", **extra},
        st.integers(0, 9),
        st.dictionaries(
            st.sampled_from(["title", "snippets", "markdown", "metadata", "later"]),
            st.none() | st.integers() | st.text() | st.lists(st.text() | st.none(), max_size=2),
            max_size=3,
        ),
    ),
    st.none() | st.integers() | st.text() | st.dictionaries(st.text(), st.text(), max_size=1),
)


def _has_address(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("url"), str)


@given(rows=st.lists(_ROW, max_size=6))
def test_an_odd_row_costs_only_itself(rows: list[Any]) -> None:
    logging.disable(logging.WARNING)
    try:
        found = decoded(CALLS.web_search.search("q"), {"results": {"web": rows}})
        pages = decoded(CALLS.web_search.contents([]), {"results": rows})
    finally:
        logging.disable(logging.NOTSET)
    good = [row["url"] for row in rows if _has_address(row)]
    odd = [position for position, row in enumerate(rows) if not _has_address(row)]
    assert [each.url for each in found.results.web] == good
    assert all(isinstance(each, WebSearchResult) for each in found.results.web)
    assert [each.url for each in pages] == good
    assert all(isinstance(each, WebPage) for each in pages)
    assert [row.position for row in pages.unreadable] == odd
    assert {f"results.web.{position}" for position in odd} <= found.unreadable_fields.keys()
