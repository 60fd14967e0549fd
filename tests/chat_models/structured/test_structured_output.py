"""Structured output with every method, complete and streamed, and its errors."""

from __future__ import annotations

import enum
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest
from langchain_core import exceptions
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import BaseModel, Field
from pydantic.v1 import BaseModel as BaseModelV1

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


class Moon(BaseModel):
    """A moon."""

    name: str
    year: int


class MoonV1(BaseModelV1):
    """A moon."""

    name: str
    year: int


class MoonDict(TypedDict):
    """A moon."""

    name: Annotated[str, ..., "what it is called"]
    year: Annotated[int, ..., "when it was found"]


MOON_SCHEMA: dict[str, Any] = {**Moon.model_json_schema()}
MOON_FUNCTION = {
    "name": "Moon",
    "description": "A moon.",
    "parameters": {key: value for key, value in MOON_SCHEMA.items() if key != "title"},
}
TITAN = {"name": "Titan", "year": 1655}
WRITTEN = json.dumps(TITAN)
QUESTION = "The moon Titan was found in the year 1655."
METHODS = ["json_schema", "function_calling", "json_mode", "guided_json"]


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


def answer(emulator: TelnyxEmulator, method: str, text: str = WRITTEN, name: str = "Moon") -> None:
    if method == "function_calling":
        emulator.call_tool(name, text)
    else:
        emulator.say(text)


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return city


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (Moon, Moon(name="Titan", year=1655)),
        (MoonDict, TITAN),
        (MOON_SCHEMA, TITAN),
        (MOON_FUNCTION, TITAN),
        ({"type": "function", "function": MOON_FUNCTION}, TITAN),
    ],
)
def test_every_method_gives_every_kind_of_schema(  # noqa: PLR0917 - a table's columns
    emulator: TelnyxEmulator,
    model: ChatTelnyx,
    mode: Mode,
    method: Any,
    schema: Any,
    expected: Any,
) -> None:
    structured = model.with_structured_output(schema, method=method)
    name = "MoonDict" if schema is MoonDict else "Moon"
    answer(emulator, method, name=name)
    assert mode.invoke(structured, QUESTION) == expected
    answer(emulator, method, name=name)
    assert mode.stream(structured, QUESTION)[-1] == expected


def test_a_class_of_pydantic_v1_is_filled_too(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    for method in ("json_schema", "guided_json"):
        emulator.say(WRITTEN)
        structured: Any = model.with_structured_output(MoonV1, method=method)
        assert mode.invoke(structured, QUESTION) == MoonV1(name="Titan", year=1655)
    emulator.call_tool("MoonV1", TITAN)
    structured = model.with_structured_output(MoonV1, method="function_calling")
    assert mode.invoke(structured, QUESTION) == MoonV1(name="Titan", year=1655)


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_a_schema_without_a_title_gets_one(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    assert model.with_structured_output(schema).invoke("The name is Titan.")
    assert sent(emulator)["response_format"]["json_schema"] == {"name": "answer", "schema": schema}


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("json_schema", {"response_format"}),
        ("function_calling", {"tools", "tool_choice"}),
        ("json_mode", {"response_format"}),
        ("guided_json", {"guided_json"}),
    ],
)
def test_each_method_sends_its_own_fields(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, method: Any, fields: set[str]
) -> None:
    answer(emulator, method)
    mode.invoke(model.with_structured_output(Moon, method=method), QUESTION)
    assert sent(emulator).keys() - {"model", "messages"} == fields


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_the_schema_goes_out_with_name_description_and_strictness(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    model.with_structured_output(Moon, strict=True).invoke(QUESTION)
    named = sent(emulator)["response_format"]["json_schema"]
    assert (named["name"], named["description"], named["strict"]) == ("Moon", "A moon.", True)
    assert named["schema"]["additionalProperties"] is False
    model.with_structured_output(Moon, method="function_calling", strict=True).invoke(QUESTION)
    assert sent(emulator)["tools"][0]["function"]["strict"] is True
    model.with_structured_output(Moon).invoke(QUESTION)
    assert "strict" not in sent(emulator)["response_format"]["json_schema"]


def test_an_unknown_method_names_the_known_ones(model: ChatTelnyx) -> None:
    with pytest.raises(
        ValueError, match="'json-schema'` must be one of 'json_schema', 'function_call"
    ):
        model.with_structured_output(Moon, method="json-schema")  # type: ignore[arg-type]  # on purpose


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_tools_that_are_bound_stay_bound(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    bound: Any = model.bind_tools([weather], tool_choice="auto")
    emulator.say(WRITTEN)
    assert mode.invoke(bound.with_structured_output(Moon), QUESTION).name == "Titan"
    assert sent(emulator)["tools"][0]["function"]["name"] == "weather"
    assert sent(emulator)["tool_choice"] == "auto"
    emulator.call_tool("Moon", TITAN)
    called = bound.with_structured_output(Moon, method="function_calling")
    assert mode.invoke(called, QUESTION).name == "Titan"
    names = [each["function"]["name"] for each in sent(emulator)["tools"]]
    assert (names, sent(emulator)["tool_choice"]) == (["weather", "Moon"], "required")
    emulator.say(WRITTEN)
    mode.invoke(model.with_structured_output(Moon, tools=[weather]), QUESTION)
    assert sent(emulator)["tools"][0]["function"]["name"] == "weather"


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_other_fields_of_the_request_go_along(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    model.with_structured_output(Moon, temperature=0, max_tokens=300).invoke(QUESTION)
    assert sent(emulator).items() >= {"temperature": 0, "max_tokens": 300}.items()


class Options(BaseCallbackHandler):
    """Records the trace of a call."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def on_chat_model_start(self, *_: Any, **options: Any) -> None:
        self.seen.append(options["options"])


@pytest.mark.parametrize("method", METHODS)
def test_the_schema_is_traced_and_not_sent(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, method: Any
) -> None:
    options = Options()
    answer(emulator, method)
    structured = model.with_structured_output(Moon, method=method)
    mode.invoke(structured, QUESTION, config={"callbacks": [options]})
    (seen,) = options.seen
    assert seen["ls_structured_output_format"] == {
        "kwargs": {"method": method},
        "schema": convert_to_json_schema(Moon),
    }
    assert "ls_structured_output_format" not in sent(emulator)


@pytest.mark.parametrize("method", METHODS)
def test_raw_and_parsed_come_together(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, method: Any
) -> None:
    structured = model.with_structured_output(Moon, method=method, include_raw=True)
    answer(emulator, method)
    got = mode.invoke(structured, QUESTION)
    assert (got["parsed"], got["parsing_error"]) == (Moon(name="Titan", year=1655), None)
    assert got["raw"].response_metadata["model_provider"] == "telnyx"
    answer(emulator, method, '{"name": "Titan"}')
    got = mode.invoke(structured, QUESTION)
    assert got["parsed"] is None
    assert isinstance(got["parsing_error"], OutputParserException)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{WRITTEN}\n```",
        f"```\n{WRITTEN}```",
        f"Here is the moon you asked for:\n\n```json\n{WRITTEN}\n```\n\nCan I help with more?",
        f"Sure! {WRITTEN} Hope that helps.",
        f"In the set {{a, b}} it is: {WRITTEN}",
        f'{{"thought": 1}} … so: {WRITTEN}',
        f"  {WRITTEN}\n",
    ],
)
def test_fences_and_prose_around_the_json_do_no_harm(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, text: str
) -> None:
    structured = model.with_structured_output(Moon, method="json_mode")
    emulator.say(text)
    assert mode.invoke(structured, QUESTION) == Moon(name="Titan", year=1655)
    emulator.say(text)
    assert mode.stream(structured, QUESTION)[-1] == Moon(name="Titan", year=1655)


@pytest.mark.default_quirks("The answer is cut.", "tools_refuse_output_cap")
@pytest.mark.parametrize("method", METHODS)
def test_a_truncated_answer_is_an_error_that_names_max_tokens(
    emulator: TelnyxEmulator, mode: Mode, method: Any
) -> None:
    model = ChatTelnyx(max_tokens=4, **emulator.options())
    structured = model.with_structured_output(Moon, method=method)
    for call in (mode.invoke, mode.stream):
        with pytest.raises(
            OutputParserException, match=r"was truncated before .*increase `max_tokens`"
        ):
            call(structured, f'{QUESTION} Return JSON with "name" and "year" keys.')


def test_a_nested_value_of_a_truncated_answer_is_not_the_answer(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    structured = model.with_structured_output(MOON_SCHEMA, method="json_mode")
    for reason in ("length", "stop"):
        emulator.say('{"moons": [{"name": "Titan", "year": 1655}, {"na', finish_reason=reason)
        with pytest.raises(OutputParserException):
            mode.invoke(structured, "Hi")


def test_a_function_that_was_not_called_is_an_error_that_quotes_the_answer(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    structured = model.with_structured_output(Moon, method="function_calling")
    for call in (mode.invoke, mode.stream):
        emulator.say("I would rather not.")
        with pytest.raises(
            OutputParserException, match=r"(?s)not a call of 'Moon'.*'stop'.*rather"
        ):
            call(structured, QUESTION)


def test_an_answer_written_out_instead_of_called_is_taken(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    structured = model.with_structured_output(Moon, method="function_calling")
    for call in (mode.invoke, lambda *them: mode.stream(*them)[-1]):
        emulator.say(WRITTEN)
        assert call(structured, QUESTION) == Moon(name="Titan", year=1655)


def test_another_tool_called_instead_is_named(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    structured = model.with_structured_output(Moon, tools=[weather])
    emulator.call_tool("weather", {"city": "Oslo"})
    with pytest.raises(OutputParserException, match="it calls 'weather' instead"):
        mode.invoke(structured, QUESTION)


@pytest.mark.parametrize("method", METHODS)
def test_broken_json_is_an_error_that_quotes_it(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, method: Any
) -> None:
    structured = model.with_structured_output(Moon, method=method)
    for _ in range(4):  # once per format
        answer(emulator, method, '{"name": Titan}')
    with pytest.raises(OutputParserException, match='"name": Titan'):
        mode.invoke(structured, QUESTION)


REFUSED = (
    'data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":'
    '{"role":"assistant","refusal":"I cannot help with that."},"finish_reason":null}]}\n\n'
    'data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":'
    '{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def test_a_refusal_is_raised_as_one(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    kind = getattr(exceptions, "ModelRefusalError", OutputParserException)
    emulator.script.raw_stream(REFUSED)
    with pytest.raises(kind, match=r"refused.*I cannot help with that"):
        mode.stream(model.with_structured_output(Moon), QUESTION)


def test_a_stream_yields_partial_output(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    class Moons(BaseModel):
        names: list[str] = Field(default_factory=list)

    pieces = ['{"names": ["Ti', 'tan"', ', "Rhea"', "]}"]
    emulator.say("".join(pieces), chunks=pieces)
    partial = mode.stream(model.with_structured_output(Moons), "Hi")
    assert [each.names for each in partial] == [["Ti"], ["Titan"], ["Titan", "Rhea"]]
    emulator.say("".join(pieces), chunks=pieces)
    schema = {"title": "moons", "type": "object", "properties": {"names": {"type": "array"}}}
    partial = mode.stream(model.with_structured_output(schema), "Hi")
    assert [each["names"] for each in partial] == [["Ti"], ["Titan"], ["Titan", "Rhea"]]
    emulator.call_tool("Moons", {"names": ["Titan", "Rhea"]})
    called = mode.stream(model.with_structured_output(Moons, method="function_calling"), "Hi")
    assert called[-1] == Moons(names=["Titan", "Rhea"])


class Tone(enum.Enum):
    """How a text sounds."""

    GLAD = "positive"
    SAD = "negative"


@pytest.mark.default_quirks("The server has guided decoding.", "guided_decoding")
def test_a_choice_comes_as_a_member_of_its_enum(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    chosen = model.with_structured_output(Tone, method="guided_choice")
    assert mode.invoke(chosen, "What a lovely day, thanks!") is Tone.GLAD
    assert sent(emulator)["guided_choice"] == ["positive", "negative"]
    assert mode.stream(chosen, "What a lovely day, thanks!") == [Tone.GLAD]
    emulator.say("Dunno.")
    with pytest.raises(
        OutputParserException, match="must be one of 'positive', 'negative', not 'Dunno"
    ):
        mode.invoke(chosen, "Hi")
    with pytest.raises(ValueError, match="`Enum` class"):
        model.with_structured_output(Moon, method="guided_choice")


@pytest.mark.default_quirks("The server has guided decoding.", "guided_decoding")
def test_a_pattern_comes_as_text_that_matches(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    for pattern in (r"\d{4}", re.compile(r"\d{4}")):
        year = model.with_structured_output(pattern, method="guided_regex")
        assert mode.invoke(year, QUESTION) == "1655"
        assert sent(emulator)["guided_regex"] == r"\d{4}"
    emulator.say("Long ago.")
    with pytest.raises(OutputParserException, match="does not match"):
        mode.invoke(year, "Hi")
    with pytest.raises(ValueError, match="requires a regular expression"):
        model.with_structured_output(Moon, method="guided_regex")
