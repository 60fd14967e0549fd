"""Listings by page number: `page[number]` and `page[size]` in, `meta` out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

# Beyond any listing, but within SQLite's integers.
_FARTHEST = 2**31


@dataclass(frozen=True, slots=True)
class PageParameters:
    """The page that a request asks for.

    Attributes:
        number: Its number in the request.
        size: The most rows of the page.
        first: The number of the first page.
    """

    number: int
    size: int
    first: int

    @property
    def offset(self) -> int:
        """The number of rows before the page."""
        return max(0, self.number - self.first) * self.size


def paged(
    *,
    first: int = 1,
    least: int | None = None,
    size: int = 20,
    smallest: int = 1,
    largest: int = 100,
    cut: bool = False,
) -> Callable[..., PageParameters]:
    """Return a dependency that reads the page parameters, and refuses values out of range.

    Args:
        first: The number of the first page, which is the default.
        least: The smallest valid number; default: `first`.
        size: The default size.
        smallest: The smallest valid size.
        largest: The largest valid size.
        cut: Whether a larger size is reduced to `largest`, and not refused.
    """
    most = None if cut else largest

    def read(
        number: Annotated[
            int, Query(alias="page[number]", ge=first if least is None else least)
        ] = first,
        rows: Annotated[int, Query(alias="page[size]", ge=smallest, le=most)] = size,
    ) -> PageParameters:
        return PageParameters(min(number, _FARTHEST), min(rows, largest), first)

    return read


def page_of(total: int, rows: Sequence[Any], page: PageParameters) -> dict[str, Any]:
    """Return a page in its envelope.

    Args:
        total: The number of rows of all pages.
        rows: The rows of this page.
        page: The page parameters.
    """
    return {
        "data": list(rows),
        "meta": {
            "total_pages": -(-total // page.size) if page.size > 0 else 0,
            "total_results": total,
            "page_number": page.number,
            "page_size": page.size,
        },
    }
