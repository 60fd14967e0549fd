"""Options and flows of web search, shared by its tools and its retriever."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from langchain_telnyx.client.api.web_search import (
    LARGEST_BATCH,
    ContentFormat,
    SafeSearch,
    WebPage,
    WebSearchResponse,
    WebSearchResult,
)
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.client.rows import Rows

_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*")
# The API documents no date. These are the names that search services use.
_DATE_FIELDS = ("date", "published_date", "published_at", "page_age")
NOT_FETCHED = "The service returned no contents of this page."


class DomainOptions(BaseModel):
    """The domains of which pages may be used; a pydantic mixin."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    include_domains: Sequence[str] | None = Field(default=None, min_length=1)
    """Only pages of these domains and their subdomains, such as `arxiv.org`. Default: all."""

    exclude_domains: Sequence[str] | None = None
    """No pages of these domains and their subdomains; not with `include_domains`."""

    @field_validator("include_domains", "exclude_domains", mode="before")
    @classmethod
    def _are_hosts(cls, names: Any) -> Any:
        return None if names is None else host_names(names)

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.include_domains and self.exclude_domains:
            raise ValueError("Set `include_domains` or `exclude_domains`: the API refuses both.")
        return self

    def allows(self, url: str) -> bool:
        """Return whether a page may be used, by its address."""
        if not (self.include_domains or self.exclude_domains):
            return True
        host = _host(url)
        if host is None:
            return False
        if self.include_domains is not None and not within(host, self.include_domains):
            return False
        return not within(host, self.exclude_domains or ())


class WebSearchOptions(DomainOptions):
    """The options of a search; a pydantic mixin."""

    country: str | None = Field(default=None, pattern=r"^[A-Za-z]{2}$")
    """The country whose results to prefer, as two letters: `US`, `DE`."""

    freshness: str | None = None
    """Only pages of the last `day`, `week`, `month` or `year`."""

    safesearch: SafeSearch | None = None
    """The filter for adult content: `off`, `moderate`, `strict`. Default: the API's."""

    livecrawl: bool | None = None
    """Whether to fetch the pages at the time of the search. Default: the API's."""

    def parameters(self, **overrides: Any) -> dict[str, Any]:
        """Return the arguments of a search, with those of a call that are not `None`."""
        given = {name: value for name, value in overrides.items() if value is not None}
        options = {name: getattr(self, name) for name in WebSearchOptions.model_fields}
        return {**options, **given}


def host_names(names: Any) -> list[str]:
    """Return host names in lower case.

    Raises:
        ValueError: One of them is not a bare host name, or they are not a list.
    """
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise ValueError(f"Expected a list of host names, not {names!r}.")  # noqa: TRY004 - for pydantic
    lower = [str(name).strip().lower() for name in names]
    if wrong := [name for name in lower if not _HOST.fullmatch(name)]:
        raise ValueError(f"{wrong[0]!r} is not a bare host name such as `arxiv.org`.")
    return lower


def within(host: str, domains: Iterable[str]) -> bool:
    """Return whether a host is one of some domains, or a subdomain of one."""
    return any(host == name or host.endswith(f".{name}") for name in domains)


def _host(url: str) -> str | None:
    """Return the host of an address as a browser reads it; `None` if readers may differ."""
    if "\\" in url:
        return None  # Python reads it as a part of the user name, browsers as a slash
    try:
        host = unquote(urlsplit(url).hostname or "").rstrip(".")
        return host.encode("idna").decode("ascii").lower()
    except ValueError:
        return None


def unreadable_results(response: WebSearchResponse) -> list[str]:
    """Return the positions of the results that could not be read, such as `results.web.3`."""
    return [
        name
        for name, raw in response.unreadable_fields.items()
        if raw is not None and re.fullmatch(r"results\.(web|news)\.\d+", name)
    ]


def result_metadata(
    result: WebSearchResult, kind: Literal["web", "news"], rank: int
) -> dict[str, Any]:
    """Return the fields of a result as metadata, with `source`, `kind`, `rank` and `date`."""
    fields = result.model_dump(mode="json", exclude={"snippets"}, exclude_none=True)
    metadata = {**fields, "source": result.url, "kind": kind, "rank": rank}
    return with_date(metadata, fields)


def with_date(metadata: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with the `date` of a page, if its fields have one."""
    dates = (fields[name] for name in _DATE_FIELDS if fields.get(name))
    date = next(dates, None)
    return metadata if date is None else {**metadata, "date": date}


def result_text(result: WebSearchResult) -> str:
    """Return the snippets of a result, or else its description."""
    return "\n\n".join(result.snippets) or result.description or ""


def read_pages(
    calls: Namespaces[DeferredCalls],
    urls: Sequence[str],
    *,
    formats: Sequence[ContentFormat],
    crawl_timeout: int | None = None,
    max_age: int | None = None,
) -> Flow[dict[str, WebPage | TelnyxError]]:
    """Fetch pages, in batches. An error is that of the pages of its batch.

    Args:
        calls: The client's deferred calls.
        urls: Their addresses.
        formats: The formats to request.
        crawl_timeout: The most seconds for each page.
        max_age: The most seconds since a stored copy was fetched.

    Returns:
        The page or error by address; a page that the service does not return is missing.
    """
    batches = [urls[at : at + LARGEST_BATCH] for at in range(0, len(urls), LARGEST_BATCH)]
    results = yield from concurrently(
        [
            partial(
                calls.web_search.contents,
                batch,
                formats=formats,
                crawl_timeout=crawl_timeout,
                max_age=max_age,
            )
            for batch in batches
        ]
    )
    found: dict[str, WebPage | TelnyxError] = {}
    for batch, result in zip(batches, results, strict=True):
        if isinstance(result, Rows):
            by_address = {_address(page.url): page for page in result}
            matched = {url: by_address.get(_address(url)) for url in batch}
            found |= {url: page for url, page in matched.items() if page is not None}
        else:
            found |= dict.fromkeys(batch, result)
    return found


def _address(url: str) -> str:
    """Return an address in a form in which equal ones are the same text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.lower()
    return parts._replace(netloc=host, path=parts.path.rstrip("/"), fragment="").geturl()
