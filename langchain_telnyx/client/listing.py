"""A listing, page after page, with a guard against one that never ends."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from langchain_telnyx.client.call import Flow, Page, Paging
from langchain_telnyx.client.errors import ListingError, ListingTimeoutError
from langchain_telnyx.client.rows import Rows

T = TypeVar("T")

# Pages without an item that are followed. A page may be empty and more follow, but not for ever.
_MOST_EMPTY_PAGES = 100


class Walk(Generic[T]):
    """A walk through one listing.

    The deadline is for the whole of it. The time between the pages, which is the reader's, does
    not count.

    Args:
        paging: The listing.
        deadline: Seconds after which no further page is fetched; default: the listing's own.
        clock: Returns seconds.

    Attributes:
        ended: Whether the last page has come.
    """

    def __init__(
        self,
        paging: Paging[T],
        deadline: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._paging = paging
        self._deadline = paging.deadline if deadline is None else deadline
        self._clock = clock
        self._cursor: str | None = None
        self._cursors: set[str] = set()
        self._first_names: set[str] = set()
        self._empty = 0
        self._pages = 0
        self._spent = 0.0
        self.ended = False

    def page(self) -> Flow[Rows[T]]:
        """Fetch the next page, and return its items, with the rows that could not be read.

        Raises:
            ListingError: The listing does not go on from here, or does not end.
            ListingTimeoutError: The deadline has passed.
        """
        call = self._paging.call(self._cursor)
        if self._deadline is not None:
            left = self._deadline - self._spent
            if left <= 0 and self._pages:
                raise ListingTimeoutError(
                    f"The listing {call} did not end within the deadline of {self._deadline:g} s: "
                    f"{self._pages} pages came. Raise `deadline`, or list less of it."
                )
            call = replace(call, deadline=left)
        begun = self._clock()
        page = yield from call
        self._spent += self._clock() - begun
        self._pages += 1
        self._check(page, str(call))
        self._cursor = page.cursor
        self.ended = page.cursor is None
        return Rows(page.items, page.unreadable)

    def _check(self, page: Page[T], listing: str) -> None:
        if page.cursor is None:
            return
        if page.cursor in self._cursors:
            raise ListingError(
                f"The listing {listing} goes in a circle: page {self._pages} leads to the cursor "
                f"{page.cursor[:80]!r}, which led to a page before. The service does not go on "
                f"from it; what came before is not the whole."
            )
        self._cursors.add(page.cursor)
        self._empty = 0 if page.items or page.unreadable else self._empty + 1
        if self._empty >= _MOST_EMPTY_PAGES:
            raise ListingError(
                f"The listing {listing} gave {self._empty} pages without an item, one after the "
                f"other, and each says that more follows: what came before is not the whole."
            )
        if self._paging.name_of is not None and page.items:
            name = self._paging.name_of(page.items[0])
            if name in self._first_names:
                raise ListingError(
                    f"The listing {listing} begins page {self._pages} with {name[:80]!r}, as a "
                    f"page before it did: the service ignores the cursor, and what came before is "
                    f"not the whole."
                )
            self._first_names.add(name)
