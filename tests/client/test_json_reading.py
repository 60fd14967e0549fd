"""JSON of other parties is read as Python's parser reads it."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from langchain_telnyx.client.json_reading import loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
PARTS = st.sampled_from(
    [
        *'{}[]":,\\ue019-+./ \n\t\0\x1f\x7f',
        *("NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "1e5", "1e999", "01", "-0", "0.1"),
        *("1.", ".5", "9" * 400, "true", "nul", '"a"', '"a":', "é", "\ufeff", "\ud83d"),
        *("\\ud83d", "\\ude00", "\\/"),
    ]
)
TEXTS = st.one_of(
    VALUES.map(json.dumps),
    VALUES.map(lambda value: json.dumps(value, ensure_ascii=False)),
    st.lists(PARTS, max_size=12).map("".join),
)


def by_python(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return ValueError


def read(text: str | bytes) -> Any:
    try:
        return loads(text)
    except ValueError:
        return ValueError


def are_same(one: Any, other: Any) -> bool:
    """Return whether two values are equal, with their types and the order of their keys."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(are_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(are_same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


@given(TEXTS)
@example('{"a": 1, "a": 2}')
@example('"\ud83d"')
@example('["\\ud83d", "\\ud83d\\ude00"]')
@example("[1,]")
@example("[" * 300 + "]" * 300)
@example("5e-324")
@example("0.30000000000000004")
def test_a_text_is_read_as_by_python(text: str) -> None:
    for data in (text, text.encode("utf-8", "surrogatepass")):
        assert are_same(read(data), by_python(data))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-be"])
def test_bytes_of_other_encodings_are_read(encoding: str) -> None:
    assert loads('{"a": "é"}'.encode(encoding)) == {"a": "é"}


def test_line_breaks_in_text_are_read_on_request() -> None:
    with pytest.raises(ValueError, match="control character"):
        loads('"a\nb"')
    assert loads('"a\nb"', strict=False) == "a\nb"


def test_json_that_is_nested_too_deeply_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        loads("[" * 100_000)
