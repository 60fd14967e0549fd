"""Schemas of every kind are sent completely, and every answer is validated."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import json
import re
import typing
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NotRequired,
    Optional,
    TypedDict,
    TypeVar,
    Union,
)

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, RootModel

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

T = TypeVar("T")


class City(BaseModel):
    """A city."""

    name: str


class River(BaseModel):
    """A river."""

    miles: int


class Node(BaseModel):
    """A node."""

    v: int
    kids: list[Node] = []


class Tags(BaseModel):
    """Tags, counted."""

    tags: dict[str, int]


class Box(BaseModel, Generic[T]):
    """A box."""

    item: T


class Price(BaseModel):
    """A price."""

    amount: decimal.Decimal
    at: dt.datetime


class Color(enum.Enum):
    """A color."""

    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    """A point of a grid."""

    x: int
    y: int = 7


class Pair(NamedTuple):
    """A pair."""

    left: int
    right: int


class Place(TypedDict):
    """A place.

    Args:
        city: What it is called.
    """

    city: str
    land: NotRequired[Annotated[str, ..., "The country that it lies in."]]


class Part(TypedDict, total=False):
    """A part."""

    a: int
    b: str


class Twig(TypedDict):
    """A twig."""

    v: int
    twigs: list[Twig]
    next: NotRequired[Twig]


class Cell(TypedDict, Generic[T]):
    """A cell."""

    holds: T


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog"]
    tricks: list[str]


def weigh(kilos: int, what: str = "flour") -> None:
    """Weigh something."""


class Kind(typing.NamedTuple):
    """A schema, an answer in the API's format, and the return value."""

    schema: Any
    answer: Any
    gives: Any


NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
KINDS = {
    "model": Kind(City, {"name": "Oslo"}, City(name="Oslo")),
    "recursive model": Kind(Node, {"v": 1, "kids": [{"v": 2}]}, Node(v=1, kids=[Node(v=2)])),
    "free keys": Kind(Tags, {"tags": {"a": 1}}, Tags(tags={"a": 1})),
    "decimal and date": Kind(
        Price,
        {"amount": "1.50", "at": "2026-01-01T12:00:00Z"},
        Price(amount=decimal.Decimal("1.50"), at=NOON),
    ),
    "generic": Kind(Box[int], {"item": 1}, Box[int](item=1)),
    "generic of a generic": Kind(
        Box[list[City]], {"item": [{"name": "Oslo"}]}, Box[list[City]](item=[City(name="Oslo")])
    ),
    "root model": Kind(RootModel[list[int]], {"value": [1]}, RootModel[list[int]]([1])),
    "dataclass": Kind(Point, {"x": 1}, Point(1)),
    "named tuple": Kind(Pair, {"value": [1, 2]}, Pair(1, 2)),
    "typed dict": Kind(Place, {"city": "Oslo"}, {"city": "Oslo"}),
    "typed dict, not total": Kind(Part, {}, {}),
    "recursive typed dict": Kind(
        Twig,
        {"v": 1, "twigs": [{"v": 2, "twigs": []}]},
        {"v": 1, "twigs": [{"v": 2, "twigs": []}]},
    ),
    "generic typed dict": Kind(Cell[int], {"holds": 1}, {"holds": 1}),
    "list": Kind(list[City], {"value": [{"name": "Oslo"}]}, [City(name="Oslo")]),
    "list of typed dicts": Kind(list[Place], {"value": [{"city": "Oslo"}]}, [{"city": "Oslo"}]),
    "list of recursive ones": Kind(list[Node], {"value": [{"v": 1}]}, [Node(v=1)]),
    "union": Kind(Union[City, River], {"value": {"miles": 5}}, River(miles=5)),  # noqa: UP007 - one of two ways
    "new union": Kind(City | River, {"value": {"name": "Oslo"}}, City(name="Oslo")),
    "optional": Kind(Optional[City], {"value": None}, None),  # noqa: UP045 - one of two ways
    "discriminated union": Kind(
        Annotated[Cat | Dog, Field(discriminator="kind")],
        {"value": {"kind": "cat", "lives": 9}},
        Cat(kind="cat", lives=9),
    ),
    "enum": Kind(Color, {"value": "red"}, Color.RED),
    "literal": Kind(Literal["x", "y"], {"value": "x"}, "x"),
    "dict": Kind(dict[str, int], {"a": 1}, {"a": 1}),
    "number": Kind(int, {"value": 3}, 3),
    "date": Kind(dt.date, {"value": "2026-01-01"}, dt.date(2026, 1, 1)),
    "function": Kind(weigh, {"kilos": 1}, {"kilos": 1}),
    "JSON schema": Kind(
        {"title": "city", "type": "object", "properties": {"name": {"type": "string"}}},
        {"name": "Oslo"},
        {"name": "Oslo"},
    ),
    "JSON schema of a list": Kind(
        {"title": "all", "type": "array", "items": {"type": "integer"}}, {"value": [1]}, [1]
    ),
    "JSON schema of alternatives": Kind(
        {
            "title": "either",
            "anyOf": [
                {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]},
            ],
        },
        {"b": 1},
        {"b": 1},
    ),
    "recursive JSON schema": Kind(Node.model_json_schema(), {"v": 1}, {"v": 1}),
    "alternatives of which one is itself": Kind(
        {
            "title": "deep",
            "$ref": "#/$defs/Deep",
            "$defs": {
                "Deep": {
                    "anyOf": [
                        {"type": "object", "properties": {"in": {"$ref": "#/$defs/Deep"}}},
                        {"$ref": "#/$defs/Deep/anyOf/0"},
                    ]
                }
            },
        },
        {"in": {"in": {}}},
        {"in": {"in": {}}},
    ),
    "JSON schema of itself": Kind(
        {"title": "nest", "type": "array", "items": {"$ref": "#"}},
        {"value": [[], [[]]]},
        [[], [[]]],
    ),
}
ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
STRICT = pytest.mark.parametrize("strict", [None, True])
METHODS: list[Any] = ["json_schema", "function_calling", "guided_json"]


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


def schema_sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    named: dict[str, Any] = sent(emulator)["response_format"]["json_schema"]
    return named


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
@ALL
@pytest.mark.parametrize("method", METHODS)
def test_every_kind_comes_back_as_what_it_is(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, method: Any, kind: Kind
) -> None:
    structured = model.with_structured_output(kind.schema, method=method)
    for call in (mode.invoke, lambda chain: mode.stream(chain)[-1]):
        if method == "function_calling":
            emulator.call_tool(_sent_name(model, emulator, kind), kind.answer)
        else:
            emulator.say(json.dumps(kind.answer))
        given_back = call(structured)
        assert given_back == kind.gives
        assert type(given_back) is type(kind.gives)


def _sent_name(model: ChatTelnyx, emulator: TelnyxEmulator, kind: Kind) -> str:
    emulator.say(json.dumps(kind.answer))
    model.with_structured_output(kind.schema).invoke("Hi")
    return str(schema_sent(emulator)["name"])


@pytest.mark.default_quirks("The server has guided decoding.", "guided_decoding")
@ALL
@STRICT
@pytest.mark.parametrize("method", METHODS)
def test_a_server_that_follows_the_schema_answers_what_fits(
    model: ChatTelnyx, mode: Mode, method: Any, strict: Any, kind: Kind
) -> None:
    # The emulator generates an answer by the schema, and validates it with jsonschema.
    mode.invoke(model.with_structured_output(kind.schema, method=method, strict=strict))


@pytest.mark.default_quirks(
    "A strict schema with free keys is open.", "strict_schemas_must_be_closed"
)
@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
@ALL
@STRICT
def test_a_schema_matches_its_type(
    emulator: TelnyxEmulator, model: ChatTelnyx, strict: Any, kind: Kind
) -> None:
    model.with_structured_output(kind.schema, strict=strict).invoke("Hi")
    named = schema_sent(emulator)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", named["name"])
    validator = Draft202012Validator(named["schema"])
    if strict is None:
        assert validator.is_valid(kind.answer)
    assert not validator.is_valid([])


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_recursive_schemas_retain_references(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    for schema in (Node, Node.model_json_schema()):
        emulator.say('{"v": 1}')
        model.with_structured_output(schema).invoke("Hi")
        sent_schema = schema_sent(emulator)["schema"]
        assert sent_schema["properties"]["kids"]["items"] == {"$ref": "#/$defs/Node"}
        assert sent_schema["$defs"]["Node"]["required"] == ["v"]
    model.bind_tools([Node]).invoke("Hi")
    parameters = sent(emulator)["tools"][0]["function"]["parameters"]
    assert parameters["properties"]["kids"]["items"] == {"$ref": "#/$defs/Node"}


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_other_references_are_inlined(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    emulator.say('{"value": []}')
    model.with_structured_output(list[City]).invoke("Hi")
    (only,) = schema_sent(emulator)["schema"]["properties"].values()
    assert only["items"]["properties"] == {"name": {"type": "string"}}


@pytest.mark.default_quirks(
    "A strict schema with free keys is open.", "strict_schemas_must_be_closed"
)
@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_strict_closes_objects_and_leaves_free_keys_free(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.say('{"tags": {}}')
    model.with_structured_output(Tags, strict=True).invoke("Hi")
    schema = schema_sent(emulator)["schema"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["tags"]["additionalProperties"] == {"type": "integer"}


@pytest.mark.default_quirks(
    "A strict schema with free keys is open.", "strict_schemas_must_be_closed"
)
@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_strict_does_not_close_what_several_schemas_describe_together(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    both = {
        "title": "both",
        "type": "object",
        "allOf": [
            {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ],
    }
    emulator.say('{"a": 1, "b": 2}')
    model.with_structured_output(both, strict=True).invoke("Hi")
    assert Draft202012Validator(schema_sent(emulator)["schema"]).is_valid({"a": 1, "b": 2})


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_typed_dicts_keep_descriptions_and_what_need_not_be_there(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.say('{"city": "Oslo"}')
    model.with_structured_output(Place).invoke("Hi")
    named = schema_sent(emulator)
    assert named["description"] == "A place."
    assert named["schema"]["required"] == ["city"]
    assert named["schema"]["properties"] == {
        "city": {"type": "string", "description": "What it is called."},
        "land": {"type": "string", "description": "The country that it lies in."},
    }
    model.bind_tools([Part]).invoke("Hi")
    assert "required" not in sent(emulator)["tools"][0]["function"]["parameters"]
