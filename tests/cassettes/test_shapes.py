"""The comparison of shapes finds each difference of keys, types, events and headers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.shapes import Rules, differences, header_differences, stream_differences

_LEAVES = st.none() | st.booleans() | st.integers() | st.text()
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=15,
)


@pytest.mark.parametrize(
    ("recorded", "emulated"),
    [
        ({"a": 1}, {"a": 2.5}),
        ({"a": "x", "b": None}, {"b": None, "a": "y"}),
        ([1, 2, 3], [4]),
        ([{"a": 1}, {"b": 1}], [{"b": 2}, {"a": 2}, {"a": 3}]),
        ([], [{"a": 1}]),
        ({"data": {"rows": []}}, {"data": {"rows": ["x"]}}),
    ],
)
def test_shapes_are_the_same(recorded: Any, emulated: Any) -> None:
    assert differences(recorded, emulated) == []


@pytest.mark.parametrize(
    ("recorded", "emulated", "found"),
    [
        ({"a": 1}, {"a": "1"}, "/a: number is recorded, string is emulated"),
        ({"a": True}, {"a": 1}, "/a: boolean is recorded, number is emulated"),
        ({"a": None}, {"a": ""}, "/a: null is recorded, string is emulated"),
        ({"a": {}}, {"a": []}, "/a: object is recorded, array is emulated"),
        ({"a": 1}, {}, "/a: recorded, but not emulated"),
        ({}, {"a": 1}, "/a: emulated, but not recorded"),
        ({"a/b~": [{}]}, {"a/b~": [{"c": 1}]}, "/a~1b~0/0/c: emulated, but not recorded"),
        ([{"a": 1}], [{"a": 1}, {"b": 1}], "/1/a: recorded, but not emulated"),
        ([{"a": 1}, {"a": "x"}], [{"a": 2}], "/1/a: string is recorded, number is emulated"),
    ],
)
def test_a_difference_is_found_with_its_place(recorded: Any, emulated: Any, found: str) -> None:
    assert found in differences(recorded, emulated)


@given(_VALUES)
def test_a_value_has_its_own_shape(value: Any) -> None:
    assert differences(value, value) == []


@given(_VALUES, st.text(min_size=1))
def test_a_key_more_or_less_is_found(value: Any, name: str) -> None:
    inner = {name: value, "other": 1} if name != "other" else {name: value}
    less = {key: each for key, each in inner.items() if key != name}
    assert len(differences({"rows": [inner]}, {"rows": [less]})) == 1
    assert len(differences({"rows": [less]}, {"rows": [inner]})) == 1


def test_of_an_incomplete_record_only_what_is_known_is_compared() -> None:
    rules = Rules(incomplete=True)
    assert differences({"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}, {"d": 4}]}, rules) == []
    assert differences({"a": [{"c": 1}]}, {"a": [{"b": 2}]}, rules) == [
        "/a/0/c: recorded, but not emulated"
    ]


def test_an_optional_field_may_be_absent_or_null() -> None:
    rules = Rules(optional=["/rows/*/error"])
    assert differences({"rows": [{"error": "x"}]}, {"rows": [{}]}, rules) == []
    assert differences({"rows": [{"error": None}]}, {"rows": [{"error": "x"}]}, rules) == []
    assert differences({"rows": [{"error": 1}]}, {"rows": [{"error": "x"}]}, rules) != []
    assert differences({"error": 1}, {}, rules) != []


def test_elements_that_were_cut_from_a_list_may_have_other_shapes() -> None:
    recorded, emulated = {"data": [{"a": 1}]}, {"data": [{"a": 1}, {"b": 1}]}
    assert differences(recorded, emulated, Rules(cut=["/data"])) == []
    assert differences(recorded, emulated) != []


def sse(*events: Any) -> str:
    texts = [each if isinstance(each, str) else f"data: {json.dumps(each)}" for each in events]
    return "".join(f"{text}\n\n" for text in texts)


TEXT = {"choices": [{"delta": {"content": "a"}}]}
THOUGHT = {"choices": [{"delta": {"reasoning": "a"}}]}
USAGE = {"choices": [], "usage": {"total_tokens": 1}}
DONE = "data: [DONE]"


def test_streams_of_different_lengths_have_the_same_shape() -> None:
    assert stream_differences(sse(TEXT, TEXT, USAGE, DONE), sse(TEXT, USAGE, DONE)) == []
    often = sse(TEXT, ": a", TEXT, ": b", USAGE, DONE)
    assert stream_differences(often, sse(": c", TEXT, USAGE, DONE)) == []


@pytest.mark.parametrize(
    "other",
    [
        sse(TEXT, USAGE),
        sse(TEXT, DONE),
        sse(TEXT, USAGE, "data: [END]"),
        sse(THOUGHT, TEXT, USAGE, DONE),
        sse(THOUGHT, USAGE, DONE),
        sse(TEXT, ": keep-alive", USAGE, DONE),
        sse("event: message", TEXT, USAGE, DONE),
        sse(USAGE, TEXT, DONE),
        "",
    ],
)
def test_a_difference_of_streams_is_found(other: str) -> None:
    assert stream_differences(sse(TEXT, USAGE, DONE), other) != []
    assert stream_differences(other, sse(TEXT, USAGE, DONE)) != []


def test_of_an_incomplete_stream_the_known_events_are_expected_in_order() -> None:
    rules = Rules(incomplete=True)
    assert stream_differences(sse(USAGE, DONE), sse(THOUGHT, TEXT, USAGE, DONE), rules) == []
    assert stream_differences(sse(USAGE, TEXT), sse(TEXT, USAGE, DONE), rules) != []


def test_headers_are_compared_by_their_form() -> None:
    recorded = {"content-type": "application/json; charset=utf-8", "x-ratelimit-reset": "12"}
    same = {"content-type": "application/json", "x-ratelimit-reset": "60", "x-other": "1"}
    assert header_differences(recorded, same) == []
    other = {"content-type": "text/html", "x-ratelimit-reset": "soon"}
    assert len(header_differences(recorded, other)) == 2
    assert header_differences(recorded, {}) == [
        "content-type: recorded, but not emulated",
        "x-ratelimit-reset: recorded, but not emulated",
    ]
