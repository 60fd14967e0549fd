"""Web search: results of a query, contents of pages, and research with citations.

API page: https://developers.telnyx.com/api-reference/web-search/web-search
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from pydantic import Field

from langchain_telnyx.client.call import JSON, Call, Flow, Reply, omit_none, path
from langchain_telnyx.client.decode import Model, data, read_rows, unwrap
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.waiting import wait_until_done

SafeSearch: TypeAlias = Literal["off", "moderate", "strict"]
ContentFormat: TypeAlias = Literal["html", "markdown", "metadata"]
ResearchEffort: TypeAlias = Literal["lite", "standard", "deep"]

LARGEST_BATCH = 20
"""The most URLs of one request for contents."""

_RESEARCH = "/web_search/research"


class WebSearchResult(Model):
    """A page that a search found.

    Attributes:
        url: Its address.
        title: Its title.
        description: A short description or excerpt.
        snippets: Its passages that are relevant to the query.
        favicon_url: The address of its site's icon.
        thumbnail_url: The address of an image.
    """

    url: str
    title: str | None = None
    description: str | None = None
    snippets: list[str] = Field(default_factory=list)
    favicon_url: str | None = None
    thumbnail_url: str | None = None


class WebSearchResults(Model):
    """The results of a search.

    Attributes:
        web: Web pages, best first.
        news: News pages, best first; empty if the query finds none.
    """

    web: list[WebSearchResult] = Field(default_factory=list)
    news: list[WebSearchResult] = Field(default_factory=list)


class WebSearchResponse(Model):
    """The response to a search.

    Results that could not be read are in `unreadable_fields` by position, such as `results.web.3`.

    Attributes:
        results: The results.
    """

    results: WebSearchResults = Field(default_factory=WebSearchResults)


class WebPageMetadata(Model):
    """The metadata of a page; sites add fields of their own.

    Attributes:
        site_name: The name of the site; often empty.
        favicon_url: The address of the site's icon.
    """

    site_name: str | None = None
    favicon_url: str | None = None


class WebPage(Model):
    """The contents of a page. A format that could not be produced is `None`.

    Attributes:
        url: Its address.
        title: Its title.
        html: Its contents as cleaned HTML; also present on some pages that did not request it.
        markdown: Its contents as Markdown.
        metadata: Its metadata.
    """

    url: str
    title: str | None = None
    html: str | None = None
    markdown: str | None = None
    metadata: WebPageMetadata | None = None


class ResearchCitation(Model):
    """A source of a research answer.

    Attributes:
        url: Its address.
        title: Its title.
        snippet: The relevant excerpt.
    """

    url: str
    title: str | None = None
    snippet: str | None = None


class WebResearch(Model):
    """The answer of a research request.

    Attributes:
        answer: The answer; `[[1, 2]]` in it refers to the first and second citation.
        citations: Its sources.
    """

    answer: str
    citations: list[ResearchCitation] = Field(default_factory=list)


class WebResearchTask(Model):
    """A research request that runs in the background.

    Attributes:
        task_id: Its id.
        status: `pending`, `running`, `completed` or `failed`.
        answer: The answer, once it has completed, with references as in `WebResearch`.
        citations: The sources of the answer.
        error: Why it failed.
    """

    task_id: str
    status: str
    answer: str | None = None
    citations: list[ResearchCitation] = Field(default_factory=list)
    error: str | None = None


class WebSearch(Resource[M]):
    """`telnyx.web_search`: search the web, read pages, and research questions."""

    @endpoint
    def search(
        self,
        query: str,
        *,
        count: int | None = None,
        country: str | None = None,
        freshness: str | None = None,
        safesearch: SafeSearch | None = None,
        include_domains: Iterable[str] | None = None,
        exclude_domains: Iterable[str] | None = None,
        livecrawl: bool | None = None,
    ) -> Call[WebSearchResponse]:
        """Search the web.

        Endpoint: `POST /web_search`.

        Args:
            query: The query.
            count: How many results to return, 1 to 100.
            country: The country whose results to prefer, as two letters: `US`, `DE`.
            freshness: Only results of this time: `day`, `week`, `month`, `year`.
            safesearch: The filter for adult content: `off`, `moderate`, `strict`.
            include_domains: Only results of these host names, such as `arxiv.org`.
            exclude_domains: No results of these host names; not with `include_domains`.
            livecrawl: Whether to fetch the pages at the time of the search.
        """
        request = omit_none(
            query=query,
            count=count,
            country=country,
            freshness=freshness,
            safesearch=safesearch,
            include_domains=_list(include_domains, "include_domains"),
            exclude_domains=_list(exclude_domains, "exclude_domains"),
            livecrawl=livecrawl,
        )
        return Call("POST", "/web_search", _found, json=request, repeatable=True)

    @endpoint
    def contents(
        self,
        urls: Iterable[str],
        *,
        formats: Iterable[ContentFormat] | None = None,
        crawl_timeout: int | None = None,
        max_age: int | None = None,
    ) -> Call[Rows[WebPage]]:
        """Fetch the contents of web pages.

        Endpoint: `POST /web_search/contents`.

        Args:
            urls: The addresses of the pages, 20 at most.
            formats: The formats to return; the API's default is `html` and `metadata`.
            crawl_timeout: The most seconds for each page, 1 to 60.
            max_age: The most seconds since a stored copy of a page was fetched; default: no limit.

        Returns:
            The pages, as the service orders them. A page that could not be fetched has no
            contents, or is missing.
        """
        request = omit_none(
            urls=_list(urls, "urls"),
            formats=_list(formats, "formats"),
            crawl_timeout=crawl_timeout,
            max_age=max_age,
        )
        return Call("POST", "/web_search/contents", _pages, json=request, repeatable=True)

    @endpoint
    def research(
        self,
        query: str,
        *,
        max_sources: int | None = None,
        research_effort: ResearchEffort | None = None,
    ) -> Call[WebResearch]:
        """Research a question: several searches, and an answer with citations.

        The response can take two minutes. `start_research` returns at once.

        Endpoint: `POST /web_search/research`.

        Args:
            query: The question.
            max_sources: The most sources to use.
            research_effort: How thorough to be: `lite`, `standard`, `deep`.
        """
        request = _research(query, max_sources, research_effort)
        # Not repeated after it may have been received, as each research is billed.
        return Call("POST", _RESEARCH, data(WebResearch), json=request)

    @endpoint
    def start_research(
        self,
        query: str,
        *,
        max_sources: int | None = None,
        research_effort: ResearchEffort | None = None,
    ) -> Call[WebResearchTask]:
        """Start to research a question in the background.

        Endpoint: `POST /web_search/research` with `background`.

        Args:
            query: The question.
            max_sources: The most sources to use.
            research_effort: How thorough to be: `lite`, `standard`, `deep`.

        Returns:
            The task, to be waited for with `wait_for_research`.
        """
        request = {**_research(query, max_sources, research_effort), "background": True}
        return Call("POST", _RESEARCH, data(WebResearchTask), json=request)

    @endpoint
    def research_task(self, task_id: str) -> Call[WebResearchTask]:
        """Fetch the state of a background research, and its answer once it has completed.

        Endpoint: `GET /web_search/research/{task_id}`.

        Args:
            task_id: The task's id.

        Raises:
            NotFoundError: The id is unknown, or has expired: start the research again.
        """
        return _task(task_id)

    @endpoint
    def wait_for_research(
        self,
        task_id: str,
        *,
        timeout: float | None = 600.0,
        on_progress: Callable[[WebResearchTask], None] | None = None,
    ) -> Flow[WebResearchTask]:
        """Wait until a background research has completed, and return it with its answer.

        Args:
            task_id: The task's id.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Called with the result of every poll.

        Raises:
            TaskError: It failed; `reasons` has the service's error.
            TaskTimeoutError: It has not ended in time, and continues.
        """
        return wait_until_done(
            lambda: _task(task_id),
            what="Research task",
            id=task_id,
            status=lambda task: task.status,
            succeeded={"completed"},
            failed={"failed"},
            timeout=timeout,
            on_progress=on_progress,
            reasons=_reasons,
        )


def _research(query: str, max_sources: int | None, effort: str | None) -> JSON:
    return omit_none(query=query, max_sources=max_sources, research_effort=effort)


def _task(task_id: str) -> Call[WebResearchTask]:
    return Call("GET", path("/web_search/research/{}", task_id), data(WebResearchTask))


def _reasons(task: WebResearchTask) -> Flow[dict[str, str]]:
    yield from ()
    return {} if task.error is None else {"error": task.error}


def _list(values: Iterable[str] | None, name: str) -> list[str] | None:
    """Return values as a list.

    Raises:
        TypeError: They are one string, whose characters would be sent as values.
    """
    if isinstance(values, str):
        raise TypeError(f"`{name}` must be a list of strings, not the string {values!r}.")
    return None if values is None else list(values)


def _found(reply: Reply) -> WebSearchResponse:
    results = _results(reply)
    if results is not None and not isinstance(results, dict):
        raise TypeError("`results` is not an object")
    for name in WebSearchResults.model_fields:
        if not isinstance((results or {}).get(name) or [], list):
            raise TypeError(f"`results.{name}` is not a list")
    return data(WebSearchResponse)(reply)


def _pages(reply: Reply) -> Rows[WebPage]:
    return read_rows(WebPage, _results(reply) or [], reply)


def _results(reply: Reply) -> Any:
    """Return the results of a response; `None` if it has none.

    Raises:
        TypeError: The response is not an object.
    """
    body = unwrap(reply.json())
    if not isinstance(body, dict):
        raise TypeError(f"the body is not a JSON object, but {type(body).__name__}")
    return body.get("results")
