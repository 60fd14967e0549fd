"""Results for generated schemas: an insight is completed only if its result fits the schema."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import TelnyxInsights
from langchain_telnyx.insights.validation import schema_errors
from tests.insights.test_schemas import Scripted


# A schema, values that fit it, and values that do not.
def _leaf(schema: dict[str, Any], good: st.SearchStrategy[Any], bad: list[Any]) -> Any:
    return st.tuples(st.just(schema), good, st.sampled_from(bad))


LEAVES = st.one_of(
    _leaf({"type": "integer"}, st.integers(), ["4", 4.5, None, True, [], {}]),
    _leaf({"type": "string"}, st.text(), [4, None, True, [], {}]),
    _leaf({"type": "boolean"}, st.booleans(), ["true", 1, None]),
    _leaf({"type": ["number", "null"]}, st.none() | st.integers(), ["x", True, []]),
    _leaf({"enum": ["a", 1, None]}, st.sampled_from(["a", 1, None]), ["b", 2, "", False]),
    _leaf({"const": "x"}, st.just("x"), ["y", None]),
    _leaf({"anyOf": [{"type": "string"}, {"type": "null"}]}, st.none() | st.text(), [4, []]),
    _leaf({"type": "string", "minLength": 2}, st.text(min_size=2), ["", "x", None]),
    _leaf(
        {"type": "string", "format": "date"},
        st.dates().map(str),
        ["28.11.2026", "2026-02-30", "2026-11-28T00:00:00Z", "20261128", ""],
    ),
    _leaf(
        {"type": "string", "format": "date-time"},
        st.datetimes(timezones=st.just(dt.UTC)).map(lambda moment: moment.isoformat()),
        ["soon", "2026-11-28", "2026-13-01T00:00:00Z", "2026-11-28T25:00:00Z"],
    ),
    _leaf({"type": "string", "format": "time"}, st.just("10:00:00+01:00"), ["noon", "25:00:00Z"]),
    _leaf(
        {"type": "string", "format": "duration"},
        st.sampled_from(["PT5M", "P1DT2H", "P2W", "P1Y2M3D", "PT0.5S"]),
        ["5 minutes", "P", "PT", "P1H", "PT1D"],
    ),
    _leaf({"type": "string", "format": "uuid"}, st.uuids().map(str), ["x", "1234"]),
    _leaf({"type": "string", "format": "email"}, st.just("ann@example.com"), ["ann", "a b@c d"]),
    _leaf(
        {"type": "string", "format": "uri"},
        st.sampled_from(["https://example.com/a?b=c#d", "tel:+15551234"]),
        ["example", "https://a b", "//x", ""],
    ),
    _leaf(
        {"type": "string", "format": "hostname"},
        st.sampled_from(["example.com", "a-b.c", "localhost"]),
        ["-x.com", "a..b", "x_y", ""],
    ),
    _leaf({"type": "string", "format": "ipv4"}, st.just("10.0.0.1"), ["10.0.0", "300.1.1.1"]),
)


def _deeper(inner: Any) -> Any:
    arrays = inner.map(
        lambda one: ({"type": "array", "items": one[0]}, [one[1], one[1]], [one[1], one[2]])
    )
    objects = inner.map(
        lambda one: (
            {"type": "object", "properties": {"x": one[0]}, "required": ["x"]},
            {"x": one[1]},
            {"x": one[2]},
        )
    )
    return arrays | objects


TRIPLES = st.recursive(LEAVES, _deeper, max_leaves=3)


@settings(deadline=None)
@given(TRIPLES)
def test_generated_values_agree_with_jsonschema(triple: tuple[Any, Any, Any]) -> None:
    part, good, bad = triple
    schema = {"type": "object", "properties": {"it": part}, "required": ["it"]}
    assert schema_errors({"it": good}, schema) == ""
    assert schema_errors({"it": bad}, schema).startswith("it")
    # jsonschema without additional libraries accepts every valid value.
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert validator.is_valid({"it": good})


@settings(deadline=None)
@given(triple=TRIPLES, fits=st.booleans(), awaited=st.booleans())
def test_a_result_is_completed_only_if_it_fits(
    triple: tuple[Any, Any, Any], *, fits: bool, awaited: bool
) -> None:
    part, good, bad = triple
    schema = {"type": "object", "properties": {"it": part}, "required": ["it"]}
    answer = {"it": good if fits else bad}
    model = Scripted(replies=[json.dumps(answer)])
    insight = {"name": "x", "instructions": "x", "json_schema": schema}
    insights = TelnyxInsights(insights=insight, chat_model=model, max_attempts=2)
    found = asyncio.run(insights.ainvoke("Hi")) if awaited else insights.invoke("Hi")
    if fits:
        assert (found.status, found.values) == ("completed", {"x": answer})
        assert len(model.requests) == 1
    else:
        assert (found.status, found.values) == ("failed", {})
        assert json.loads(found.raw["x"]) == answer
        assert len(model.requests) == 2
