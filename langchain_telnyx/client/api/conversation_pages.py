"""Pages of conversations by their start time, because the API has no pages."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from langchain_telnyx.client.api.conversation_results import Conversation
from langchain_telnyx.client.call import Call, Page, Paging, Query, Reply, query
from langchain_telnyx.client.decode import rows, unwrap
from langchain_telnyx.client.errors import APIStatusError, ListingError
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.postgrest import one_of
from langchain_telnyx.client.rows import Rows

_Way: TypeAlias = Literal["first", "at", "others", "ids", "larger", "older", "proof"]
"""How to request the next page:

- `first`: without a bound.
- `at`: rows that began at the moment of the last row, or before.
- `others`: the same, without the rows of the moment seen so far (`id=not.in.(…)`).
- `ids`: only the rows of the moment, ordered by id.
- `larger`: as `at`, with a limit for the rows seen so far and one more page.
- `older`: rows that began before the moment.
- `proof`: as `older`, where any row proves that rows of the moment are missing.
"""

# The space for ids in a request line: many servers accept 8,192 bytes.
_LONGEST_EXCLUSION = 6000
# The prefix of the name of a row without an id, which a filter cannot exclude.
_NAMELESS = "\n"
# Statuses of a server that rejects a filter or a limit.
_REFUSALS = frozenset({400, 405, 413, 414, 422, 431, 501})


@dataclass(frozen=True, slots=True)
class _Place:
    """The position of a listing, which is its cursor.

    Attributes:
        way: How to request the next page.
        moment: When the last row began, as the API wrote it.
        seen: The names of the rows of that moment seen so far.
        after: The id after which `ids` continues.
        failed: Ways that the service does not support.
        longest: The most rows of one page so far.
    """

    way: _Way = "first"
    moment: str = ""
    seen: tuple[str, ...] = ()
    after: str = ""
    failed: tuple[str, ...] = ()
    longest: int = 0

    def parameters(self, page_size: int) -> Query:
        """Return the query parameters of the page, beside the filters."""
        order = "created_at.desc"
        match self.way:
            case "first":
                return query(order=order, limit=page_size)
            case "at":
                bound = query(created_at=f"lte.{self.moment}")
            case "others":
                bound = query(created_at=f"lte.{self.moment}", id=self._exclusion)
            case "ids":
                order = "id.asc"
                after = f"gt.{self.after}" if self.after else None
                bound = query(created_at=f"eq.{self.moment}", id=after)
            case "larger":
                page_size += len(self.seen)
                bound = query(created_at=f"lte.{self.moment}")
            case _:
                bound = query(created_at=f"lt.{self.moment}")
        return (*bound, *query(order=order, limit=page_size))

    def crowded(self) -> "_Place":
        """Return the position that can return more rows of the moment."""
        ways: list[_Way] = ["others", "ids"]
        if len(quote(self._exclusion)) > _LONGEST_EXCLUSION:
            ways.remove("others")
        left = (way for way in ways if way not in self.failed)
        return replace(self, way=next(left, "larger"), after="")

    def without(self, way: _Way) -> "_Place":
        """Return the position after a way turned out to be unsupported."""
        return replace(self, failed=(*self.failed, way))

    @property
    def _exclusion(self) -> str:
        return str(~one_of(_ids(self.seen)))


class _Response:
    """The rows of one page, with their names and start times as written.

    A parsed time may be less precise than the written one.
    """

    def __init__(self, found: Rows[Conversation], raw: Any, place: _Place) -> None:
        self.given = found.given
        self.names = [_name(item) for item in raw]
        self.times = [_written(item) for item in raw]
        self.last = next(filter(None, reversed(self.times)), "")
        seen = set(place.seen)
        self.repeats = any(name in seen for name in _ids(self.names))
        lost = {row.position for row in found.unreadable}
        read = [name for position, name in enumerate(self.names) if position not in lost]
        self.fresh = [row for name, row in zip(read, found, strict=True) if name not in seen]
        self.unreadable = [row for row in found.unreadable if self.names[row.position] not in seen]

    def at(self, moment: str) -> list[str]:
        """Return the names of the rows that began at a moment, or may have if they have no time."""
        pairs = zip(self.names, self.times, strict=True)
        return [name for name, time in pairs if time in {moment, ""}]

    def keep(self, moment: str) -> None:
        """Remove the rows that did not begin at a moment."""
        names = set(self.at(moment))
        self.fresh = [row for row in self.fresh if row.id in names]
        self.unreadable = [row for row in self.unreadable if self.names[row.position] in names]

    @property
    def is_new(self) -> bool:
        """Whether there is a row that was not seen before."""
        return bool(self.fresh or self.unreadable)


def newest_first(filters: Query, page_size: int) -> Paging[Conversation]:
    """Return a listing of the conversations that meet filters, the newest first.

    A page begins at the time of the last conversation of the page before, including that time, as
    several may have begun at once; those seen before are skipped. If all rows of a page have one
    time, more rows of that time may exist than fit a page: those are requested by excluding the
    ids seen so far, else by id, else with a larger limit.

    Args:
        filters: Query parameters.
        page_size: Conversations per request.
    """
    read = rows(Conversation, part=True)

    def call(cursor: str | None) -> Call[Page[Conversation]]:
        place = _place(cursor)

        def decode(reply: Reply) -> Page[Conversation]:
            found = read(reply)
            response = _Response(found, unwrap(reply.json()), place)
            following = _following(place, response, page_size)
            written = None if following is None else json.dumps(asdict(following))
            return Page(response.fresh, written, response.unreadable)

        page = place.parameters(page_size)
        return Call("GET", "/ai/conversations", decode, query=(*filters, *page))

    def instead(cursor: str | None, error: APIStatusError) -> str | None:
        place = _place(cursor)
        if place.way not in {"others", "ids", "larger"} or error.status_code not in _REFUSALS:
            return None
        if place.way == "larger":
            raise _incomplete(place) from error
        return json.dumps(asdict(place.without(place.way).crowded()))

    return Paging(call, name_of=lambda row: row.id, instead=instead)


def _place(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place()
    fields: dict[str, Any] = loads(cursor)
    for name in ("seen", "failed"):
        fields[name] = tuple(fields[name])
    return _Place(**fields)


def _following(place: _Place, response: _Response, page_size: int) -> _Place | None:
    """Return the position after a page; `None` at the end.

    Raises:
        ListingError: More rows exist, or may exist, than the service returns.
    """
    place = replace(place, longest=max(place.longest, response.given))
    if response.given and not response.last:
        _check_timeless(response, page_size)
        return None
    if place.way == "ids":
        return _after_ids(place, response)
    if place.way == "proof" and response.given:
        raise _incomplete(place)
    if place.way == "others" and response.repeats:
        place = place.without("others")
    elif not response.is_new:
        return _after_nothing_new(place, response, page_size)
    return _joined(place, response)


def _after_nothing_new(place: _Place, response: _Response, page_size: int) -> _Place | None:
    """Return the position after a page without a new row."""
    match place.way:
        case "at" if response.given:
            return place.crowded() if response.given >= place.longest else None
        case "others":
            return replace(place, way="older")
        case "larger":
            if response.given == page_size:
                raise _incomplete(place)  # a full page, as if no larger limit was sent
            # A service that respects the limit would have returned older rows, too.
            return replace(place, way="proof")
        case _:
            return _joined(place, response) if response.given else None


def _joined(place: _Place, response: _Response) -> _Place:
    """Return the position after a page by time that has rows."""
    names = response.at(response.last)
    before = place.seen if place.moment == response.last else ()
    seen = tuple(dict.fromkeys([*before, *names]))
    joined = replace(place, way="at", moment=response.last, seen=seen)
    return joined.crowded() if len(names) == response.given else joined


def _after_ids(place: _Place, response: _Response) -> _Place:
    """Return the next position of a listing of one moment's rows by id."""
    if not response.given:
        return replace(place, way="older")
    ids = _ids(response.names)
    ascending = [place.after, *ids]
    honoured = (
        bool(ids)
        and all(time == place.moment for time in response.times)
        and all(one < other for one, other in pairwise(ascending))
    )
    response.keep(place.moment)
    seen = tuple(dict.fromkeys([*place.seen, *response.at(place.moment)]))
    place = replace(place, seen=seen)
    return replace(place, after=ids[-1]) if honoured else place.without("ids").crowded()


def _check_timeless(response: _Response, page_size: int) -> None:
    """Raise for a full page without a start time, as more rows may follow."""
    if response.given >= page_size:
        raise ListingError(
            f"None of the {response.given} conversations of a page has a start time, by which the "
            f"listing is paged: there may be more."
        )


def _incomplete(place: _Place) -> ListingError:
    return ListingError(
        f"{len(place.seen)} conversations that began at {place.moment} were loaded, and the "
        f"service returns no more of that moment than fit a page, although there may be more: it "
        f"supports neither `id=not.in.(…)` nor a larger `limit`. The items so far are not all. "
        f"Filter by `name` or `metadata` to list less at a time."
    )


def _written(item: Any) -> str:
    """Return the start time of a row as written; empty if it is not a time."""
    time = item.get("created_at") if isinstance(item, dict) else None
    try:
        datetime.fromisoformat(time)  # type: ignore[arg-type]  # anything else is a TypeError
    except (TypeError, ValueError):
        return ""
    return str(time)


def _name(item: Any) -> str:
    """Return the identity of a row: its id, or all of it if it has none."""
    name = item.get("id") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name else _NAMELESS + json.dumps(item, sort_keys=True)


def _ids(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(_NAMELESS)]
