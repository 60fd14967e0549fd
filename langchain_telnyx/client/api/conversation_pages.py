"""Conversations page by page, where the API has no pages: by the time they began."""

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
"""How the next page is asked for:

- `first`: without a bound.
- `at`: what began at the moment of the last row, or before.
- `others`: the same, without the rows of the moment that came (`id=not.in.(…)`).
- `ids`: the rows of the moment alone, in the order of their ids.
- `larger`: as `at`, with a limit that has room for the rows that came and a page more.
- `older`: what began before the moment.
- `proof`: as `older`, where any row proves that rows of the moment were left out.
"""

# What a request line can hold beside the rest: many servers take 8,192 bytes.
_LONGEST_EXCLUSION = 6000
# Begins the name of a row without an id, which no filter can name.
_NAMELESS = "\n"
# Statuses of a server that does not take a filter or a limit.
_REFUSALS = frozenset({400, 405, 413, 414, 422, 431, 501})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a listing stands, which is its cursor.

    Attributes:
        way: How the next page is asked for.
        moment: When the last row began, as the API wrote it.
        seen: The names of the rows of that moment that came.
        after: The id behind which `ids` goes on.
        failed: Ways that the service does not honour.
        longest: The most rows that came in one page.
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
        """Return the place from which more rows of the moment can be had."""
        ways: list[_Way] = ["others", "ids"]
        if len(quote(self._exclusion)) > _LONGEST_EXCLUSION:
            ways.remove("others")
        left = (way for way in ways if way not in self.failed)
        return replace(self, way=next(left, "larger"), after="")

    def without(self, way: _Way) -> "_Place":
        """Return the place once a way is known not to be honoured."""
        return replace(self, failed=(*self.failed, way))

    @property
    def _exclusion(self) -> str:
        return str(~one_of(_ids(self.seen)))


class _Answer:
    """The rows of one page, with their names and the times at which they began, as written.

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
        """Return the names of the rows that began at a moment, or may have, as they say no time."""
        pairs = zip(self.names, self.times, strict=True)
        return [name for name, time in pairs if time in {moment, ""}]

    def keep(self, moment: str) -> None:
        """Leave out the rows that did not begin at a moment."""
        kept = set(self.at(moment))
        self.fresh = [row for row in self.fresh if row.id in kept]
        self.unreadable = [row for row in self.unreadable if self.names[row.position] in kept]

    @property
    def is_new(self) -> bool:
        """Whether there is a row that did not come before."""
        return bool(self.fresh or self.unreadable)


def newest_first(filters: Query, page_size: int) -> Paging[Conversation]:
    """Return a listing of the conversations that meet filters, the newest first.

    A page begins at the time of the last conversation of the page before, that time included, as
    several may have begun at once; those that came already are left out. Where a page holds one
    time only, more of that time may follow than any page holds: they are asked for without those
    that came, else by their ids, else with a larger limit.

    Args:
        filters: Query parameters.
        page_size: Conversations to a request.
    """
    read = rows(Conversation, part=True)

    def call(cursor: str | None) -> Call[Page[Conversation]]:
        place = _place(cursor)

        def decode(reply: Reply) -> Page[Conversation]:
            found = read(reply)
            answer = _Answer(found, unwrap(reply.json()), place)
            following = _following(place, answer, page_size)
            written = None if following is None else json.dumps(asdict(following))
            return Page(answer.fresh, written, answer.unreadable)

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


def _following(place: _Place, answer: _Answer, page_size: int) -> _Place | None:
    """Return where the listing goes on after a page; `None` where it ends.

    Raises:
        ListingError: More rows are there, or may be, than the service gives.
    """
    place = replace(place, longest=max(place.longest, answer.given))
    if answer.given and not answer.last:
        _check_timeless(answer, page_size)
        return None
    if place.way == "ids":
        return _after_ids(place, answer)
    if place.way == "proof" and answer.given:
        raise _incomplete(place)
    if place.way == "others" and answer.repeats:
        place = place.without("others")
    elif not answer.is_new:
        return _after_nothing_new(place, answer, page_size)
    return _joined(place, answer)


def _after_nothing_new(place: _Place, answer: _Answer, page_size: int) -> _Place | None:
    """Return where a listing goes on after a page without a row that did not come before."""
    match place.way:
        case "at" if answer.given:
            return place.crowded() if answer.given >= place.longest else None
        case "others":
            return replace(place, way="older")
        case "larger":
            if answer.given == page_size:
                raise _incomplete(place)  # a whole page, as if no larger limit was sent
            # A limit that was honoured would have given what is older, too.
            return replace(place, way="proof")
        case _:
            return _joined(place, answer) if answer.given else None


def _joined(place: _Place, answer: _Answer) -> _Place:
    """Return where a listing by time goes on after a page that has rows."""
    names = answer.at(answer.last)
    before = place.seen if place.moment == answer.last else ()
    seen = tuple(dict.fromkeys([*before, *names]))
    joined = replace(place, way="at", moment=answer.last, seen=seen)
    return joined.crowded() if len(names) == answer.given else joined


def _after_ids(place: _Place, answer: _Answer) -> _Place:
    """Return where a listing of one moment's rows by their ids goes on."""
    if not answer.given:
        return replace(place, way="older")
    ids = _ids(answer.names)
    ascending = [place.after, *ids]
    honoured = (
        bool(ids)
        and all(time == place.moment for time in answer.times)
        and all(one < other for one, other in pairwise(ascending))
    )
    answer.keep(place.moment)
    seen = tuple(dict.fromkeys([*place.seen, *answer.at(place.moment)]))
    place = replace(place, seen=seen)
    return replace(place, after=ids[-1]) if honoured else place.without("ids").crowded()


def _check_timeless(answer: _Answer, page_size: int) -> None:
    """Refuse a whole page of which no row says when it began, as more may follow."""
    if answer.given >= page_size:
        raise ListingError(
            f"None of the {answer.given} conversations of a page says when it began, and the "
            f"listing goes by that time: more may be there than came."
        )


def _incomplete(place: _Place) -> ListingError:
    return ListingError(
        f"{len(place.seen)} conversations that began at {place.moment} were loaded, and the "
        f"service gives no more of that moment than fit a page, although more may be there: it "
        f"honours neither `id=not.in.(…)` nor a larger `limit`. What came before is not the whole. "
        f"Filter by `name` or `metadata` to list less at a time."
    )


def _written(item: Any) -> str:
    """Return when a row says that it began, as it is written; empty where that is no time."""
    time = item.get("created_at") if isinstance(item, dict) else None
    try:
        datetime.fromisoformat(time)  # type: ignore[arg-type]  # anything else is a TypeError
    except (TypeError, ValueError):
        return ""
    return str(time)


def _name(item: Any) -> str:
    """Return what a row is known by: its id, or all of it where it has none."""
    name = item.get("id") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name else _NAMELESS + json.dumps(item, sort_keys=True)


def _ids(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(_NAMELESS)]
