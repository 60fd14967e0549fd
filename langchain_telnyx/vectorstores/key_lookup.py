"""Find the keys of document ids at a cost that does not grow with the bucket.

There are two ways. A *page* is a listing of up to 1,000 keys from some key on: one request for all
ids between its first and its last key. A listing *by id* returns the few keys with the prefix of
one id, and many of them run at once. A page costs as much as about 32 of the others: in CPU time
(a key of a response takes 40 µs to read, a request 1.2 ms), and at the documented limit of 200
requests a second for a bucket, if a page arrives in 0.15 s. So:

1. The ids are sorted, and a page is read from the first one on.
2. As long as a page replaces as many listings by id as it costs, the next one is read from the
   first id after it. So a small bucket, and ids that are neighbours in a large one, take a page.
3. The other ids are listed by id.

At most one page is read in vain, so n ids cost at most a page and n listings by id (2n for ids with
other characters than letters, digits and `-`), whatever is in the bucket.

An id that is derived from the content of a document is looked up like any other. A caller may have
stored another text under such an id, as an update, and the next write of the first text must get a
newer version than that one, or it would be hidden.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import NamedTuple

from langchain_telnyx.client.api.storage import Storage, StoredObject
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import concurrently, every
from langchain_telnyx.client.listing import Pager
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.vectorstores.keys import prefixes

# The listings by id that cost as much as a page.
_PAGE_COST = 32
# Up to this number of listings by id, no page is read: they run at once.
_FEW = 8
# The keys that the listing of one id returns in its first response.
_KEYS_OF_ID = 32


class _Range(NamedTuple):
    """Keys that one listing returns: those from one prefix to another, both included.

    Attributes:
        first: The lower prefix.
        last: The upper prefix; the same, if the range has the keys of one prefix.
        common: The prefix of the listing.
    """

    first: str
    last: str
    common: str


def keys_near(
    storage: Storage[DeferredCalls], bucket: str, ids: Collection[str], *, width: int
) -> Flow[list[str]]:
    """Return the keys of all versions of ids, among other keys of the bucket.

    Args:
        storage: Describes calls.
        bucket: The bucket.
        ids: The ids.
        width: The most concurrent requests.
    """
    ranges = sorted(each for id_ in ids for each in _ranges(id_))
    found: list[str] = []
    if len(ranges) > _FEW:
        found, ranges = yield from _by_pages(storage, bucket, ranges)
    listings = yield from concurrently(
        [partial(_keys_in, storage, bucket, each) for each in ranges], width=width
    )
    for listing in listings:
        if isinstance(listing, TelnyxError):
            raise listing
        found += listing
    # Neighbouring ids list the same keys, and each is one version.
    return list(dict.fromkeys(found))


def _ranges(id: str) -> list[_Range]:  # noqa: A002 - LangChain's word
    """Return where the keys of an id are, in the current and in the old form."""
    new, old = prefixes(id)
    if new[:-1] == old[:-1]:
        # Between `id!` and `id.` are only keys of ids that begin with `id-`: one listing has both.
        return [_Range(old, new, new[:-1])]
    return [_Range(each, each, each) for each in (new, old)]


def _by_pages(
    storage: Storage[DeferredCalls], bucket: str, ranges: Sequence[_Range]
) -> Flow[tuple[list[str], list[_Range]]]:
    """List pages as long as they pay off.

    Returns:
        The keys; and the ranges that the pages do not cover.
    """
    found: list[str] = []
    left: list[_Range] = []
    ahead = list(ranges)
    while len(ahead) > _FEW:
        # It excludes no key, as every key is longer than the prefix.
        start = ahead[0].first
        page, ended = yield from _page(storage, bucket, start_after=start)
        keys = [item.key for item in page]
        found += keys
        if ended:
            return found, left
        # A service that does not sort has not returned all keys up to the last one.
        last = keys[-1] if keys and keys == sorted(keys) else ""
        passed = [each for each in ahead if each.first <= last]
        open_ = [each for each in passed if not _is_beyond(last, each.last)]
        ahead = ahead[len(passed) :]
        left += open_
        if len(passed) - len(open_) < _PAGE_COST:
            break
    return found, left + ahead


def _keys_in(storage: Storage[DeferredCalls], bucket: str, keys: _Range) -> Flow[list[str]]:
    """List a range; the first response is short, as there may be many keys between its prefixes."""
    page, ended = yield from _page(storage, bucket, prefix=keys.common, page_size=_KEYS_OF_ID)
    found = [item.key for item in page]
    if ended:
        return found
    last = found[-1] if found and found == sorted(found) else ""
    for prefix in dict.fromkeys((keys.first, keys.last)):
        if not _is_beyond(last, prefix):
            after = last if last.startswith(prefix) else None
            rest = every(storage.list_objects(bucket, prefix=prefix, start_after=after))
            found += [item.key for item in (yield from rest)]
    return found


def _page(
    storage: Storage[DeferredCalls],
    bucket: str,
    *,
    prefix: str | None = None,
    start_after: str | None = None,
    page_size: int | None = None,
) -> Flow[tuple[Rows[StoredObject], bool]]:
    """Return the first page of a listing, and whether it is the last one."""
    walk = Pager(
        storage.list_objects(bucket, prefix=prefix, start_after=start_after, page_size=page_size)
    )
    page = yield from walk.page()
    return page, walk.ended


def _is_beyond(key: str, prefix: str) -> bool:
    """Whether a key comes after all keys with a prefix."""
    return key > prefix and not key.startswith(prefix)
