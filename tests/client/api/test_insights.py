"""Insight templates, groups and aggregates, sync and async, against the emulator."""

import json
from typing import Any

import pytest

from langchain_telnyx.client.errors import BadRequestError, NotFoundError
from langchain_telnyx.client.postgrest import eq, gte, lt
from langchain_telnyx.emulator.server import TelnyxEmulator

SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "string", "enum": ["Good", "Poor"]}},
    "required": ["score"],
    "additionalProperties": False,
}


def last_json(emulator: TelnyxEmulator) -> Any:
    return json.loads(emulator.requests[-1].body)


async def test_a_template_is_created_changed_and_deleted(
    api: Any, emulator: TelnyxEmulator
) -> None:
    made = await api.insights.create(
        "Mood", instructions="How was it?", json_schema=SCHEMA, webhook="https://example.com/"
    )
    assert last_json(emulator) == {
        "name": "Mood",
        "instructions": "How was it?",
        "json_schema": SCHEMA,
        "webhook": "https://example.com/",
    }
    assert (made.insight_type, made.json_schema) == ("custom", SCHEMA)
    assert await api.insights.get(made.id) == made
    changed = await api.insights.update(made.id, name="Humour")
    assert last_json(emulator) == {"name": "Humour"}
    assert (changed.name, changed.instructions) == ("Humour", "How was it?")
    await api.insights.delete(made.id)
    with pytest.raises(NotFoundError):
        await api.insights.get(made.id)


async def test_a_schema_that_is_not_closed_is_refused(api: Any) -> None:
    with pytest.raises(BadRequestError, match="additionalProperties"):
        await api.insights.create("x", instructions="y", json_schema={"type": "object"})


async def test_templates_are_listed_page_by_page_from_page_one(
    api: Any, emulator: TelnyxEmulator
) -> None:
    for number in range(3):
        await api.insights.create(f"mine {number}", instructions="?")
    listed = await api.insights.list(page_size=2)
    assert [insight.name for insight in listed] == [
        "User Satisfaction",
        "Agent Instruction Following",
        "mine 0",
        "mine 1",
        "mine 2",
    ]
    assert [insight.insight_type for insight in listed][:3] == ["default", "default", "custom"]
    assert [request.query for request in emulator.requests][-3:] == [
        "page%5Bsize%5D=2",
        "page%5Bnumber%5D=2&page%5Bsize%5D=2",
        "page%5Bnumber%5D=3&page%5Bsize%5D=2",
    ]


async def test_a_group_is_created_filled_emptied_and_deleted(
    api: Any, emulator: TelnyxEmulator
) -> None:
    insight = await api.insights.create("mine", instructions="?")
    made = await api.insight_groups.create("calls", description="For calls.", webhook="https://a/")
    assert last_json(emulator) == {
        "name": "calls",
        "description": "For calls.",
        "webhook": "https://a/",
    }
    assert made.insights == []
    await api.insight_groups.assign(made.id, insight.id)
    assert (await api.insight_groups.get(made.id)).insights == [insight]
    assert [row.insights for row in await api.insight_groups.list()] == [[insight]]
    changed = await api.insight_groups.update(made.id, name="chats", description="", webhook="")
    assert (changed.name, changed.description, changed.insights) == ("chats", "", [insight])
    await api.insight_groups.unassign(made.id, insight.id)
    with pytest.raises(NotFoundError):
        await api.insight_groups.unassign(made.id, insight.id)
    assert (await api.insight_groups.get(made.id)).insights == []
    await api.insight_groups.delete(made.id)
    assert await api.insight_groups.list() == []


async def test_the_creations_take_an_idempotency_key(api: Any, emulator: TelnyxEmulator) -> None:
    for _ in range(2):
        await api.insights.create("mine", instructions="?", idempotency_key="k-insight")
        await api.insight_groups.create("calls", idempotency_key="k-group")
    assert [request.headers["idempotency-key"] for request in emulator.requests] == [
        "k-insight",
        "k-group",
        "k-insight",
        "k-group",
    ]
    assert len(await api.insights.list()) == 3
    assert len(await api.insight_groups.list()) == 1


@pytest.fixture
async def scored(api: Any, emulator: TelnyxEmulator) -> Any:
    """A template that was applied to three conversations of two assistants."""
    insight = await api.insights.create("Mood", instructions="How was it?", json_schema=SCHEMA)
    group = await api.insight_groups.create("calls")
    await api.insight_groups.assign(group.id, insight.id)
    for utterance, assistant in (
        ("Thanks!", "a"),
        ("Great, thanks!", "b"),
        ("Terrible, slow.", "b"),
    ):
        chat = await api.conversations.create(metadata={"assistant_id": assistant})
        await api.conversations.add_message(chat.id, "user", utterance)
        emulator.end_conversation(chat.id, group.id)
        await api.conversations.wait_for_insights(chat.id)
    return insight


async def test_results_are_counted(api: Any, emulator: TelnyxEmulator, scored: Any) -> None:
    good, poor = await api.insights.aggregates(group_by="score", insight_id=scored.id)
    assert (good.values, good.record_count) == ({"score": "Good"}, 2)
    assert (poor.values, poor.record_count) == ({"score": "Poor"}, 1)
    rows = await api.insights.aggregates(
        group_by=["score", "metadata.assistant_id"],
        show=["score"],
        insight_id=scored.id,
        created_at=[gte("2026-01-01T00:00:00Z"), lt("2026-01-02T00:00:00Z")],
        metadata={"assistant_id": eq("b")},
    )
    assert emulator.requests[-1].query == (
        "group_by=score&group_by=metadata.assistant_id&show=score"
        f"&insight_id={scored.id}"
        "&created_at=gte.2026-01-01T00%3A00%3A00Z&created_at=lt.2026-01-02T00%3A00%3A00Z"
        "&metadata.assistant_id=eq.b"
    )
    assert [(row.values, row.record_count) for row in rows] == [
        ({"score": "Good", "metadata.assistant_id": "b"}, 1),
        ({"score": "Poor", "metadata.assistant_id": "b"}, 1),
    ]
