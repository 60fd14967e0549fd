"""`TelnyxAssistant`, sync and async, against the emulator."""

from __future__ import annotations

import asyncio
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables.history import RunnableWithMessageHistory

from langchain_telnyx import (
    NotFoundError,
    StreamError,
    Telnyx,
    TelnyxAssistant,
    TelnyxChatMessageHistory,
)

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


@pytest.fixture
def telnyx(emulator: TelnyxEmulator) -> Telnyx:
    return Telnyx(**emulator.options())


@pytest.fixture
def assistant(telnyx: Telnyx) -> TelnyxAssistant:
    made = telnyx.assistants.create("Reception", "You answer for {{shop}}.")
    return TelnyxAssistant(assistant_id=made.id, client=telnyx)


def stored(telnyx: Telnyx, conversation_id: str) -> list[tuple[str, str | None]]:
    found = telnyx.conversations.transcript(conversation_id)
    return [(message.role, message.text) for message in found if message.is_message]


def test_each_call_without_a_conversation_creates_one(
    assistant: TelnyxAssistant, telnyx: Telnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.script.say("From nine to five.")
    answer = mode.invoke(assistant, "When are you open?")
    assert isinstance(answer, AIMessage)
    assert answer.text == "From nine to five."
    thread = answer.response_metadata["conversation_id"]
    assert answer.response_metadata["assistant_id"] == assistant.assistant_id
    assert stored(telnyx, thread) == [
        ("user", "When are you open?"),
        ("assistant", "From nine to five."),
    ]
    assert telnyx.conversations.get(thread).metadata["assistant_id"] == assistant.assistant_id
    assert mode.invoke(assistant, "Hello").response_metadata["conversation_id"] != thread


def test_the_conversation_is_the_memory(assistant: TelnyxAssistant, mode: Mode) -> None:
    first = mode.invoke(assistant, "My name is Ada.")
    thread = {"conversation_id": first.response_metadata["conversation_id"]}
    config: Any = {"configurable": thread}
    assert "Ada" in mode.invoke(assistant, "What is my name?", config=config).text
    assert "Ada" in mode.invoke(assistant, {"input": "What is my name?", **thread}).text
    bound = assistant.model_copy(update=thread)
    assert "Ada" in mode.invoke(bound, [HumanMessage("What is my name?")]).text


def test_the_conversation_of_the_input_comes_before_that_of_the_config(
    assistant: TelnyxAssistant, telnyx: Telnyx, mode: Mode
) -> None:
    one, two, three = (telnyx.conversations.create(name=name).id for name in "abc")
    config: Any = {"configurable": {"conversation_id": two}}
    of_three = assistant.model_copy(update={"conversation_id": three})
    given = {"messages": [("user", "Hello")], "conversation_id": one}
    assert mode.invoke(of_three, given, config=config).response_metadata["conversation_id"] == one
    assert mode.invoke(of_three, "Hi", config=config).response_metadata["conversation_id"] == two
    assert mode.invoke(of_three, "Hi").response_metadata["conversation_id"] == three


def test_only_new_messages_are_sent_to_a_conversation(
    assistant: TelnyxAssistant, telnyx: Telnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.script.say("Good.")
    thread = telnyx.conversations.create(name="Chat").id
    messages = [HumanMessage("Hi"), AIMessage("Hello"), HumanMessage("One."), HumanMessage("Two.")]
    mode.invoke(assistant, {"messages": messages, "conversation_id": thread})
    assert stored(telnyx, thread) == [("user", "One.\nTwo."), ("assistant", "Good.")]


def test_earlier_messages_are_added_to_a_new_conversation(
    assistant: TelnyxAssistant, telnyx: Telnyx, mode: Mode
) -> None:
    messages = [HumanMessage("My name is Ada."), AIMessage("Hello"), HumanMessage("My name?")]
    answer = mode.invoke(assistant, messages)
    found = stored(telnyx, answer.response_metadata["conversation_id"])
    assert found[:3] == [("user", "My name is Ada."), ("assistant", "Hello"), ("user", "My name?")]
    assert "Ada" in answer.text


@pytest.mark.filterwarnings("ignore:RunnableWithMessageHistory is deprecated")
def test_it_works_with_a_message_history(
    assistant: TelnyxAssistant, telnyx: Telnyx, mode: Mode
) -> None:
    history = TelnyxChatMessageHistory("session", client=telnyx)
    chat = RunnableWithMessageHistory(assistant, lambda: history, history_factory_config=[])
    mode.invoke(chat, "My name is Ada.")
    assert "Ada" in mode.invoke(chat, "What is my name?").text
    assert [message.type for message in history.messages] == ["human", "ai"] * 2


def test_it_streams_the_answer(
    assistant: TelnyxAssistant, telnyx: Telnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.script.say("From nine to five.")
    chunks = mode.stream(assistant, "When are you open?")
    assert len(chunks) > 2
    emulator.script.say("From nine to five.")
    whole = mode.whole(assistant, "When are you open?")
    assert whole.text == "From nine to five."
    thread = whole.response_metadata["conversation_id"]
    assert stored(telnyx, thread)[-1] == ("assistant", "From nine to five.")
    assert whole.chunk_position == "last"


def test_a_broken_stream_names_the_new_conversation(
    assistant: TelnyxAssistant, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.script.say("From nine to five.")
    emulator.script.cut_stream(after=2)
    with pytest.raises(StreamError, match="before `done` arrived") as caught:
        mode.stream(assistant, "When are you open?")
    assert "was created for this message" in caught.value.__notes__[0]


def test_it_composes_with_prompts_and_parsers(
    assistant: TelnyxAssistant, emulator: TelnyxEmulator, mode: Mode
) -> None:
    prompt = ChatPromptTemplate.from_messages([("user", "When does {what} open?")])
    chain = prompt | assistant | StrOutputParser()
    emulator.script.say("At nine.")
    assert mode.invoke(chain, {"what": "the shop"}) == "At nine."
    emulator.script.say("At nine.")
    parts = mode.stream(chain, {"what": "the shop"})
    assert "".join(parts) == "At nine."
    assert len(parts) > 1


def test_a_batch_returns_the_answers_that_succeeded(assistant: TelnyxAssistant, mode: Mode) -> None:
    inputs: list[Any] = ["Hello", "", {"input": "Hi", "conversation_id": "unknown"}]
    if mode.awaited:
        found = asyncio.run(assistant.abatch(inputs, return_exceptions=True))
    else:
        found = assistant.batch(inputs, return_exceptions=True)
    assert [type(each) for each in found] == [AIMessage, ValueError, NotFoundError]


def test_traces_have_the_name_the_tags_and_the_answer(
    assistant: TelnyxAssistant, emulator: TelnyxEmulator, mode: Mode
) -> None:
    class Runs(BaseCallbackHandler):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def on_chain_start(self, *_: Any, **kwargs: Any) -> None:
            self.seen += [kwargs["name"], kwargs["tags"]]

        def on_chain_end(self, outputs: Any, **_: Any) -> None:
            self.seen.append(outputs.text)

    for call in (mode.invoke, mode.stream):
        runs = Runs()
        emulator.script.say("At nine.")
        call(assistant, "When?", config={"callbacks": [runs], "tags": ["front"]})
        assert runs.seen == ["TelnyxAssistant", ["front"], "At nine."]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "The message of the user is empty"),
        ([], "must end with a message of the user"),
        ([AIMessage("Hi")], "must end with a message of the user"),
        ([SystemMessage("Be brief."), HumanMessage("Hi")], r"Message 0 \(system\) cannot be sent"),
        (
            [HumanMessage("Hi"), ToolMessage("1", tool_call_id="c"), HumanMessage("Hi")],
            r"Message 1 \(tool\) cannot be sent",
        ),
        ([HumanMessage([{"type": "image", "url": "https://a"}])], "Message 0 has content of type"),
        ({"input": "Hi", "conversation": "c"}, "unknown fields: conversation"),
        ({"conversation_id": "c"}, "one of `input` and `messages`"),
        ({"input": "Hi", "conversation_id": 7}, "must be a string, and is a int"),
    ],
)
def test_an_input_that_cannot_be_sent_is_refused(
    assistant: TelnyxAssistant, emulator: TelnyxEmulator, mode: Mode, given: Any, why: str
) -> None:
    sent = len(emulator.requests)
    with pytest.raises(ValueError, match=why):
        mode.invoke(assistant, given)
    assert len(emulator.requests) == sent


def test_an_unknown_option_is_refused_by_its_name(assistant: TelnyxAssistant, mode: Mode) -> None:
    with pytest.raises(TypeError, match="temperature"):
        mode.invoke(assistant, "Hi", temperature=0.1)


def test_a_failed_message_is_not_repeated(
    assistant: TelnyxAssistant, emulator: TelnyxEmulator, mode: Mode
) -> None:
    missing = assistant.model_copy(update={"assistant_id": "assistant-unknown"})
    with pytest.raises(NotFoundError) as caught:
        mode.invoke(missing, "Hi")
    assert "was created for this message" in caught.value.__notes__[0]
    assert [request.path for request in emulator.requests].count(
        "/v2/ai/assistants/assistant-unknown/chat"
    ) == 1


def test_it_is_serialized_and_pickled_without_the_key(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = emulator.api_key
    assistant = TelnyxAssistant(assistant_id="assistant-1", api_key=key, timeout=7)
    assert key not in repr(assistant) + dumps(assistant)
    assert json.loads(dumps(assistant))["kwargs"]["telnyx_api_key"]["type"] == "secret"
    packed = pickle.dumps(assistant)
    assert key.encode() not in packed
    monkeypatch.setenv("TELNYX_API_KEY", key)
    again = pickle.loads(packed)  # noqa: S301 - our own
    assert again.assistant_id == "assistant-1"
    assert again.telnyx.config == assistant.telnyx.config
