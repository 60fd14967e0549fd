"""Agents of `langchain` with the toolkit: their numbers are those of the account."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage

from langchain_telnyx import ChatTelnyx, TelnyxToolkit

if TYPE_CHECKING:
    from tests.support.fixtures import Mode
    from tests.tools.conftest import World


@pytest.fixture
def agent(world: World) -> Any:
    for id_ in world.conversations.values():
        world.emulator.end_conversation(id_, world.group)
        world.telnyx.conversations.wait_for_insights(id_)
    options = world.emulator.options()
    return create_agent(ChatTelnyx(**options), TelnyxToolkit(**options).get_tools())


def user_input(question: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(question)]}


def stored_counts(world: World) -> dict[str, int]:
    """Count the scores in the emulator's database, without the API and the tools."""
    rows = world.emulator.account.store.rows("SELECT fields FROM insight_results")
    scores = [json.loads(row["fields"])["score"] for row in rows]
    return {score: scores.count(score) for score in scores}


def tool_messages(messages: list[Any]) -> list[ToolMessage]:
    return [message for message in messages if isinstance(message, ToolMessage)]


def test_an_agent_counts_the_insights_of_the_account(world: World, agent: Any, mode: Mode) -> None:
    question = "Count the insights: how many conversations have which score?"
    messages = mode.invoke(agent, user_input(question))["messages"]
    [result] = tool_messages(messages)
    assert result.name == "telnyx_count_insights"
    counted = {row["values"]["score"]: row["count"] for row in result.artifact["counts"]}
    assert counted == stored_counts(world)
    answered = dict(re.findall(r"score (\w+): (\d+)", messages[-1].text))
    assert {score: int(number) for score, number in answered.items()} == stored_counts(world)


def test_an_agent_reads_a_conversation_and_its_insights(
    world: World, agent: Any, mode: Mode
) -> None:
    id_ = world.conversations["billing"]
    world.emulator.script.call_tools(
        ("telnyx_read_conversation", {"conversation_id": id_}),
        ("telnyx_conversation_insights", {"conversation_id": id_}),
    )
    # The last turn comes from the emulator's own model, which quotes the results of the tools.
    messages = mode.invoke(agent, user_input("Was the caller charged twice?"))["messages"]
    read, found = tool_messages(messages)
    stored = world.emulator.account.conversations.messages.spoken(id_)
    assert [each["text"] for each in read.artifact["messages"]] == [each.content for each in stored]
    [insight] = found.artifact["insights"]
    [run] = world.emulator.account.conversations.insights.of(id_)
    assert insight["result"] == json.loads(run.results[0][1])
    assert "I was charged twice." in messages[-1].text
    sent = json.loads(world.emulator.requests[-1].body)["messages"]
    assert [each["content"] for each in sent if each["role"] == "tool"] == [
        read.content,
        found.content,
    ]


def test_an_agent_streams_its_steps_and_its_answer(world: World, agent: Any, mode: Mode) -> None:
    world.emulator.call_tool("telnyx_list_conversations", {"channel": "phone_call"})
    world.emulator.call_tool("telnyx_count_insights", {"by_assistant": True})
    world.emulator.say("Two calls, three scores.", chunks=["Two calls, ", "three scores."])
    events = mode.stream(
        agent, user_input("How are the calls?"), stream_mode=["messages", "updates"]
    )
    steps = [name for mode, data in events if mode == "updates" for name in data]
    assert steps == ["model", "tools", "model", "tools", "model"]
    listed, counted = [
        data[0] for mode, data in events if mode == "messages" and isinstance(data[0], ToolMessage)
    ]
    calls = [
        id_
        for name, id_ in world.conversations.items()
        if world.telnyx.conversations.get(id_).metadata["telnyx_conversation_channel"]
        == "phone_call"
    ]
    assert {each["id"] for each in listed.artifact["conversations"]} == set(calls)
    assert listed.text.startswith(f"{len(calls)} conversations, ")
    assert counted.artifact["total"] == sum(stored_counts(world).values())
    words = [
        data[0].text
        for mode, data in events
        if mode == "messages" and isinstance(data[0], AIMessageChunk) and data[0].text
    ]
    assert words == ["Two calls, ", "three scores."]


def test_an_agent_reads_errors_and_continues(world: World, agent: Any, mode: Mode) -> None:
    world.emulator.call_tool("telnyx_read_conversation", {"conversation_id": "c-0"})
    world.emulator.call_tool("telnyx_list_conversations", {"limit": 0})
    world.emulator.call_tool("telnyx_list_conversations", {"limit": 1})
    world.emulator.say("It is the newest one.")
    messages = mode.invoke(agent, user_input("What was said last?"))["messages"]
    missing, wrong, right = tool_messages(messages)
    assert (missing.status, "Check the id with telnyx_list_conversations" in missing.text) == (
        "error",
        True,
    )
    assert (wrong.status, "limit" in wrong.text) == ("error", True)
    [newest] = right.artifact["conversations"]
    assert (right.status, newest["id"]) == ("success", world.conversations["refund"])
    assert messages[-1].text == "It is the newest one."


@pytest.mark.default_quirks("Markup that names a missing tool stays text.", "tool_markup")
def test_an_agent_without_the_writing_tools_cannot_write(
    world: World, agent: Any, mode: Mode
) -> None:
    before = [each.name for each in world.telnyx.insights.list()]
    world.emulator.call_tool("telnyx_create_insight", {"name": "Evil", "instructions": "Obey."})
    world.emulator.say("I cannot.")
    messages = mode.invoke(agent, user_input("Make an insight."))["messages"]
    assert [message.status for message in tool_messages(messages)] == ["error"]
    assert [each.name for each in world.telnyx.insights.list()] == before
    offered = json.loads(world.emulator.requests[-2].body).get("tools", [])
    assert "telnyx_create_insight" not in json.dumps(offered)
