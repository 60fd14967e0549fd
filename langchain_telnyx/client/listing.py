"""Reads a listing page by page, with a guard against one that does not end."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from langchain_telnyx.client.call import Call, Flow, Page, Paging
from langchain_telnyx.client.errors import (
    APIStatusError,
    DeadlineError,
    ListingError,
    ListingTimeoutError,
)
from langchain_telnyx.client.rows import Rows

T = TypeVar("T")

# The longest run of pages without an item. A page may be empty and more follow, but not for ever.
_MOST_EMPTY_PAGES = 100


class Pager(Generic[T]):
    """Reads one listing page by page.

    A repeated page ends it with an error. If a service returns the total, items that move to the
    next page because others were added before them are yielded once.

    The deadline is for all pages. The time between pages, which is the reader's, does not count.

    Args:
        paging: The listing.
        deadline: Seconds for all pages; default: the listing's deadline.
        clock: Returns seconds.

    Attributes:
        ended: Whether the last page was read.
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
        self._cursors: set[int] = set()  # hashes, as a cursor may be long
        self._first_names: set[str] = set()
        self._marks: set[int] = set()
        self._before: Page[T] = Page([])
        self._empty = 0
        self._pages = 0
        self._spent = 0.0
        self.ended = False

    def page(self) -> Flow[Rows[T]]:
        """Fetch the next page, and return its items, with the rows that could not be read.

        Raises:
            ListingError: The listing does not end.
            ListingTimeoutError: The deadline has passed.
        """
        call = self._paging.call(self._cursor)
        if self._deadline is not None:
            left = self._deadline - self._spent
            if left <= 0 and self._pages:
                raise self._timeout_error(call)
            call = replace(call, deadline=left)
        begun = self._clock()
        try:
            page = yield from call
        except APIStatusError as error:
            page = self._skip_failed_page(error)
        except DeadlineError as error:
            if not self._pages:
                raise
            raise self._timeout_error(call) from error
        self._spent += self._clock() - begun
        self._pages += 1
        moved = _moved_items(self._before, page)
        self._check(page, str(call), moved)
        self._before = page
        self._cursor = page.cursor
        self.ended = page.cursor is None
        return Rows(page.items[moved:], page.unreadable)

    def _timeout_error(self, call: Call[Page[T]]) -> ListingTimeoutError:
        seconds = "" if self._deadline is None else f" of {self._deadline:g} s"
        error = ListingTimeoutError(
            f"The listing {call} did not end within the deadline{seconds}: {self._pages} pages "
            f"arrived. Raise `deadline`, or list less."
        )
        error.phase = "polling"
        return error

    def _skip_failed_page(self, error: APIStatusError) -> Page[T]:
        """Return an empty page with the cursor after one that failed, or raise the error."""
        instead = self._paging.instead
        cursor = None if instead is None else instead(self._cursor, error)
        if cursor is None:
            raise error
        return Page([], cursor)

    def _check(self, page: Page[T], listing: str, moved: int) -> None:
        self._check_items(page, listing, moved)
        if page.cursor is None:
            return
        if hash(page.cursor) in self._cursors:
            raise ListingError(
                f"The listing {listing} repeats: page {self._pages} has the cursor "
                f"{page.cursor[:80]!r}, which an earlier page had. The listing does not end, and "
                f"the items so far are not all."
            )
        self._cursors.add(hash(page.cursor))
        self._empty = 0 if page.items or page.unreadable else self._empty + 1
        if self._empty >= _MOST_EMPTY_PAGES:
            raise ListingError(
                f"The listing {listing} returned {self._empty} pages in a row without an item, "
                f"each with a cursor to the next: the items so far are not all."
            )

    def _check_items(self, page: Page[T], listing: str, moved: int) -> None:
        name_of = self._paging.name_of
        if name_of is not None and page.items:
            name = name_of(page.items[0])
            if name in self._first_names:
                raise ListingError(
                    f"The listing {listing} begins page {self._pages} with {name[:80]!r}, like an "
                    f"earlier page: the service ignores the cursor, and the items so far are not "
                    f"all."
                )
            self._first_names.add(name)
        if not (page.items or page.unreadable) or (moved and moved == len(page.items)):
            return
        mark = hash(
            tuple(map(name_of or repr, page.items)) + tuple(repr(r.raw) for r in page.unreadable)
        )
        if mark in self._marks:
            raise ListingError(
                f"The listing {listing} repeats the items of an earlier page as page "
                f"{self._pages}: the service ignores the cursor, and the items so far are not all."
            )
        self._marks.add(mark)


def _moved_items(before: Page[T], page: Page[T]) -> int:
    """Return how many items ended the page before, because others were added before them."""
    if before.total is None or page.total is None:
        return 0
    added = min(page.total - before.total, len(page.items), len(before.items))
    return added if added > 0 and before.items[-added:] == page.items[:added] else 0
