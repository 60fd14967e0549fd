"""Tools for the web: search, the contents of a page, and research with citations."""

from typing import Annotated, Any, Literal

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import AfterValidator, Field

from langchain_telnyx._shared.web_search import (
    NOT_FETCHED,
    DomainOptions,
    WebSearchOptions,
    host_names,
    read_pages,
    result_metadata,
    result_text,
    unreadable_results,
)
from langchain_telnyx.client.api.web_search import (
    ResearchCitation,
    ResearchEffort,
    WebPage,
    WebResearchTask,
    WebSearchResult,
)
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, TaskTimeoutError, TelnyxError
from langchain_telnyx.tools.base import Arguments, Offset, TelnyxTool
from langchain_telnyx.tools.failures import error_text
from langchain_telnyx.tools.quoting import (
    ToolResult,
    indent_lines,
    one_line,
    pluralize,
    printable_name,
)

_LONGEST_EXCERPT = 1000

_Hosts = Annotated[list[str], AfterValidator(host_names), Field(min_length=1, max_length=20)]


class WebSearchArguments(Arguments):
    """Arguments of `telnyx_web_search`."""

    query: str = Field(min_length=1, max_length=2000, description="The search query.")
    limit: int | None = Field(
        default=None, ge=1, le=20, description="The maximum number of results to return."
    )
    freshness: Literal["day", "week", "month", "year"] | None = Field(
        default=None, description="Return only pages of this last period."
    )
    domains: _Hosts | None = Field(
        default=None, description="Return only pages of these host names, such as arxiv.org."
    )
    offset: Offset = 0


class TelnyxWebSearch(WebSearchOptions, TelnyxTool):
    """Searches the web. Web pages are untrusted, so the results are quoted.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/web-search.md

    API page: https://developers.telnyx.com/api-reference/web-search/web-search

    Example:
        ```python
        from langchain_telnyx import TelnyxWebSearch

        search = TelnyxWebSearch(limit=3, exclude_domains=["pinterest.com"])
        search.invoke({"query": "moons of Saturn"})
        ```
    """

    name: str = "telnyx_web_search"
    description: str = (
        "Search the web. Use it for current events, and for facts that you do not know. Returns "
        "the best matching pages, each with its title, its address and an excerpt."
    )
    args_schema: ArgsSchema | None = WebSearchArguments

    limit: int = Field(default=5, ge=1, le=20)
    """Number of results to return if the model does not pass a limit."""

    news_limit: int = Field(default=3, ge=0, le=20)
    """Maximum number of news results to return after the others."""

    def _check(self, arguments: WebSearchArguments) -> None:
        _check_domains(self, arguments.domains or [])

    def _execute(self, arguments: WebSearchArguments) -> Flow[ToolResult]:
        limit = arguments.limit or self.limit
        parameters = self.parameters(freshness=arguments.freshness)
        if arguments.domains:
            # `_check` has compared them with the tool's own domains.
            parameters |= {"include_domains": arguments.domains, "exclude_domains": None}
        response = yield from self.telnyx.calls.web_search.search(
            arguments.query, count=limit, **parameters
        )
        found = response.results
        web = [each for each in found.web if self.allows(each.url)]
        news = [each for each in found.news if self.allows(each.url)]
        left_out = len(found.web) + len(found.news) - len(web) - len(news)
        web, news = web[:limit], news[: self.news_limit]
        results = [
            *(_result(each, "web", rank) for rank, each in enumerate(web, 1)),
            *(_result(each, "news", rank) for rank, each in enumerate(news, len(web) + 1)),
        ]
        unreadable = unreadable_results(response)
        counted = f", {pluralize(len(news), 'news result')}" if news else ""
        notes = [
            f"{pluralize(len(unreadable), 'result')} could not be read." if unreadable else "",
            f"Left out, as of other domains: {pluralize(left_out, 'result')}." if left_out else "",
        ]
        return ToolResult(
            f"{pluralize(len(web), 'result')}{counted}, best first.",
            {"query": arguments.query, "results": results, "unreadable": unreadable},
            "\n".join(map(_format_result, results)),
            " ".join(note for note in notes if note),
        )


def _web_address(url: str) -> str:
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("The address must not contain spaces.")
    return url


class WebContentsArguments(Arguments):
    """Arguments of `telnyx_web_contents`."""

    url: Annotated[str, AfterValidator(_web_address)] = Field(
        pattern=r"^https?://[^/]",
        max_length=2000,
        description="The address of the page, such as one from telnyx_web_search.",
    )
    offset: Offset = 0


class TelnyxWebContents(DomainOptions, TelnyxTool):
    """Reads a web page as Markdown. Web pages are untrusted, so the text is quoted.

    The service fetches the page, not this machine. An agent can send data to a server as a part of
    an address: `include_domains` limits the addresses.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/web-search.md

    API page: https://developers.telnyx.com/docs/web-search/contents

    Example:
        ```python
        from langchain_telnyx import TelnyxWebContents

        page = TelnyxWebContents(include_domains=["en.wikipedia.org"])
        page.invoke({"url": "https://en.wikipedia.org/wiki/Titan_(moon)"})
        ```
    """

    name: str = "telnyx_web_contents"
    description: str = (
        "Read the contents of one web page. Use it after a web search, when the excerpt is not "
        "enough. Returns the title and the text of the page."
    )
    args_schema: ArgsSchema | None = WebContentsArguments

    crawl_timeout: int | None = Field(default=None, ge=1, le=60)
    """Maximum number of seconds to fetch the page, 1 to 60. Default: the API's."""

    max_age: int | None = Field(default=None, ge=0)
    """Maximum number of seconds since a stored copy was fetched. Default: no limit."""

    def _check(self, arguments: WebContentsArguments) -> None:
        if not self.allows(arguments.url):
            raise ToolException(f"You may not read this page. {_allowed(self)}")

    def _execute(self, arguments: WebContentsArguments) -> Flow[ToolResult]:
        pages = yield from read_pages(
            self.telnyx.calls,
            [arguments.url],
            formats=["markdown", "metadata"],
            crawl_timeout=self.crawl_timeout,
            max_age=self.max_age,
        )
        page = pages.get(arguments.url)
        if isinstance(page, TelnyxError):
            raise page
        text = (page.markdown or page.html) if isinstance(page, WebPage) else None
        if page is None or text is None:
            raise ToolException(f"{NOT_FETCHED} Read another page.")
        return ToolResult(
            f"The contents of the page, {len(text):,} characters.",
            page.model_dump(mode="json"),
            f"{one_line(page.title or page.url)}\n\n{text}",
        )


class WebResearchArguments(Arguments):
    """Arguments of `telnyx_web_research`."""

    query: str = Field(min_length=1, max_length=4000, description="The question to research.")
    task_id: str | None = Field(
        default=None,
        pattern=r"^[\w-]{1,100}$",
        description="The task_id of an earlier result that was not ready, to get its answer.",
    )
    offset: Offset = 0


class TelnyxWebResearch(TelnyxTool):
    """Researches a question on the web, and returns an answer with its sources.

    The answer summarizes untrusted pages, so it is quoted. Each call is billed as one research.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/web-search.md

    API page: https://developers.telnyx.com/api-reference/research/get-research-task-status

    Example:
        ```python
        from langchain_telnyx import TelnyxWebResearch

        research = TelnyxWebResearch(research_effort="lite", max_sources=3)
        research.invoke({"query": "Which moons of Saturn may have an ocean?"})
        ```
    """

    name: str = "telnyx_web_research"
    description: str = (
        "Research a question that needs several web pages. To find a single fact, search the web "
        "instead. This may take minutes. Returns an answer, and its sources with their addresses."
    )
    args_schema: ArgsSchema | None = WebResearchArguments

    research_effort: ResearchEffort | None = None
    """How thorough to be: `lite`, `standard`, `deep`. Default: the API's."""

    max_sources: int | None = Field(default=None, ge=1)
    """Maximum number of sources to use. Default: the API's."""

    wait_timeout: float = Field(default=120.0, gt=0)
    """Maximum number of seconds to wait for the answer; the research continues after that."""

    def _execute(self, arguments: WebResearchArguments) -> Flow[ToolResult]:
        calls = self.telnyx.calls.web_search
        task_id = arguments.task_id
        if task_id is None:
            task = yield from calls.start_research(
                arguments.query,
                max_sources=self.max_sources,
                research_effort=self.research_effort,
            )
            task_id = task.task_id
        try:
            found = yield from calls.wait_for_research(task_id, timeout=self.wait_timeout)
        except TaskTimeoutError as error:
            raise ToolException(
                f"The answer is not ready after {self.wait_timeout:g} s. Do something else, then "
                f"call this tool again with task_id={task_id}."
            ) from error
        except NotFoundError as error:
            hint = "The research has expired. Call this tool again without task_id."
            raise ToolException(error_text(error, not_found=hint)) from error
        return _research(found, task_id)


def _research(found: WebResearchTask, task_id: str) -> ToolResult:
    sources = [_format_citation(number, each) for number, each in enumerate(found.citations, 1)]
    answer = indent_lines(found.answer or "")
    return ToolResult(
        f"An answer with {pluralize(len(sources), 'source')}. [[1]] in it refers to source [1].",
        found.model_dump(mode="json"),
        "\n".join([answer, *(["", "Sources:"] if sources else []), *sources]),
        f"To read it again, use task_id={task_id}.",
    )


def _check_domains(options: DomainOptions, domains: list[str]) -> None:
    """Raise a `ToolException` for domains that the model may not search."""
    if any(not options.allows(f"https://{name}/") for name in domains):
        raise ToolException(f"You may not search these domains. {_allowed(options)}")


def _allowed(options: DomainOptions) -> str:
    if options.include_domains is not None:
        return f"You may use only: {', '.join(options.include_domains)}."
    return f"You may not use: {', '.join(options.exclude_domains or ())}."


def _result(result: WebSearchResult, kind: Literal["web", "news"], rank: int) -> dict[str, Any]:
    return {**result_metadata(result, kind, rank), "snippets": result.snippets}


def _format_result(result: dict[str, Any]) -> str:
    found = WebSearchResult.model_validate(result)
    text = result_text(found)
    if len(text) > _LONGEST_EXCERPT:
        text = f"{text[: _LONGEST_EXCERPT - 1]}…"
    date = f" ({one_line(result['date'])})" if "date" in result else ""
    kind = ", news" if result["kind"] == "news" else ""
    title = one_line(found.title or "without a title")
    # Blank lines would separate a result from its next snippet.
    lines = "\n".join(line for line in text.splitlines() if line.strip())
    return (
        f"[{result['rank']}] {title}{date}{kind}, {printable_name(found.url)}: "
        f"{indent_lines(lines)}"
    )


def _format_citation(number: int, citation: ResearchCitation) -> str:
    snippet = f": {one_line(citation.snippet)}" if citation.snippet else ""
    title = one_line(citation.title or "without a title")
    return f"[{number}] {title}, {printable_name(citation.url)}{snippet}"
