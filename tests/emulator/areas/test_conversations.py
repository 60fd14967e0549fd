"""Conversations and their messages, by plain HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.conftest import Api

NOWHERE = "00000000-0000-4000-8000-000000000000"


def begin(api: Api, **fields: Any) -> str:
    answer = api.send("POST", "/ai/conversations", json=fields)
    assert answer.status_code == 200, answer.text
    conversation_id: str = answer.json()["id"]
    return conversation_id


def say(api: Api, conversation_id: str, role: str, content: str = "", **fields: Any) -> None:
    answer = api.send(
        "POST",
        f"/ai/conversations/{conversation_id}/message",
        json={"role": role, "content": content, **fields},
    )
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_new_conversation_is_answered_bare_and_fetched_wrapped(api: Api) -> None:
    made = api.send(
        "POST", "/ai/conversations", json={"name": "my chat", "metadata": {"user_id": "123"}}
    ).json()
    assert made == {
        "id": made["id"],
        "name": "my chat",
        "metadata": {"user_id": "123"},
        "created_at": "2026-01-01T00:00:00.000Z",
        "last_message_at": "2026-01-01T00:00:00.000Z",
    }
    assert api.data("GET", f"/ai/conversations/{made['id']}") == made
    assert api.data("GET", "/ai/conversations") == [made]


def test_updating_puts_new_metadata_in_the_place_of_the_old(api: Api) -> None:
    chat = begin(api, name="chat", metadata={"ai_disabled": True, "user_id": "1"})
    assert api.data("GET", f"/ai/conversations/{chat}")["metadata"]["ai_disabled"] == "true"
    updated = api.data("PUT", f"/ai/conversations/{chat}", json={"metadata": {"user_id": "2"}})
    assert (updated["name"], updated["metadata"]) == ("chat", {"user_id": "2"})
    params = {"metadata->user_id": "eq.2", "metadata->ai_disabled": "is.null"}
    assert [row["id"] for row in api.data("GET", "/ai/conversations", params=params)] == [chat]


@pytest.mark.parametrize("limit", [None, "100", "500"])
def test_conversations_are_listed_a_hundred_at_a_time_at_most(api: Api, limit: str | None) -> None:
    for _ in range(103):
        begin(api)
    params = {} if limit is None else {"limit": limit}
    assert len(api.data("GET", "/ai/conversations", params=params)) == 100


def test_messages_are_read_the_latest_first_page_by_page(api: Api) -> None:
    chat = begin(api)
    say(api, chat, "assistant", "Hello, this is Nyx.")
    say(api, chat, "user", "Hi!", sent_at="2025-12-31T23:59:00+01:00", metadata={"n": 1})
    say(api, chat, "user", "Are you there?")
    path = f"/ai/conversations/{chat}/messages"
    first = api.send("GET", path, params={"page[size]": "2"}).json()
    assert [row["text"] for row in first["data"]] == ["Are you there?", "Hi!"]
    assert first["data"][1] == {
        "role": "user",
        "text": "Hi!",
        "created_at": "2026-01-01T00:00:00.002Z",
        "sent_at": "2025-12-31T22:59:00.000Z",
        "metadata": {"n": 1},
    }
    assert first["meta"] == {
        "total_pages": 2,
        "total_results": 3,
        "page_number": 1,
        "page_size": 2,
    }
    second = api.data("GET", path, params={"page[size]": "2", "page[number]": "2"})
    assert [row["text"] for row in second] == ["Hello, this is Nyx."]
    last = api.data("GET", f"/ai/conversations/{chat}")["last_message_at"]
    assert last == "2026-01-01T00:00:00.003Z"


def test_instructions_are_stored_but_not_returned(api: Api) -> None:
    chat = begin(api)
    say(api, chat, "system", "Be brief.")
    say(api, chat, "user", "Hi!")
    answer = api.send("GET", f"/ai/conversations/{chat}/messages").json()
    assert [row["role"] for row in answer["data"]] == ["user"]
    assert answer["meta"]["total_results"] == 1
    stored = api.emulator.account.conversations.messages.spoken(chat)
    assert [message.content for message in stored] == ["Be brief.", "Hi!"]


def test_tool_calls_are_read_in_the_documented_form_without_the_id_they_answer(api: Api) -> None:
    chat = begin(api)
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "look_up", "arguments": '{"q": 1}'},
    }
    say(api, chat, "assistant", tool_calls=[call, {"strange": True}], tool_choice="auto")
    say(api, chat, "tool", "42", tool_call_id="call_1", name="look_up")
    result, asking = api.data("GET", f"/ai/conversations/{chat}/messages")
    assert asking["text"] == ""
    assert asking["tool_calls"] == [call]
    assert result.keys() == {"role", "text", "created_at", "sent_at"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"metadata": {}}),
        ("DELETE", "", None),
        ("POST", "/message", {"role": "user"}),
        ("GET", "/messages", None),
        ("GET", "/conversations-insights", None),
    ],
)
def test_an_unknown_conversation_is_not_found(api: Api, method: str, path: str, body: Any) -> None:
    answer = api.send(method, f"/ai/conversations/{NOWHERE}{path}", json=body)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "10005"


def test_metadata_must_not_be_null(api: Api) -> None:
    chat = begin(api, metadata={"user_id": "1"})
    path = f"/ai/conversations/{chat}"
    assert api.send("PUT", path, json={"metadata": None}).status_code == 422
    assert api.data("PUT", path, json={})["metadata"] == {"user_id": "1"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"name": 1}),
        ("", {"name": None}),
        ("", {"metadata": {"a": 1}}),
        ("", {"metadata": {"a": True}}),
        ("", []),
        ("/{}/message", {}),
        ("/{}/message", {"role": 1}),
        ("/{}/message", {"role": "user", "content": None}),
        ("/{}/message", {"role": "user", "sent_at": "yesterday"}),
        ("/{}/message", {"role": "user", "sent_at": "2025-01-01"}),
        ("/{}/message", {"role": "user", "tool_calls": ["a"]}),
        ("/{}/message", {"role": "user", "metadata": {"a": {}}}),
        ("/{}/message", {"role": "user", "metadata": {"a": 1.5}}),
    ],
)
def test_a_wrong_type_is_refused(api: Api, path: str, body: Any) -> None:
    where = path.format(begin(api)) if path else ""
    assert api.send("POST", f"/ai/conversations{where}", json=body).status_code == 422


def test_the_first_moment_of_the_calendar_is_a_time(api: Api) -> None:
    chat = begin(api)
    say(api, chat, "user", "Hi!", sent_at="0001-01-01T00:00:00+14:00")
    [read] = api.data("GET", f"/ai/conversations/{chat}/messages")
    assert read["sent_at"] == "0001-01-01T00:00:00+14:00"


def test_deleting_a_conversation_deletes_its_messages(api: Api) -> None:
    chat, other = begin(api), begin(api)
    for each in (chat, other):
        say(api, each, "user", "Hi!")
    answer = api.send("DELETE", f"/ai/conversations/{chat}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert [row["id"] for row in api.data("GET", "/ai/conversations")] == [other]
    left = api.emulator.account.store.rows("SELECT conversation_id FROM conversation_messages")
    assert [row[0] for row in left] == [other]


def test_conversations_survive_a_restart(tmp_path: Path) -> None:
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        made = emulator.account.conversations.records.create("chat", {"user_id": "1"})
    with TelnyxEmulator(sockets=False, data=tmp_path) as emulator:
        assert emulator.account.conversations.records.listed() == [made]
        assert emulator.account.conversations.templates.page(limit=9, offset=0)[0] == 2


def test_a_reset_account_has_no_conversations_and_the_insights_that_are_managed(api: Api) -> None:
    begin(api)
    api.emulator.reset()
    assert api.data("GET", "/ai/conversations") == []
    assert len(api.data("GET", "/ai/conversations/insights")) == 2
