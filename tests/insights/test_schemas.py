"""Insights with a schema: invalid answers are requested again, then reported as `failed`."""

from __future__ import annotations

import copy
import datetime as dt  # noqa: TC003 - pydantic reads it at run time
import enum
import json
import pickle
from typing import TYPE_CHECKING, Any, Literal

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import BaseModel, ConfigDict, Field, field_validator

from langchain_telnyx import TelnyxInsights, analyze_transcript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.runnables import Runnable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "guests": {"type": "integer", "minimum": 0},
        "mood": {"enum": ["good", "bad", None]},
        "day": {"type": ["string", "null"], "format": "date"},
    },
    "required": ["guests", "mood"],
    "additionalProperties": False,
}
RSVP = {"name": "RSVP", "instructions": "Who comes?", "json_schema": SCHEMA}
GOOD = {"guests": 4, "mood": "good", "day": None}


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Rsvp(BaseModel):
    """Whether the guests still attend."""

    guests: int = Field(description="How many come.", ge=0)
    mood: Literal["good", "bad"] = "good"

    @field_validator("guests")
    @classmethod
    def _not_thirteen(cls, guests: int) -> int:
        if guests == 13:
            raise ValueError("13 is not allowed")
        return guests


class Table(BaseModel):
    number: int
    seats: dict[str, int] = {}


class Plan(BaseModel):
    """Who sits where."""

    model_config = ConfigDict(extra="allow")

    tables: list[Table]
    opens: dt.datetime | None = None
    mood: Mood = Mood.GOOD


class Person(BaseModel):
    """Who is related to whom."""

    name: str
    children: list[Person] = []


class Scripted(BaseChatModel):
    """A fake model of another provider that calls a tool with scripted arguments."""

    replies: list[str]
    requests: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tools=tools)

    def _generate(self, messages: list[BaseMessage], *_: Any, **kwargs: Any) -> ChatResult:
        self.requests.append(messages)
        reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        schema: Any = kwargs["tools"][0]
        name = schema.get("title") or schema["function"]["name"]
        call = {"name": name, "args": json.loads(reply), "id": str(len(self.requests))}
        message = AIMessage("", tool_calls=[{**call, "type": "tool_call"}])
        return ChatResult(generations=[ChatGeneration(message=message)])


def finder(emulator: TelnyxEmulator, *insights: Any, **options: Any) -> TelnyxInsights:
    return TelnyxInsights(insights=insights or (RSVP,), **emulator.options(), **options)


def script(emulator: TelnyxEmulator, *answers: Any) -> None:
    for answer in answers:
        emulator.say(answer if isinstance(answer, str) else json.dumps(answer))


def sent(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    bodies = [json.loads(request.body) for request in emulator.requests if request.body]
    return [body for body in bodies if "messages" in body]


INVALID_ANSWERS = [
    ({**GOOD, "guests": "four"}, "guests: 'four' is not of type 'integer'"),
    ({**GOOD, "guests": 4.5}, "guests: 4.5 is not of type 'integer'"),
    ({**GOOD, "guests": True}, "guests: True is not of type 'integer'"),
    ({**GOOD, "guests": -1}, "guests: -1 is less than the minimum of 0"),
    ({**GOOD, "guests": None}, "guests: None is not of type 'integer'"),
    ({**GOOD, "mood": "furious"}, "mood: 'furious' is not one of"),
    ({**GOOD, "day": "tomorrow"}, "day: 'tomorrow' is not a 'date'"),
    ({"guests": 4}, "'mood' is a required property"),
    ({**GOOD, "host": "Ann"}, "'host' was unexpected"),
]


@pytest.mark.default_quirks(
    "It reads requests by their position.", "rate_limited_share", "response_format_json_schema"
)
@pytest.mark.parametrize(("answer", "reason"), INVALID_ANSWERS)
def test_an_invalid_answer_is_requested_again_with_the_reason(
    emulator: TelnyxEmulator, mode: Mode, answer: Any, reason: str
) -> None:
    script(emulator, answer, GOOD)
    found = mode.invoke(finder(emulator), "User: We are 4.")
    assert (found.status, found.values, found.errors, found.raw) == (
        "completed",
        {"RSVP": GOOD},
        {},
        {},
    )
    first, second = sent(emulator)
    assert second["messages"][: len(first["messages"])] == first["messages"]
    answer_message, correction = second["messages"][-2:]
    assert json.loads(answer_message["content"]) == answer
    assert reason in correction["content"]


@pytest.mark.default_quirks(
    "It reads requests by their position.", "rate_limited_share", "response_format_json_schema"
)
@pytest.mark.parametrize("attempts", [1, 2, 4])
def test_after_all_attempts_the_result_has_the_error_and_the_raw_answer(
    emulator: TelnyxEmulator, mode: Mode, attempts: int
) -> None:
    answers = [{**GOOD, "guests": f"about {number}"} for number in range(5)]
    script(emulator, *answers)
    found = mode.invoke(finder(emulator, max_attempts=attempts), "User: We are 4.")
    assert (found.status, found.values) == ("failed", {})
    assert len(sent(emulator)) == attempts
    assert json.loads(found.raw["RSVP"]) == answers[attempts - 1]
    error = found.errors["RSVP"]
    assert isinstance(error, OutputParserException)
    assert "guests: 'about" in str(error)
    with pytest.raises(OutputParserException, match="is not of type 'integer'"):
        found.raise_for_status()
    written = json.loads(found.model_dump_json())
    assert "'integer'" in written["errors"]["RSVP"]
    assert json.loads(written["raw"]["RSVP"]) == answers[attempts - 1]


def test_an_insight_without_a_valid_answer_does_not_affect_the_others(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    wrong = {**GOOD, "guests": None}
    for _ in range(3):
        emulator.say(json.dumps(wrong), when=lambda body: "Who comes?" in json.dumps(body))
    found = mode.invoke(finder(emulator, RSVP, "Why?"), "User: We are 4.")
    assert found.status == "failed"
    assert list(found.values) == ["Why?"]
    assert json.loads(found.raw["RSVP"]) == wrong


def test_an_answer_that_is_not_json_is_requested_again(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    script(emulator, "I cannot say.", GOOD)
    assert mode.invoke(finder(emulator), "User: We are 4.").values == {"RSVP": GOOD}
    script(emulator, *["I cannot say."] * 3)
    found = mode.invoke(finder(emulator), "User: We are 4.")
    assert found.raw == {"RSVP": "I cannot say."}


def test_models_of_other_providers_get_retries_too(mode: Mode) -> None:
    model = Scripted(replies=['{"guests": "four", "mood": "good"}', json.dumps(GOOD)])
    found = mode.invoke(TelnyxInsights(insights=RSVP, chat_model=model), "User: We are 4.")
    assert found.values == {"RSVP": GOOD}
    last = model.requests[-1]
    assert last[-1].type == "tool"
    assert "'four' is not of type 'integer'" in last[-1].text
    stubborn = Scripted(replies=['{"guests": "four", "mood": "good"}'])
    failed = mode.invoke(TelnyxInsights(insights=RSVP, chat_model=stubborn), "User: We are 4.")
    assert json.loads(failed.raw["RSVP"]) == {"guests": "four", "mood": "good"}


def test_attempts_are_at_least_one() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        TelnyxInsights(insights=RSVP, api_key="KEY1", max_attempts=0)
    with pytest.raises(ValueError, match="long"):
        TelnyxInsights(insights=RSVP, api_key="KEY1", long="parts")  # type: ignore[call-arg]  # its old name


@pytest.mark.default_quirks(
    "It reads requests by their position.", "rate_limited_share", "response_format_json_schema"
)
@pytest.mark.parametrize(
    ("given", "key"),
    [
        (Rsvp, "Rsvp"),
        ([Rsvp], "Rsvp"),
        ({"json_schema": Rsvp}, "Rsvp"),
        ({"instructions": "Who comes?", "json_schema": Rsvp}, "Who comes?"),
        ({"name": "guests", "instructions": "Who comes?", "json_schema": Rsvp}, "guests"),
    ],
)
def test_results_of_classes_are_instances(
    emulator: TelnyxEmulator, mode: Mode, given: Any, key: str
) -> None:
    script(emulator, {"guests": "four"}, {"guests": 13}, {"guests": 4})
    found = mode.invoke(finder(emulator, *(given if isinstance(given, list) else [given])), "Hi")
    assert found.values == {key: Rsvp(guests=4)}
    [result] = found.conversation_insights
    assert result.value == Rsvp(guests=4)
    assert json.loads(result.result) == {"guests": 4, "mood": "good"}
    prompts = [body["messages"][-1]["content"] for body in sent(emulator)]
    assert prompts[0].endswith("Who comes?" if "Who" in str(given) else Rsvp.__doc__ or "-")
    assert "13 is not allowed" in prompts[2]
    # An instance can be pickled; JSON contains the object.
    assert pickle.loads(pickle.dumps(found)).values == found.values  # noqa: S301 - made here
    again = type(found).model_validate_json(found.model_dump_json(exclude={"errors"}))
    assert again.values == {key: {"guests": 4, "mood": "good"}}


@pytest.mark.default_quirks(
    "It reads the schema in `response_format`.", "response_format_json_schema"
)
def test_results_of_nested_and_recursive_classes_are_complete(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    plan = {"tables": [{"number": 1, "seats": {"Ann": 2}}], "opens": "2026-11-28T10:00:00"}
    tree = {"name": "Ann", "children": [{"name": "Bo", "children": []}]}
    emulator.say(json.dumps(plan), when="Who sits where.")
    emulator.say(json.dumps(tree), when="Who is related to whom.")
    found = mode.invoke(finder(emulator, Plan, Person), "Hi")
    assert found.values == {
        "Plan": Plan.model_validate(plan),
        "Person": Person.model_validate(tree),
    }
    bodies = [body["response_format"]["json_schema"] for body in sent(emulator)]
    schemas = {body["name"]: body["schema"] for body in bodies}
    assert schemas["Plan"]["additionalProperties"] is False
    assert schemas["Plan"]["$defs"]["Table"]["additionalProperties"] is False
    seats = schemas["Plan"]["$defs"]["Table"]["properties"]["seats"]
    assert seats["additionalProperties"] == {"type": "integer"}  # a map has any names
    assert schemas["Person"]["type"] == "object"
    assert schemas["Person"]["$defs"]["Person"]["additionalProperties"] is False


@pytest.mark.parametrize("kind", [Rsvp, Plan, Person, Table])
def test_the_schema_of_a_class_is_a_template_too(emulator: TelnyxEmulator, kind: type[Any]) -> None:
    schema = kind.model_json_schema()
    if kind is Plan:
        del schema["additionalProperties"]  # set by `extra="allow"`
    before = copy.deepcopy(schema)
    values: dict[Any, Any] = {
        Rsvp: {"guests": 4},
        Plan: {"tables": [{"number": 1}]},
        Person: {"name": "Ann", "children": [{"name": "Bo"}]},
        Table: {"number": 1},
    }
    forms = [{"name": "x", "instructions": "x", "json_schema": schema}, schema]
    forms += [{"name": "x", "instructions": "x", "json_schema": json.dumps(schema)}]
    for form in forms:
        emulator.say(json.dumps(values[kind]))
        found = analyze_transcript("User: Hi", form, **emulator.options())
        assert list(found.values.values()) == [values[kind]]
        assert list(found.values) == ["x" if "name" in form else kind.__name__]
    assert schema == before


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (int, "A type is not an insight"),
        ({"type": "object", "properties": {}}, "`title` or a `description`"),
        ({"instructions": "x", "schema": SCHEMA}, "has no field 'schema'"),
        ({"instructions": "x", "json_shema": SCHEMA}, "has no field 'json_shema'"),
        ({"instructions": "x", "json_schema": {**SCHEMA, "type": "objekt"}}, 'of type "object"'),
        (
            {"instructions": "x", "json_schema": {"properties": {"x": {"type": "int"}}}},
            "not a valid JSON schema",
        ),
        (
            {"instructions": "x", "json_schema": {"properties": {"x": {"$ref": "#/$defs/X"}}}},
            "unknown '#/\\$defs/X'",
        ),
        (
            {"instructions": "x", "json_schema": {"properties": {"x": {"$ref": "https://x/y"}}}},
            "unknown 'https://x/y'",
        ),
    ],
)
def test_an_invalid_template_raises_before_any_request(given: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TelnyxInsights(insights=given, api_key="KEY1")
