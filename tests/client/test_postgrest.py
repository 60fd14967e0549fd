"""PostgREST filters: as written, and as the emulator reads them."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from langchain_telnyx.client.postgrest import (
    any_of,
    contains,
    eq,
    gt,
    gte,
    ilike,
    like,
    lt,
    lte,
    missing,
    neq,
    one_of,
    parameters,
    starts_with,
)
from langchain_telnyx.emulator.server import TelnyxEmulator

NAMES = ["Ann", "a,b", 'say "hi"', "back\\slash", "(x)", " spaced ", "100%", "under_score", "*", ""]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (eq("+13125550001"), "eq.+13125550001"),
        (eq("a,b"), "eq.a,b"),
        (neq("a.b"), "neq.a.b"),
        (gt(5), "gt.5"),
        (gte(date(2025, 1, 1)), "gte.2025-01-01"),
        (gte(datetime(2025, 1, 1, tzinfo=UTC)), "gte.2025-01-01T00:00:00Z"),
        (
            lt(datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=2)))),
            "lt.2025-01-01T00:00:00+02:00",
        ),
        (lte(datetime(2025, 1, 1, 12)), "lte.2025-01-01T12:00:00Z"),  # noqa: DTZ001 - naive is UTC
        (like("Voice%"), "like.Voice%"),
        (ilike("voice%"), "ilike.voice%"),
        (starts_with("50%_off"), "like.50\\%\\_off%"),
        (contains("50%_off"), "ilike.%50\\%\\_off%"),
        (one_of(["a", "b,c", 'd"e']), 'in.(a,"b,c","d\\"e")'),
        (missing(), "is.null"),
        (~missing(), "not.is.null"),
        (~eq("a"), "not.eq.a"),
        (~~eq("a"), "eq.a"),
        (~one_of([True, 2]), "not.in.(true,2)"),
    ],
)
def test_a_filter_has_the_syntax_of_postgrest(written: Any, text: str) -> None:
    assert str(written) == text


def test_filters_are_joined_and_quoted_where_commas_and_brackets_count() -> None:
    joined = any_of(
        ("created_at", gte("2025-04-01")),
        ("name", eq("Smith, Ann")),
        ("metadata->city", ~one_of(["(a)", "b"])),
        ("metadata->user.name", ~missing()),
        ("name", "like.V*"),
    )
    assert joined == (
        '(created_at.gte.2025-04-01,name.eq."Smith, Ann",metadata->city.not.in.("(a)",b),'
        'metadata->"user.name".not.is.null,name.like.V*)'
    )


def test_a_column_with_several_filters_is_repeated() -> None:
    assert parameters({"id": None, "name": eq("a"), "created_at": [gte("1"), "lt.2"]}) == (
        ("name", "eq.a"),
        ("created_at", "gte.1"),
        ("created_at", "lt.2"),
    )


@pytest.mark.parametrize("text", ["Ann", "example.com", "+13125550001", "not.Ann", ""])
def test_a_string_without_an_operator_is_not_a_filter(text: str) -> None:
    with pytest.raises(ValueError, match="is not a filter on 'name', because it has no operator"):
        parameters({"name": text})


@pytest.fixture
def named(emulator: TelnyxEmulator) -> TelnyxEmulator:
    """An account with a conversation for each name; the names have every special character."""
    for name in NAMES:
        emulator.account.conversations.records.create(name, {"name": name})
    return emulator


async def test_every_character_of_a_filter_arrives_unchanged(
    named: TelnyxEmulator, api: Any
) -> None:
    del named
    for name in NAMES:
        for filters in (
            {"name": eq(name)},
            {"metadata": {"name": eq(name)}},
            {"name": one_of([name, "nobody"])},
            {"or_": any_of(("name", eq(name)), ("name", one_of(["no", "body"])))},
            {"or_": any_of(("metadata->name", one_of([name, "nobody"])))},
        ):
            found = await api.conversations.list(**filters)
            assert [row.name for row in found] == [name], filters
    for name in ("100%", "under_score", "back\\slash"):
        assert [row.name for row in await api.conversations.list(name=starts_with(name))] == [name]
        part = contains(name[1:-1].upper() if name != "100%" else "0%")
        assert [row.name for row in await api.conversations.list(name=part)] == [name]
