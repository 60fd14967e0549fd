"""Histories that machines with wrong clocks write together: turns stand as they were added."""

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

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Face

SECOND = 1_000_000_000
NOON = 1_767_268_800 * SECOND  # 2026-01-01T12:00:00Z
SESSIONS = count()


class Machine:
    """A machine whose clock is wrong, and stands still between its messages.

    Args:
        wrong_by: Seconds by which its clock is ahead.
    """

    def __init__(self, wrong_by: float) -> None:
        self.now = NOON + int(wrong_by * SECOND)
        self._moments = chat_message_histories._Moments(lambda: self.now)  # noqa: SLF001 - its clock

    def add(self, history: TelnyxChatMessageHistory, *texts: str, awaited: bool) -> None:
        messages: list[BaseMessage] = [HumanMessage(text) for text in texts]
        chat_message_histories._MOMENTS = self._moments  # noqa: SLF001 - a process has one
        if awaited:
            asyncio.run(history.aadd_messages(messages))
        else:
            history.add_messages(messages)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_message_histories, "_MOMENTS", None)


TURNS = st.lists(
    st.tuples(
        st.integers(0, 2),  # the machine
        st.integers(1, 3),  # how many messages it adds
        st.integers(-5, 5),  # seconds that its clock moves before
        st.booleans(),  # whether another program adds one, dated an hour ahead
    ),
    min_size=1,
    max_size=8,
)


@given(turns=TURNS, wrong=st.lists(st.floats(-7200, 7200), min_size=3, max_size=3))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_turns_stand_as_they_were_added_whatever_the_clocks_say(
    emulator: TelnyxEmulator,
    face: Face,
    turns: list[tuple[int, int, int, bool]],
    wrong: list[float],
) -> None:
    session, telnyx = f"session-{next(SESSIONS)}", Telnyx(**emulator.options())
    machines = [Machine(seconds) for seconds in wrong]
    added: list[str] = []
    for which, size, passed, other in turns:
        history = TelnyxChatMessageHistory(session, client=telnyx)
        machines[which].now += passed * SECOND
        texts = [f"{len(added) + number}" for number in range(size)]
        machines[which].add(history, *texts, awaited=face.awaited)
        added += texts
        if other:
            [chat] = telnyx.conversations.list(metadata={"langchain_session_id": f"eq.{session}"})
            [*_, last] = telnyx.conversations.transcript(chat.id)
            assert last.moment
            added.append(f"other {len(added)}")
            later = last.moment + timedelta(hours=1)
            telnyx.conversations.add_message(chat.id, "assistant", added[-1], sent_at=later)
    read = TelnyxChatMessageHistory(session, client=telnyx).messages
    assert [message.content for message in read] == added


class Keeping:
    """A service that keeps the time of a message in its own way.

    Args:
        kept: Makes the times of a row of the time that was told, and the number of the row.
    """

    def __init__(self, kept: Callable[[str, int], dict[str, Any]]) -> None:
        self._kept = kept
        self._rows: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            told = json.loads(request.content)
            times = self._kept(told["sent_at"], len(self._rows))
            row = {"role": told["role"], "text": told["content"], "metadata": told["metadata"]}
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


KEPT: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "exactly": lambda told, _: {"sent_at": told},
    "in whole seconds": lambda told, _: {"sent_at": f"{told[:19]}Z"},
    "in whole hours": lambda told, _: {"sent_at": f"{told[:13]}:00:00Z"},
    "by its own clock": lambda _, number: {"created_at": f"2026-01-01T12:00:{number:02}Z"},
    "by its own clock, in minutes": lambda _, n: {"created_at": f"2026-01-01T12:{n // 3:02}:00Z"},
    "not at all": lambda *_: {},
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=list(KEPT))
def test_the_order_stands_however_precisely_a_service_keeps_times(
    face: Face, kept: Callable[[str, int], dict[str, Any]]
) -> None:
    telnyx = client_of(Keeping(kept))
    ahead, behind = Machine(3600), Machine(-3600)
    texts = [f"{number}" for number in range(9)]
    for number in range(0, 9, 3):
        machine = ahead if number % 2 == 0 else behind
        history = TelnyxChatMessageHistory(conversation_id="c1", client=telnyx)
        machine.add(history, *texts[number : number + 3], awaited=face.awaited)
    read = TelnyxChatMessageHistory(conversation_id="c1", client=telnyx).messages
    assert [message.content for message in read] == texts


def test_what_is_dated_ahead_by_others_stands_before_what_is_added(
    emulator: TelnyxEmulator, face: Face
) -> None:
    telnyx = Telnyx(**emulator.options())
    chat = telnyx.conversations.create()
    telnyx.conversations.add_message(chat.id, "assistant", "Hello", sent_at="2099-01-01T00:00:00Z")
    history = TelnyxChatMessageHistory(conversation_id=chat.id, client=telnyx)
    Machine(0).add(history, "Hi", awaited=face.awaited)
    assert history.messages == [AIMessage("Hello"), HumanMessage("Hi")]


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-10:00"])
def test_a_conversation_that_ends_with_time_itself_takes_no_more(face: Face, end: str) -> None:
    rows = [{"role": "user", "text": "The end", "sent_at": end}]
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json={"data": rows})

    history = TelnyxChatMessageHistory(conversation_id="c1", client=client_of(answer))
    with pytest.raises(ValueError, match=r"'c1' has a message of 9999-12-31 .* no time is left"):
        Machine(0).add(history, "And then?", awaited=face.awaited)
    assert asked == ["GET"]


def test_a_process_remembers_the_conversations_of_late_only(
    emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_message_histories, "_MOST_REMEMBERED", 2)
    telnyx, machine = Telnyx(**emulator.options()), Machine(0)
    chats = [telnyx.conversations.create().id for _ in range(4)]
    for turn in range(2):
        for chat in chats:
            history = TelnyxChatMessageHistory(conversation_id=chat, client=telnyx)
            machine.add(history, f"{turn}", awaited=False)
    for chat in chats:
        history = TelnyxChatMessageHistory(conversation_id=chat, client=telnyx)
        assert [message.content for message in history.messages] == ["0", "1"]
    assert len(machine._moments._last) == 2  # noqa: SLF001 - nothing else shows it
