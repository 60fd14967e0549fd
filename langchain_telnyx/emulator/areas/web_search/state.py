"""The emulated web: pages that tests add, their search, and research by extracts of them."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from langchain_telnyx.emulator.areas.web_search.samples import SAMPLES
from langchain_telnyx.emulator.model.summary import pick
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs, JobStates
from langchain_telnyx.emulator.search.ranking import ranked
from langchain_telnyx.emulator.search.words import STOP_WORDS, terms
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import INTEGER, KEY, TEXT, Rows, Table, schema

RESEARCH = "web-research"
FAILED = "failed"
COMPLETED = "completed"

SOURCES = {"lite": 2, "standard": 4, "deep": 8}
"""How many sources research of each effort uses."""

_DESCRIPTION = 160
_SNIPPETS = 3
_MARKUP = re.compile(r"[#>*_`]+ *|\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Page:
    """A page of the emulated web.

    Attributes:
        url: Its address.
        title: Its title.
        text: Its contents as Markdown; `None` if it can be found, but not fetched.
        description: Its description, in results.
        news: Whether it is a news page.
        published_at: When it was published.
        site_name: The name of its site.
    """

    url: str
    title: str
    text: str | None
    description: str
    news: bool
    published_at: str | None
    site_name: str

    @property
    def host(self) -> str:
        """The host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def html(self) -> str | None:
        """The contents as HTML."""
        if self.text is None:
            return None
        parts = (f"<p>{html.escape(part)}</p>" for part in paragraphs(self.text))
        return f"<h1>{html.escape(self.title)}</h1>{''.join(parts)}"


_PAGES = Table(
    "web_pages",
    Page,
    {
        "url": KEY,
        "title": TEXT,
        "text": "TEXT",
        "description": TEXT,
        "news": INTEGER,
        "published_at": "TEXT",
        "site_name": TEXT,
    },
    booleans=["news"],
)
_ANSWERS = Table(
    "web_research",
    dict[str, Any],
    {"task_id": KEY, "answer": TEXT, "citations": TEXT},
    json=["citations"],
)
SCHEMA = schema(_PAGES, _ANSWERS)


class Web:
    """The pages that the account can search.

    Args:
        store: The database.
        ids: The source of task ids.
        jobs: The background jobs, which run research.
    """

    def __init__(self, store: Store, ids: Ids, jobs: Jobs) -> None:
        self._pages = Rows(store, _PAGES)
        self._answers = Rows(store, _ANSWERS)
        self._ids = ids
        self._jobs = jobs
        jobs.runners[RESEARCH] = self._run
        jobs.states[RESEARCH] = JobStates(("pending", "running"), failed=FAILED)

    def add(
        self,
        url: str,
        title: str,
        text: str | None,
        *,
        description: str | None = None,
        news: bool = False,
        published_at: datetime | None = None,
        site_name: str = "",
    ) -> None:
        """Add a page, or replace the one at its address.

        Raises:
            ValueError: The address is not one of HTTP.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"A page's address is an HTTP URL, not {url!r}.")
        self._pages.insert(
            conflict="REPLACE",
            url=canonical(url),
            title=title,
            text=text,
            description=_description(text or title) if description is None else description,
            news=news,
            published_at=None if published_at is None else _aware(published_at).isoformat(),
            site_name=site_name,
        )

    def all(self) -> list[Page]:
        """Return the added pages, or the samples if there are none."""
        return self._pages.select() or [
            Page(each.url, each.title, each.text, _description(each.text), each.news, None, "")
            for each in SAMPLES
        ]

    def find(self, url: str) -> Page | None:
        """Return the page at an address, if there is one."""
        target = canonical(url)
        return next((page for page in self.all() if page.url == target), None)

    def search(self, query: str, accepts: Callable[[Page], bool] = lambda _: True) -> list[Page]:
        """Return the pages that share words with a query, best first.

        Args:
            query: The query.
            accepts: Returns whether a page may be a result.
        """
        pages = [page for page in self.all() if accepts(page)]
        texts = [f"{page.title}\n{page.description}\n{page.text or ''}" for page in pages]
        searched = set(terms(query)) - STOP_WORDS
        return [
            pages[place]
            for place, score in ranked(query, texts)
            if score > 0 and not searched.isdisjoint(terms(texts[place]))
        ]

    def research(self, query: str, most: int) -> tuple[str, list[dict[str, str]]]:
        """Return an answer made of sentences of the best pages, and their citations."""
        sources = [page for page in self.search(query) if page.text][:most]
        sentences = [
            f"{snippets(query, page.text or '', most=1)[0]} [[{number}]]"
            for number, page in enumerate(sources, start=1)
        ]
        citations = [
            {
                "url": page.url,
                "title": page.title,
                "snippet": snippets(query, page.text or "", most=1)[0],
            }
            for page in sources
        ]
        return " ".join(sentences) or "No source answers the question.", citations

    def start(self, query: str, most: int) -> Job:
        """Start research in the background."""
        id_ = self._ids.uuid(RESEARCH)
        return self._jobs.submit(RESEARCH, query, id=id_, most=most)

    def task(self, task_id: str) -> Job | None:
        """Return a research task, if it exists."""
        self._jobs.poll(id=task_id)
        return self._jobs.find(task_id, (RESEARCH,))

    def answer(self, task_id: str) -> tuple[str, list[dict[str, str]]] | None:
        """Return the answer and the citations of a completed task."""
        row = self._answers.get(task_id=task_id)
        return None if row is None else (row["answer"], row["citations"])

    def _run(self, job: Job) -> str:
        answer, citations = self.research(job.subject, job.details["most"])
        self._answers.insert(conflict="REPLACE", task_id=job.id, answer=answer, citations=citations)
        return COMPLETED


def snippets(query: str, text: str, *, most: int = _SNIPPETS) -> list[str]:
    """Return the paragraphs of a text that are nearest to a query, best first."""
    found = paragraphs(text)
    return [found[place] for place, score in ranked(query, found)[:most]]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a Markdown text, each on one line and without markup."""
    parts = (_MARKUP.sub(r"\1", part) for part in re.split(r"\n\s*\n", text))
    return [" ".join(part.split()) for part in parts if part.strip()] or [text.strip()]


def canonical(url: str) -> str:
    """Return an address as the service writes it: host in lower case, a path, no fragment."""
    parts = urlsplit(url)
    host = parts.netloc.lower()
    return parts._replace(netloc=host, path=parts.path or "/", fragment="").geturl()


def within(page: Page, domains: Sequence[str]) -> bool:
    """Return whether a page is of a domain or a subdomain of it."""
    return any(page.host == name or page.host.endswith(f".{name}") for name in domains)


def _description(text: str) -> str:
    first = " ".join(pick(text, most=1)) if text.strip() else ""
    return first if len(first) <= _DESCRIPTION else f"{first[: _DESCRIPTION - 1]}…"


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
