"""The request bodies of web search, and their validation with the area's own errors."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request
from pydantic import Field, ValidationError, field_validator

from langchain_telnyx.emulator.areas.web_search.errors import SearchError
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.json_body import json_object
from langchain_telnyx.emulator.serving.request_body import RequestBody

MAX_URLS = 20
"""The most URLs of a request for contents."""

_AGES = {"day": 1, "week": 7, "month": 31, "year": 366}

_Format: TypeAlias = Literal["html", "markdown", "metadata"]
_DEFAULT_FORMATS: tuple[_Format, ...] = ("html", "metadata")

_Body = TypeVar("_Body", bound=RequestBody)


class SearchBody(RequestBody):
    """The body of `POST /web_search`."""

    query: str = Field(min_length=1)
    count: int = Field(default=10, ge=1, le=100)
    country: str | None = Field(default=None, pattern=r"^[A-Za-z]{2}$")
    include_domains: list[str] | None = None
    exclude_domains: list[str] | None = None
    freshness: str | None = None
    livecrawl: bool | None = None
    safesearch: Literal["off", "moderate", "strict"] | None = None

    nullable = (
        "country",
        "include_domains",
        "exclude_domains",
        "freshness",
        "livecrawl",
        "safesearch",
    )

    def period(self, now: datetime) -> tuple[datetime, datetime] | None:
        """Return the period of `freshness`; `None` for any time.

        Raises:
            SearchError: The value is unknown.
        """
        if self.freshness is None:
            return None
        if self.freshness in _AGES:
            return now - timedelta(days=_AGES[self.freshness]), now
        begin, _, end = self.freshness.partition("to")
        try:
            first, last = (datetime.strptime(day, "%Y-%m-%d") for day in (begin, end))  # noqa: DTZ007 - below
        except ValueError:
            message = f"`freshness` must be one of {', '.join(_AGES)}, or `YYYY-MM-DDtoYYYY-MM-DD`."
            raise SearchError(400, message, field="freshness") from None
        return first.replace(tzinfo=UTC), last.replace(tzinfo=UTC) + timedelta(days=1)


class ContentsBody(RequestBody):
    """The body of `POST /web_search/contents`."""

    urls: list[str] = Field(min_length=1, max_length=MAX_URLS)
    formats: list[_Format] = Field(default_factory=lambda: [*_DEFAULT_FORMATS])
    crawl_timeout: int = Field(default=10, ge=1, le=60)
    max_age: int | None = Field(default=None, ge=0)

    nullable = ("max_age",)

    @field_validator("urls")
    @classmethod
    def _are_addresses(cls, urls: list[str]) -> list[str]:
        for position, url in enumerate(urls):
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
                raise ValueError(f"urls.{position} is not an HTTP URL")
        return urls


class ResearchBody(RequestBody):
    """The body of `POST /web_search/research`."""

    query: str = Field(min_length=1)
    background: bool = False
    max_sources: int | None = Field(default=None, ge=1)
    research_effort: Literal["lite", "standard", "deep"] = "standard"

    nullable = ("max_sources",)


def _reader(kind: type[_Body]) -> Callable[[Request], Awaitable[_Body]]:
    async def read(request: Request) -> _Body:
        try:
            return kind.model_validate(await json_object(request))
        except ApiError as error:
            raise SearchError(error.status, error.detail) from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            field = ".".join(map(str, first["loc"]))
            message = f"Invalid request: {field}: {first['msg']}"
            raise SearchError(400, message, field=field) from None

    return read


Search: TypeAlias = Annotated[SearchBody, Depends(_reader(SearchBody))]
Contents: TypeAlias = Annotated[ContentsBody, Depends(_reader(ContentsBody))]
Research: TypeAlias = Annotated[ResearchBody, Depends(_reader(ResearchBody))]
