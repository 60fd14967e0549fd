"""Stored messages are not sent again: conversations, and previous responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.globals import set_llm_cache
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from langchain_telnyx import ChatTelnyx, NotFoundError, PreviousTurnNotFoundError
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fixtures import Mode

MODEL = "zai-org/GLM-5.3"


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"7 degrees in {city}"


@pytest.fixture
def storing_emulator() -> Iterator[TelnyxEmulator]:
    """A server that stores responses, like OpenAI's."""
    with TelnyxEmulator(sockets=False, quirks=Quirks(keeps_responses=True)) as running:
        yield running


@pytest.fixture
def conversation(emulator: TelnyxEmulator) -> str:
    return emulator.account.conversations.records.create("", {}).id


def model_at(emulator: TelnyxEmulator, **options: Any) -> ChatTelnyx:
    return ChatTelnyx(model=MODEL, **options, **emulator.options())


def sent(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


def test_only_the_new_turn_goes_into_a_conversation(
    emulator: TelnyxEmulator, conversation: str, mode: Mode
) -> None:
    model = model_at(emulator, conversation=conversation)
    thread: list[Any] = [SystemMessage("Be brief."), HumanMessage("My name is Ada.")]
    for question in ("What is my name?", "And once more?"):
        thread += [mode.invoke(model, thread), HumanMessage(question)]
    whole = mode.whole(model, thread)
    first, second, third = sent(emulator)
    assert first["instructions"] == "Be brief."
    assert "instructions" not in second
    assert [each["input"] for each in (first, second, third)] == [
        [{"role": "user", "content": "My name is Ada."}],
        [{"role": "user", "content": "What is my name?"}],
        [{"role": "user", "content": "And once more?"}],
    ]
    assert {each["conversation"] for each in (first, second, third)} == {conversation}
    assert whole.response_metadata["conversation"] == conversation
    text_item = emulator.account.conversations.messages.spoken(conversation)
    assert [message.content for message in text_item if message.role == "user"] == [
        "My name is Ada.",
        "What is my name?",
        "And once more?",
    ]


def test_what_a_conversation_keeps_is_answered_from(
    emulator: TelnyxEmulator, conversation: str, mode: Mode
) -> None:
    model = model_at(emulator)
    mode.invoke(model, "My name is Ada.", conversation=conversation)
    answer = mode.invoke(model, "What is my name?", conversation=conversation)
    assert "My name is Ada." in answer.text


def test_the_results_of_tools_alone_go_back(
    emulator: TelnyxEmulator, conversation: str, mode: Mode
) -> None:
    model = model_at(emulator, conversation=conversation).bind_tools([weather])
    question = HumanMessage("What is the weather in Oslo?")
    answer = mode.whole(model, [question])
    [call] = answer.tool_calls
    result = ToolMessage("7 degrees", tool_call_id=call["id"])
    assert "7 degrees" in mode.invoke(model, [question, answer, result]).text
    assert sent(emulator)[1]["input"] == [
        {"type": "function_call_output", "call_id": call["id"], "output": "7 degrees"}
    ]


def test_instructions_that_changed_are_sent_again(
    emulator: TelnyxEmulator, conversation: str, mode: Mode
) -> None:
    model = model_at(emulator, conversation=conversation)
    first = mode.invoke(model, [SystemMessage("Be brief."), HumanMessage("Hi")])
    later = [HumanMessage("Hi"), first, HumanMessage("And?")]
    second = mode.invoke(model, [SystemMessage("Be kind."), *later])
    mode.invoke(model, [SystemMessage("Be kind."), *later, second, HumanMessage("So?")])
    instructions = [each.get("instructions") for each in sent(emulator)]
    assert instructions == ["Be brief.", "Be kind.", None]


def test_answers_of_elsewhere_go_into_a_conversation_that_does_not_have_them(
    emulator: TelnyxEmulator, conversation: str
) -> None:
    thread = [HumanMessage("Hi"), AIMessage("Hello."), HumanMessage("My name is Ada.")]
    elsewhere = emulator.account.conversations.records.create("", {}).id
    thread += [model_at(emulator, conversation=elsewhere).invoke(thread), HumanMessage("And?")]
    model_at(emulator, conversation=conversation).invoke(thread)
    assert len(sent(emulator)[1]["input"]) == 5


def test_a_thread_without_a_new_turn_is_refused(
    emulator: TelnyxEmulator, conversation: str
) -> None:
    model = model_at(emulator, conversation=conversation)
    answer = model.invoke("Hi")
    with pytest.raises(ValueError, match="no new message is left to send: add a message"):
        model.invoke([HumanMessage("Hi"), answer])


def test_an_agent_sends_each_step_once(emulator: TelnyxEmulator, conversation: str) -> None:
    model = model_at(emulator, conversation=conversation)
    agent = create_agent(model, [weather], system_prompt="Be brief.")
    question = {"role": "user", "content": "What is the weather in Oslo?"}
    state = agent.invoke({"messages": [question]})
    assert "7 degrees in Oslo" in state["messages"][-1].text
    first, second = sent(emulator)
    assert first["input"] == [question]
    assert [item["type"] for item in second["input"]] == ["function_call_output"]


@pytest.mark.default_quirks(
    "A refused turn is not stored, and sent again.",
    "response_format_json_schema",
    "rate_limited_share",
)
def test_a_turn_that_may_be_stored_is_not_sent_twice(
    emulator: TelnyxEmulator, conversation: str
) -> None:
    emulator.say("Not JSON at all.")
    schema = {"title": "Moon", "type": "object", "properties": {"name": {"type": "string"}}}
    model = model_at(emulator, conversation=conversation)
    with pytest.raises(ValueError, match="Not JSON"):
        model.with_structured_output(schema).invoke("Name a moon.")
    assert len(emulator.requests) == 1


def test_what_a_conversation_holds_does_not_spoil_the_counting_of_tokens(
    emulator: TelnyxEmulator, conversation: str
) -> None:
    model = model_at(emulator, conversation=conversation)
    before = model.get_num_tokens_from_messages([HumanMessage("Hi there.")])
    model.invoke("A moon? " * 200)
    model.invoke("Hi there.")
    assert model.get_num_tokens_from_messages([HumanMessage("Hi there.")]) == before


def test_a_cache_does_not_keep_a_turn_from_its_conversation(
    emulator: TelnyxEmulator, conversation: str, mode: Mode
) -> None:
    set_llm_cache(InMemoryCache())
    try:
        model = model_at(emulator, conversation=conversation)
        for _ in range(2):
            mode.invoke(model, "And once more?")
    finally:
        set_llm_cache(None)
    text_item = emulator.account.conversations.messages.spoken(conversation)
    assert [message.role for message in text_item].count("user") == 2


def test_the_last_response_is_gone_on_from(storing_emulator: TelnyxEmulator, mode: Mode) -> None:
    model = model_at(storing_emulator, use_previous_response_id=True)
    thread: list[Any] = [SystemMessage("Be brief."), HumanMessage("My name is Ada.")]
    thread += [mode.whole(model, thread), HumanMessage("What is my name?")]
    answer = mode.invoke(model, thread)
    assert "My name is Ada." in answer.text
    first, second = sent(storing_emulator)
    assert "previous_response_id" not in first
    assert second["previous_response_id"] == thread[2].response_metadata["id"]
    assert second["input"] == [{"role": "user", "content": "What is my name?"}]
    assert second["instructions"] == "Be brief."  # a response does not include them


def test_a_response_can_be_named(storing_emulator: TelnyxEmulator, mode: Mode) -> None:
    model = model_at(storing_emulator)
    assert "object" not in mode.invoke(model, "Hi").response_metadata  # a chat completion
    first = mode.invoke(model_at(storing_emulator, use_responses_api=True), "My name is Ada.")
    previous = first.response_metadata["id"]
    answer = mode.invoke(model, "What is my name?", previous_response_id=previous)
    assert "My name is Ada." in answer.text
    assert answer.response_metadata["previous_response_id"] == previous


GONE: dict[str, tuple[dict[str, Any], str]] = {
    "conversation": ({"conversation": "gone"}, r"no conversation 'gone': create one with"),
    "response": ({"previous_response_id": "gone"}, r"does not store the response 'gone'"),
}


@pytest.mark.parametrize(("options", "why"), GONE.values(), ids=GONE)
@pytest.mark.parametrize("stores", [False, True])
def test_a_missing_conversation_is_an_error_with_a_remedy(
    options: dict[str, Any], why: str, mode: Mode, *, stores: bool
) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(keeps_responses=stores)) as running:
        model = model_at(running)
        for call in (mode.invoke, mode.stream):
            with pytest.raises(PreviousTurnNotFoundError, match=why) as raised:
                call(model, "Hi", **options)
            assert isinstance(raised.value, NotFoundError)
            assert isinstance(raised.value, ModelInvalidRequestError)
            assert raised.value.status_code in {400, 404}


def test_a_model_that_is_not_there_is_no_memory_that_is_gone(
    emulator: TelnyxEmulator, conversation: str
) -> None:
    with pytest.raises(NotFoundError, match="does not exist") as raised:
        model_at(emulator).invoke("Hi", model="no/model", conversation=conversation)
    assert not isinstance(raised.value, PreviousTurnNotFoundError)
