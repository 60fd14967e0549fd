"""All bindings of a model are sent, in any order."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_telnyx import ChatTelnyx
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


class City(BaseModel):
    """A city."""

    name: str


class River(BaseModel):
    """A river."""

    miles: int


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def weather(city: str) -> str:
    """Tell the weather."""
    return city


@tool
def clock() -> str:
    """Tell the time."""
    return "noon"


TOOLS = {"add": add, "weather": weather, "clock": clock}


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


def tools_sent(emulator: TelnyxEmulator) -> list[str]:
    return [each["function"]["name"] for each in sent(emulator).get("tools", [])]


@dataclass
class Expected:
    """The expected result of a chain of bindings."""

    fields: dict[str, Any] = field(default_factory=dict)
    tools: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    schema: str | None = None
    method: str = ""


class Seen(BaseCallbackHandler):
    """Records the tags of model runs."""

    def __init__(self) -> None:
        self.tags: set[str] = set()

    def on_chat_model_start(self, *_: Any, tags: list[str] | None = None, **__: Any) -> None:
        self.tags.update(tags or ())


VALUES = {
    "temperature": st.sampled_from([0, 0.5, 1.5]),
    "seed": st.integers(0, 9),
    "max_tokens": st.integers(1000, 2000),
    "max_completion_tokens": st.integers(1000, 2000),
    "stop": st.sampled_from([["§"], ["¶"]]),
    "stop_sequences": st.sampled_from([["†"], ["‡"]]),
    "top_k": st.integers(1, 9),
    "parallel_tool_calls": st.booleans(),
    "service_tier": st.sampled_from(["default", "flex"]),
}
FIELDS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: VALUES[name].map(lambda value: {name: value})
)
NAMES = st.lists(st.sampled_from(sorted(TOOLS)), min_size=1, max_size=2, unique=True)
STEPS = st.one_of(
    st.tuples(st.just("bind"), FIELDS),
    st.tuples(st.just("with_config"), st.sampled_from(["red", "blue"])),
    st.tuples(st.just("with_listeners"), st.none()),
    st.tuples(st.just("bind_tools"), st.tuples(NAMES, FIELDS)),
    st.tuples(
        st.just("with_structured_output"),
        st.tuples(
            st.sampled_from([City, River]),
            st.sampled_from(["json_schema", "function_calling"]),
            FIELDS,
            st.booleans(),
            st.sampled_from([0, 2]),
        ),
    ),
)


def bound(chain: Any, expected: Expected, name: str, given_here: Any) -> Any:
    """Take one step of a chain, and record its effect."""

    def note(fields: dict[str, Any]) -> None:
        for key, value in fields.items():
            for synonyms in ({"max_tokens", "max_completion_tokens"}, {"stop", "stop_sequences"}):
                if key in synonyms:
                    for each in synonyms:
                        expected.fields.pop(each, None)
            expected.fields["stop" if key == "stop_sequences" else key] = value

    match name:
        case "bind":
            note(given_here)
            return chain.bind(**given_here)
        case "with_config":
            expected.tags.add(given_here)
            return chain.with_config(tags=[given_here])
        case "with_listeners":
            return chain.with_listeners(on_start=lambda _: None)
        case "bind_tools":
            names, fields = given_here
            note(fields)
            expected.tools += [each for each in names if each not in expected.tools]
            return chain.bind_tools([TOOLS[each] for each in names], **fields)
        case _:
            schema, method, fields, raw, repairs = given_here
            note(fields)
            expected.schema, expected.method = schema.__name__, method
            options = {"include_raw": raw, "max_repair_attempts": repairs, **fields}
            return chain.with_structured_output(schema, method=method, **options)


def check(body: dict[str, Any], expected: Expected) -> None:
    """Compare the request body with the expected result of a chain."""
    tools = [each["function"]["name"] for each in body.pop("tools", [])]
    choice, form = body.pop("tool_choice", None), body.pop("response_format", None)
    names = set(expected.tools)
    if expected.schema is not None and expected.method == "function_calling":
        names.add(expected.schema)
        assert choice == "required"
    if expected.schema is not None and expected.method == "json_schema":
        assert form["json_schema"]["name"] == expected.schema
    else:
        assert form is None
    assert sorted(tools) == sorted(names)
    fields = {**expected.fields}
    if not names:
        fields.pop("parallel_tool_calls", None)
    del body["model"], body["messages"]
    for only_of_streams in ("stream", "stream_options"):
        body.pop(only_of_streams, None)
    assert body == fields


@pytest.mark.default_quirks(
    "A fallback changes the fields that are compared.",
    "response_format_json_schema",
    "tools_refuse_output_cap",
)
@settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(STEPS, max_size=6),
    at_call=st.one_of(st.just({}), FIELDS),
    way=st.sampled_from(["invoke", "ainvoke", "stream", "astream", "batch", "abatch"]),
)
def test_any_chain_of_bindings_sends_all_that_was_bound(
    emulator: TelnyxEmulator, model: ChatTelnyx, steps: list[Any], at_call: Any, way: str
) -> None:
    expected, chain = Expected(), model
    for name, given_here in steps:
        chain = bound(chain, expected, name, given_here)
    bound(chain if hasattr(chain, "bind") else model, expected, "bind", at_call)
    seen = Seen()
    before = len(emulator.requests)
    answer_first(emulator, expected)
    call(chain, way, {"callbacks": [seen]}, at_call)
    check(json.loads(emulator.requests[before].body), expected)
    assert seen.tags >= expected.tags


def answer_first(emulator: TelnyxEmulator, expected: Expected) -> None:
    answer = {"name": "Oslo"} if expected.schema == "City" else {"miles": 5}
    if expected.schema is None:
        emulator.say("Fine.")
    elif expected.method == "json_schema":
        emulator.say(json.dumps(answer))
    else:
        emulator.call_tool(expected.schema, answer)


def call(chain: Any, way: str, config: Any, fields: dict[str, Any]) -> None:
    async def drain() -> None:
        async for _ in chain.astream("Hi", config, **fields):
            pass

    match way:
        case "invoke":
            chain.invoke("Hi", config, **fields)
        case "ainvoke":
            asyncio.run(chain.ainvoke("Hi", config, **fields))
        case "stream":
            list(chain.stream("Hi", config, **fields))
        case "astream":
            asyncio.run(drain())
        case "batch":
            chain.batch(["Hi"], config, **fields)
        case _:
            asyncio.run(chain.abatch(["Hi"], config, **fields))


def run(agent: Any, mode: Mode) -> Any:
    return mode.invoke(agent, {"messages": [("user", "Hi")]})


@pytest.mark.default_quirks("A fallback adds a function.", "response_format_json_schema")
def test_an_agent_sends_what_was_bound_to_its_model(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    bound_model: Any = model.bind(temperature=0.9).with_config(tags=["a"]).bind_tools([clock])
    for form in (None, ProviderStrategy(City)):
        emulator.say('{"name": "Oslo"}')
        run(create_agent(bound_model, [add], response_format=form), mode)
        assert sent(emulator)["temperature"] == 0.9
        assert tools_sent(emulator) == ["clock", "add"]
    emulator.call_tool("City", {"name": "Oslo"})
    done = run(create_agent(bound_model, [add], response_format=ToolStrategy(City)), mode)
    assert done["structured_response"] == City(name="Oslo")
    assert sent(emulator)["temperature"] == 0.9
    assert tools_sent(emulator) == ["clock", "add", "City"]


def test_a_tool_of_the_same_name_takes_the_place_of_the_earlier(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    newer = {"name": "add", "description": "Newer.", "input_schema": {"type": "object"}}
    mode.invoke(model.bind_tools([add, clock]).bind_tools([newer]))
    by_name = {each["function"]["name"]: each["function"] for each in sent(emulator)["tools"]}
    assert by_name.keys() == {"add", "clock"}
    assert by_name["add"]["description"] == "Newer."


def test_tools_of_a_field_and_of_bind_tools_add_up(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    mode.invoke(model.bind(tools=[add]).bind_tools([clock]).bind_tools([]))
    assert tools_sent(emulator) == ["add", "clock"]


def test_a_choice_holds_for_tools_that_are_bound_before_and_after(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    mode.invoke(model.bind_tools([add]).bind_tools([clock], tool_choice="add"))
    assert (tools_sent(emulator), sent(emulator)["tool_choice"]) == (["add"], "required")
    mode.invoke(model.bind_tools([add], tool_choice="add").bind_tools([clock]))
    assert (tools_sent(emulator), sent(emulator)["tool_choice"]) == (["add"], "required")
    auto = model.bind_tools([add], tool_choice="add").bind_tools([clock], tool_choice="auto")
    mode.invoke(auto)
    assert (tools_sent(emulator), sent(emulator)["tool_choice"]) == (["add", "clock"], "auto")
    with pytest.raises(ValueError, match="names 'weather'"):
        model.bind_tools([add]).bind_tools([clock], tool_choice="weather")


def test_one_form_takes_the_place_of_another(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    formed = ChatTelnyx(response_format={"type": "json_object"}, **emulator.options())
    emulator.say('{"name": "Oslo"}')
    mode.invoke(formed.with_structured_output(City, method="guided_json"))
    assert sent(emulator).keys() >= {"guided_json"}
    assert "response_format" not in sent(emulator)
    mode.invoke(model.bind(guided_regex="a+").bind(response_format={"type": "text"}))
    assert "guided_regex" not in sent(emulator)


def test_configurations_add_up(model: ChatTelnyx, mode: Mode) -> None:
    seen, other = Seen(), Seen()
    chain = model.with_config(tags=["a"], callbacks=[seen]).bind_tools([add])
    chain = chain.with_config(tags=["b"]).with_config(callbacks=[other])
    mode.invoke(chain)
    assert seen.tags == other.tags == {"a", "b"}


@pytest.mark.default_quirks(
    "The emulator's model calls the bound tool if a fallback requires a call.",
    "response_format_json_schema",
)
def test_listeners_stay_when_more_is_bound(model: ChatTelnyx, mode: Mode) -> None:
    calls: list[str] = []
    chain: Any = model.with_listeners(on_start=lambda _: calls.append("first"))
    chain = chain.bind_tools([add]).with_listeners(on_start=lambda _: calls.append("second"))
    mode.invoke(chain.bind(seed=1))
    assert sorted(calls) == ["first", "second"]
    mode.invoke(chain.with_structured_output(City))
    assert sorted(calls) == ["first", "first", "second", "second"]


def test_tokens_of_a_bound_model_count_its_tools(model: ChatTelnyx) -> None:
    messages: list[Any] = [HumanMessage("Hi")]
    alone = model.get_num_tokens_from_messages(messages)
    counted = model.get_num_tokens_from_messages(messages, tools=[add, clock])
    assert counted > alone
    chain = model.bind_tools([add])
    assert chain.bind(seed=1).bind_tools([clock]).get_num_tokens_from_messages(messages) == counted
    assert chain.get_num_tokens_from_messages(messages, tools=[clock]) == counted
    called = model.with_structured_output(City, method="function_calling")
    assert called.get_num_tokens_from_messages(messages) > alone


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
@pytest.mark.default_quirks("A fallback adds a function.", "response_format_json_schema")
def test_fallbacks_take_what_is_bound_to_all_of_them(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    other = ChatTelnyx(model="zai-org/GLM-5.1-FP8", max_retries=0, **emulator.options())
    first: Any = model.bind(max_retries=0).with_fallbacks([other.bind(seed=3)])
    emulator.fail(503)
    mode.invoke(first.bind_tools([add]))
    assert (tools_sent(emulator), sent(emulator)["seed"]) == (["add"], 3)
    emulator.fail(503)
    emulator.say('{"name": "Oslo"}')
    structured = first.bind_tools([add]).with_structured_output(City)
    assert mode.invoke(structured) == City(name="Oslo")
    assert (tools_sent(emulator), sent(emulator)["seed"]) == (["add"], 3)
