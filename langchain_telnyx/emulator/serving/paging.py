"""Listings by page number: `page[number]` and `page[size]` in, `meta` out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

# Farther than any listing goes, yet within what SQLite counts rows with.
_FARTHEST = 2**31


@dataclass(frozen=True, slots=True)
class PageParameters:
    """Which page is asked for.

    Attributes:
        number: Its number, as the caller counts.
        size: The most rows on it.
        first: The number of the first page.
    """

    number: int
    size: int
    first: int

    @property
    def offset(self) -> int:
        """How many rows come before it."""
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
    """Return a dependency that reads which page is asked for, and refuses what is out of range.

    Args:
        first: The number of the first page, and the one shown by default.
        least: The least number accepted; default: `first`.
        size: Rows to a page by default.
        smallest: The least rows that may be asked for.
        largest: The most rows that may be asked for.
        cut: Whether who asks for more is given the most, and not refused.
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


def page_of(total: int, rows: Sequence[Any], asked: PageParameters) -> dict[str, Any]:
    """Return a page in its envelope.

    Args:
        total: How many rows there are on all pages.
        rows: Those on this one.
        asked: Which page this is.
    """
    return {
        "data": list(rows),
        "meta": {
            "total_pages": -(-total // asked.size) if asked.size > 0 else 0,
            "total_results": total,
            "page_number": asked.number,
            "page_size": asked.size,
        },
    }
