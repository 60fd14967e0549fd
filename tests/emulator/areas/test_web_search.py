"""Web search over HTTP: the added pages, the documented forms, and refused requests."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.conftest import Api


def found(api: Api, query: str = "tea", **options: Any) -> list[str]:
    results = api.data("POST", "/web_search", json={"query": query, **options})["results"]
    return [each["url"] for each in results["web"]]


@pytest.fixture
def tea(emulator: TelnyxEmulator) -> None:
    """Three pages about tea on three hosts, and one about coffee."""
    emulator.add_web_page("https://Tea.example/green#top", "Green tea", "Green tea is *mild*.")
    emulator.add_web_page("https://shop.tea.example", "Tea shop", "Buy tea here.", site_name="Shop")
    emulator.add_web_page("https://other.example/tea", "Tea at home", "Tea, cake and bread.")
    emulator.add_web_page("https://other.example/coffee", "Coffee", "Coffee is strong.")


@pytest.mark.usefixtures("tea")
def test_only_added_pages_that_share_a_word_are_found(api: Api) -> None:
    assert set(found(api)) == {
        "https://tea.example/green",
        "https://shop.tea.example/",
        "https://other.example/tea",
    }
    assert found(api, "moons of Saturn") == []
    assert found(api, "the coffee") == ["https://other.example/coffee"]


def test_sample_pages_are_found_while_no_page_was_added(api: Api) -> None:
    assert found(api, "moons of Saturn")
    api.emulator.add_web_page("https://tea.example/", "Tea", "Tea.")
    assert found(api, "moons of Saturn") == []
    api.emulator.reset()
    assert found(api, "moons of Saturn")


@pytest.mark.usefixtures("tea")
def test_domains_include_their_subdomains(api: Api) -> None:
    assert set(found(api, include_domains=["tea.example"])) == {
        "https://tea.example/green",
        "https://shop.tea.example/",
    }
    assert found(api, exclude_domains=["tea.example"]) == ["https://other.example/tea"]
    assert len(found(api, count=2)) == 2


@pytest.mark.usefixtures("tea")
def test_a_result_has_the_documented_fields(api: Api) -> None:
    results = api.data("POST", "/web_search", json={"query": "green"})["results"]
    assert results == {
        "web": [
            {
                "url": "https://tea.example/green",
                "title": "Green tea",
                "description": "Green tea is *mild*.",
                "snippets": ["Green tea is mild."],
            }
        ]
    }
    api.emulator.add_web_page("https://news.example/", "Green", "Green news.", news=True)
    results = api.data("POST", "/web_search", json={"query": "green"})["results"]
    assert [each["url"] for each in results["news"]] == ["https://news.example/"]
    assert len(results["web"]) == 1


@pytest.mark.usefixtures("tea")
def test_contents_have_the_requested_formats_only(api: Api) -> None:
    url = "https://shop.tea.example"
    api.emulator.add_web_page("https://closed.example/tea", "Closed", None)
    body = {"urls": [url, "https://closed.example/tea"], "formats": ["markdown", "metadata"]}
    assert api.data("POST", "/web_search/contents", json=body)["results"] == [
        {
            "url": "https://shop.tea.example/",
            "title": "Tea shop",
            "markdown": "Buy tea here.",
            "metadata": {
                "site_name": "Shop",
                "favicon_url": "https://shop.tea.example/favicon.ico",
            },
        },
        {"url": "https://closed.example/tea"},
    ]
    [page] = api.data("POST", "/web_search/contents", json={"urls": [url]})["results"]
    assert page.keys() == {"url", "title", "html", "metadata"}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/bees" else 404)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Bees</title><nav>Menu</nav><p>Bees make honey.</p>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_pages_of_loopback_are_fetched_with_html(api: Api, site: str) -> None:
    body = {
        "urls": [f"{site}/bees", f"{site}/missing", "http://192.0.2.1/"],
        "formats": ["markdown"],
    }
    page, *others = api.data("POST", "/web_search/contents", json=body)["results"]
    assert page.keys() == {"url", "title", "html", "markdown"}
    assert (page["url"], page["title"]) == (f"{site}/bees", "Bees")
    assert "Bees make honey." in page["markdown"]
    assert "Menu" not in page["markdown"]
    assert others == [{"url": f"{site}/missing"}, {"url": "http://192.0.2.1/"}]


def test_a_poll_always_has_an_error_field(api: Api) -> None:
    body = {"query": "moons of Saturn", "background": True, "max_sources": 1}
    task = api.data("POST", "/web_search/research", json=body)
    assert task == {"task_id": task["task_id"], "status": "pending"}

    def done() -> Any:
        polled = api.data("GET", f"/web_search/research/{task['task_id']}")
        assert polled["error"] is None
        return polled if polled["status"] == "completed" else None

    polled = api.eventually(done, within=30)
    assert polled.keys() == {"task_id", "status", "error", "answer", "citations"}
    assert [each["url"] for each in polled["citations"]] == ["https://space.example/moons/titan"]


def test_research_without_a_source_answers_without_citations(api: Api) -> None:
    answer = api.data("POST", "/web_search/research", json={"query": "xylophone"})
    assert answer == {"answer": "No source answers the question.", "citations": []}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {}, "query"),
        ("", {"query": ""}, "query"),
        ("", {"query": "a", "count": 101}, "count"),
        ("", {"query": "a", "country": "Germany"}, "country"),
        ("", {"query": "a", "freshness": "decade"}, "freshness"),
        ("", {"query": "a", "safesearch": "on"}, "safesearch"),
        ("/contents", {"urls": []}, "urls"),
        ("/contents", {"urls": ["https://a.b"] * 21}, "urls"),
        ("/contents", {"urls": ["ftp://a.b"]}, "urls"),
        ("/contents", {"urls": ["https://a.b"], "formats": ["pdf"]}, "formats.0"),
        ("/contents", {"urls": ["https://a.b"], "crawl_timeout": 61}, "crawl_timeout"),
        ("/research", {"query": "a", "research_effort": "heavy"}, "research_effort"),
        ("/research", {"query": "a", "max_sources": 0}, "max_sources"),
    ],
)
def test_an_invalid_field_is_refused_in_the_areas_own_form(
    api: Api, path: str, body: dict[str, Any], field: str
) -> None:
    answer = api.send("POST", f"/web_search{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == {"field": field}
    assert answer.json()["error"]["message"]


def test_errors_have_no_envelope_of_other_areas(api: Api) -> None:
    assert api.send("GET", "/web_search/research/any-id").json() == {
        "error": {"message": "Task not found"}
    }
    assert "error" in api.send("POST", "/web_search", content=b"{").json()
    both = {"query": "a", "include_domains": ["a.b"], "exclude_domains": ["c.d"]}
    assert api.send("POST", "/web_search", json=both).status_code == 400


def test_an_address_that_is_not_of_the_web_is_refused(emulator: TelnyxEmulator) -> None:
    with pytest.raises(ValueError, match="HTTP URL"):
        emulator.add_web_page("/tea", "Tea", "Tea.")


def test_pages_and_answers_survive_a_restart(tmp_path: Path) -> None:
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        emulator.add_web_page("https://tea.example/", "Tea", "Tea is hot.", news=True)
        made = emulator.add_recording_transcription("Hello.")
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        [page] = emulator.account.web.all()
        assert (page.title, page.news) == ("Tea", True)
        assert emulator.account.recording_transcriptions.find(made) is not None
