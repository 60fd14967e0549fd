"""JSON schemas in the API's form, closed where that excludes no valid value."""

import copy
import json
from collections.abc import Callable
from typing import Any, Literal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, RootModel

from langchain_telnyx.client.errors import BadRequestError
from langchain_telnyx.client.schemas import close_objects
from langchain_telnyx.emulator.server import TelnyxEmulator

CLOSED = {"additionalProperties": False}
NAME = {"type": "object", "properties": {"name": {"type": "string"}}}


class Seat(BaseModel):
    number: int


class Guest(BaseModel):
    kind: Literal["guest"] = "guest"
    seats: list[Seat]
    friends: list["Guest"] = []
    likes: dict[str, Seat] = {}


class Names(RootModel[list[str]]):
    """Several names."""


class Odd(BaseModel):
    call: Callable[[], int]


def test_objects_with_properties_are_closed_at_any_depth() -> None:
    given = {
        "properties": {
            "list": {"type": "array", "items": NAME},
            "pair": {"type": "array", "prefixItems": [NAME, {"type": "string"}]},
            "either": {"anyOf": [NAME, {"type": "null"}]},
            "map": {"type": "object", "additionalProperties": NAME},
            "free": {"type": "object"},
            "open": {**NAME, "additionalProperties": True},
            "properties": {"type": "string", "default": NAME, "enum": [NAME]},
        },
        "$defs": {"Name": NAME},
    }
    before = copy.deepcopy(given)
    assert close_objects(given) == {
        "type": "object",
        "properties": {
            "list": {"type": "array", "items": NAME | CLOSED},
            "pair": {"type": "array", "prefixItems": [NAME | CLOSED, {"type": "string"}]},
            "either": {"anyOf": [NAME | CLOSED, {"type": "null"}]},
            "map": {"type": "object", "additionalProperties": NAME | CLOSED},
            "free": {"type": "object"},
            "open": {**NAME, "additionalProperties": True},
            "properties": {"type": "string", "default": NAME, "enum": [NAME]},
        },
        "$defs": {"Name": NAME | CLOSED},
        **CLOSED,
    }
    assert given == before


AGE = {"type": "object", "properties": {"age": {"type": "integer"}}}


@pytest.mark.parametrize(
    "combined",
    [
        {"allOf": [NAME, AGE]},
        {**NAME, "allOf": [AGE]},
        {**NAME, "anyOf": [AGE, {"required": ["name"]}]},
        {"allOf": [{"$ref": "#/$defs/Name"}, {"$ref": "#/$defs/Age"}]},
        {**AGE, "$ref": "#/$defs/Name"},
        {**NAME, "if": NAME, "then": AGE},
        {"oneOf": [{"allOf": [NAME, {"allOf": [AGE]}]}, {"type": "null"}]},
        {**NAME, "dependentSchemas": {"name": AGE}},
    ],
)
def test_combined_schemas_still_allow_the_fields_of_all_their_parts(combined: Any) -> None:
    schema = {"properties": {"x": combined}, "$defs": {"Name": NAME, "Age": AGE}}
    assert jsonschema.Draft202012Validator(close_objects(schema)).is_valid(
        {"x": {"name": "Ann", "age": 5}}
    )


WORDS = st.sampled_from(["a", "b"])
SCHEMAS = st.recursive(
    st.sampled_from([{"type": "integer"}, {"type": "string"}, {}, True, {"$ref": "#/$defs/a"}]),
    lambda inner: st.one_of(
        st.builds(
            lambda fields: {"type": "object", "properties": fields},
            st.dictionaries(WORDS, inner, max_size=2),
        ),
        st.builds(
            lambda word, parts: {word: parts},
            st.sampled_from(["allOf", "anyOf", "oneOf"]),
            st.lists(inner, min_size=1, max_size=2),
        ),
        st.builds(
            lambda fields, word, part: {"properties": fields, word: part},
            st.dictionaries(WORDS, inner, max_size=2),
            st.sampled_from(["not", "if", "items", "additionalProperties"]),
            inner,
        ),
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_closing_a_schema_is_idempotent(part: Any, definition: Any) -> None:
    if definition == {"$ref": "#/$defs/a"}:
        definition = True  # which would recurse
    schema = {"type": "object", "properties": {"it": part}, "$defs": {"a": definition}}
    made = close_objects(schema)
    assert made["additionalProperties"] is False
    assert close_objects(made) == made
    jsonschema.Draft202012Validator.check_schema(made)


async def test_a_template_accepts_a_class(api: Any, emulator: TelnyxEmulator) -> None:
    made = await api.insights.create("Guest", instructions="Who comes?", json_schema=Guest)
    for schema in (made.json_schema, json.loads(emulator.requests[-1].body)["json_schema"]):
        assert schema["additionalProperties"] is False
        assert {name: part["additionalProperties"] for name, part in schema["$defs"].items()} == {
            "Guest": False,
            "Seat": False,
        }
    changed = await api.insights.update(made.id, json_schema=Seat)
    assert changed.json_schema["properties"] == {"number": {"title": "Number", "type": "integer"}}
    again = await api.insights.update(made.id, json_schema=Guest.model_json_schema())
    assert again.json_schema == made.json_schema
    with pytest.raises(BadRequestError, match="additionalProperties"):
        await api.insights.update(made.id, json_schema={**NAME, "additionalProperties": True})
    with pytest.raises(ValueError, match="Names is not an object"):
        await api.insights.create("x", instructions="x", json_schema=Names)
    with pytest.raises(ValueError, match="Odd has no JSON schema"):
        await api.insights.create("x", instructions="x", json_schema=Odd)
