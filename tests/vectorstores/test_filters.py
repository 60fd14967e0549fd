"""Filters on metadata: what each operator matches, and which filters are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document

from langchain_telnyx.vectorstores.filters import is_on_metadata, matcher

FIELDS: dict[str, Any] = {
    "page": 3,
    "ratio": 0.5,
    "title": "Moons",
    "draft": False,
    "tags": ["ice", "rock"],
    "author": {"name": "Ann"},
    "editor": None,
    "empty": [],
    "links": [{"to": "a"}, {"to": "b"}, "c"],
    "v1": {"2": "path"},
    "v1.2": "literal",
    "a.b": {"c": 1},
    "matrix": [[1, 2]],
}


def passes(condition: dict[str, Any], fields: dict[str, Any] = FIELDS) -> bool:
    return matcher(condition)(Document("", metadata=fields))


@pytest.mark.parametrize(
    ("condition", "passing"),
    [
        ({}, True),
        ({"page": 3}, True),
        ({"page": 3.0}, True),
        ({"page": 4}, False),
        ({"page": 3, "title": "Moons"}, True),
        ({"page": 3, "title": "Stars"}, False),
        ({"nowhere": None}, False),
        ({"editor": None}, True),
        ({"tags": ["ice", "rock"]}, True),
        ({"author": {"name": "Ann"}}, True),
        ({"author": {}}, False),
        ({"page": {"$eq": 3}}, True),
        ({"page": {"$ne": 3}}, False),
        ({"nowhere": {"$ne": 3}}, True),
        ({"page": {"$gt": 3}}, False),
        ({"page": {"$gt": 2.5}}, True),
        ({"page": {"$gte": 3}}, True),
        ({"page": {"$lt": 3}}, False),
        ({"page": {"$lte": 3}}, True),
        ({"page": {"$gte": 3, "$lt": 9}}, True),
        ({"page": {"$gte": 1, "$lt": 3}}, False),
        ({"title": {"$gt": "Loons"}}, True),
        ({"page": {"$in": [1, 3]}}, True),
        ({"page": {"$in": (1, 2)}}, False),
        ({"nowhere": {"$in": [None]}}, False),
        ({"page": {"$nin": {1, 2}}}, True),
        ({"page": {"$nin": [3]}}, False),
        ({"nowhere": {"$nin": [3]}}, True),
        ({"page": {"$exists": True}}, True),
        ({"editor": {"$exists": True}}, True),
        ({"nowhere": {"$exists": True}}, False),
        ({"nowhere": {"$exists": False}}, True),
        ({"page": {"$not": {"$gt": 3}}}, True),
        ({"page": {"$not": 3}}, False),
        ({"$not": {"page": 3}}, False),
        ({"$and": [{"page": 3}, {"title": "Moons"}]}, True),
        ({"$and": [{"page": 3}, {"title": "Stars"}]}, False),
        ({"$or": [{"page": 9}, {"title": "Moons"}]}, True),
        ({"$or": [{"page": 9}, {"title": "Stars"}]}, False),
        ({"$or": [{"page": 9}, {"$not": {"draft": True}}], "ratio": {"$lt": 1}}, True),
        ({"page": {"$between": [3, 5]}}, True),
        ({"page": {"$between": (1, 3.5)}}, True),
        ({"page": {"$between": [4, 5]}}, False),
        ({"nowhere": {"$between": [4, 5]}}, False),
        ({"page": Decimal(3)}, True),
        ({"tags": ("ice", "rock")}, True),
        ({"tags": ["rock", "ice"]}, False),
        ({"tags": ["ice"]}, False),
        ({"tags": {"$ne": ["ice"]}}, True),
        ({"tags": {"$contains": "ice"}}, True),
        ({"tags": {"$contains": "ic"}}, False),
        ({"tags": {"$not_contains": "ice"}}, False),
        ({"tags": {"$not_contains": "sand"}}, True),
        ({"empty": {"$contains": "ice"}}, False),
        ({"empty": "ice"}, False),
        ({"empty": []}, True),
        ({"title": {"$contains": "oon"}}, True),
        ({"title": {"$contains": "moon"}}, False),
        ({"title": {"$not_contains": "oon"}}, False),
        ({"nowhere": {"$contains": "ice"}}, False),
        ({"nowhere": {"$not_contains": "ice"}}, True),
        ({"editor": {"$contains": "Ann"}}, False),
        ({"tags": {"$in": ["sand", "rock"]}}, True),
        ({"tags": {"$in": ["sand"]}}, False),
        ({"tags": {"$in": [["ice", "rock"]]}}, True),
        ({"tags": {"$nin": ["sand", "rock"]}}, False),
        ({"tags": {"$nin": ["sand"]}}, True),
        ({"tags": {"$in": []}}, False),
        ({"tags": {"$all": ["rock", "ice"]}}, True),
        ({"tags": {"$all": ["rock", "sand"]}}, False),
        ({"title": {"$all": ["Moons"]}}, True),
        ({"nowhere": {"$all": ["ice"]}}, False),
        ({"title": {"$like": "M%s"}}, True),
        ({"title": {"$like": "m%s"}}, False),
        ({"title": {"$ilike": "m__ns"}}, True),
        ({"title": {"$ilike": "moon"}}, False),
        ({"tags": {"$like": "_ce"}}, True),
        ({"nowhere": {"$like": "%"}}, False),
        ({"author.name": "Ann"}, True),
        ({"author.name": {"$in": ["Ann"]}}, True),
        ({"author.age": {"$exists": False}}, True),
        ({"author.name.first": {"$exists": True}}, False),
        ({"title.name": {"$exists": True}}, False),
        ({"tags.1": "rock"}, True),
        ({"tags.2": {"$exists": True}}, False),
        ({"links.0.to": "a"}, True),
        ({"links.to": {"$contains": "b"}}, True),
        ({"links.to": ["a", "b"]}, True),
        ({"links.from": {"$exists": True}}, False),
        ({"v1.2": "literal"}, True),
        ({"v1.2.name": "deep"}, False),
        ({"a.b.c": 1}, True),
        ({"matrix.0.1": 2}, True),
    ],
    ids=str,
)
def test_conditions_match_values(condition: dict[str, Any], passing: bool) -> None:  # noqa: FBT001 - a column of the table
    assert passes(condition) is passing


@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte"])
@pytest.mark.parametrize(
    ("field", "operand"), [("title", 3), ("page", "3"), ("draft", 1), ("tags", 1), ("editor", 0)]
)
@pytest.mark.filterwarnings("ignore:A filter compares")
def test_values_of_different_types_do_not_match(field: str, operand: Any, operator: str) -> None:
    assert passes({field: {operator: operand}}) is False


@pytest.mark.parametrize(
    ("fields", "condition", "passing", "types"),
    [
        ({"page": "3"}, {"page": 3}, False, ("$eq", "a number", "a text")),
        ({"page": 3}, {"page": "3"}, False, ("$eq", "a text", "a number")),
        ({"page": "3"}, {"page": {"$ne": 3}}, True, ("$ne", "a number", "a text")),
        ({"page": "3"}, {"page": {"$gte": 3}}, False, ("$gte", "a number", "a text")),
        ({"page": "3"}, {"page": {"$in": [3, 4]}}, False, ("$in", "a number", "a text")),
        ({"page": "3"}, {"page": {"$nin": [3]}}, True, ("$nin", "a number", "a text")),
        ({"page": "3"}, {"page": {"$between": [1, 3]}}, False, ("$between", "a number", "a text")),
        ({"page": "3"}, {"page": {"$not": {"$lt": 3}}}, True, ("$lt", "a number", "a text")),
        ({"page": True}, {"page": 1}, False, ("$eq", "a number", "a boolean")),
        ({"page": 1}, {"page": True}, False, ("$eq", "a boolean", "a number")),
        ({"page": {}}, {"page": 1}, False, ("$eq", "a number", "an object")),
        ({"page": 3}, {"page": {}}, False, ("$eq", "an object", "a number")),
        ({"page": 3}, {"page": date(2024, 1, 1)}, False, ("$eq", "a date", "a number")),
        ({"page": "soon"}, {"page": {"$lt": date(2024, 1, 1)}}, False, ("$lt", "a date", "a text")),
        ({"page": 3}, {"page": UUID(int=3)}, False, ("$eq", "a value of type UUID", "a number")),
        ({"page": ["ice"]}, {"page": "ice"}, False, ("$eq", "a text", "a list")),
        ({"page": ["3"]}, {"page": {"$in": [3]}}, False, ("$in", "a number", "a list")),
        ({"page": ["3"]}, {"page": {"$contains": 3}}, False, ("$contains", "a number", "a list")),
        ({"page": "3"}, {"page": {"$contains": 3}}, False, ("$contains", "a number", "a text")),
        ({"page": ["3"]}, {"page": {"$all": [3]}}, False, ("$all", "a number", "a list")),
        ({"page": 3}, {"page": {"$like": "3"}}, False, ("$like", "a text", "a number")),
    ],
    ids=str,
)
def test_a_comparison_of_different_types_warns_once(
    fields: dict[str, Any],
    condition: dict[str, Any],
    passing: bool,  # noqa: FBT001 - a column of the table
    types: tuple[str, str, str],
) -> None:
    operator, operand, value = types
    matches = matcher(condition)
    document = Document("", metadata=fields)
    with pytest.warns(UserWarning, match="they are never equal and have no order") as warned:
        assert {matches(document) for _ in range(3)} == {passing}
    assert len(warned) == 1
    assert str(warned[0].message).startswith(
        f"A filter compares 'page' by `{operator}` with {operand}, but a document has {value} there"
    )


def test_each_field_and_each_operator_warns() -> None:
    matches = matcher({"$or": [{"page": 3}, {"page": {"$gt": 3}}, {"id": 3}, {"id": 4}]})
    with pytest.warns(UserWarning, match="A filter compares") as warned:
        assert not matches(Document("", metadata={"page": "3", "id": "3"}))
    assert len(warned) == 3


@pytest.mark.parametrize(
    "condition",
    [
        {"page": {"$in": [3, "3"]}},
        {"page": {"$in": []}},
        {"page": None},
        {"editor": 3},
        {"editor": {"$gt": 3}},
        {"nowhere": {"$gt": 3}},
        {"nowhere.deeper": 3},
        {"mixed": {"$contains": "3"}},
    ],
    ids=str,
)
def test_missing_values_and_mixed_lists_do_not_warn(condition: dict[str, Any]) -> None:
    passes(condition, {"page": "three", "editor": None, "mixed": [3, "4", None]})


DAY = date(2024, 5, 31)
NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)
NAIVE = datetime(2024, 5, 31, 12)  # noqa: DTZ001 - a time without an offset


@pytest.mark.parametrize(
    ("text", "operator", "operand", "passing"),
    [
        # All forms of the same time are equal.
        ("2024-05-31T12:00:00Z", "$eq", NOON, True),
        ("2024-05-31T12:00:00+00:00", "$eq", NOON, True),
        ("2024-05-31T14:00+02:00", "$eq", NOON, True),
        ("2024-05-31 12:00:00.000z", "$in", [NOON], True),
        ("20240531T120000Z", "$gte", NOON, True),
        ("2024-05-31T12:00:00.001Z", "$gt", NOON, True),
        ("2024-05-31T13:59+02:00", "$gte", NOON, False),
        ("2024-05-31T13:59+02:00", "$ne", NOON, True),
        ("2024-05-31T12:00", "$lte", NAIVE, True),
        ("2024-05-31T12:01", "$lte", NAIVE, False),
        # A date without a time stands for its midnight.
        ("2024-05-31", "$gte", NOON, False),
        ("2024-05-31", "$lt", NOON, True),
        ("2024-05-31", "$gte", NOON.replace(hour=0), True),
        ("2024-05-31", "$eq", NAIVE.replace(hour=0), True),
        # Only the date of a time counts if the operand is a date.
        ("2024-05-31", "$eq", DAY, True),
        ("2024-05-31T23:59:59-08:00", "$lte", DAY, True),
        ("2024-05-31T00:00:00", "$gte", DAY, True),
        ("2024-06-01T00:00:00Z", "$lte", DAY, False),
        ("2024-05-30T23:00:00Z", "$between", [DAY, date(2024, 6, 30)], False),
        ("2024-06-30T23:00:00Z", "$between", [DAY, date(2024, 6, 30)], True),
        # Text compares with text as text.
        ("2024-05-31T12:00:00Z", "$gte", "2024-05-31", True),
        ("2024-05-31T12:00:00Z", "$eq", "2024-05-31T12:00:00+00:00", False),
        # Metadata may contain dates, if it is not from a bucket.
        (NOON, "$eq", NOON, True),
        (DAY, "$lt", NOON, True),
        (NAIVE, "$eq", DAY, True),
    ],
    ids=str,
)
def test_dates_compare_with_text_as_times(
    text: Any,
    operator: str,
    operand: Any,
    passing: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert passes({"at": {operator: operand}}, {"at": text}) is passing


@pytest.mark.parametrize(("text", "operand"), [("2024-05-31T12:00", NOON), (NOON, NAIVE)], ids=str)
def test_a_time_without_an_offset_matches_none_with_one(text: Any, operand: Any) -> None:
    with pytest.warns(UserWarning, match="Give both an offset from UTC, or neither"):
        assert not passes({"at": {"$gte": operand}}, {"at": text})


@pytest.mark.parametrize(
    ("pattern", "text", "passing"),
    [
        ("100%", "100 km", True),
        (r"100\%", "100%", True),
        (r"100\%", "100 km", False),
        (r"a\_b", "a_b", True),
        (r"a\_b", "axb", False),
        ("a.c", "abc", False),
        ("a%c", "a\nc", True),
        ("", "", True),
        ("", "a", False),
        ("a\\", "a\\", True),
    ],
)
def test_like_takes_sql_patterns(
    pattern: str,
    text: str,
    passing: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert passes({"field": {"$like": pattern}}, {"field": text}) is passing


def test_which_filters_need_the_metadata_only() -> None:
    assert is_on_metadata({"page": 3})
    assert is_on_metadata({})
    assert not is_on_metadata(lambda document: bool(document.page_content))
    assert not is_on_metadata(None)


@pytest.mark.filterwarnings("ignore:A filter compares")
def test_booleans_are_not_numbers() -> None:
    assert not passes({"flags": [1]}, {"flags": [True]})
    assert not passes({"flags": {"$contains": 1}}, {"flags": [True]})
    assert passes({"flags": {"$contains": True}}, {"flags": [True]})
    assert passes({"draft": False})
    assert not passes({"draft": 0})
    assert not passes({"page": True}, {"page": 1})
    assert not passes({"page": {"$in": [True]}}, {"page": 1})


@pytest.mark.parametrize(
    ("condition", "match"),
    [
        ({"page": {"$near": 3}}, r"'\$near': use on 'page' one of \$eq"),
        ({"page": {"$gt": 3, "less": 4}}, "'less'"),
        ({"$nor": [{}]}, r"'\$nor': use a field name, or one of \$and"),
        ({"$and": []}, r"`\$and` takes a list of conditions, not \[\]"),
        ({"$or": {"page": 3}}, r"`\$or` takes a list"),
        ({"$or": [3]}, "must be a dict, not 3"),
        ({"$not": [3]}, "must be a dict"),
        ({"page": {"$in": "3"}}, r"`\$in` of 'page' takes a list"),
        ({"page": {"$nin": 3}}, r"`\$nin` of 'page' takes a list"),
        ({"page": {"$exists": 1}}, r"`\$exists` of 'page' takes True or False"),
        ({"page": {"$gt": [3]}}, r"`\$gt` of 'page' takes a number or a text"),
        ({"page": {"$lt": None}}, "takes a number or a text"),
        ({"page": {"$not": {"$near": 3}}}, r"'\$near'"),
        ({"tags": {"$contains": ["ice"]}}, r"`\$contains` of 'tags' takes one value .`\$all`"),
        ({"tags": {"$not_contains": None}}, r"`\$not_contains` of 'tags' takes one value"),
        ({"tags": {"$all": "ice"}}, r"`\$all` of 'tags' takes a list of at least one value"),
        ({"tags": {"$all": []}}, r"`\$all` of 'tags' takes a list of at least one value"),
        ({"page": {"$between": [1]}}, r"`\$between` of 'page' takes a list of the lowest and the"),
        ({"page": {"$between": [1, None]}}, r"`\$between` of 'page' takes a number or a text"),
        ({"title": {"$like": 3}}, r"`\$like` of 'title' takes a text with `%` and `_`"),
        ({"tags": {"$size": 2}}, r"'\$size': use on 'tags' one of \$eq"),
        ({3: "page"}, "metadata names"),
        ("page = 3", "a dict of conditions"),
    ],
    ids=str,
)
def test_an_invalid_filter_is_refused_by_name(condition: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        matcher(condition)


def test_a_function_is_a_filter_too() -> None:
    assert matcher(lambda document: document.id == "a")(Document("", id="a"))


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@pytest.mark.filterwarnings("ignore:A filter compares")
@given(value=VALUES, other=VALUES)
def test_exactly_one_of_a_condition_and_its_negation_holds(value: Any, other: Any) -> None:
    fields = {"field": value}
    for name, contrary, operand in (("$eq", "$ne", other), ("$in", "$nin", [other])):
        held = passes({"field": {name: operand}}, fields)
        assert passes({"field": {contrary: operand}}, fields) is not held
        assert passes({"$not": {"field": {name: operand}}}, fields) is not held
