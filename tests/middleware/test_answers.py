"""Unusable answers are retried, or raise an error."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_telnyx import ChatTelnyx, UnusableAnswerError
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.middleware import TelnyxAnswerMiddleware, TelnyxHistoryMiddleware

if TYPE_CHECKING:
    from tests.support.fixtures import Mode

QUESTION = {"messages": [HumanMessage("What is the weather in Oslo?")]}
VIDEO = {"type": "video", "url": "https://x/a.mp4"}


class Report(BaseModel):
    """A report on the weather."""

    city: str
    degrees: int


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}."


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def agent(model: ChatTelnyx, *, retries: int = 2, **options: Any) -> Any:
    middleware = [TelnyxHistoryMiddleware(), TelnyxAnswerMiddleware(retries)]
    return create_agent(model, [weather], middleware=middleware, **options)


def sent(emulator: TelnyxEmulator) -> list[list[dict[str, Any]]]:
    return [json.loads(request.body)["messages"] for request in emulator.requests]


def test_an_invalid_call_is_sent_back_to_the_model(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.call_tool("weather", "[1, 2", text="I look.")
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say("Sunny.")
    messages = mode.invoke(agent(model), QUESTION)["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
    assert messages[-1].text == "Sunny."
    _, call, error = sent(emulator)[1]
    assert call["content"] == "I look."
    assert error["tool_call_id"] == call["tool_calls"][0]["id"]
    assert error["content"] == (
        "Error: the arguments of 'weather' are not a JSON object: '[1, 2'. "
        "Repeat the call with a JSON object as arguments."
    )
    assert "Retrying the model call: the arguments of 'weather'" in caplog.text


def test_a_call_of_an_unknown_tool_is_sent_back_with_the_available_tools(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.call_tool("wether", {"city": "Oslo"})
    emulator.say("Sunny.")
    assert mode.invoke(agent(model), QUESTION)["messages"][-1].text == "Sunny."
    error = "Error: the tool 'wether' does not exist; available tools: 'weather'."
    assert sent(emulator)[1][-1]["content"] == error


def test_a_call_without_tools_is_sent_back(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say("I cannot know.")
    bare: Any = create_agent(model, [], middleware=[TelnyxAnswerMiddleware()])
    assert mode.invoke(bare, QUESTION)["messages"][-1].text == "I cannot know."
    assert (
        "the tool 'weather' does not exist; no tools are available"
        in sent(emulator)[1][-1]["content"]
    )


@pytest.mark.parametrize("reasoning", [None, "Let me see."])
def test_an_empty_answer_is_sent_back_to_the_model(mode: Mode, reasoning: str | None) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(strict_histories=True)) as emulator:
        emulator.say("", reasoning=reasoning)
        emulator.say("Sunny.")
        messages = mode.invoke(agent(ChatTelnyx(**emulator.options())), QUESTION)["messages"]
        assert [message.text for message in messages[1:]] == ["Sunny."]
        assert [message["role"] for message in sent(emulator)[1]] == ["user", "user"]
        assert "Your last answer was empty" in sent(emulator)[1][-1]["content"]


@pytest.mark.default_quirks(
    "It counts requests.",
    "rate_limited_share",
    "strict_histories",
)
def test_exhausted_retries_end_the_run_with_an_error(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("")
    emulator.call_tool("weather", "{")
    emulator.say("", finish_reason="length")
    with pytest.raises(UnusableAnswerError, match=r"3 unusable answers; .* is empty") as caught:
        mode.invoke(agent(model), QUESTION)
    assert len(emulator.requests) == 3
    assert [type(answer) for answer in caught.value.answers] == [AIMessage] * 3
    assert caught.value.reasons[0] == "the answer is empty (stop)."
    assert caught.value.reasons[2] == "the answer is empty (length)."
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - made above
    assert (str(again), again.reasons) == (str(caught.value), caught.value.reasons)


def test_a_filtered_answer_is_an_error_at_once(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("", finish_reason="content_filter")
    with pytest.raises(UnusableAnswerError, match=r"the answer is empty \(content_filter\)"):
        mode.invoke(agent(model), QUESTION)
    assert len(emulator.requests) == 1


def test_the_number_of_retries_can_be_chosen(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("")
    with pytest.raises(UnusableAnswerError):
        mode.invoke(agent(model, retries=0), QUESTION)
    assert len(emulator.requests) == 1
    with pytest.raises(ValueError, match="`retries` must be at least 0, not -1"):
        TelnyxAnswerMiddleware(-1)


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share", "strict_histories")
def test_an_answer_with_a_call_that_can_be_run_passes(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.script.call_tools(("weather", {"city": "Oslo"}), ("wether", {}), ("weather", "{"))
    emulator.say("Sunny.")
    messages = mode.invoke(agent(model), QUESTION)["messages"]
    assert len(emulator.requests) == 2
    results = [message for message in messages if isinstance(message, ToolMessage)]
    assert [each.text for each in results if each.status == "success"] == ["It is sunny in Oslo."]
    # Every call has a result, including the invalid one.
    _, turn, *answers = sent(emulator)[1]
    assert {call["id"] for call in turn["tool_calls"]} == {one["tool_call_id"] for one in answers}


@pytest.mark.default_quirks("It counts requests.", "response_format_json_schema")
@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy])
def test_structured_answers_pass(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, strategy: Any
) -> None:
    if strategy is ToolStrategy:
        emulator.call_tool("Report", {"city": "Oslo", "degrees": 12})
    else:
        emulator.say('{"city": "Oslo", "degrees": 12}')
    result = mode.invoke(agent(model, response_format=strategy(Report)), QUESTION)
    assert result["structured_response"] == Report(city="Oslo", degrees=12)
    assert len(emulator.requests) == 1


def test_an_empty_streamed_answer_is_sent_back(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("")
    emulator.say("Sunny.")
    pieces = mode.stream(agent(model), QUESTION, stream_mode="messages")
    assert "".join(piece.text for piece, _ in pieces) == "Sunny."


def test_an_unsendable_block_in_the_latest_turn_is_an_error_and_the_thread_continues(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    turn = HumanMessage(["What is in it?", VIDEO])
    with pytest.raises(ValueError, match="type 'video' cannot be sent"):
        mode.invoke(agent(model), {"messages": [turn]})
    assert not emulator.requests
    emulator.say("Hello.")
    later = {"messages": [turn, HumanMessage("Never mind.")]}
    assert mode.invoke(agent(model), later)["messages"][-1].text == "Hello."


def test_foreign_blocks_log_no_warning(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    search = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}
    history = [HumanMessage("Hi"), AIMessage([search, "Hello."]), HumanMessage("Well?")]
    emulator.say("Well.")
    with caplog.at_level("DEBUG", logger="langchain_telnyx"):
        mode.invoke(agent(model), {"messages": history})
    [record] = [each for each in caplog.records if "history" in each.message]
    assert record.levelname == "DEBUG"
    assert "message 1: foreign block" in record.message
