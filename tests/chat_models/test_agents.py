"""Agents of the real `langchain` and `langgraph`: tools, streams, structured output, summaries."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelRetryMiddleware, SummarizationMiddleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph
from pydantic import BaseModel

from langchain_telnyx import (
    AuthenticationError,
    BadRequestError,
    ChatTelnyx,
    RateLimitError,
    TelnyxRetrievalTool,
    TelnyxVectorStore,
)
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.middleware import TelnyxHistoryMiddleware

if TYPE_CHECKING:
    from tests.support.fixtures import Mode


class Report(BaseModel):
    """A report on the weather."""

    city: str
    degrees: int


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}."


@tool
def time(city: str) -> str:
    """Tell the time in a city."""
    return f"It is noon in {city}."


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def bodies(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


def user_input(question: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(question)]}


def test_an_agent_runs_parallel_calls_and_answers(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    agent: Any = create_agent(model, [weather, time], system_prompt="Be brief.")
    emulator.script.call_tools(("weather", {"city": "Oslo"}), ("time", {"city": "Rome"}))
    emulator.say("Sunny in Oslo, noon in Rome.")
    *_, ai, one, other, last = mode.invoke(agent, user_input("Weather in Oslo, time in Rome?"))[
        "messages"
    ]
    assert [call["name"] for call in ai.tool_calls] == ["weather", "time"]
    assert [each.content for each in (one, other)] == [
        "It is sunny in Oslo.",
        "It is noon in Rome.",
    ]
    assert last.text == "Sunny in Oslo, noon in Rome."
    payload = bodies(emulator)[-1]["messages"]
    assert [message["role"] for message in payload] == [
        "system",
        "user",
        "assistant",
        "tool",
        "tool",
    ]
    assert [each["tool_call_id"] for each in payload[3:]] == [each["id"] for each in ai.tool_calls]


def test_an_agent_of_the_emulators_own_model_comes_to_an_answer(
    model: ChatTelnyx, mode: Mode
) -> None:
    agent: Any = create_agent(model, [weather])
    messages = mode.invoke(agent, user_input("What is the weather in Oslo?"))["messages"]
    assert any(isinstance(message, ToolMessage) for message in messages)
    assert "sunny in Oslo" in messages[-1].text


def test_an_agent_streams_its_steps_and_its_words(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    agent: Any = create_agent(model, [weather, time])
    emulator.script.call_tools(("weather", {"city": "Oslo"}), ("time", {"city": "Rome"}))
    emulator.say("Sunny, noon.", chunks=["Sunny", ", ", "noon."])
    events = mode.stream(
        agent, user_input("Weather in Oslo, time in Rome?"), stream_mode=["messages", "updates"]
    )
    steps = [name for mode, payload in events if mode == "updates" for name in payload]
    assert (steps[0], sorted(steps[1:3]), steps[-1]) == ("model", ["tools", "tools"], "model")
    chunks = [
        payload[0]
        for mode, payload in events
        if mode == "messages" and isinstance(payload[0], AIMessageChunk)
    ]
    assert [chunk.text for chunk in chunks if chunk.text] == ["Sunny", ", ", "noon."]
    calling = [chunk for chunk in chunks if chunk.tool_call_chunks]
    whole = calling[0].__add__(calling[1:])
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [
        ("weather", {"city": "Oslo"}),
        ("time", {"city": "Rome"}),
    ]


@pytest.mark.default_quirks("It checks the token counts.", "usage_absent", "stream_usage")
def test_a_graph_streams_token_by_token(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model.invoke(state["messages"])]}

    async def aanswer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    building = StateGraph(MessagesState)
    building.add_node("answer", aanswer if mode.awaited else answer)
    building.add_edge(START, "answer")
    building.add_edge("answer", END)
    graph: Any = building.compile()
    emulator.say("one two three", chunks=["one ", "two ", "three"])
    payload = mode.stream(graph, user_input("Count."), stream_mode="messages")
    assert [chunk.text for chunk, _ in payload if chunk.text] == ["one ", "two ", "three"]
    assert {about["ls_provider"] for _, about in payload} == {"telnyx"}
    assert payload[-1][0].usage_metadata is not None or any(
        chunk.usage_metadata for chunk, _ in payload
    )


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
@pytest.mark.parametrize("strict", [None, True])
def test_structured_output_by_the_provider(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, strict: Any
) -> None:
    strategy = ProviderStrategy(Report, strict=strict)
    agent: Any = create_agent(model, [weather], response_format=strategy)
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say('{"city": "Oslo", "degrees": 21}')
    got = mode.invoke(agent, user_input("What is the weather in Oslo?"))
    assert got["structured_response"] == Report(city="Oslo", degrees=21)
    form = bodies(emulator)[-1]["response_format"]
    assert (form["type"], form["json_schema"]["name"]) == ("json_schema", "Report")
    assert (form["json_schema"]["schema"].get("additionalProperties") is False) is bool(strict)


def test_structured_output_by_the_provider_without_any_tool(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    agent: Any = create_agent(model, [], response_format=ProviderStrategy(Report))
    emulator.say('{"city": "Oslo", "degrees": 21}')
    got = mode.invoke(agent, user_input("What is the weather in Oslo?"))
    assert got["structured_response"] == Report(city="Oslo", degrees=21)
    assert not bodies(emulator)[-1].keys() & {"tools", "tool_choice"}


def test_structured_output_by_the_provider_on_a_server_that_has_none(mode: Mode) -> None:
    quirks = Quirks(response_format_json_schema=False)
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        model = ChatTelnyx(**emulator.options())
        agent: Any = create_agent(model, [weather], response_format=ProviderStrategy(Report))
        emulator.call_tool("weather", {"city": "Oslo"})
        emulator.call_tool("Report", {"city": "Oslo", "degrees": 21})
        got = mode.invoke(agent, user_input("What is the weather in Oslo?"))
        assert got["structured_response"] == Report(city="Oslo", degrees=21)


def test_structured_output_by_a_tool(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    agent: Any = create_agent(model, [weather], response_format=ToolStrategy(Report))
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.call_tool("Report", {"city": "Oslo", "degrees": 21})
    got = mode.invoke(agent, user_input("What is the weather in Oslo?"))
    assert got["structured_response"] == Report(city="Oslo", degrees=21)
    assert {body["tool_choice"] for body in bodies(emulator)} == {"required"}


@pytest.mark.default_quirks("It checks the request for a schema.", "response_format_json_schema")
def test_the_profile_lets_an_agent_choose_the_provider(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    for known, chosen in ((True, "response_format"), (False, "tools")):
        model = ChatTelnyx(profile={"structured_output": known}, **emulator.options())
        agent: Any = create_agent(model, [], response_format=Report)
        emulator.say('{"city": "Oslo", "degrees": 21}')
        if not known:
            emulator.reset()
            emulator.call_tool("Report", {"city": "Oslo", "degrees": 21})
        got = mode.invoke(agent, user_input("What is the weather in Oslo?"))
        assert got["structured_response"] == Report(city="Oslo", degrees=21)
        assert chosen in bodies(emulator)[-1]


def test_the_retrieval_tool_works_with_an_agents_tools(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    TelnyxVectorStore("moons", **emulator.options()).add_texts(["Titan was found in 1655."])
    agent: Any = create_agent(model, [weather, TelnyxRetrievalTool(["moons"])])
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say("Sunny.")
    assert mode.invoke(agent, user_input("Weather in Oslo?"))["messages"][-1].text == "Sunny."
    last = json.loads(emulator.requests[-1].body)
    kinds = [each["type"] for each in last["tools"]]
    assert sorted(kinds) == ["function", "retrieval"]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_long_conversation_is_summarised_by_the_profile(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(
        profile={"max_input_tokens": 400}, calibrate_tokens=False, **emulator.options()
    )
    summarising: Any = SummarizationMiddleware(
        model, trigger=("fraction", 0.5), keep=("messages", 2)
    )
    agent: Any = create_agent(model, [], middleware=[summarising])
    history: list[Any] = []
    for turn in range(8):
        history += [HumanMessage(f"Question {turn}. " + "word " * 40), AIMessage(f"Answer {turn}.")]
    emulator.say("SUMMARY OF ALL THAT.")
    emulator.say("Fine.")
    got = mode.invoke(agent, {"messages": [*history, HumanMessage("And now?")]})
    assert got["messages"][-1].text == "Fine."
    assert len(emulator.requests) == 2
    payload = bodies(emulator)[-1]["messages"]
    assert "SUMMARY OF ALL THAT." in json.dumps(payload)
    assert len(payload) < 5
    short = mode.invoke(agent, user_input("Hi"))
    assert len(short["messages"]) == 2


def test_the_shipped_profile_is_enough_to_summarise_by(model: ChatTelnyx) -> None:
    assert SummarizationMiddleware(model, trigger=("fraction", 0.9), keep=("fraction", 0.3))


def test_a_fallback_takes_over_when_the_model_fails(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_retries=0, **emulator.options())
    spare: Any = FakeListChatModel(responses=["Spare."])
    emulator.fail(503)
    assert mode.invoke(model.with_fallbacks([spare]), "Hi").text == "Spare."
    other = ChatTelnyx(model="zai-org/GLM-5.3", **emulator.options())
    emulator.fail(429)
    bound = model.bind_tools([weather]).with_fallbacks([other.bind_tools([weather])])
    answer = mode.invoke(bound, "What is the weather in Oslo?")
    assert answer.response_metadata["model_name"] == "zai-org/GLM-5.3"
    assert answer.tool_calls


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_retries_follow_is_retryable(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_retries=0, **emulator.options())
    assert (RateLimitError.is_retryable, BadRequestError.is_retryable) == (True, False)
    patient = model.with_retry(
        retry_if_exception_type=(RateLimitError,), wait_exponential_jitter=False
    )
    emulator.fail(429, times=2)
    emulator.say("Titan.")
    assert mode.invoke(patient, "Hi").text == "Titan."
    emulator.fail(400)
    with pytest.raises(BadRequestError):
        mode.invoke(patient, "Hi")
    assert len(emulator.requests) == 4


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_retries_of_an_agent_follow_is_retryable(emulator: TelnyxEmulator, mode: Mode) -> None:
    retrying: Any = ModelRetryMiddleware(max_retries=2, initial_delay=0, on_failure="error")
    model = ChatTelnyx(max_retries=0, **emulator.options())
    agent: Any = create_agent(model, [weather], middleware=[retrying])
    emulator.fail(429, times=2)
    emulator.say("Titan.")
    assert mode.invoke(agent, user_input("A moon?"))["messages"][-1].text == "Titan."
    assert len(emulator.requests) == 3
    emulator.fail(401)
    with pytest.raises(AuthenticationError):
        mode.invoke(agent, user_input("A moon?"))
    assert len(emulator.requests) == 4


def test_an_agent_with_a_broken_history_continues(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    interrupted: Any = {
        "messages": [
            HumanMessage("What is the weather in Oslo?"),
            AIMessage("", tool_calls=[{"name": "weather", "args": {"city": "Oslo"}, "id": "c1"}]),
            HumanMessage("Never mind. What is the weather in Rome?"),
        ]
    }
    agent: Any = create_agent(model, [weather], middleware=[TelnyxHistoryMiddleware()])
    emulator.say("All is well.")
    messages = mode.invoke(agent, interrupted)["messages"]
    assert messages[-1].text == "All is well."
    assert [message.type for message in messages] == ["human", "ai", "human", "ai"]
    sent = bodies(emulator)[-1]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "user"]
    assert "message 1: dangling call" in caplog.text


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share", "strict_histories")
def test_a_valid_history_is_sent_unchanged(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    agent: Any = create_agent(model, [weather], middleware=[TelnyxHistoryMiddleware()])
    answer = mode.invoke(agent, user_input("What is the weather in Oslo?"))
    assert "sunny in Oslo" in answer["messages"][-1].text
    assert len(emulator.requests) == 2
    assert not caplog.text


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share", "strict_histories")
async def test_many_agents_run_side_by_side(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    agent: Any = create_agent(model, [weather])
    cities = ["Oslo", "Rome", "Paris", "London"]
    answers = await asyncio.gather(
        *(agent.ainvoke(user_input(f"What is the weather in {city}?")) for city in cities)
    )
    for city, answer in zip(cities, answers, strict=True):
        assert f"sunny in {city}" in answer["messages"][-1].text
    assert len(emulator.requests) == 8
