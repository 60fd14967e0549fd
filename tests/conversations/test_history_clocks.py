"""Message histories written by machines with different clocks: messages stay in order."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from langchain_telnyx import Telnyx, TelnyxChatMessageHistory
from langchain_telnyx.conversations import message_history as chat_message_histories
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

SECOND = 1_000_000_000
NOON = 1_767_268_800 * SECOND  # 2026-01-01T12:00:00Z
SESSIONS = count()


class Machine:
    """A machine with a wrong clock that does not advance between messages.

    Args:
        wrong_by: Number of seconds by which its clock is ahead.
    """

    def __init__(self, wrong_by: float) -> None:
        self.now = NOON + int(wrong_by * SECOND)
        self._times = chat_message_histories._UniqueTimes(lambda: self.now)  # noqa: SLF001 - its clock

    def add(self, history: TelnyxChatMessageHistory, *texts: str, awaited: bool) -> None:
        messages: list[BaseMessage] = [HumanMessage(text) for text in texts]
        chat_message_histories._TIMES = self._times  # noqa: SLF001 - one per process
        if awaited:
            asyncio.run(history.aadd_messages(messages))
        else:
            history.add_messages(messages)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_message_histories, "_TIMES", None)


TURNS = st.lists(
    st.tuples(
        st.integers(0, 2),  # the machine
        st.integers(1, 3),  # number of messages it adds
        st.integers(-5, 5),  # seconds by which its clock moves before
        st.booleans(),  # whether another program adds one, dated an hour ahead
    ),
    min_size=1,
    max_size=8,
)


@given(turns=TURNS, wrong=st.lists(st.floats(-7200, 7200), min_size=3, max_size=3))
@settings(
    max_examples=examples(25),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_messages_stay_in_order_with_wrong_clocks(
    emulator: TelnyxEmulator,
    mode: Mode,
    turns: list[tuple[int, int, int, bool]],
    wrong: list[float],
) -> None:
    session, telnyx = f"session-{next(SESSIONS)}", Telnyx(**emulator.options())
    machines = [Machine(wrong_by) for wrong_by in wrong]
    added: list[str] = []
    for which, size, seconds, other in turns:
        history = TelnyxChatMessageHistory(session, client=telnyx)
        machines[which].now += seconds * SECOND
        texts = [f"{len(added) + number}" for number in range(size)]
        machines[which].add(history, *texts, awaited=mode.awaited)
        added += texts
        if other:
            [chat] = telnyx.conversations.list(metadata={"langchain_session_id": f"eq.{session}"})
            stored = telnyx.conversations.transcript(chat.id)
            [*_, last] = [row for row in stored if row.is_message]
            assert last.moment
            added.append(f"other {len(added)}")
            later = last.moment + timedelta(hours=1)
            telnyx.conversations.add_message(chat.id, "assistant", added[-1], sent_at=later)
    read = TelnyxChatMessageHistory(session, client=telnyx).messages
    assert [message.content for message in read] == added


class FakeService:
    """A service that stores the time of a message in a given way.

    Args:
        stored: Returns the time fields of a row, from the `sent_at` of the request and the row's
            number.
    """

    def __init__(self, stored: Callable[[str, int], dict[str, Any]]) -> None:
        self._stored = stored
        self._rows: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            body = json.loads(request.content)
            times = self._stored(body["sent_at"], len(self._rows))
            row = {"role": body["role"], "text": body["content"], "metadata": body["metadata"]}
            self._rows.insert(0, {**row, **times})
            return httpx.Response(200)
        return httpx.Response(200, json={"data": self._rows})


def client_of(service: Callable[[httpx.Request], httpx.Response]) -> Telnyx:
    transport = httpx.MockTransport(service)
    return Telnyx(
        api_key="KEY",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )


STORED_TIMES: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "exactly": lambda sent_at, _: {"sent_at": sent_at},
    "in whole seconds": lambda sent_at, _: {"sent_at": f"{sent_at[:19]}Z"},
    "in whole hours": lambda sent_at, _: {"sent_at": f"{sent_at[:13]}:00:00Z"},
    "by its own clock": lambda _, number: {"created_at": f"2026-01-01T12:00:{number:02}Z"},
    "by its own clock, in minutes": lambda _, n: {"created_at": f"2026-01-01T12:{n // 3:02}:00Z"},
    "not at all": lambda *_: {},
}


@pytest.mark.parametrize("stored", STORED_TIMES.values(), ids=list(STORED_TIMES))
def test_messages_stay_in_order_whatever_precision_the_service_stores(
    mode: Mode, stored: Callable[[str, int], dict[str, Any]]
) -> None:
    telnyx = client_of(FakeService(stored))
    ahead, behind = Machine(3600), Machine(-3600)
    texts = [f"{number}" for number in range(9)]
    for number in range(0, 9, 3):
        machine = ahead if number % 2 == 0 else behind
        history = TelnyxChatMessageHistory(conversation_id="c1", client=telnyx)
        machine.add(history, *texts[number : number + 3], awaited=mode.awaited)
    read = TelnyxChatMessageHistory(conversation_id="c1", client=telnyx).messages
    assert [message.content for message in read] == texts


def test_new_messages_follow_messages_with_a_future_time(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    telnyx = Telnyx(**emulator.options())
    chat = telnyx.conversations.create()
    telnyx.conversations.add_message(chat.id, "assistant", "Hello", sent_at="2099-01-01T00:00:00Z")
    history = TelnyxChatMessageHistory(conversation_id=chat.id, client=telnyx)
    Machine(0).add(history, "Hi", awaited=mode.awaited)
    assert history.messages == [AIMessage("Hello"), HumanMessage("Hi")]


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-10:00"])
def test_a_message_of_the_latest_possible_time_prevents_new_ones(mode: Mode, end: str) -> None:
    rows = [{"role": "user", "text": "The end", "sent_at": end}]
    methods: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        return httpx.Response(200, json={"data": rows})

    history = TelnyxChatMessageHistory(conversation_id="c1", client=client_of(answer))
    with pytest.raises(
        ValueError, match=r"'c1' has a message of 9999-12-31 .* latest possible time"
    ):
        Machine(0).add(history, "And then?", awaited=mode.awaited)
    assert methods == ["GET"]


def test_a_process_caches_a_limited_number_of_conversations(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_message_histories, "_MAX_CONVERSATIONS", 2)
    telnyx, machine = Telnyx(**emulator.options()), Machine(0)
    chats = [telnyx.conversations.create().id for _ in range(4)]
    for turn in range(2):
        for chat in chats:
            history = TelnyxChatMessageHistory(conversation_id=chat, client=telnyx)
            machine.add(history, f"{turn}", awaited=False)
    for chat in chats:
        history = TelnyxChatMessageHistory(conversation_id=chat, client=telnyx)
        assert [message.content for message in history.messages] == ["0", "1"]
    assert len(machine._times._last) == 2  # noqa: SLF001 - not visible otherwise
