"""More conversations of one moment than fit a page: all are listed once, or there is an error."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import TelnyxConversationLoader
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.conversation_pages import newest_first
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.error_mapping import error_for
from langchain_telnyx.client.errors import ListingError
from langchain_telnyx.client.flows import every
from langchain_telnyx.client.listing import Pager
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator.server import TelnyxEmulator

MOMENT = "2026-01-01T00:00:00Z"
_COMPARE = {
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "eq": lambda one, other: one == other,
    "gt": lambda one, other: one > other,
}


@dataclass
class Service:
    """A service of conversations, with configurable behavior.

    Attributes:
        rows: Id to the time at which the conversation began.
        most: Maximum rows per page, even with a larger limit.
        ignores: `not.in`, `gt` or `order`: parameters that it ignores.
        refuses: The same, for parameters that it rejects with 400.
        queries: The received queries.
    """

    rows: dict[str, str]
    most: int = 100
    ignores: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    queries: list[list[tuple[str, str]]] = field(default_factory=list)

    def answer(self, query: list[tuple[str, str]]) -> tuple[int, Any]:
        self.queries.append(query)
        if any(word in f"{name}={value}" for name, value in query for word in self.refuses):
            return 400, {"errors": [{"code": "10031", "title": "Invalid filter"}]}
        given = dict(query)
        found = sorted(self.rows.items(), key=lambda row: row[1], reverse=True)
        if given["order"] == "id.asc" and "order" not in self.ignores:
            found.sort()
        for name, value in query:
            operator, _, operand = value.partition(".")
            if name == "id" and operator == "not" and "not.in" not in self.ignores:
                excluded = re.findall(r"[^,()\"]+", operand.removeprefix("in."))
                found = [row for row in found if row[0] not in excluded]
            elif name == "id" and operator == "gt" and "gt" not in self.ignores:
                found = [row for row in found if row[0] > operand]
            elif name == "created_at":
                found = [row for row in found if _COMPARE[operator](row[1], operand)]
        shown = found[: min(self.most, int(given["limit"]))]
        return 200, {"data": [{"id": id_, "created_at": time} for id_, time in shown]}

    def __call__(self, _: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        if not urlsplit(path).path.endswith("/ai/conversations"):
            return 200, {}, b'{"data": []}'
        status, body = self.answer(parse_qsl(urlsplit(path).query))
        return status, {"content-type": "application/json"}, json.dumps(body).encode()


def crowd(count: int, *, newer: int = 3, older: int = 3) -> dict[str, str]:
    """Return conversations of one moment, with a few that began before and after."""
    ids = [str(uuid.UUID(int=number * 7919 % 104729)) for number in range(count + newer + older)]
    times = [
        *[f"2026-01-01T00:01:0{number}Z" for number in range(newer)],
        *[MOMENT] * count,
        *[f"2025-01-01T00:01:0{number}Z" for number in range(older)],
    ]
    return dict(zip(ids, times, strict=True))


SERVICES = {
    "all is honoured": {},
    "no exclusion": {"ignores": frozenset({"not.in"})},
    "exclusion refused": {"refuses": frozenset({"not.in"})},
    "a larger page only": {"ignores": frozenset({"not.in", "gt"}), "most": 10_000},
    "a larger page only, the rest refused": {
        "refuses": frozenset({"not.in", "id.asc"}),
        "most": 10_000,
    },
}


@pytest.mark.parametrize("count", [99, 100, 101, 250, 600])
@pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
async def test_all_conversations_of_one_moment_are_listed_once(
    as_async: Callable[..., Any], serve: Callable[..., str], service: dict[str, Any], count: int
) -> None:
    server = Service(crowd(count), **service)
    telnyx = Telnyx(api_key="KEY", base_url=serve(server))
    found = await as_async(telnyx).conversations.iterate()
    assert len(found) == len(server.rows)
    assert {row.id for row in found} == server.rows.keys()
    assert max(len(str(query)) for query in server.queries) < 8000


UNABLE = {
    "ignored": {"ignores": frozenset({"not.in", "gt"})},
    "out of order": {"ignores": frozenset({"not.in", "order"})},
    "refused": {"refuses": frozenset({"not.in", "id.asc"})},
    "a limit refused": {"refuses": frozenset({"not.in", "id.asc", "limit=200"})},
    "a cap below the page asked for": {
        "ignores": frozenset({"not.in", "gt"}),
        "most": 20,
    },
}


@pytest.mark.parametrize("service", UNABLE.values(), ids=list(UNABLE))
async def test_unreachable_conversations_are_an_error_with_the_items_so_far(
    as_async: Callable[..., Any], serve: Callable[..., str], service: dict[str, Any]
) -> None:
    server = Service(crowd(150, newer=0), **service)
    telnyx = Telnyx(api_key="KEY", base_url=serve(server))
    with pytest.raises(ListingError, match=f"conversations that began at {MOMENT}") as caught:
        await as_async(telnyx).send(every(telnyx.calls.conversations.iterate()))
    came = {row.id for row in caught.value.partial}
    assert min(server.most, 100) <= len(came) == len(caught.value.partial) < 150
    assert str(caught.value).startswith(f"{len(came)} conversations that began at")


@pytest.mark.parametrize("awaited", [False, True])
def test_a_loader_yields_the_items_before_the_error(
    serve: Callable[..., str], *, awaited: bool
) -> None:
    server = Service(crowd(150, newer=2), ignores=frozenset({"not.in", "gt"}))
    options: dict[str, Any] = {"api_key": "KEY", "base_url": serve(server), "insights": False}
    loader = TelnyxConversationLoader(**options)
    with pytest.raises(ListingError, match=MOMENT) as caught:
        _ = asyncio.run(loader.aload()) if awaited else loader.load()
    came = {document.id for document in caught.value.partial}
    assert 102 <= len(came) == len(caught.value.partial) < 152
    limited = TelnyxConversationLoader(**options, limit=30)
    assert len(asyncio.run(limited.aload()) if awaited else limited.load()) == 30


async def test_a_service_that_ignores_the_bound_ends_the_listing(
    as_async: Callable[..., Any], serve: Callable[..., str]
) -> None:
    rows = [{"id": f"c{n}", "created_at": f"2026-01-01T00:00:{59 - n}Z"} for n in range(9)]
    body = json.dumps({"data": rows}).encode()
    telnyx = Telnyx(api_key="KEY", base_url=serve(lambda *_: (200, {}, body)))
    with pytest.raises(ListingError, match="begins page 2 with 'c0'") as caught:
        await as_async(telnyx).send(every(telnyx.calls.conversations.iterate()))
    assert [row.id for row in caught.value.partial] == [f"c{n}" for n in range(9)]


async def test_a_page_without_times_is_an_error(
    as_async: Callable[..., Any], serve: Callable[..., str]
) -> None:
    body = json.dumps({"data": [{"id": "a"}, {"id": "b", "created_at": "soon"}]}).encode()
    conversations = as_async(
        Telnyx(api_key="KEY", base_url=serve(lambda *_: (200, {}, body)))
    ).conversations
    with pytest.raises(ListingError, match="None of the 2 conversations of a page has"):
        await conversations.iterate(page_size=2)
    assert [row.id for row in await conversations.iterate()] == ["a", "b"]


async def test_rows_that_cannot_be_read_are_reported_once_in_a_crowded_moment(
    as_async: Callable[..., Any], serve: Callable[..., str]
) -> None:
    rows: list[Any] = [{"id": f"c{n}", "created_at": MOMENT} for n in range(3)]
    rows[1:1] = [{"created_at": MOMENT}, {"id": 7, "created_at": MOMENT}]

    def answer(_: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        query = dict(parse_qsl(urlsplit(path).query))
        shown = [] if query.get("created_at", "").startswith("lt.") else rows
        if query.get("id", "").startswith("not.in."):
            shown = [row for row in shown if str(row.get("id")) not in query["id"]]
        return 200, {}, json.dumps({"data": shown[:5]}).encode()

    telnyx = Telnyx(api_key="KEY", base_url=serve(answer))
    found = await as_async(telnyx).send(every(telnyx.calls.conversations.iterate(page_size=5)))
    assert [row.id for row in found] == ["c0", "c1", "c2"]
    assert len(found.unreadable) == 2


async def test_all_conversations_of_one_moment_in_the_emulator_are_listed(
    api: Any, emulator: TelnyxEmulator
) -> None:
    made = [emulator.account.conversations.records.create("", {}) for _ in range(230)]
    emulator.account.store.execute(
        "UPDATE conversations SET created_at = ? WHERE number > 3", made[200].created_at
    )
    found = await api.conversations.iterate()
    assert sorted(row.id for row in found) == sorted(row.id for row in made)
    assert len(await api.conversations.iterate(page_size=7)) == 230


CHANGES = st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.integers(0, 2)), max_size=4)


@settings(deadline=None, max_examples=examples(200))
@given(
    begun=st.lists(st.integers(0, 3), max_size=30),
    page_size=st.integers(1, 6),
    # With only a larger limit, a full page may not be all.
    honoured=st.sampled_from([SERVICES[name] for name in list(SERVICES)[:3]]),
    changes=st.lists(CHANGES, max_size=12),
)
def test_existing_items_are_listed_once_while_others_are_added_and_deleted(
    begun: list[int],
    page_size: int,
    honoured: dict[str, Any],
    changes: list[list[tuple[bool, int, int]]],
) -> None:
    rows = {
        str(uuid.UUID(int=number * 7919 % 104729)): f"2026-01-01T00:00:0{second}Z"
        for number, second in enumerate(begun)
    }
    service = Service(dict(rows), **{"most": page_size, **honoured})
    lasting, used = set(rows), set(rows)
    walk = Pager(newest_first((), page_size))
    came: list[str] = []
    left = iter(changes)
    while not walk.ended:
        flow = walk.page()
        call: Any = next(flow)
        status, body = service.answer(list(call.query))
        reply = Reply(status, {}, json.dumps(body).encode(), str(call))
        try:
            if status == 200:
                flow.send(call.decode(reply))
            else:
                flow.throw(error_for(reply))
        except StopIteration as stop:
            came += [row.id for row in stop.value]
        for added, number, second in next(left, []):
            if added:
                id_ = str(uuid.UUID(int=200_000 + number))
                if id_ not in used:  # ids are unique
                    used.add(id_)
                    service.rows[id_] = f"2026-01-01T00:00:0{second}Z"
            elif service.rows:
                gone = sorted(service.rows)[number % len(service.rows)]
                del service.rows[gone]
                lasting.discard(gone)
    assert len(came) == len(set(came))
    assert lasting <= set(came)
