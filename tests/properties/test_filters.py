"""Filters behave as a reference implementation, for numbers, texts, lists and `None`."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from langchain_telnyx.vectorstores.filters import matcher
from tests.support.hypothesis_profiles import examples

NAMES = st.sampled_from(["a", "b", "c"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, -0.5, 2.0])
TEXTS = st.text("ab", max_size=3)
SCALARS = st.one_of(NUMBERS, TEXTS, st.booleans(), st.none())
FIELDS = st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, max_size=3), max_size=3)
PATTERNS = st.text("ab%_", max_size=4)
OPERATIONS = st.one_of(
    st.tuples(st.sampled_from(["$eq", "$ne"]), SCALARS | st.lists(SCALARS, max_size=2)),
    st.tuples(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), NUMBERS | TEXTS),
    st.tuples(st.sampled_from(["$in", "$nin"]), st.lists(SCALARS, max_size=3)),
    st.tuples(st.sampled_from(["$contains", "$not_contains"]), NUMBERS | TEXTS | st.booleans()),
    st.tuples(st.just("$all"), st.lists(SCALARS, min_size=1, max_size=2)),
    st.tuples(st.just("$between"), st.tuples(NUMBERS, NUMBERS) | st.tuples(TEXTS, TEXTS)),
    st.tuples(st.sampled_from(["$like", "$ilike"]), PATTERNS),
    st.tuples(st.just("$exists"), st.booleans()),
)
ON_FIELD: st.SearchStrategy[dict[str, Any]] = st.lists(OPERATIONS, min_size=1, max_size=2).map(dict)
CONDITIONS = st.recursive(
    st.dictionaries(NAMES, SCALARS | ON_FIELD | st.builds(lambda one: {"$not": one}, ON_FIELD)),
    lambda inner: st.one_of(
        st.builds(
            lambda name, parts: {name: parts},
            st.sampled_from(["$and", "$or"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda one: {"$not": one}, inner),
    ),
    max_leaves=6,
)
NOTHING = object()


def kind(value: Any) -> str:
    """Return the kind of a value; only values of one kind are compared."""
    if isinstance(value, bool) or value is None:
        return str(type(value))
    return "number" if isinstance(value, int | float) else str(type(value))


def same(one: Any, other: Any) -> bool:
    if kind(one) != kind(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def operation(name: str, value: Any, operand: Any) -> bool:  # noqa: C901, PLR0911 - a table
    is_there, items = value is not NOTHING, value if isinstance(value, list) else [value]
    match name:
        case "$eq":
            return is_there and same(value, operand)
        case "$in":
            return is_there and any(same(each, one) for each in [*items, value] for one in operand)
        case "$contains":
            if isinstance(value, str):
                return isinstance(operand, str) and operand in value
            return isinstance(value, list) and any(same(each, operand) for each in value)
        case "$all":
            return is_there and all(any(same(each, one) for each in items) for one in operand)
        case "$exists":
            return is_there is operand
        case "$like" | "$ilike":
            shell = operand.replace("%", "*").replace("_", "?")
            texts = [each for each in items if isinstance(each, str)]
            return any(fnmatch.fnmatchcase(each, shell) for each in texts)
        case "$not":
            return not on_field(value, operand)
        case "$between":
            low, high = operand
            return operation("$gte", value, low) and operation("$lte", value, high)
        case "$ne" | "$nin" | "$not_contains":
            contrary = {"$ne": "$eq", "$nin": "$in", "$not_contains": "$contains"}[name]
            return not operation(contrary, value, operand)
    if kind(value) != kind(operand):
        return False
    holds = {"$gt": value > operand, "$lt": value < operand}
    return holds[name] if name in holds else not holds[{"$gte": "$lt", "$lte": "$gt"}[name]]


def on_field(value: Any, expected: Any) -> bool:
    if not isinstance(expected, dict):
        return operation("$eq", value, expected)
    return all(operation(name, value, operand) for name, operand in expected.items())


def passes(fields: dict[str, Any], conditions: dict[str, Any]) -> bool:
    for name, expected in conditions.items():
        match name:
            case "$and":
                holds = all(passes(fields, each) for each in expected)
            case "$or":
                holds = any(passes(fields, each) for each in expected)
            case "$not":
                holds = not passes(fields, expected)
            case _:
                holds = on_field(fields.get(name, NOTHING), expected)
        if not holds:
            return False
    return True


@pytest.mark.filterwarnings("ignore:A filter compares")
@settings(max_examples=examples(400), deadline=None)
@given(fields=FIELDS, conditions=CONDITIONS)
def test_a_filter_matches_the_same_documents_as_the_reference(
    fields: dict[str, Any], conditions: dict[str, Any]
) -> None:
    assert matcher(conditions)(Document("", metadata=fields)) is passes(fields, conditions)
