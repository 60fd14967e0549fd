"""Repair does not change valid JSON; encoding to JSON preserves values."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.chat_models.history_adapter.json_text import json_text
from langchain_telnyx.chat_models.repair import arguments
from langchain_telnyx.chat_models.repair.json_only import JSONOnly
from tests.chat_models.repair.test_engine_answers import pieces_of
from tests.support.hypothesis_profiles import examples

TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["```json", "</think>", "<think>", "```", "{", "}", '"', "\\", "<|call|>", "</tool_call>"]
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=4)
FORMS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 0, 2]),
        "separators": st.sampled_from([None, (",", ":"), (" , ", " :\t")]),
    }
)


@settings(max_examples=examples(300), deadline=None)
@given(value=OBJECTS, form=FORMS, blanks=st.sampled_from(["", " ", "\n\t"]))
def test_valid_arguments_are_unchanged(
    value: dict[str, Any], form: dict[str, Any], blanks: str
) -> None:
    text = json.dumps(value, **form)
    assert arguments.read_arguments(blanks + text + blanks) == (value, text)


@settings(max_examples=examples(300), deadline=None)
@given(
    value=OBJECTS | st.lists(VALUES, max_size=3),
    form=FORMS,
    data=st.data(),
    only_objects=st.booleans(),
)
def test_an_answer_of_json_only_is_unchanged_in_any_split(
    value: Any, form: dict[str, Any], data: Any, *, only_objects: bool
) -> None:
    if only_objects and not isinstance(value, dict):
        return
    text = json.dumps(value, **form)
    for cut, streams in ((pieces_of(data, text), True), ([text], False)):
        reader = JSONOnly({"type": "object"} if only_objects else {}, streams=streams)
        found = "".join(map(reader.feed, cut)) + reader.end(has_calls=False, was_cut=False)
        assert found == text
        assert (reader.original, reader.thought, reader.was_draft) == ("", "", False)


@settings(max_examples=examples(300), deadline=None)
@given(VALUES)
def test_json_values_survive_a_round_trip(value: Any) -> None:
    assert json.loads(json_text(value)) == value


@settings(max_examples=examples(300), deadline=None)
@given(
    st.recursive(
        st.floats() | st.binary(max_size=4) | st.text(max_size=4) | st.dates() | st.sets(st.none()),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(st.text(max_size=3) | st.integers() | st.none(), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_encoded_json_is_valid_for_every_parser(value: Any) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(json_text(value), parse_constant=refuse)
