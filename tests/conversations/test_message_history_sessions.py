"""Message histories shared with other programs, cleared, and interrupted by failures."""

from __future__ import annotations

import json
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    HumanMessage,
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
from langchain_telnyx.emulator import Quirks

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode
from tests.conversations.test_message_history import CHAT, History


@pytest.fixture
def open_history(emulator: TelnyxEmulator, mode: Mode) -> Callable[..., History]:
    def history(session: str | None = "ann", **options: Any) -> History:
        opened = TelnyxChatMessageHistory(session, **{**emulator.options(), **options})
        return History(opened, awaited=mode.awaited)

    return history


@pytest.fixture
def telnyx(emulator: TelnyxEmulator) -> Telnyx:
    return Telnyx(**emulator.options())


def test_other_programs_read_roles_and_texts(
    open_history: Callable[..., History], telnyx: Telnyx
) -> None:
    open_history(name="Moons", metadata={"user_id": "123"}).add(*CHAT[:5])
    [conversation] = telnyx.conversations.list()
    assert conversation.name == "Moons"
    assert conversation.metadata == {"user_id": "123", "langchain_session_id": "ann"}
    rows = telnyx.conversations.transcript(conversation.id)
    messages = [row for row in rows if row.is_message]
    assert [(one.role, one.text) for one in messages] == [
        ("assistant", ""),  # the system message
        ("user", "Weather and time in Ōsaka?"),
        ("assistant", "I look."),
        ("tool", "No such city."),
        ("tool", "Sunny."),
    ]
    functions = [call.function for call in messages[2].tool_calls or []]
    assert [each and (each.name, json.loads(each.arguments)) for each in functions] == [
        ("weather", {"city": "Ōsaka", "days": [1, 2]}),
        ("time", {}),
    ]


def test_a_callers_conversation_is_decoded_from_role_and_text(
    open_history: Callable[..., History], telnyx: Telnyx
) -> None:
    call = telnyx.conversations.create()
    tool_calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": "look", "arguments": args}}
        for n, args in ((1, '{"at": 1}'), (2, "{"))
    ]
    telnyx.conversations.add_message(call.id, "assistant", "Hello, this is Nyx.")
    telnyx.conversations.add_message(call.id, "user", "Look twice.")
    telnyx.conversations.add_message(call.id, "assistant", tool_calls=tool_calls)
    telnyx.conversations.add_message(call.id, "tool", "one", tool_call_id="c1")
    telnyx.conversations.add_message(call.id, "tool", "two", tool_call_id="c2")
    hello, look, turn, one, two = open_history(None, conversation_id=call.id).read()
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


def test_a_tool_message_without_a_call_is_reported_by_check_history(
    open_history: Callable[..., History], telnyx: Telnyx
) -> None:
    call = telnyx.conversations.create()
    telnyx.conversations.add_message(call.id, "tool", "stray")
    [stray] = open_history(None, conversation_id=call.id).read()
    assert isinstance(stray, ToolMessage)
    assert stray.tool_call_id == ""
    assert [finding.kind for finding in check_history([stray]).findings] == ["orphan result"]


def test_messages_of_other_programs_are_in_order_of_time(
    open_history: Callable[..., History], telnyx: Telnyx
) -> None:
    open_history().add(HumanMessage("Hi"), AIMessage("Hello"))
    [conversation] = telnyx.conversations.list()
    telnyx.conversations.add_message(
        conversation.id, "user", "Before all.", sent_at="2020-01-01T00:00:00Z"
    )
    assert [one.content for one in open_history().read()] == ["Before all.", "Hi", "Hello"]


@pytest.mark.telnyx_emulator(quirks=Quirks(odd_rows=True))
def test_events_among_the_messages_are_omitted(
    open_history: Callable[..., History], emulator: TelnyxEmulator, telnyx: Telnyx, mode: Mode
) -> None:
    history = open_history()
    history.add(HumanMessage("Name a moon."))
    [conversation] = telnyx.conversations.list()
    rows = telnyx.conversations.transcript(conversation.id)
    assert [row.role for row in rows if not row.is_message] == ["event"]
    assert history.read() == [HumanMessage("Name a moon.")]
    # The service refuses messages of other roles.
    emulator.say("Titan.")
    assert mode.invoke(ChatTelnyx(**emulator.options()), history.read()).text == "Titan."


def test_a_text_of_another_role_is_returned(open_history: Callable[..., History]) -> None:
    history = open_history()
    history.add(ChatMessage(content="Transferred.", role="event"))
    assert history.read() == [ChatMessage(content="Transferred.", role="event")]


@pytest.mark.parametrize(
    "metadata", [["z!"], ["zAAAA"], ["{"], ["[]"], ["{}"], "", 7, ['{"data":1}']]
)
def test_unknown_metadata_is_ignored(
    open_history: Callable[..., History], telnyx: Telnyx, metadata: Any
) -> None:
    call = telnyx.conversations.create()
    telnyx.conversations.add_message(call.id, "user", "Hi", metadata={"langchain": metadata})
    assert open_history(None, conversation_id=call.id).read() == [HumanMessage("Hi")]


# Clearing, concurrency and errors.


def test_clearing_deletes_the_conversation_and_the_session_continues(
    open_history: Callable[..., History], telnyx: Telnyx
) -> None:
    history = open_history()
    history.clear()  # no conversation yet
    history.add(HumanMessage("Hi"))
    history.clear()
    assert telnyx.conversations.list() == []
    assert history.read() == []
    history.add(HumanMessage("Again"))
    assert history.read() == [HumanMessage("Again")]


def test_a_history_of_a_deleted_conversation_raises(
    open_history: Callable[..., History], telnyx: Telnyx
) -> None:
    call = telnyx.conversations.create()
    history = open_history(None, conversation_id=call.id)
    history.add(HumanMessage("Hi"))
    history.clear()
    with pytest.raises(NotFoundError):
        history.read()
    with pytest.raises(NotFoundError):
        history.add(HumanMessage("Hi"))


def test_a_session_with_two_conversations_loses_no_message(
    open_history: Callable[..., History], telnyx: Telnyx, emulator: TelnyxEmulator
) -> None:
    with ThreadPoolExecutor(4) as threads:
        histories = [TelnyxChatMessageHistory("ann", **emulator.options()) for _ in range(4)]
        list(threads.map(lambda history: history.add_user_message("Hi"), histories))
    telnyx.conversations.create(metadata={"langchain_session_id": "ann"})
    history = open_history()
    history.add(HumanMessage("Last"))
    assert [one.content for one in history.read()] == ["Hi"] * 4 + ["Last"]
    history.clear()
    assert telnyx.conversations.list() == []


class ClientWithHook:
    """A client of the emulator that calls a function before each message is sent."""

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


def test_a_failure_reports_the_messages_added_before_it(
    open_history: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    numbers = count(1)

    def fail_the_third() -> None:
        if next(numbers) == 3:
            emulator.fail(500, times=1)

    clients = {
        name: ClientWithHook(client, fail_the_third)
        for name, client in emulator.options().items()
        if name.startswith("http_")
    }
    with pytest.raises(PartialError, match="2 of 4 messages were added") as failure:
        open_history(max_retries=0, **clients).add(*map(HumanMessage, "abcd"))
    assert failure.value.done == ["0", "1"]
    assert failure.value.failed.keys() == {"2", "3"}
    assert isinstance(failure.value.failed["2"], ServerError)
    assert [one.content for one in open_history().read()] == ["a", "b"]


def test_a_failure_of_the_first_message_is_raised_unchanged(
    open_history: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    emulator.fail(500, times=1, path="/message")
    with pytest.raises(ServerError):
        open_history(max_retries=0).add(*map(HumanMessage, "ab"))
    assert open_history().read() == []


def test_a_session_or_a_conversation_is_required() -> None:
    with pytest.raises(ConfigurationError, match="Pass either `session_id`"):
        TelnyxChatMessageHistory()
    with pytest.raises(ConfigurationError, match="Pass either `session_id`"):
        TelnyxChatMessageHistory("ann", conversation_id="c1")


def test_the_constructor_sends_nothing_and_pickles_have_no_key(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    TelnyxChatMessageHistory("ann", **emulator.options())
    assert not emulator.requests
    history = TelnyxChatMessageHistory("ann", api_key="KEY0190_neverToBeSeen")
    pickled = pickle.dumps(history)
    assert b"neverToBeSeen" not in pickled
    assert "neverToBeSeen" not in repr(history)
    monkeypatch.setenv("TELNYX_API_KEY", emulator.api_key)
    assert pickle.loads(pickled).session_id == "ann"  # noqa: S301 - open_history above


@pytest.mark.default_quirks("The stored answer has usage.", "usage_absent", "stream_usage")
def test_a_chain_with_history_remembers(emulator: TelnyxEmulator, mode: Mode) -> None:
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be brief."), MessagesPlaceholder("history"), ("human", "{question}")]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the class is deprecated in LangChain
        chain: Any = RunnableWithMessageHistory(
            prompt | ChatTelnyx(**emulator.options()),
            lambda session_id: TelnyxChatMessageHistory(session_id, **emulator.options()),
            input_messages_key="question",
            history_messages_key="history",
        )
    config = {"configurable": {"session_id": "ann"}}
    emulator.say("Titan.")
    mode.invoke(chain, {"question": "Name a moon."}, config=config)
    emulator.say("Saturn's.")
    mode.stream(chain, {"question": "Whose is it?"}, config=config)
    sent = json.loads([one for one in emulator.requests if "chat" in one.path][-1].body)
    assert [each["content"] for each in sent["messages"]] == [
        "Be brief.",
        "Name a moon.",
        "Titan.",
        "Whose is it?",
    ]
    stored = TelnyxChatMessageHistory("ann", **emulator.options()).messages
    assert [(each.type, each.text) for each in stored] == [
        ("human", "Name a moon."),
        ("ai", "Titan."),
        ("human", "Whose is it?"),
        ("ai", "Saturn's."),
    ]
    assert isinstance(stored[1], AIMessage)
    assert stored[1].usage_metadata
