from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from langchain_telnyx.emulator.model.fill import fill
from langchain_telnyx.emulator.model.refusal import Refusal

TODAY = dt.date(2026, 1, 1)
S = {"type": "string"}
I = {"type": "integer"}  # noqa: E741 - short names for a table
N = {"type": "number"}
B = {"type": "boolean"}


def made(text: str, **properties: Any) -> Any:
    """Fill an object whose properties are all required."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return fill(schema, text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "properties", "expected"),
    [
        (
            "How is the weather in Chicago?",
            {"location": S, "unit": {"enum": ["celsius", "fahrenheit"]}},
            {"location": "Chicago", "unit": "celsius"},
        ),
        (
            "Weather in San Francisco, CA in fahrenheit, please",
            {"location": S, "unit": {"enum": ["celsius", "fahrenheit"]}},
            {"location": "San Francisco, CA", "unit": "fahrenheit"},
        ),
        ("what's the weather in paris right now?", {"city": S}, {"city": "paris"}),
        ("What is 3 + 4", {"a": I, "b": I}, {"a": 3, "b": 4}),
        ("Add two and eleven", {"a": I, "b": I}, {"a": 2, "b": 11}),
        ("It costs 1,299.50 dollars", {"price": N}, {"price": 1299.5}),
        ("Play 3 songs for 20 minutes", {"minutes": I, "songs": I}, {"minutes": 20, "songs": 3}),
        (
            'Send an email to bob@x.org with subject "Lunch" saying see you at noon',
            {"to": S, "subject": S, "body": S},
            {"to": "bob@x.org", "subject": "Lunch", "body": "see you at noon"},
        ),
        (
            "Book a flight from Berlin to Oslo on March 5, 2026",
            {"destination": S, "origin": S, "date": {"type": "string", "format": "date"}},
            {"destination": "Oslo", "origin": "Berlin", "date": "2026-03-05"},
        ),
        (
            "Remind me tomorrow at 5 pm",
            {"at": {"type": "string", "format": "date-time"}},
            {"at": "2026-01-02T17:00:00Z"},
        ),
        (
            "Call +13125550199",
            {"phone": {"type": "string", "pattern": r"^\+[1-9]\d{6,14}$"}},
            {"phone": "+13125550199"},
        ),
        (
            "Create a customer named '你好啊集团' (a company)",
            {"customer_name": S},
            {"customer_name": "你好啊集团"},
        ),
        ("What is (2+3)*4?", {"expression": S}, {"expression": "(2+3)*4"}),
        ("Please search the web for LangChain news", {"query": S}, {"query": "LangChain news"}),
        ("city: Oslo, n=3", {"n": I, "city": S}, {"n": 3, "city": "Oslo"}),
        (
            "Compare Paris, Rome and Oslo",
            {"cities": {"type": "array", "items": S}},
            {"cities": ["Paris", "Rome", "Oslo"]},
        ),
        (
            "tags: red, green and blue; not active",
            {"tags": {"type": "array", "items": S}, "active": B},
            {"tags": ["red", "green", "blue"], "active": False},
        ),
        (
            "Alice is 30 and Bob is 25.",
            {
                "people": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"name": S, "age": I},
                        "required": ["name", "age"],
                    },
                }
            },
            {"people": [{"name": "Alice", "age": 30}, {"name": "Bob", "age": 25}]},
        ),
        (
            "The staff was rude and the room was dirty.",
            {"sentiment": {"enum": ["positive", "negative"]}, "explanation": S},
            {
                "sentiment": "negative",
                "explanation": "The staff was rude and the room was dirty.",
            },
        ),
    ],
)
def test_values_come_from_the_text(text: str, properties: Any, expected: Any) -> None:
    assert made(text, **properties) == expected


def test_an_optional_field_is_left_out_unless_the_text_states_it() -> None:
    schema = {
        "type": "object",
        "properties": {"city": S, "unit": {"enum": ["celsius", "fahrenheit"]}, "limit": I},
        "required": ["city"],
    }
    assert fill(schema, "Weather in Oslo", today=TODAY) == {"city": "Oslo"}
    assert fill(schema, "Weather in Oslo in celsius", today=TODAY) == {
        "city": "Oslo",
        "unit": "celsius",
    }


def test_a_nullable_field_is_null_unless_the_text_states_it() -> None:
    optional = {"anyOf": [S, {"type": "null"}]}
    assert made("My email is ann@x.org", email=optional, phone=optional) == {
        "email": "ann@x.org",
        "phone": None,
    }


def test_a_default_is_used_without_a_value_in_the_text() -> None:
    assert made("Hello", level={"type": "string", "enum": ["low", "high"], "default": "high"}) == {
        "level": "high"
    }


def test_an_object_without_properties_gets_the_pairs_of_the_text() -> None:
    schema = {"type": "object", "additionalProperties": S}
    assert fill(schema, "color: red, size: big", today=TODAY) == {"color": "red", "size": "big"}


def test_recursive_references_end() -> None:
    schema = {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"value": I, "next": {"$ref": "#/$defs/node"}},
                "required": ["value"],
            }
        },
        "$ref": "#/$defs/node",
    }
    assert fill(schema, "It is 7.", today=TODAY) == {"value": 7}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "strng"}, "not valid"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "No value"),
        ({"$ref": "#/$defs/nothing"}, "unknown '#/$defs/nothing'"),
        ({"$ref": "https://example.com/schema.json"}, "unknown 'https://example.com/schema.json'"),
        ({"$ref": "#"}, "circle"),
        ({"enum": [1], "type": "string"}, "No value"),
        ({"not": {}}, "No value"),
    ],
)
def test_a_schema_that_cannot_be_filled_is_refused(schema: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words.replace("$", r"\$")):
        fill(schema, "anything", today=TODAY)
