"""Conversations, their messages and their insights, sync and async, against the emulator."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, TaskError, TaskTimeoutError
from langchain_telnyx.client.postgrest import any_of, eq, gte, like, lt, missing
from langchain_telnyx.emulator.runtime.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator

PHONE = "+13125550001"
Serve = Callable[[Callable[..., Any]], str]
AsAsync = Callable[[Telnyx], Any]


def last_json(emulator: TelnyxEmulator) -> Any:
    return json.loads(emulator.requests[-1].body)


def answering(serve: Serve, as_async: AsAsync, *bodies: Any) -> Any:
    """Return a client of a server that returns these bodies, the last one repeatedly."""
    left = list(bodies)

    def answer(*_: Any) -> tuple[int, dict[str, str], bytes]:
        body = left.pop(0) if len(left) > 1 else left[0]
        return 200, {"content-type": "application/json"}, json.dumps(body).encode()

    return as_async(Telnyx(api_key="KEY1", base_url=f"{serve(answer)}/v2", max_retries=0))


async def test_a_conversation_is_created_described_and_deleted(
    api: Any, emulator: TelnyxEmulator
) -> None:
    made = await api.conversations.create(name="my chat", metadata={"user_id": "123"})
    assert last_json(emulator) == {"name": "my chat", "metadata": {"user_id": "123"}}
    assert (made.name, made.metadata) == ("my chat", {"user_id": "123"})
    assert made.created_at == made.last_message_at
    assert await api.conversations.get(made.id) == made
    changed = await api.conversations.update(made.id, metadata={"ai_disabled": True})
    assert last_json(emulator) == {"metadata": {"ai_disabled": "true"}}
    assert (changed.name, changed.metadata) == ("my chat", {"ai_disabled": "true"})
    await api.conversations.delete(made.id)
    with pytest.raises(NotFoundError):
        await api.conversations.get(made.id)


async def test_omitted_fields_are_not_sent(api: Any, emulator: TelnyxEmulator) -> None:
    made = await api.conversations.create()
    assert last_json(emulator) == {}
    await api.conversations.add_message(made.id, "user")
    assert last_json(emulator) == {"role": "user"}


BARE = {"id": "c1", "created_at": "2025-04-15T13:07:28.764Z", "metadata": {}}


@pytest.mark.parametrize("body", [BARE, {"data": BARE}], ids=["bare", "wrapped"])
async def test_a_conversation_may_have_an_envelope_or_not(
    serve: Serve, as_async: AsAsync, body: Any
) -> None:
    api = answering(serve, as_async, body)
    assert (await api.conversations.create()).id == "c1"
    assert (await api.conversations.get("c1")).id == "c1"


async def test_metadata_values_may_be_strings_or_not(serve: Serve, as_async: AsAsync) -> None:
    body = {"data": {"id": "c1", "metadata": {"ai_disabled": True, "user_id": "1"}}}
    api = answering(serve, as_async, body)
    got = await api.conversations.get("c1")
    assert got.metadata == {"ai_disabled": True, "user_id": "1"}


async def test_the_retries_of_a_creation_share_their_key(
    api: Any, emulator: TelnyxEmulator
) -> None:
    emulator.fail(503, times=1, retry_after=0)
    made = await api.conversations.create(name="once")
    keys = {request.headers["idempotency-key"] for request in emulator.requests}
    assert len(keys) == 1
    again = await api.conversations.create(name="mine", idempotency_key="my-key")
    assert await api.conversations.create(name="mine", idempotency_key="my-key") == again
    assert [row.id for row in await api.conversations.list()] == [made.id, again.id]


async def test_conversations_are_found_by_filters(api: Any, emulator: TelnyxEmulator) -> None:
    ann = await api.conversations.create(
        name="Voice 1", metadata={"telnyx_end_user_target": PHONE, "user_id": "1"}
    )
    bob = await api.conversations.create(name="Voice 2", metadata={"user_id": "2"})
    cy = await api.conversations.create(name="Chat", metadata={"user_id": "3"})
    found = await api.conversations.list(metadata={"telnyx_end_user_target": eq(PHONE)})
    assert [row.id for row in found] == [ann.id]
    assert emulator.requests[-1].query == "metadata-%3Etelnyx_end_user_target=eq.%2B13125550001"
    for filters, expected in (
        ({"name": "like.Voice%", "order": "created_at.desc"}, [bob, ann]),
        ({"name": [like("Voice%"), ~eq("Voice 1")]}, [bob]),
        ({"id": eq(cy.id)}, [cy]),
        ({"created_at": [gte(bob.created_at), lt(cy.created_at)]}, [bob]),
        ({"last_message_at": gte("2030-01-01")}, []),
        ({"metadata": {"telnyx_end_user_target": missing()}, "limit": 1}, [bob]),
        ({"or_": any_of(("name", eq("Chat")), ("metadata->user_id", eq("1")))}, [ann, cy]),
        ({"or_": "(name.eq.Chat,name.eq.x)"}, [cy]),
    ):
        assert await api.conversations.list(**filters) == expected


async def test_a_filter_without_an_operator_is_not_sent(api: Any) -> None:
    with pytest.raises(ValueError, match=r"write `eq\('123'\)`"):
        await api.conversations.list(metadata={"user_id": "123"})


async def test_all_conversations_are_listed_newest_first(
    api: Any, emulator: TelnyxEmulator
) -> None:
    conversations = emulator.account.conversations
    made = [conversations.records.create("", {"user_id": str(number % 2)}) for number in range(11)]
    # Several that began at the same time, across a page boundary.
    emulator.account.store.execute(
        "UPDATE conversations SET created_at = ? WHERE number IN (5, 6, 7, 8)", made[4].created_at
    )
    walked = await api.conversations.iterate(page_size=4)
    assert sorted(row.id for row in walked) == sorted(row.id for row in made)
    times = [row.created_at for row in walked]
    assert times == sorted(times, reverse=True)
    some = await api.conversations.iterate(
        page_size=2, metadata={"user_id": eq("1")}, created_at=gte(made[3].created_at)
    )
    assert [row.id for row in some] == [made[9].id, *(made[n].id for n in (7, 5)), made[3].id]


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_a_listing_of_conversations_ends(
    api: Any, emulator: TelnyxEmulator, count: int
) -> None:
    for _ in range(count):
        emulator.account.conversations.records.create("", {})
    assert len(await api.conversations.iterate()) == count
    assert len(await api.conversations.iterate(page_size=1)) == count
    assert len(emulator.requests) <= 2 * count + 5


async def test_message_webhooks_have_all_their_fields(api: Any, emulator: TelnyxEmulator) -> None:
    chat = await api.conversations.create()
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    await api.conversations.add_message(
        chat.id,
        "assistant",
        "One moment.",
        name="nyx",
        sent_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        tool_calls=[call],
        tool_choice={"type": "auto"},
        metadata={"source": "web", "tags": ["a", 1, True]},
        idempotency_key="k1",
    )
    assert last_json(emulator) == {
        "role": "assistant",
        "content": "One moment.",
        "name": "nyx",
        "sent_at": "2026-01-01T12:00:00+00:00",
        "tool_calls": [call],
        "tool_choice": {"type": "auto"},
        "metadata": {"source": "web", "tags": ["a", 1, True]},
    }
    assert emulator.requests[-1].headers["idempotency-key"] == "k1"
    await api.conversations.add_message(chat.id, "tool", "42", tool_call_id="call_1")
    assert last_json(emulator)["tool_call_id"] == "call_1"
    _, message = await api.conversations.messages(chat.id)
    assert (message.role, message.text) == ("assistant", "One moment.")
    assert message.sent_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert message.tool_calls[0].function.name == "f"
    assert message.metadata == {"source": "web", "tags": ["a", 1, True]}


async def test_a_transcript_is_sorted_by_time(api: Any, emulator: TelnyxEmulator) -> None:
    chat = await api.conversations.create()
    for number in range(5):
        await api.conversations.add_message(chat.id, "user", f"{number}")
    late = "2025-12-31T23:00:00Z"
    await api.conversations.add_message(chat.id, "user", "said first", sent_at=late)
    pages = await api.conversations.messages(chat.id, page_size=2)
    assert [message.text for message in pages] == ["said first", "4", "3", "2", "1", "0"]
    assert [request.query for request in emulator.requests][-2:] == [
        "page%5Bnumber%5D=2&page%5Bsize%5D=2",
        "page%5Bnumber%5D=3&page%5Bsize%5D=2",
    ]
    transcript = await api.conversations.transcript(chat.id)
    assert [message.text for message in transcript] == ["said first", "0", "1", "2", "3", "4"]


async def test_messages_may_lack_text_times_and_known_roles(
    serve: Serve, as_async: AsAsync
) -> None:
    messages = [
        {"role": "narrator", "text": "Curtain."},
        {"role": "assistant", "text": None, "created_at": "2025-04-15T13:07:28"},
        {"role": "user", "text": "Hi", "sent_at": "2025-04-15T13:07:27.764Z"},
    ]
    api = answering(serve, as_async, {"data": messages})
    transcript = await api.conversations.transcript("c1")
    assert [message.text for message in transcript] == ["Hi", None, "Curtain."]


async def test_messages_with_equal_times_are_in_the_order_of_insertion(api: Any) -> None:
    chat = await api.conversations.create()
    for number in range(4):
        moment = f"2026-01-01T00:00:0{number // 3}Z"
        await api.conversations.add_message(chat.id, "user", f"{number}", sent_at=moment)
    transcript = await api.conversations.transcript(chat.id)
    assert [message.text for message in transcript] == ["0", "1", "2", "3"]


@pytest.fixture
async def ended(api: Any, emulator: TelnyxEmulator) -> Any:
    """A conversation, its group, and one template with a schema and one without."""
    schema = {
        "type": "object",
        "properties": {"attends": {"type": "string", "enum": ["yes", "no"]}},
        "required": ["attends"],
        "additionalProperties": False,
    }
    group = await api.insight_groups.create("calls")
    rsvp = await api.insights.create("RSVP", instructions="Do they attend?", json_schema=schema)
    prose = await api.insights.create("Summary", instructions="Summarise the call.")
    for insight in (rsvp, prose):
        await api.insight_groups.assign(group.id, insight.id)
    chat = await api.conversations.create(metadata={"insight_group_id": group.id})
    await api.conversations.add_message(chat.id, "user", "Yes, we still attend.")
    emulator.account.jobs.pace = after_polls(1)
    return chat


async def test_insights_are_waited_for_and_parsed(
    api: Any, emulator: TelnyxEmulator, ended: Any
) -> None:
    assert await api.conversations.insights(ended.id) == []
    emulator.end_conversation(ended.id)
    seen: list[Any] = []
    [found] = await api.conversations.wait_for_insights(ended.id, on_progress=seen.append)
    assert [update[0].status for update in seen] == ["pending", "in_progress", "completed"]
    assert [update[0].settled for update in seen] == [False, False, True]
    assert found.insight_group_id == ended.metadata["insight_group_id"]
    rsvp, prose = found.conversation_insights
    assert (rsvp.result, rsvp.value) == ('{"attends": "yes"}', {"attends": "yes"})
    assert prose.value == prose.result == "Yes, we still attend."


async def test_a_wait_for_missing_insights_ends_in_time(api: Any, ended: Any) -> None:
    with pytest.raises(TaskTimeoutError, match="was still 'not begun' after 0 s") as caught:
        await api.conversations.wait_for_insights(ended.id, timeout=0)
    assert caught.value.task_id == ended.id


async def test_failed_insights_are_an_error(api: Any, emulator: TelnyxEmulator, ended: Any) -> None:
    emulator.end_conversation(ended.id)
    await api.insight_groups.delete(ended.metadata["insight_group_id"])
    with pytest.raises(TaskError, match="ended in 'failed'") as caught:
        await api.conversations.wait_for_insights(ended.id)
    [run] = await api.conversations.insights(ended.id)
    assert caught.value.reasons == {run.id: "failed"}


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ('{"score": 8}', {"score": 8}),
        ({"score": 8}, {"score": 8}),
        ("Two plain sentences.", "Two plain sentences."),
        ("8", "8"),
        ("[1]", "[1]"),
    ],
)
async def test_a_result_may_be_text_or_an_object(
    serve: Serve, as_async: AsAsync, result: Any, value: Any
) -> None:
    run = {
        "id": "r1",
        "status": "completed",
        "conversation_insights": [{"insight_id": "i1", "result": result}],
    }
    api = answering(serve, as_async, {"data": [run]})
    [found] = await api.conversations.insights("c1")
    assert found.conversation_insights[0].value == value


async def test_an_unknown_state_is_polled_again(serve: Serve, as_async: AsAsync) -> None:
    states: list[Any] = [
        {"data": [{"id": "r1", "status": status, "conversation_insights": []}]}
        for status in ("thinking", "completed")
    ]
    api = answering(serve, as_async, *states)
    [found] = await api.conversations.wait_for_insights("c1")
    assert found.status == "completed"
