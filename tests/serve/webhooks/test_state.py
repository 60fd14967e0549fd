"""The state grows no further than its bounds; texts are split without a loss."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_telnyx.serve import TextMessages
from langchain_telnyx.serve.webhooks.state import WebhookState
from langchain_telnyx.serve.webhooks.texts import (
    Text,
    UnusableMessage,
    parse_text,
    parts_of,
    recent,
)

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86400.0


def count(path: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(path)) as sql:
        return int(sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - the test's own


async def test_finished_events_and_idle_threads_are_deleted(tmp_path: Path) -> None:
    path, now = tmp_path / "state.sqlite3", [0.0]
    state = WebhookState(path, keep_days=30, now=lambda: now[0])
    await state.open()
    await state.record("waits", "other", b"{}")
    for number in range(120):
        now[0] = number * DAY
        thread = f"thread-{number}"
        assert await state.record(f"event-{number}", thread, b"{}")
        event = await state.next(thread)
        assert event is not None
        await state.answer(event, ["Hi"], [HumanMessage("Hello")])
        await state.finish(event.id, "done")
    assert await state.state("event-119") == "done"
    assert await state.state("event-89") == "done"
    assert await state.state("event-88") is None
    assert await state.state("waits") == "received"  # whatever its age
    await state.close()
    assert (count(path, "events"), count(path, "history")) == (32, 31)


async def test_the_texts_of_an_answered_message_are_deleted(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    state = WebhookState(path)
    await state.open()
    await state.record("event-1", "thread", b"a secret question")
    event = await state.next("thread")
    assert event is not None
    await state.answer(event, ["a secret answer"], None)
    await state.finish("event-1", "done")
    await state.close()
    with contextlib.closing(sqlite3.connect(path)) as sql:
        assert sql.execute("SELECT body, parts FROM events").fetchall() == [(None, None)]


@given(st.text(alphabet="ab .!?,;\n", max_size=300), st.integers(1, 50))
def test_the_parts_of_a_text_are_the_text(text: str, most: int) -> None:
    parts = parts_of(text, most)
    assert all(part and len(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(
    st.lists(
        st.sampled_from([HumanMessage("q"), AIMessage("a"), ToolMessage("t", tool_call_id="1")])
    ),
    st.integers(1, 10),
)
def test_a_stored_history_begins_with_a_message_of_the_person(
    history: list[Any], most: int
) -> None:
    stored = recent(history, most)
    assert len(stored) <= most
    assert stored == history[len(history) - len(stored) :]
    assert not stored or isinstance(stored[0], HumanMessage)


PAYLOAD = {
    "from": {"phone_number": "+13125550123"},
    "to": [{"phone_number": "+13125550100"}],
    "text": "Hello",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"from": None},
        {"from": {"phone_number": ""}},
        {"from": {"phone_number": 7}},
        {"to": []},
        {"to": None},
        {"to": [7]},
        {"text": None},
        {"text": "  "},
        {"text": "", "media": [{"url": None}, 7]},
        {"type": "WHATSAPP"},
    ],
)
def test_a_message_that_cannot_be_answered_is_named(changes: dict[str, Any]) -> None:
    with pytest.raises(UnusableMessage, match=r"number|type|text"):
        parse_text(PAYLOAD | changes)


def test_a_receiver_may_be_text() -> None:
    expected = Text("+13125550123", "+13125550100", "Hello")
    assert parse_text(PAYLOAD | {"to": "+13125550100"}) == expected


@pytest.mark.parametrize("name", ["keep_days", "history_messages", "concurrency", "most_runs"])
def test_an_option_must_be_more_than_zero(name: str) -> None:
    options: dict[str, Any] = {name: 0}
    with pytest.raises(ValueError, match=name):
        TextMessages(**options)
