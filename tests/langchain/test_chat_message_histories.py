"""Chats kept in conversations: what survives, in which order, and what of others is understood."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory

from langchain_telnyx import (
    ChatTelnyx,
    ConfigurationError,
    NotFoundError,
    PartialError,
    ServerError,
    Telnyx,
    TelnyxChatMessageHistory,
    check_history,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.langchain.conftest import Face

PICTURE = base64.b64encode(random.Random(0).randbytes(3000)).decode()  # nothing to compress
CALLS: list[Any] = [
    {"name": "weather", "args": {"city": "Ōsaka", "days": [1, 2]}, "id": "c1", "type": "tool_call"},
    {"name": "time", "args": {}, "id": "c2", "type": "tool_call"},
]
CHAT: list[BaseMessage] = [
    SystemMessage("Be brief.", id="s-1"),
    HumanMessage("Weather and time in Ōsaka?", name="ann", id="h-1"),
    AIMessage(
        "I look.",
        id="a-1",
        tool_calls=CALLS,
        usage_metadata={"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
        response_metadata={"model_name": "moonshotai/Kimi-K2.6", "finish_reason": "tool_calls"},
        additional_kwargs={"reasoning_content": "Two tools will do."},
    ),
    ToolMessage("No such city.", tool_call_id="c2", name="time", status="error", id="t-2"),
    ToolMessage("Sunny.", tool_call_id="c1", name="weather", artifact={"degrees": 21}),
    AIMessage([{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Sunny."}]),
    HumanMessage(
        [
            {"type": "text", "text": "And this?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
        ]
    ),
    AIMessage(
        "",
        invalid_tool_calls=[
            {
                "name": "look",
                "args": "{",
                "id": "c3",
                "error": "no JSON",
                "type": "invalid_tool_call",
            }
        ],
    ),
    ChatMessage(role="developer", content="Be kind."),
    ChatMessage(role="user", content=""),
]


class History:
    """A history, asked the blocking way or the awaited way, each time on a new event loop."""

    def __init__(self, history: TelnyxChatMessageHistory, *, awaited: bool) -> None:
        self.history = history
        self.awaited = awaited

    def add(self, *messages: BaseMessage) -> None:
        if self.awaited:
            asyncio.run(self.history.aadd_messages(messages))
        else:
            self.history.add_messages(messages)

    def read(self) -> list[BaseMessage]:
        return asyncio.run(self.history.aget_messages()) if self.awaited else self.history.messages

    def clear(self) -> None:
        if self.awaited:
            asyncio.run(self.history.aclear())
        else:
            self.history.clear()


@pytest.fixture
def made(emulator: TelnyxEmulator, face: Face) -> Callable[..., History]:
    def history(session: str | None = "ann", **options: Any) -> History:
        kept = TelnyxChatMessageHistory(session, **{**emulator.options(), **options})
        return History(kept, awaited=face.awaited)

    return history


@pytest.fixture
def telnyx(emulator: TelnyxEmulator) -> Telnyx:
    return Telnyx(**emulator.options())


# What survives.


def test_every_kind_of_message_comes_back_as_it_was(made: Callable[..., History]) -> None:
    made().add(*CHAT)
    assert made().read() == CHAT


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(TEXTS, JSONS, max_size=3)
CONTENTS = TEXTS | st.lists(
    TEXTS | TEXTS.map(lambda text: {"type": "text", "text": text}), max_size=3
)
MESSAGES = st.one_of(
    st.builds(HumanMessage, CONTENTS, name=st.none() | TEXTS, id=st.none() | TEXTS),
    st.builds(SystemMessage, CONTENTS),
    st.builds(ToolMessage, CONTENTS, tool_call_id=TEXTS, artifact=JSONS),
    st.builds(
        AIMessage,
        CONTENTS,
        additional_kwargs=OBJECTS,
        response_metadata=OBJECTS,
        tool_calls=st.lists(
            st.builds(
                lambda name, args, id_: {"name": name, "args": args, "id": id_},
                TEXTS,
                OBJECTS,
                TEXTS,
            ),
            max_size=2,
        ),
    ),
)


@given(messages=st.lists(MESSAGES, min_size=1, max_size=6), session=TEXTS.filter(str.strip))
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_json_survives_in_any_session(
    made: Callable[..., History], messages: list[BaseMessage], session: str
) -> None:
    history = made(session)
    history.clear()
    history.add(*messages)
    assert history.read() == messages


def test_what_is_no_json_is_left_out_beside_the_content_and_refused_in_it(
    made: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    history = made()
    answer = AIMessage("Hi", response_metadata={"at": object(), "model_name": "m"})
    history.add(answer, ToolMessage("Done.", tool_call_id="c1", artifact=object()))
    first, second = history.read()
    assert first.response_metadata == {"model_name": "m"}
    assert isinstance(second, ToolMessage)
    assert second.artifact is None
    emulator.requests.clear()
    with pytest.raises(ValueError, match="Its content and the arguments of its calls must be JSON"):
        history.add(HumanMessage("Fine."), HumanMessage([{"type": "x", "data": b"\x00"}]))
    with pytest.raises(ValueError, match="A RemoveMessage cannot be added"):
        history.add(RemoveMessage(id="a-1"))
    assert not emulator.requests


def test_the_chunks_of_a_stream_are_kept_as_a_message(made: Callable[..., History]) -> None:
    history = made()
    history.add(AIMessageChunk(content="Hel") + AIMessageChunk(content="lo"))
    [message] = history.read()
    assert type(message) is AIMessage
    assert message.content == "Hello"


def test_no_string_of_the_metadata_is_longer_than_500_characters(
    made: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    made().add(*CHAT)
    bodies = [json.loads(one.body) for one in emulator.requests if one.path.endswith("/message")]
    pieces = [piece for body in bodies for piece in body["metadata"]["langchain"]]
    assert len(pieces) > len(CHAT)
    assert max(map(len, pieces)) <= 500


# In which order.


def test_messages_keep_their_order_over_many_additions(made: Callable[..., History]) -> None:
    texts = [f"{number}" for number in range(45)]  # three pages of the API, in no order
    made().add(*map(HumanMessage, texts[:30]))
    for text in texts[30:]:
        made().add(AIMessage(text))
    assert [message.content for message in made().read()] == texts


def test_sessions_are_held_apart_whatever_they_are_called(made: Callable[..., History]) -> None:
    names = ["ann", "eq.ann", "ann,bob", 'a"n(n)', "+1312 555", "ä"]
    for name in names:
        made(name).add(HumanMessage(name))
    assert [[one.content for one in made(name).read()] for name in names] == [[n] for n in names]


# What others see, and what of others is understood.


def test_others_read_who_spoke_and_what_was_said(
    made: Callable[..., History], telnyx: Telnyx
) -> None:
    made(name="Moons", metadata={"user_id": "123"}).add(*CHAT[:5])
    [conversation] = telnyx.conversations.list()
    assert conversation.name == "Moons"
    assert conversation.metadata == {"user_id": "123", "langchain_session_id": "ann"}
    said = telnyx.conversations.transcript(conversation.id)
    assert [(one.role, one.text) for one in said] == [
        ("assistant", ""),  # the instructions: nobody is quoted for them
        ("user", "Weather and time in Ōsaka?"),
        ("assistant", "I look."),
        ("tool", "No such city."),
        ("tool", "Sunny."),
    ]
    functions = [call.function for call in said[2].tool_calls or []]
    assert [each and (each.name, json.loads(each.arguments)) for each in functions] == [
        ("weather", {"city": "Ōsaka", "days": [1, 2]}),
        ("time", {}),
    ]


def test_a_callers_conversation_is_read_by_role_and_text(
    made: Callable[..., History], telnyx: Telnyx
) -> None:
    call = telnyx.conversations.create()
    asked = [
        {"id": f"c{n}", "type": "function", "function": {"name": "look", "arguments": args}}
        for n, args in ((1, '{"at": 1}'), (2, "{"))
    ]
    telnyx.conversations.add_message(call.id, "assistant", "Hello, this is Nyx.")
    telnyx.conversations.add_message(call.id, "user", "Look twice.")
    telnyx.conversations.add_message(call.id, "assistant", tool_calls=asked)
    telnyx.conversations.add_message(call.id, "tool", "one", tool_call_id="c1")
    telnyx.conversations.add_message(call.id, "tool", "two", tool_call_id="c2")
    hello, look, turn, one, two = made(None, conversation_id=call.id).read()
    assert (hello, look) == (AIMessage("Hello, this is Nyx."), HumanMessage("Look twice."))
    assert isinstance(turn, AIMessage)
    assert [(each["name"], each["args"], each["id"]) for each in turn.tool_calls] == [
        ("look", {"at": 1}, "c1")
    ]
    assert [each["args"] for each in turn.invalid_tool_calls] == ["{"]
    inferred = [(each.tool_call_id, each.response_metadata) for each in (one, two)]  # type: ignore[attr-defined]  # tool messages
    assert inferred == [
        ("c1", {"tool_call_id_inferred": True}),
        ("c2", {"tool_call_id_inferred": True}),
    ]


def test_an_answer_to_no_call_has_no_id_and_is_found_by_check_history(
    made: Callable[..., History], telnyx: Telnyx
) -> None:
    call = telnyx.conversations.create()
    telnyx.conversations.add_message(call.id, "tool", "stray")
    [stray] = made(None, conversation_id=call.id).read()
    assert isinstance(stray, ToolMessage)
    assert stray.tool_call_id == ""
    assert [finding.kind for finding in check_history([stray]).findings] == ["orphan result"]


def test_what_another_added_stands_in_its_place(
    made: Callable[..., History], telnyx: Telnyx
) -> None:
    made().add(HumanMessage("Hi"), AIMessage("Hello"))
    [conversation] = telnyx.conversations.list()
    telnyx.conversations.add_message(
        conversation.id, "user", "Before all.", sent_at="2020-01-01T00:00:00Z"
    )
    assert [one.content for one in made().read()] == ["Before all.", "Hi", "Hello"]


@pytest.mark.parametrize(
    "metadata", [["z!"], ["zAAAA"], ["{"], ["[]"], ["{}"], "", 7, ['{"data":1}']]
)
def test_metadata_that_is_not_ours_is_passed_over(
    made: Callable[..., History], telnyx: Telnyx, metadata: Any
) -> None:
    call = telnyx.conversations.create()
    telnyx.conversations.add_message(call.id, "user", "Hi", metadata={"langchain": metadata})
    assert made(None, conversation_id=call.id).read() == [HumanMessage("Hi")]


# Its life, and mishaps.


def test_clearing_deletes_the_conversation_and_the_session_begins_anew(
    made: Callable[..., History], telnyx: Telnyx
) -> None:
    history = made()
    history.clear()  # nothing there is no error
    history.add(HumanMessage("Hi"))
    history.clear()
    assert telnyx.conversations.list() == []
    assert history.read() == []
    history.add(HumanMessage("Again"))
    assert history.read() == [HumanMessage("Again")]


def test_a_history_of_a_conversation_is_over_when_that_is_gone(
    made: Callable[..., History], telnyx: Telnyx
) -> None:
    call = telnyx.conversations.create()
    history = made(None, conversation_id=call.id)
    history.add(HumanMessage("Hi"))
    history.clear()
    with pytest.raises(NotFoundError):
        history.read()
    with pytest.raises(NotFoundError):
        history.add(HumanMessage("Hi"))


def test_a_session_that_two_began_at_once_loses_nothing(
    made: Callable[..., History], telnyx: Telnyx, emulator: TelnyxEmulator
) -> None:
    with ThreadPoolExecutor(4) as threads:
        histories = [TelnyxChatMessageHistory("ann", **emulator.options()) for _ in range(4)]
        list(threads.map(lambda history: history.add_user_message("Hi"), histories))
    telnyx.conversations.create(metadata={"langchain_session_id": "ann"})
    history = made()
    history.add(HumanMessage("Last"))
    assert [one.content for one in history.read()] == ["Hi"] * 4 + ["Last"]
    history.clear()
    assert telnyx.conversations.list() == []


class Watched:
    """A client of the emulator's that does something before each message goes out."""

    def __init__(self, client: Any, before: Callable[[], None]) -> None:
        self._client = client
        self._before = before
        self.build_request = client.build_request

    def send(self, request: Any, **options: Any) -> Any:
        if request.url.path.endswith("/message"):
            self._before()
        return self._client.send(request, **options)

    def close(self) -> None:
        self._client.close()


def test_what_was_added_before_a_failure_is_told_and_no_gap_is_left(
    made: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    numbers = count(1)

    def fail_the_third() -> None:
        if next(numbers) == 3:
            emulator.fail(500, times=1)

    clients = {
        name: Watched(client, fail_the_third)
        for name, client in emulator.options().items()
        if name.startswith("http_")
    }
    with pytest.raises(PartialError, match="2 of 4 messages were added") as failure:
        made(max_retries=0, **clients).add(*map(HumanMessage, "abcd"))
    assert failure.value.done == ["0", "1"]
    assert failure.value.failed.keys() == {"2", "3"}
    assert isinstance(failure.value.failed["2"], ServerError)
    assert [one.content for one in made().read()] == ["a", "b"]


def test_a_failure_of_the_first_is_its_own_error(
    made: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    emulator.fail(500, times=1, path="/message")
    with pytest.raises(ServerError):
        made(max_retries=0).add(*map(HumanMessage, "ab"))
    assert made().read() == []


def test_a_session_or_a_conversation_must_be_given() -> None:
    with pytest.raises(ConfigurationError, match="give `session_id`"):
        TelnyxChatMessageHistory()
    with pytest.raises(ConfigurationError, match="give `session_id`"):
        TelnyxChatMessageHistory("ann", conversation_id="c1")


def test_building_one_sends_nothing_and_it_can_be_pickled_without_its_key(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    TelnyxChatMessageHistory("ann", **emulator.options())
    assert not emulator.requests
    history = TelnyxChatMessageHistory("ann", api_key="KEY0190_neverToBeSeen")
    pickled = pickle.dumps(history)
    assert b"neverToBeSeen" not in pickled
    assert "neverToBeSeen" not in repr(history)
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    assert pickle.loads(pickled).session_id == "ann"  # noqa: S301 - made above


def test_a_chain_with_history_remembers(emulator: TelnyxEmulator, face: Face) -> None:
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be brief."), MessagesPlaceholder("history"), ("human", "{question}")]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LangChain's own: this way of keeping a history is old
        chain: Any = RunnableWithMessageHistory(
            prompt | ChatTelnyx(**emulator.options()),
            lambda session_id: TelnyxChatMessageHistory(session_id, **emulator.options()),
            input_messages_key="question",
            history_messages_key="history",
        )
    config = {"configurable": {"session_id": "ann"}}
    emulator.say("Titan.")
    face.invoke(chain, {"question": "Name a moon."}, config=config)
    emulator.say("Saturn's.")
    face.stream(chain, {"question": "Whose is it?"}, config=config)
    sent = json.loads([one for one in emulator.requests if "chat" in one.path][-1].body)
    assert [each["content"] for each in sent["messages"]] == [
        "Be brief.",
        "Name a moon.",
        "Titan.",
        "Whose is it?",
    ]
    kept = TelnyxChatMessageHistory("ann", **emulator.options()).messages
    assert [(each.type, each.text) for each in kept] == [
        ("human", "Name a moon."),
        ("ai", "Titan."),
        ("human", "Whose is it?"),
        ("ai", "Saturn's."),
    ]
    assert isinstance(kept[1], AIMessage)
    assert kept[1].usage_metadata
