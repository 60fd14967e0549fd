"""Web search, the contents of pages, and research, over the account's pages."""

from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.web_search.bodies import Contents, Research, Search
from langchain_telnyx.emulator.areas.web_search.errors import SearchError
from langchain_telnyx.emulator.areas.web_search.state import (
    COMPLETED,
    FAILED,
    SOURCES,
    Page,
    canonical,
    snippets,
    within,
)
from langchain_telnyx.emulator.reading import crawl
from langchain_telnyx.emulator.reading import html as text_html
from langchain_telnyx.emulator.reading.text import UnreadableError, decode
from langchain_telnyx.emulator.serving.current_account import CurrentAccount

router = APIRouter(prefix="/web_search")


@router.post("")
def search(body: Search, account: CurrentAccount) -> dict[str, Any]:
    """Return the pages that share words with the query, best first."""
    include, exclude = body.include_domains or [], body.exclude_domains or []
    if include and exclude:
        raise SearchError(400, "`include_domains` and `exclude_domains` exclude each other.")
    period = body.period(account.clock.now())

    def accepts(page: Page) -> bool:
        if include and not within(page, include):
            return False
        if within(page, exclude):
            return False
        if period is None:
            return True
        # A page without a date may be old.
        if page.published_at is None:
            return False
        return period[0] <= datetime.fromisoformat(page.published_at) <= period[1]

    found = account.web.search(body.query, accepts)
    web = [page for page in found if not page.news]
    news = [page for page in found if page.news]
    results = {"web": [_result(page, body.query) for page in islice(web, body.count)]}
    if news:
        results["news"] = [_result(page, body.query) for page in islice(news, body.count)]
    return {"data": {"results": results}}


@router.post("/contents")
def contents(body: Contents, account: CurrentAccount) -> dict[str, Any]:
    """Return the contents of pages: added ones, samples, or ones that the emulator may fetch."""
    results = []
    for url in body.urls:
        page = account.web.find(url)
        fetched = _fetched(url, body.crawl_timeout, account) if page is None else None
        # As documented, a freshly fetched page has `html` even if it was not requested.
        formats: set[str] = {*body.formats, *(["html"] if fetched else [])}
        results.append(_contents(fetched or page, url, formats))
    return {"data": {"results": results}}


@router.post("/research")
def research(body: Research, account: CurrentAccount) -> dict[str, Any]:
    """Answer a question from several pages, at once or in the background."""
    most = body.max_sources or SOURCES[body.research_effort]
    if body.background:
        job = account.web.start(body.query, most)
        return {"data": {"task_id": job.id, "status": job.status}}
    answer, citations = account.web.research(body.query, most)
    return {"data": {"answer": answer, "citations": citations}}


@router.get("/research/{task_id}")
def get_research(task_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return the state of background research, and its answer once it has completed."""
    job = account.web.task(task_id)
    if job is None:
        raise SearchError(404, "Task not found")
    error = "The research failed." if job.status == FAILED else None
    data: dict[str, Any] = {"task_id": job.id, "status": job.status, "error": error}
    answered = account.web.answer(task_id) if job.status == COMPLETED else None
    if answered is not None:
        data["answer"], data["citations"] = answered
    return {"data": data}


def _result(page: Page, query: str) -> dict[str, Any]:
    return {
        "url": page.url,
        "title": page.title,
        "description": page.description,
        "snippets": [] if page.text is None else snippets(query, page.text),
    }


def _contents(page: Page | None, url: str, formats: set[str]) -> dict[str, Any]:
    if page is None or page.text is None:
        return {"url": canonical(url)}
    shown: dict[str, Any] = {"url": page.url, "title": page.title}
    if "html" in formats:
        shown["html"] = page.html
    if "markdown" in formats:
        shown["markdown"] = page.text
    if "metadata" in formats:
        icon = f"https://{page.host}/favicon.ico"
        shown["metadata"] = {"site_name": page.site_name, "favicon_url": icon}
        if page.published_at is not None:
            shown["metadata"]["published_at"] = page.published_at
    return shown


def _fetched(url: str, timeout: float, account: Account) -> Page | None:
    """Fetch a page from a host that the emulator may fetch from, such as loopback."""
    settings = account.settings
    found = crawl.fetch(
        url, anywhere=settings.allow_crawl, hosts=settings.crawl_hosts, timeout=timeout
    )
    if found is None:
        return None
    try:
        if "html" in found.content_type:
            title = text_html.parse(found.body).title
            name = " ".join(title.get_text().split()) if title else ""
            text = text_html.read(found.body).text
        else:
            name, text = urlsplit(url).path.rpartition("/")[2], decode(found.body)
    except UnreadableError:
        return None
    return Page(found.url, name, text, "", news=False, published_at=None, site_name="")
