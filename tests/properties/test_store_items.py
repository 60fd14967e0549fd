"""Items of the key-value store survive a round trip; other programs' values are recognized."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.store.items import StoredItem, checked_value, read_item
from langchain_telnyx.store.names import Address
from tests.support.hypothesis_profiles import examples

ADDRESS = Address(("a",), "b")
NOW = "2026-01-01T00:00:00+00:00"
ITEM = {"value": {"a": 1}, "created_at": NOW, "updated_at": NOW, "ttl": 5}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
MOMENTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1))  # noqa: DTZ001 - hypothesis requires it


@settings(max_examples=examples(200), deadline=None)
@given(
    value=st.dictionaries(st.text(max_size=4), VALUES, max_size=3),
    moment=MOMENTS,
    ttl=st.none() | st.integers(1, 1000) | st.floats(0.5, 1000),
    vectors=st.lists(st.lists(st.floats(width=32, allow_nan=False), max_size=3), max_size=2),
)
def test_an_item_survives_a_round_trip(
    value: dict[str, Any], moment: datetime, ttl: float | None, vectors: list[list[float]]
) -> None:
    held = checked_value(ADDRESS, value)
    item = StoredItem(ADDRESS, held, moment, moment, ttl, vectors)
    assert read_item(ADDRESS, item.encode()) == item


@pytest.mark.parametrize(
    "odd",
    [
        {"ttl": "x"},
        {"ttl": -1},
        {"ttl": [5]},
        {"created_at": "2026-01-01"},
        {"updated_at": "2026-01-01T00:00:00"},
        {"updated_at": 1},
        {"value": [["a", 1]]},
        {"value": None},
        {"vectors": ["?"]},
    ],
    ids=str,
)
def test_an_invalid_item_belongs_to_another_program(odd: dict[str, Any]) -> None:
    assert read_item(ADDRESS, json.dumps(ITEM).encode()) is not None
    assert read_item(ADDRESS, json.dumps({**ITEM, **odd}).encode()) is None
