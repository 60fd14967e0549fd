"""`TelnyxWebSearchRetriever`: search the web."""

import logging
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Literal, TypeAlias

from langchain_core.documents import Document
from pydantic import Field

from langchain_telnyx._shared.web_search import (
    NOT_FETCHED,
    WebSearchOptions,
    host_names,
    read_pages,
    result_metadata,
    result_text,
    with_date,
)
from langchain_telnyx.client.api.web_search import WebPage, WebSearchResponse
from langchain_telnyx.client.call import Flow
from langchain_telnyx.retrievers._flow_retriever import FlowRetriever, checked_k

logger = logging.getLogger(__name__)

_MOST = 100

_KINDS: tuple[Literal["web", "news"], ...] = ("web", "news")

Contents: TypeAlias = Literal["snippets", "markdown", "html"]


class TelnyxWebSearchRetriever(WebSearchOptions, FlowRetriever):
    """Finds web pages, as snippets or as whole pages.

    A document's id is the page's address, its text the passages that are relevant to the query,
    best page first. Its metadata has the fields of the service (`url`, `title`, `description`,
    and any others), `source` (the address again), `kind` (`web` or `news`), `rank` (from 1), and
    `date`, if the service returns one.

    With `contents="markdown"` or `"html"`, a second request fetches the pages, and the text is the
    whole page; `page_metadata` has the metadata of the page. A page that cannot be fetched has its
    snippets as text and the reason in `contents_error`, which is also logged.

    Web pages are untrusted: they may contain instructions for the model that reads them.

    A call can override `k`, `country`, `freshness`, `include_domains`, `exclude_domains` and
    `contents`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/web-search.md

    API page: https://developers.telnyx.com/api-reference/web-search/web-search

    Example:
        ```python
        from langchain_telnyx import TelnyxWebSearchRetriever

        retriever = TelnyxWebSearchRetriever(k=3, include_domains=["arxiv.org"])
        retriever.invoke("speech recognition", freshness="month", contents="markdown")
        ```

    Raises:
        ValueError: An option is out of range.
        BadRequestError: At a call: the service does not accept a query or an option.
    """

    k: int = Field(default=4, ge=1, le=_MOST)
    """How many pages to return, 1 to 100."""

    news: bool = False
    """Whether to return the news that the service finds too, alternating with other pages."""

    contents: Contents = "snippets"
    """The text of a document: `snippets`, or the whole page as `markdown` or `html`."""

    crawl_timeout: int | None = Field(default=None, ge=1, le=60)
    """The most seconds to fetch each page, 1 to 60. Default: the API's."""

    max_age: int | None = Field(default=None, ge=0)
    """The most seconds since a stored copy of a page was fetched. Default: no limit."""

    def _search(
        self,
        query: str,
        *,
        k: int | None = None,
        country: str | None = None,
        freshness: str | None = None,
        include_domains: Sequence[str] | None = None,
        exclude_domains: Sequence[str] | None = None,
        contents: Contents | None = None,
    ) -> Flow[list[Document]]:
        count = checked_k(k, self.k, most=_MOST)
        text = self.contents if contents is None else contents
        if text not in {"snippets", "markdown", "html"}:
            raise ValueError(f"`contents` must be 'snippets', 'markdown' or 'html', not {text!r}.")
        parameters = self.parameters(
            country=country,
            freshness=freshness,
            include_domains=None if include_domains is None else host_names(include_domains),
            exclude_domains=None if exclude_domains is None else host_names(exclude_domains),
        )
        if parameters["include_domains"] and parameters["exclude_domains"]:
            raise ValueError("Set `include_domains` or `exclude_domains`: the API refuses both.")
        response = yield from self.telnyx.calls.web_search.search(query, count=count, **parameters)
        documents = list(_documents(response, news=self.news))[:count]
        if text == "snippets":
            return documents
        pages = yield from read_pages(
            self.telnyx.calls,
            [document.metadata["url"] for document in documents],
            formats=[text, "metadata"],
            crawl_timeout=self.crawl_timeout,
            max_age=self.max_age,
        )
        return [_with_page(each, pages.get(each.metadata["url"]), text) for each in documents]


def _documents(response: WebSearchResponse, *, news: bool) -> Iterator[Document]:
    """Yield the results as documents, each page once."""
    found = response.results
    seen: set[str] = set()
    for pair in zip_longest(found.web, found.news if news else ()):
        for kind, result in zip(_KINDS, pair, strict=True):
            if result is not None and result.url not in seen:
                seen.add(result.url)
                metadata = result_metadata(result, kind, len(seen))
                yield Document(result_text(result), id=result.url, metadata=metadata)


def _with_page(document: Document, page: Any, form: Literal["markdown", "html"]) -> Document:
    """Return a document with the contents of its page, or with the reason why it has none."""
    contents = getattr(page, form) if isinstance(page, WebPage) else None
    if contents is None:
        reason = NOT_FETCHED if page is None or isinstance(page, WebPage) else str(page)
        logger.warning("The contents of %s could not be fetched: %s", document.id, reason)
        return document.model_copy(
            update={"metadata": {**document.metadata, "contents_error": reason}}
        )
    fields = page.metadata.model_dump(mode="json", exclude_none=True) if page.metadata else {}
    metadata = with_date({**document.metadata, "page_metadata": fields}, fields)
    if page.title:
        metadata["title"] = page.title
    return document.model_copy(update={"page_content": contents, "metadata": metadata})
