"""Embed-URL: a site on loopback is crawled, stored and embedded; other hosts are not requested."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.conftest import Api

PAGES = {
    "/": '<h1>Home</h1><a href="/bees#top">b</a> <a href="http://other.test/">o</a>'
    '<a href="/missing">m</a><a href="/picture">p</a><a href="/away">a</a><a href="/1">1</a>',
    "/bees": '<h1>Bees</h1><p>Bees make honey.</p><a href="/">back</a><a href="?page=2">2</a>',
    "/bees?page=2": "<p>Second page about bees.</p>",
    **{f"/{n}": f'<p>Step {n}</p><a href="/{n + 1}">on</a>' for n in range(1, 9)},
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES.get(self.path)
        self.send_response(
            302 if self.path == "/away" else 200 if page or self.path == "/picture" else 404
        )
        if self.path == "/away":
            self.send_header("location", "http://192.0.2.1/")
        self.send_header("content-type", "image/png" if self.path == "/picture" else "text/html")
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_site_is_stored_and_embedded_five_links_deep(api: Api, site: str) -> None:
    api.emulator.account.objects.create_bucket("bucket")
    body = {"url": f"http://{site}", "bucket_name": "bucket"}
    task = api.data("POST", "/ai/embeddings/url", json=body)
    assert task["task_name"] == "embed-url"
    assert api.finished(task["task_id"]) == "success"
    files = api.data("GET", "/ai/embeddings/buckets/bucket")
    assert [file["filename"].removeprefix(site) for file in files] == [
        "/1",
        "/2",
        "/3",
        "/4",
        "/5",
        "/bees",
        "/bees?page=2",
        "/index",
    ]
    [best] = api.search("bucket", "Who makes honey?", 1)
    assert best["document_chunk"] == "Bees\n\nBees make honey.\n\nback2"


def test_a_host_that_is_allowed_is_crawled_and_no_other(
    api: Api, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(site.rpartition(":")[2])
    resolve = socket.getaddrinfo

    def named(host: str, *args: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == "docs.test" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", named)  # DNS has no `docs.test`
    with TelnyxEmulator(sockets=False, crawl_hosts=["Docs.test"]) as emulator:
        api = type(api)(emulator)
        emulator.account.objects.create_bucket("bucket")
        body = {"url": f"http://docs.test:{port}/bees", "bucket_name": "bucket"}
        task = api.data("POST", "/ai/embeddings/url", json=body)
        assert api.finished(task["task_id"]) == "success"
        stored = [file["filename"] for file in api.data("GET", "/ai/embeddings/buckets/bucket")]
        assert f"docs.test:{port}/bees" in stored
        body = {"url": f"http://other.test:{port}/", "bucket_name": "bucket"}
        refused = api.send("POST", "/ai/embeddings/url", json=body)
        assert refused.status_code == 400
        assert "--crawl-host HOST" in refused.json()["errors"][0]["detail"]


def test_a_site_that_does_not_answer_fails_the_task(api: Api) -> None:
    api.emulator.account.objects.create_bucket("bucket")
    body = {"url": "http://127.0.0.1:1/", "bucket_name": "bucket"}
    task = api.data("POST", "/ai/embeddings/url", json=body)
    assert api.finished(task["task_id"]) == "failure"


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("https://example.com/docs", "crawls loopback addresses only"),
        ("http://192.168.0.1/", "crawls loopback addresses only"),
        ("http://127.0.0.1.evil.test/", "crawls loopback addresses only"),
        ("file:///etc/passwd", "is not the address of a web page"),
        ("nonsense", "is not the address of a web page"),
        ("http://[broken/", "is not the address of a web page"),
    ],
)
def test_other_addresses_are_refused(api: Api, url: str, detail: str) -> None:
    api.emulator.account.objects.create_bucket("bucket")
    answer = api.send("POST", "/ai/embeddings/url", json={"url": url, "bucket_name": "bucket"})
    assert answer.status_code == 400
    assert detail in answer.json()["errors"][0]["detail"]
