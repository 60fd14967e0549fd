"""Schemas and tools in the formats of other vendors, unusual names, and invalid schemas."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import pickle
import re
import typing
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    Optional,
    Union,
)

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.exceptions import OutputParserException
from langchain_core.tools import StructuredTool
from pydantic import TypeAdapter

from langchain_telnyx import ChatTelnyx
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode
from tests.chat_models.structured.test_schemas import (
    KINDS,
    Box,
    Cell,
    City,
    Color,
    Node,
    Pair,
    Place,
    Point,
    River,
    Tags,
    Twig,
    schema_sent,
    sent,
    weigh,
)


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


NO_SCHEMAS: list[Any] = [
    None,
    "a city",
    5,
    Any,
    object,
    typing.Callable[[int], int],
    City(name="Oslo"),
    Point(1),
    Color.RED,
    {},
    {"foo": 1},
    {"type": "objekt"},
    {"type": "object", "properties": {"a": {"enum": {1, 2}}}},
    {"name": "city"},
    {"name": "city", "args": {"type": "object", "properties": {"a": {}}}},
    {"name": "city", "parameters": "a city"},
    {"title": "city", "$ref": "#/$defs/City"},
    {"title": "city", "type": "object", "properties": {"a": {"$ref": "https://example.com/a"}}},
]


@pytest.mark.parametrize("schema", NO_SCHEMAS, ids=repr)
def test_invalid_schemas_are_refused_before_a_request(
    emulator: TelnyxEmulator, model: ChatTelnyx, schema: Any
) -> None:
    with pytest.raises(ValueError, match="schema"):
        model.with_structured_output(schema)
    assert not emulator.requests


@pytest.mark.parametrize(
    "odd",
    [
        Color,
        list[int],
        5,
        {"title": "all", "type": "array"},
        {"type": "object", "properties": {}},
        {"name": "f", "parameters": {"type": "array", "items": {}}},
        {"name": "f", "args": {"type": "object", "properties": {"a": {}}}},
    ],
    ids=repr,
)
def test_invalid_tools_are_refused(model: ChatTelnyx, odd: Any) -> None:
    with pytest.raises(ValueError, match=r"tool|schema|object|name"):
        model.bind_tools([odd])


PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FORMS: dict[str, dict[str, Any]] = {
    "OpenAI's": {"type": "function", "function": {"name": "f", "parameters": PARAMETERS}},
    "Responses'": {"type": "function", "name": "f", "parameters": PARAMETERS},
    "Anthropic's": {"name": "f", "description": "d", "input_schema": PARAMETERS},
    "Anthropic's of today": {"type": "custom", "name": "f", "input_schema": PARAMETERS},
    "OpenAI's around Anthropic's": {
        "type": "function",
        "function": {"name": "f", "input_schema": PARAMETERS},
    },
    "MCP's": {
        "name": "f",
        "title": "F",
        "inputSchema": PARAMETERS,
        "outputSchema": {"type": "object", "properties": {"x": {}}},
        "annotations": {"readOnlyHint": True},
    },
    "Bedrock's": {"toolSpec": {"name": "f", "inputSchema": {"json": PARAMETERS}}},
    "Gemini's": {"name": "f", "parametersJsonSchema": PARAMETERS},
    "a schema with a name": {"name": "f", **PARAMETERS},
    "a schema with a title": {"title": "f", **PARAMETERS},
}
AS_FORM: dict[str, dict[str, Any]] = {
    "OpenAI's schema": {"name": "f", "schema": PARAMETERS},
    "OpenAI's format": {"type": "json_schema", "json_schema": {"name": "f", "schema": PARAMETERS}},
    "Responses' format": {"type": "json_schema", "name": "f", "schema": PARAMETERS},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_tools_of_every_vendors_form_keep_their_parameters(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, form: dict[str, Any]
) -> None:
    mode.invoke(model.bind_tools([form]), "Hi")
    (only,) = sent(emulator)["tools"]
    assert only["type"] == "function"
    assert only["function"]["name"] == "f"
    assert only["function"]["parameters"] == PARAMETERS


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
@pytest.mark.parametrize("form", [*FORMS.values(), *AS_FORM.values()], ids=[*FORMS, *AS_FORM])
def test_schemas_of_every_vendors_form_are_sent_whole(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, form: dict[str, Any]
) -> None:
    emulator.say('{"city": "Oslo"}')
    assert mode.invoke(model.with_structured_output(form), "Hi") == {"city": "Oslo"}
    named = schema_sent(emulator)
    assert (named["name"], named["schema"]) == ("f", PARAMETERS)
    emulator.say('{"town": 5}')
    with pytest.raises(OutputParserException, match="'city' is a required property"):
        mode.invoke(model.with_structured_output(form), "Hi")


MISFITS = {
    "model": (City, {"name": 5}, "name: Input should be a valid string, and not 5"),
    "dataclass": (Point, {"y": 1}, "x: Field required"),
    "typed dict": (Place, {"city": 5}, "city: Input should be a valid string"),
    "list": (list[City], {"value": [{"name": "Oslo"}, {}]}, "1.name: Field required"),
    "enum": (Color, {"value": "green"}, "'red' or 'blue', and not \"green\""),
    "JSON schema": (
        KINDS["JSON schema of alternatives"].schema,
        {"c": 1},
        "'a' is a required property; 'b' is a required property",
    ),
    "inside a JSON schema": (
        {"title": "x", "type": "object", "properties": {"a": {"items": {"type": "integer"}}}},
        {"a": [1, "two"]},
        "a.1: 'two' is not of type 'integer'",
    ),
    "function": (weigh, {"kilos": "many"}, "kilos: 'many' is not of type 'integer'"),
}


@pytest.mark.default_quirks(
    "It counts requests.", "rate_limited_share", "response_format_json_schema"
)
@pytest.mark.parametrize(("schema", "answer", "wrong"), MISFITS.values(), ids=MISFITS.keys())
def test_the_error_for_the_model_has_no_link(  # noqa: PLR0917 - a table's columns
    emulator: TelnyxEmulator,
    model: ChatTelnyx,
    mode: Mode,
    schema: Any,
    answer: Any,
    wrong: str,
) -> None:
    emulator.say(json.dumps(answer))
    structured = model.with_structured_output(schema, max_repair_attempts=1)
    mode.invoke(structured, "Hi")  # the second answer is the emulator's, which conforms
    assert len(emulator.requests) == 2
    objection = sent(emulator)["messages"][-1]["content"]
    assert wrong in objection
    assert "http" not in objection
    emulator.say(json.dumps(answer))
    with pytest.raises(OutputParserException, match=re.escape(wrong)):
        mode.invoke(model.with_structured_output(schema), "Hi")


def test_an_answer_without_the_wrapping_key_is_accepted(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    for schema, text, given_back in (
        (Color, '"red"', Color.RED),
        (list[City], '[{"name": "Oslo"}]', [City(name="Oslo")]),
        (City | River, '{"miles": 5}', River(miles=5)),
    ):
        emulator.say(text)
        assert mode.invoke(model.with_structured_output(schema), "Hi") == given_back


def test_a_pattern_that_python_cannot_read_is_left_to_the_server(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    schema = {
        "title": "w",
        "type": "object",
        "properties": {"word": {"type": "string", "pattern": "^\\p{L}+$"}},
    }
    emulator.say('{"word": "Ähre"}')
    assert mode.invoke(model.with_structured_output(schema), "Hi") == {"word": "Ähre"}
    emulator.say('{"word": 5}')
    with pytest.raises(OutputParserException, match="not of type 'string'"):
        mode.invoke(model.with_structured_output(schema), "Hi")


def test_a_list_streams_as_it_grows(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    pieces = ['{"value": ["Ti', 'tan"', ', "Rhea"', "]}"]
    for schema in (list[str], {"type": "array", "items": {"type": "string"}}):
        emulator.say("".join(pieces), chunks=pieces)
        came = mode.stream(model.with_structured_output(schema), "Hi")
        assert came == [["Ti"], ["Titan"], ["Titan", "Rhea"]]


def test_dicts_stream_as_they_grow_and_are_validated_at_the_end(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    pieces = ['{"city": "Os', 'lo", ', '"land": 5}']
    emulator.say("".join(pieces), chunks=pieces)
    chain = model.with_structured_output({"title": "place", **PARAMETERS})
    assert mode.stream(chain)[0] == {"city": "Os"}
    emulator.say("".join(pieces), chunks=pieces)
    with pytest.raises(OutputParserException, match="land: Input should be a valid string"):
        mode.stream(model.with_structured_output(Place))


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
@pytest.mark.parametrize("schema", [City, Place, list[City], Color, {"name": "x", **PARAMETERS}])
def test_a_response_format_is_a_schema_wherever_it_is_given(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, schema: Any
) -> None:
    model.bind_tools([], response_format=schema).invoke("Hi")
    expected = sent(emulator)["response_format"]
    assert expected["type"] == "json_schema"
    assert expected["json_schema"]["schema"]["properties"]
    mode.invoke(model, "Hi", response_format=schema)
    assert sent(emulator)["response_format"] == expected
    mode.stream(model, "Hi", response_format=schema)
    assert sent(emulator)["response_format"] == expected
    mode.invoke(model.bind(response_format=schema), "Hi")
    assert sent(emulator)["response_format"] == expected
    mode.invoke(ChatTelnyx(response_format=schema, **emulator.options()), "Hi")
    assert sent(emulator)["response_format"] == expected


def test_a_structured_model_can_be_pickled(
    emulator: TelnyxEmulator, model: ChatTelnyx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    for schema, text, given_back in (
        (Color, '{"value": "red"}', Color.RED),
        (list[City], '{"value": [{"name": "Oslo"}]}', [City(name="Oslo")]),
        (Place, '{"city": "Oslo"}', {"city": "Oslo"}),
    ):
        written = pickle.dumps(model.with_structured_output(schema))
        parser: Any = pickle.loads(written).last  # noqa: S301 - our own
        assert parser.parse(text) == given_back


NAMES = [Box[int], {"name": "mail.send", **PARAMETERS}, {"name": "e" * 80, **PARAMETERS}]


@pytest.mark.parametrize("tool", NAMES, ids=["generic", "dotted", "long"])
def test_names_that_servers_do_not_take_are_replaced_and_mapped_back(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, tool: Any
) -> None:
    name = tool["name"] if isinstance(tool, dict) else "Box[int]"
    bound: Any = model.bind_tools([tool, {"name": "mail_send"}], tool_choice=name)
    for invoke in (mode.invoke, mode.whole):
        model.bind_tools([tool]).invoke("Hi")
        wire = sent(emulator)["tools"][0]["function"]["name"]
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wire)
        emulator.call_tool(wire, {"city": "Oslo", "item": 1})
        answer = invoke(bound)
        assert [call["name"] for call in answer.tool_calls] == [name]
        emulator.say("Done.")
        mode.invoke(bound, [("human", "Hi"), answer, _result(answer)])
        (call,) = sent(emulator)["messages"][1]["tool_calls"]
        assert call["function"]["name"] == wire


def _result(answer: Any) -> Any:
    return {"role": "tool", "content": "Sent.", "tool_call_id": answer.tool_calls[0]["id"]}


def test_a_structured_answer_has_the_name_of_its_class(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    chain = model.with_structured_output(Box[int], method="function_calling", include_raw=True)
    emulator.call_tool("Box_int", {"item": 1})
    answer = mode.invoke(chain)
    assert answer["parsed"] == Box[int](item=1)
    assert answer["raw"].tool_calls[0]["name"] == "Box[int]"
    assert sent(emulator)["tools"][0]["function"]["name"] == "Box_int"


def test_two_names_never_become_one(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    names = ["a.b", "a_b", "a b", "x" * 70, "x" * 71]
    model.bind_tools([{"name": name, **PARAMETERS} for name in names]).invoke("Hi")
    wire = [each["function"]["name"] for each in sent(emulator)["tools"]]
    assert len(set(wire)) == len(names)
    assert wire[1] == "a_b"
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in wire)


def test_recursive_arguments_of_functions_and_tools_keep_their_references(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    def grow(tree: Node) -> str:
        """Grow a tree."""
        return str(tree)

    grow.__annotations__ = {"tree": Node, "return": str}
    for tool in (grow, StructuredTool.from_function(grow)):
        model.bind_tools([tool]).invoke("Hi")
        parameters = sent(emulator)["tools"][0]["function"]["parameters"]
        assert parameters["properties"]["tree"] == {"$ref": "#/$defs/Node"}
        assert parameters["$defs"]["Node"]["properties"]["v"] == {"type": "integer"}


SIMPLE: list[Any] = [int, str, bool, float, decimal.Decimal, dt.date, Literal["a", "b"], Color]
CLASSES: list[Any] = [City, Node, Point, Place, Twig, Box[int], Pair, Tags]
LEAVES = st.sampled_from([*SIMPLE, *CLASSES])
TYPES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda kind: list[kind]),  # type: ignore[valid-type]
        inner.map(lambda kind: dict[str, kind]),  # type: ignore[valid-type]
        inner.map(lambda kind: Optional[kind]),  # noqa: UP045 - of a variable
        st.tuples(inner, inner).map(lambda two: Union[two[0], two[1]]),  # noqa: UP007 - likewise
        st.tuples(inner, inner).map(lambda two: tuple[two[0], two[1]]),  # type: ignore[valid-type]
        inner.map(lambda kind: Cell[kind]),  # type: ignore[valid-type]
    ),
    max_leaves=4,
)


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(kind=TYPES, strict=st.sampled_from([None, True]))
def test_whatever_fits_the_schema_of_a_type_is_read_as_that_type(
    model: ChatTelnyx, kind: Any, strict: Any
) -> None:
    # The emulator's answer conforms to the sent schema, by jsonschema.
    answer = model.with_structured_output(kind, strict=strict).invoke("Hi")
    if "Place" not in str(kind) and "Twig" not in str(kind) and "Cell" not in str(kind):
        TypeAdapter(kind).validate_python(answer)
