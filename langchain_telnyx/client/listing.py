"""A listing, page after page, with a guard against one that never ends."""

from collections.abc import Generator
from typing import Any, Generic, TypeVar

from langchain_telnyx.client.attempts import Step, attempts
from langchain_telnyx.client.call import Page, Paging
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.errors import ListingError, ListingTimeoutError
from langchain_telnyx.client.storage_state import StorageState

T = TypeVar("T")

# Pages without an item that are followed. A page may be empty and more follow, but not for ever.
_MOST_EMPTY_PAGES = 100


class Walk(Generic[T]):
    """A walk through one listing.

    The deadline is for the whole of it. The time between the pages, which is the reader's, does
    not count.

    Args:
        paging: The listing.
        config: How to reach the API.
        state: What is known of the storage.

    Attributes:
        ended: Whether the last page has come.
    """

    def __init__(self, paging: Paging[T], config: Config, state: StorageState) -> None:
        self._paging = paging
        self._config = config
        self._state = state
        self._cursor: str | None = None
        self._cursors: set[str] = set()
        self._first_names: set[str] = set()
        self._empty = 0
        self._pages = 0
        self._spent = 0.0
        self.ended = False

    def page(self) -> Generator[Step, Any, list[T]]:
        """Fetch the next page, and return its items.

        Raises:
            ListingError: The listing does not go on from here, or does not end.
            ListingTimeoutError: The deadline has passed.
        """
        call = self._paging.call(self._cursor)
        deadline = self._config.deadline
        left = None if deadline is None else deadline - self._spent
        if left is not None and left <= 0 and self._pages:
            raise ListingTimeoutError(
                f"The listing {call} did not end within the deadline of {deadline:g} s: "
                f"{self._pages} pages came. Raise `deadline`, or list less of it."
            )
        begun = self._state.clock()
        page = yield from attempts(call, self._config, self._state, deadline=left)
        self._spent += self._state.clock() - begun
        self._pages += 1
        self._check(page, str(call))
        self._cursor = page.cursor
        self.ended = page.cursor is None
        return page.items

    def _check(self, page: Page[T], listing: str) -> None:
        if page.cursor is None:
            return
        if page.cursor in self._cursors:
            raise ListingError(
                f"The listing {listing} goes in a circle: page {self._pages} leads to the cursor "
                f"{page.cursor[:80]!r}, which was asked for before. The service does not go on "
                f"from it; what came before is not the whole."
            )
        self._cursors.add(page.cursor)
        self._empty = 0 if page.items else self._empty + 1
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


def collected(
    paging: Paging[T], count: int | None, config: Config, state: StorageState
) -> Generator[Step, Any, list[T]]:
    """Collect the first items of a listing, and ask for no page behind them.

    Args:
        paging: The listing.
        count: How many; `None` for all.
        config: How to reach the API.
        state: What is known of the storage.

    Raises:
        ListingError: The listing does not end as it must; `partial` has the items that came.
    """
    items: list[T] = []
    walk = Walk(paging, config, state)
    try:
        while True:
            items += yield from walk.page()
            if walk.ended or (count is not None and len(items) >= count):
                return items[:count]
    except ListingError as error:
        error.partial = items
        raise
