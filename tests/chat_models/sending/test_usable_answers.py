"""`with_usable_answers`: retries of unusable answers for agents without middleware."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any, get_args

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_telnyx import ChatTelnyx, UnusableAnswerError
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.emulator.quirks import ToolMarkup

if TYPE_CHECKING:
    from langchain_telnyx.types import UsableModel
    from tests.support.fixtures import Mode


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}."


class Report(BaseModel):
    """A report."""

    city: str


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def sent(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share", "strict_histories")
def test_unusable_answers_are_retried(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("")
    emulator.call_tool("wether", {"city": "Oslo"})
    emulator.call_tool("weather", {"city": "Oslo"})
    answer = mode.invoke(model.bind_tools([weather]).with_usable_answers(), "Oslo?")
    assert [call["name"] for call in answer.tool_calls] == ["weather"]
    first, second, third = [body["messages"] for body in sent(emulator)]
    assert [message["role"] for message in first] == ["user"]
    assert "Your last answer was empty" in second[-1]["content"]
    assert (
        third[-1]["content"]
        == "Error: the tool 'wether' does not exist; available tools: 'weather'."
    )


@pytest.mark.parametrize("markup", get_args(ToolMarkup))
def test_a_call_of_an_unknown_tool_in_the_text_is_retried(mode: Mode, markup: Any) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(tool_markup=markup)) as emulator:
        emulator.call_tool("wether", {"city": "Oslo"})
        emulator.call_tool("weather", {"city": "Oslo"})
        model = ChatTelnyx(**emulator.options()).bind_tools([weather])
        answer = mode.invoke(model.with_usable_answers(), "Oslo?")
        assert [call["args"] for call in answer.tool_calls] == [{"city": "Oslo"}]
        _, second = sent(emulator)
        assert (
            second["messages"][-1]["content"]
            == "Error: the tool 'wether' does not exist; available tools: 'weather'."
        )


@pytest.mark.parametrize("markup", ["kimi", "hermes"])
def test_a_call_in_the_text_with_invalid_arguments_is_retried(mode: Mode, markup: Any) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(tool_markup=markup)) as emulator:
        emulator.call_tool("weather", '{"city": Oslo')
        emulator.call_tool("weather", {"city": "Oslo"})
        model = ChatTelnyx(**emulator.options()).bind_tools([weather])
        answer = mode.invoke(model.with_usable_answers(), "Oslo?")
        assert [call["args"] for call in answer.tool_calls] == [{"city": "Oslo"}]
        _, second = sent(emulator)
        assert '{"city": Oslo' in second["messages"][-1]["content"]


@pytest.mark.parametrize(
    "text",
    [
        'Qwen writes <tool_call>{"name": "f", "arguments": {}}</tool_call> for a call.',
        "Write <tool_call> before a call.",
        "<tool_call> begins a call of Qwen.",
        "Kimi begins with <|tool_calls_section_begin|> and ends with <|im_end|>, always.",
    ],
)
def test_text_about_markup_is_an_answer(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, text: str
) -> None:
    emulator.say(text)
    answer = mode.invoke(model.bind_tools([weather]).with_usable_answers(), "Oslo?")
    assert answer.text == text


def test_exhausted_retries_raise_an_error(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("")
    emulator.say("")
    with pytest.raises(UnusableAnswerError, match="2 unusable answers") as caught:
        mode.invoke(model.with_usable_answers(retries=1))
    assert [type(answer) for answer in caught.value.answers] == [AIMessage] * 2
    with pytest.raises(ValueError, match="`retries` must be at least 0, not -1"):
        model.with_usable_answers(retries=-1)


def test_it_composes_in_any_order(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)  # pickles do not contain it
    bound: list[UsableModel] = [
        model.bind(temperature=0.5).bind_tools([weather]).with_usable_answers(),
        model.with_usable_answers().bind_tools([weather]).bind(temperature=0.5),
        model.bind_tools([weather]).with_usable_answers().bind(temperature=0.5),
    ]
    for each in bound:
        emulator.say("Sunny.")
        assert mode.invoke(each.with_config(tags=["t"]), [HumanMessage("Hi")]).text == "Sunny."
        again = pickle.loads(pickle.dumps(each))  # noqa: S301 - made above
        assert (again.model.kwargs, again.retries) == (each.model.kwargs, 2)
    assert all(body["temperature"] == 0.5 and body["tools"] for body in sent(emulator))
    assert len({each.get_num_tokens_from_messages([HumanMessage("Hi")]) for each in bound}) == 1


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_fields_of_a_call_reach_the_model(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("")
    emulator.say("Sunny.")
    mode.invoke(model.with_usable_answers(), "Hi", temperature=0.5)
    assert [body["temperature"] for body in sent(emulator)] == [0.5, 0.5]


def test_a_stream_gives_the_answer_whole(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("")
    emulator.say("Sunny today.")
    pieces = mode.stream(model.with_usable_answers())
    assert [piece.text for piece in pieces] == ["Sunny today."]


def test_structured_output_does_not_use_these_retries(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say('{"city": "Oslo"}')
    found = mode.invoke(model.with_usable_answers().with_structured_output(Report))
    assert found == Report(city="Oslo")
