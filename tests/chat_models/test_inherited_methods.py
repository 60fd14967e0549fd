"""Inherited methods of LangChain models work, with and without bindings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.output_parsers import StrOutputParser
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    JsonOutputToolsParser,
    PydanticToolsParser,
)
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

pytestmark = pytest.mark.default_quirks("Its models do not retry.", "rate_limited_share")

OTHER = "zai-org/GLM-5.3"


class Weather(BaseModel):
    """Tell the weather in a city."""

    city: str


@tool
def clock(city: str) -> str:
    """Tell the time in a city."""
    return f"It is noon in {city}."


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(max_retries=0, **emulator.options())


@pytest.fixture(params=["model", "bound"])
def either(request: pytest.FixtureRequest, model: ChatTelnyx) -> Any:
    """A model, and one with bound fields and tools."""
    return model if request.param == "model" else model.bind(seed=7).bind_tools([clock])


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


def test_parsers_of_tool_calls_read_the_answer(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    caller = model.bind_tools([Weather])
    city = {"city": "Oslo"}
    parsers: list[tuple[Any, Any]] = [
        (JsonOutputToolsParser(), [{"type": "Weather", "args": city}]),
        (JsonOutputKeyToolsParser(key_name="Weather"), [city]),
        (PydanticToolsParser(tools=[Weather]), [Weather(city="Oslo")]),
    ]
    for parser, expected in parsers:
        emulator.call_tool("Weather", city)
        assert mode.invoke(caller | parser, "Weather in Oslo?") == expected
        emulator.call_tool("Weather", city)
        assert mode.stream(caller | parser, "Weather in Oslo?")[-1] == expected


@pytest.mark.filterwarnings("ignore:This API is in beta")
def test_a_chain_is_a_tool(emulator: TelnyxEmulator, either: Any, mode: Mode) -> None:
    prompt = ChatPromptTemplate.from_template("Translate: {text}")
    chain = prompt | either | StrOutputParser()
    translate = chain.as_tool(name="translate", description="Translate a text.")
    emulator.say("Bonjour")
    assert mode.invoke(translate, {"text": "Hello"}) == "Bonjour"
    assert translate.args["text"]["type"] == "string"
    assert sent(emulator)["messages"][0]["content"] == "Translate: Hello"


def test_alternatives_and_fields_are_chosen_by_the_config(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    quality = ConfigurableField(id="quality")
    other = ChatTelnyx(model=OTHER, **emulator.options())
    chosen = model.configurable_alternatives(quality, default_key="high", low=other)
    low: Any = {"configurable": {"quality": "low"}}
    emulator.say("Titan.")
    mode.invoke(chosen, "Hi", config=low)
    assert sent(emulator)["model"] == OTHER
    warmth = model.configurable_fields(temperature=ConfigurableField(id="warmth"))
    hot: Any = {"configurable": {"warmth": 0.9}}
    emulator.say("Titan.")
    mode.invoke(warmth, "Hi", config=hot)
    assert sent(emulator)["temperature"] == 0.9


def test_listeners_are_called(emulator: TelnyxEmulator, either: Any, mode: Mode) -> None:
    events: list[str] = []
    listening = either.with_listeners(
        on_start=lambda _: events.append("start"), on_end=lambda _: events.append("end")
    )
    emulator.say("Titan.")
    assert mode.invoke(listening, "Hi").text == "Titan."
    assert events == ["start", "end"]


def test_answers_are_mapped_picked_and_piped(
    emulator: TelnyxEmulator, either: Any, mode: Mode
) -> None:
    for text in ("One.", "One."):
        emulator.say(text)
    assert [answer.text for answer in mode.invoke(either.map(), ["a", "b"])] == ["One.", "One."]
    emulator.say("Two.")
    chain: Any = {"answer": either, "prompt": RunnableLambda(str)} | RunnableLambda(dict)
    assert mode.invoke(chain.pick("answer"), "Hi").text == "Two."
    emulator.say("Three.")
    piped = either.pipe(StrOutputParser(), name="talk")
    assert (mode.invoke(piped, "Hi"), piped.get_name()) == ("Three.", "talk")


def test_a_batch_comes_as_it_is_completed(emulator: TelnyxEmulator, either: Any) -> None:
    for _ in range(3):
        emulator.say("Titan.")
    done = list(either.batch_as_completed(["a", "b", "c"]))
    assert sorted(index for index, _ in done) == [0, 1, 2]
    assert {answer.text for _, answer in done} == {"Titan."}


def test_chunks_are_transformed(emulator: TelnyxEmulator, either: Any) -> None:
    emulator.say("Titan is a moon.", chunks=["Titan ", "is a moon."])
    words = [chunk.text for chunk in either.transform(iter(["Hi"])) if chunk.text]
    assert words == ["Titan ", "is a moon."]


def test_schemas_and_graphs_are_drawn(either: Any) -> None:
    assert either.get_input_schema().model_json_schema()
    assert either.get_output_jsonschema()
    assert "ChatTelnyx" in str(either.get_graph().nodes)
    assert either.config_schema().model_json_schema()
    assert either.get_name()


def test_retries_and_fallbacks_preserve_bindings(
    emulator: TelnyxEmulator, either: Any, mode: Mode
) -> None:
    again = either.with_retry(stop_after_attempt=2, wait_exponential_jitter=False)
    other = ChatTelnyx(model=OTHER, **emulator.options())
    emulator.fail(503)
    emulator.say("Titan.")
    assert mode.invoke(again, "Hi").text == "Titan."
    first, second = (json.loads(request.body) for request in emulator.requests)
    assert first == second
    emulator.fail(503)
    emulator.say("Rhea.")
    assert mode.invoke(either.with_fallbacks([other]), "Hi").text == "Rhea."
    assert sent(emulator)["model"] == OTHER


def test_tokens_are_counted(either: Any) -> None:
    assert either.get_num_tokens("Name a moon of Saturn.") > 3
    assert len(either.get_token_ids("Name a moon of Saturn.")) > 3
