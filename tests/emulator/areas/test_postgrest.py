"""The filters of conversations, as PostgREST documents them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.emulator import TelnyxEmulator
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

# The account's clock starts with 2026 and advances by a millisecond: they began at .000, .001, …
PEOPLE: list[tuple[str, dict[str, str]]] = [
    ("Voice Ann", {"user": "1", "phone": "+13125550001", "city": "Rome"}),
    ("Voice Bob", {"user": "2", "phone": "+13125550002", "city": "Oslo, Norway"}),
    ("voice Cy", {"user": "3", "phone": "+13125550003"}),
    ('100% (all) "D"', {"user": "4", "city": "null"}),
    ("", {"user.name": "Eve", "city": "Rome"}),
]


@pytest.fixture(scope="module")
def people() -> Iterator[TelnyxEmulator]:
    """Five conversations of different people, for reading only."""
    with TelnyxEmulator(sockets=False) as emulator:
        for name, metadata in PEOPLE:
            emulator.account.conversations.records.create(name, metadata)
        yield emulator


def listed(emulator: TelnyxEmulator, *parameters: tuple[str, str]) -> httpx.Response:
    return emulator.http_client.request(
        "GET",
        f"{emulator.base_url}/ai/conversations",
        params=list(parameters),
        headers={"authorization": f"Bearer {emulator.api_key}"},
    )


def found(emulator: TelnyxEmulator, *parameters: tuple[str, str]) -> str:
    """Return the last letters of the names that match filters, `-` for an empty name."""
    rows = listed(emulator, *parameters).json()["data"]
    return "".join((row["name"].rstrip('"') or "-")[-1] for row in rows)


@pytest.mark.parametrize(
    ("column", "filter_", "names"),
    [
        ("name", "eq.Voice Ann", "n"),
        ("name", 'eq.100% (all) "D"', "D"),
        ("name", 'eq."Voice Ann"', ""),
        ("name", "neq.Voice Ann", "byD-"),
        ("name", "not.eq.Voice Ann", "byD-"),
        ("name", "like.Voice%", "nb"),
        ("name", "like.Voice*", "nb"),
        ("name", "like.Voice _nn", "n"),
        ("name", "like.100\\%*", "D"),
        ("name", "like.[V]oice*", ""),
        ("name", "ilike.VOICE%", "nby"),
        ("name", "not.like.Voice%", "yD-"),
        ("name", "gt.Voice Ann", "by"),
        ("name", "lte.Voice Ann", "nD-"),
        ("name", "in.(Voice Ann,voice Cy)", "ny"),
        ("name", 'in.("100% (all) \\"D\\"",other)', "D"),
        ("name", "in.()", ""),
        ("name", "not.in.(Voice Ann,voice Cy)", "bD-"),
        ("name", "is.null", ""),
        ("metadata->user", "eq.2", "b"),
        ("metadata->>user", "eq.2", "b"),
        ("metadata->phone", "eq.+13125550003", "y"),
        ("metadata->user.name", "eq.Eve", "-"),
        ("metadata->city", "eq.Oslo, Norway", "b"),
        ("metadata->city", "neq.Rome", "bD"),
        ("metadata->city", "not.eq.Rome", "bD"),
        ("metadata->city", "is.null", "y"),
        ("metadata->city", "not.is.null", "nbD-"),
        ("metadata->city", "is.not_null", "nbD-"),
        ("metadata->city", "eq.null", "D"),
        ("metadata->nothing", "eq.1", ""),
        ("created_at", "gte.2026-01-01", "nbyD-"),
        ("created_at", "lt.2026-01-01", ""),
        ("created_at", "gt.2026-01-01T00:00:00.001Z", "yD-"),
        ("created_at", "lte.2026-01-01T02:00:00.001+02:00", "nb"),
        ("created_at", "eq.2026-01-01T00:00:00.002Z", "y"),
        ("last_message_at", "lte.2026-01-01T00:00:00.000Z", "n"),
        ("or", "(name.eq.Voice Ann,metadata->user.eq.3)", "ny"),
        ("or", "(created_at.gte.2026-01-01T00:00:00.004Z,name.like.Voice*)", "nb-"),
        ("or", '(name.eq."100% (all) \\"D\\"",name.is.null)', "D"),
        ("or", '(metadata->city.eq."Oslo, Norway",name.in.("voice Cy",x))', "by"),
        ("or", '(metadata->"user.name".eq.Eve,metadata->>"user".eq.1)', "n-"),
        ("or", "(name.not.like.Voice*,metadata->user.eq.1)", "nyD-"),
        ("and", "(metadata->city.eq.Rome,or(name.eq.Voice Ann,name.eq.x))", "n"),
        ("not.or", "(name.like.Voice*,name.eq.)", "yD"),
        # Without a city, neither `eq` nor `neq` matches.
        ("not.and", "(metadata->city.eq.Rome,name.ilike.voice*)", "bD-"),
        ("or", "(not.and(name.like.Voice*,metadata->user.eq.1),name.eq.x)", "byD-"),
    ],
)
def test_a_filter_finds(people: TelnyxEmulator, column: str, filter_: str, names: str) -> None:
    assert found(people, (column, filter_)) == names


def test_filters_on_one_column_make_a_range(people: TelnyxEmulator) -> None:
    assert (
        found(
            people,
            ("created_at", "gte.2026-01-01T00:00:00.001Z"),
            ("created_at", "lt.2026-01-01T00:00:00.003Z"),
        )
        == "by"
    )


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("created_at.desc", "-Dybn"),
        ("created_at", "nbyD-"),
        ("name.desc", "ybnD-"),
        ("metadata->city.asc", "bn-Dy"),
        ("metadata->city.desc", "yD-nb"),
        ("metadata->city.desc.nullslast", "D-nby"),
        ("metadata->city.asc,created_at.desc", "b-nDy"),
    ],
)
def test_conversations_come_in_the_requested_order(
    people: TelnyxEmulator, order: str, names: str
) -> None:
    assert found(people, ("order", order)) == names
    assert found(people, ("order", order), ("limit", "2")) == names[:2]


@pytest.mark.parametrize(
    ("column", "filter_", "why"),
    [
        ("name", "Ann", "The filter name='Ann' has no operator, as name=eq.Ann would have."),
        ("name", "equals.Ann", "'equals' is not an operator"),
        ("nam", "eq.Ann", "There is no column 'nam'."),
        ("metadata", "eq.Ann", "There is no column 'metadata'."),
        ("created_at", "gte.tomorrow", "'tomorrow' is not a date or time"),
        ("created_at", "is.late", "`is` takes null"),
        ("name", "in.(a", "lacks ')' at character 3"),
        ("or", "name.eq.a", "lacks '(' at character 1"),
        ("or", "(name.eq.a)x", "lacks its end at character 12"),
        ("or", "(name)", "lacks '.' at character 6"),
        ("or", "(name.)", "lacks an operator at character 7"),
        ("or", "(" * 3000, "is longer than 2000 characters"),
        ("or", "(or" * 30 + "(name.eq.a" + ")" * 31, "nests too deeply"),
        ("order", "created_at.down", "'created_at.down' is not like created_at.desc"),
        ("order", "age.desc", "There is no column 'age'."),
        ("order", ",".join(["name"] * 30), "more than 20 columns"),
    ],
)
def test_an_invalid_filter_is_refused(
    people: TelnyxEmulator, column: str, filter_: str, why: str
) -> None:
    answer = listed(people, (column, filter_))
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["code"], error["title"]) == ("10031", "Invalid filter")
    assert why in error["detail"]


def test_too_many_filters_are_refused(people: TelnyxEmulator) -> None:
    parameters = [("name", "neq.a")] * 201
    assert listed(people, *parameters).status_code == 400
    assert listed(people, *parameters[:200]).status_code == 200


SIGNS = st.text(st.sampled_from('abeqorint.,()"\\*%_-> \x00é[]'), max_size=40)


@settings(max_examples=examples(150), deadline=None)
@given(
    column=st.sampled_from(["name", "or", "metadata->a", "created_at", "order", "not.and"]) | SIGNS,
    start=st.sampled_from(["eq.", "like.", "ilike.", "in.(", "not.is.", "(name.eq.", ""]),
    rest=SIGNS,
)
def test_arbitrary_filters_do_not_break_the_list(
    people: TelnyxEmulator, column: str, start: str, rest: str
) -> None:
    assert listed(people, (column, start + rest)).status_code in {200, 400, 422}


def test_twenty_thousand_conversations_are_searched_quickly(emulator: TelnyxEmulator) -> None:
    with emulator.account.store.transaction():
        for number in range(20_000):
            metadata = {
                "assistant_id": f"assistant-{number % 50}",
                "telnyx_end_user_target": f"+1312555{number % 5000:04d}",
                "telnyx_conversation_channel": "phone_call",
            }
            emulator.account.conversations.records.create(f"Voice {number}", metadata)

    def seconds(*parameters: tuple[str, str]) -> float:
        begun = time.perf_counter()
        assert listed(emulator, *parameters).json()["data"]
        return time.perf_counter() - begun

    some, newest = ("limit", "20"), ("order", "created_at.desc")
    for parameters in (
        [("metadata->telnyx_end_user_target", "eq.+13125550042"), newest],
        [("created_at", "gte.2026-01-01T00:00:19Z"), ("order", "last_message_at.desc"), some],
        [("metadata->assistant_id", "eq.assistant-7"), ("name", "like.Voice 1%"), some],
        [("or", "(name.eq.Voice 5,metadata->assistant_id.eq.assistant-9)"), newest, some],
    ):
        assert min(seconds(*parameters) for _ in range(3)) < 0.1, parameters
