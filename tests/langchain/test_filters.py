"""Filters on metadata: what each operator lets through, and what is refused at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document

from langchain_telnyx._buckets.filters import matcher

FIELDS: dict[str, Any] = {
    "page": 3,
    "ratio": 0.5,
    "title": "Moons",
    "draft": False,
    "tags": ["ice", "rock"],
    "author": {"name": "Ann"},
    "editor": None,
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
        ({"page": "3"}, False),
        ({"page": 3, "title": "Moons"}, True),
        ({"page": 3, "title": "Stars"}, False),
        ({"nowhere": None}, False),
        ({"editor": None}, True),
        ({"tags": ["ice", "rock"]}, True),
        ({"tags": "ice"}, False),
        ({"author": {"name": "Ann"}}, True),
        ({"author": {}}, False),
        ({"page": {}}, False),
        ({"page": {"$eq": 3}}, True),
        ({"page": {"$ne": 3}}, False),
        ({"page": {"$ne": "3"}}, True),
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
    ],
    ids=str,
)
def test_a_condition_lets_through_what_it_says(condition: dict[str, Any], passing: bool) -> None:  # noqa: FBT001 - a column of the table
    assert passes(condition) is passing


@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte"])
@pytest.mark.parametrize(
    ("field", "operand"), [("title", 3), ("page", "3"), ("draft", 1), ("tags", 1), ("editor", 0)]
)
def test_what_cannot_be_compared_does_not_match(field: str, operand: Any, operator: str) -> None:
    assert passes({field: {operator: operand}}) is False


def test_a_boolean_is_no_number() -> None:
    assert passes({"draft": False})
    assert not passes({"draft": 0})
    assert not passes({"page": True}, {"page": 1})
    assert not passes({"page": {"$in": [True]}}, {"page": 1})


@pytest.mark.parametrize(
    ("condition", "match"),
    [
        ({"page": {"$near": 3}}, r"'\$near', but may have as an operator on 'page' one of \$eq"),
        ({"page": {"$gt": 3, "less": 4}}, "'less'"),
        ({"$nor": [{}]}, r"'\$nor', but may have a field's name, or one of \$and"),
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
        ({3: "page"}, "names of metadata"),
        ("page = 3", "a dict of conditions"),
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_is_refused_by_name(condition: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        matcher(condition)


def test_a_function_is_a_filter_too() -> None:
    assert matcher(lambda document: document.id == "a")(Document("", id="a"))


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@given(value=VALUES, other=VALUES)
def test_of_a_condition_and_its_contrary_just_one_holds(value: Any, other: Any) -> None:
    fields = {"field": value}
    for name, contrary, operand in (("$eq", "$ne", other), ("$in", "$nin", [other])):
        held = passes({"field": {name: operand}}, fields)
        assert passes({"field": {contrary: operand}}, fields) is not held
        assert passes({"$not": {"field": {name: operand}}}, fields) is not held
