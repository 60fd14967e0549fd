"""For any schema and any text the value is valid and deterministic."""

from __future__ import annotations

import datetime as dt
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.emulator.model.fill import fill
from tests.support.hypothesis_profiles import examples

TODAY = dt.date(2026, 1, 1)
NAMES = st.sampled_from(["name", "city", "email", "count", "tags", "when", "is_ok", "x", "größe"])
FORMATS = st.sampled_from(["date", "date-time", "time", "email", "uri", "uuid", "ipv4", "hostname"])
PATTERNS = st.sampled_from(
    [
        r"^[a-z]{3}-\d{2}$",
        r"\d+",
        r"^(yes|no)$",
        r"^\+[1-9]\d{1,14}$",
        r"^[^@\s]+@x\.org$",
        r"^\w*$",
    ]
)
TEXTS = st.sampled_from(
    [
        "",
        "Alice (ann@x.org) met Bob in Paris, Rome and Oslo on 2026-03-05 at 17:00; 3 of 12 came.",
        "count=5, name: 'Zoë', tags: a, b, c",
        "-7.25 99999999999999999999 0.1 ☃ \u2028 \x00",
    ]
) | st.text(max_size=60)


def strings() -> st.SearchStrategy[Any]:
    plain = st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={"minLength": st.integers(0, 5), "maxLength": st.integers(5, 40)},
    )
    formatted = st.fixed_dictionaries({"type": st.just("string"), "format": FORMATS})
    patterned = st.fixed_dictionaries({"type": st.just("string"), "pattern": PATTERNS})
    return plain | formatted | patterned


def numbers() -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.integers(-50, 3),
            "maximum": st.integers(20, 100),
            "multipleOf": st.sampled_from([1, 2, 5, 7]),
        },
    ) | st.fixed_dictionaries(
        {
            "type": st.just("number"),
            "exclusiveMinimum": st.floats(-2, 0.4),
            "exclusiveMaximum": st.floats(0.5, 2),
        }
    )


def leaves() -> st.SearchStrategy[Any]:
    return (
        strings()
        | numbers()
        | st.sampled_from(
            [
                {"type": "boolean"},
                {"type": "null"},
                {"const": "fixed"},
                {"enum": ["red", "green", 3, None]},
                {"type": ["string", "null"]},
                {"type": ["integer", "string"]},
                {},
                True,
                {"$ref": "#/$defs/tree"},
            ]
        )
    )


def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 2), "maxItems": st.integers(2, 5)},
    )
    properties = st.dictionaries(NAMES, inner, max_size=4)
    objects = properties.flatmap(
        lambda named: st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(named),
                "required": st.just(list(named)) | st.just(list(named)[::2]),
                "additionalProperties": st.booleans(),
            }
        )
    )
    choices = st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)})
    return arrays | objects | choices


TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
        "parent": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]},
    },
    "required": ["name", "children"],
}
SCHEMAS = st.recursive(leaves(), composed, max_leaves=6).map(
    lambda schema: {"$defs": {"tree": TREE}, **(schema if isinstance(schema, dict) else {})}
)


@settings(max_examples=examples(150), deadline=None, derandomize=True)
@given(schema=SCHEMAS, text=TEXTS)
def test_a_filled_value_is_always_valid(schema: dict[str, Any], text: str) -> None:
    value = fill(schema, text, today=TODAY)
    jsonschema.validate(
        value,
        schema,
        jsonschema.Draft202012Validator,
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    assert fill(schema, text, today=TODAY) == value
