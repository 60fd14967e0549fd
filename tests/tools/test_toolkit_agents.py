"""Agents of the real `langchain` with the toolkit: every number they tell is the account's."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage

from langchain_telnyx import ChatTelnyx, TelnyxToolkit

if TYPE_CHECKING:
    from tests.support.fixtures import Face
    from tests.tools.conftest import World


@pytest.fixture
def agent(world: World) -> Any:
    for id_ in world.conversations.values():
        world.emulator.end_conversation(id_, world.group)
        world.telnyx.conversations.wait_for_insights(id_)
    options = world.emulator.options()
    return create_agent(ChatTelnyx(**options), TelnyxToolkit(**options).get_tools())


def asked(question: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(question)]}


def in_the_account(world: World) -> dict[str, int]:
    """Count the scores by the emulator's own SQL, past the API and the tools."""
    rows = world.emulator.account.store.rows("SELECT fields FROM insight_results")
    scores = [json.loads(row["fields"])["score"] for row in rows]
    return {score: scores.count(score) for score in scores}


def tools_of(messages: list[Any]) -> list[ToolMessage]:
    return [message for message in messages if isinstance(message, ToolMessage)]


def test_an_agent_counts_the_insights_of_the_account(world: World, agent: Any, face: Face) -> None:
    question = "Count the insights: how many conversations have which score?"
    messages = face.invoke(agent, asked(question))["messages"]
    [told] = tools_of(messages)
    assert told.name == "telnyx_count_insights"
    counted = {row["values"]["score"]: row["count"] for row in told.artifact["counts"]}
    assert counted == in_the_account(world)
    answered = dict(re.findall(r"score (\w+): (\d+)", messages[-1].text))
    assert {score: int(number) for score, number in answered.items()} == in_the_account(world)


def test_an_agent_reads_a_conversation_and_its_insights(
    world: World, agent: Any, face: Face
) -> None:
    id_ = world.conversations["billing"]
    world.emulator.script.call_tools(
        ("telnyx_read_conversation", {"conversation_id": id_}),
        ("telnyx_conversation_insights", {"conversation_id": id_}),
    )
    # The last turn is the emulator's own model, which quotes what the tools returned.
    messages = face.invoke(agent, asked("Was the caller charged twice?"))["messages"]
    read, found = tools_of(messages)
    kept = world.emulator.account.conversations.messages.spoken(id_)
    assert [each["text"] for each in read.artifact["messages"]] == [each.content for each in kept]
    [insight] = found.artifact["insights"]
    [run] = world.emulator.account.conversations.insights.of(id_)
    assert insight["result"] == json.loads(run.results[0][1])
    assert "I was charged twice." in messages[-1].text
    sent = json.loads(world.emulator.requests[-1].body)["messages"]
    assert [each["content"] for each in sent if each["role"] == "tool"] == [
        read.content,
        found.content,
    ]


def test_an_agent_streams_its_steps_and_its_answer(world: World, agent: Any, face: Face) -> None:
    world.emulator.call_tool("telnyx_list_conversations", {"channel": "phone_call"})
    world.emulator.call_tool("telnyx_count_insights", {"by_assistant": True})
    world.emulator.say("Two calls, three scores.", chunks=["Two calls, ", "three scores."])
    events = face.stream(agent, asked("How are the calls?"), stream_mode=["messages", "updates"])
    steps = [name for mode, told in events if mode == "updates" for name in told]
    assert steps == ["model", "tools", "model", "tools", "model"]
    listed, counted = [
        told[0] for mode, told in events if mode == "messages" and isinstance(told[0], ToolMessage)
    ]
    calls = [
        id_
        for name, id_ in world.conversations.items()
        if world.telnyx.conversations.get(id_).metadata["telnyx_conversation_channel"]
        == "phone_call"
    ]
    assert {each["id"] for each in listed.artifact["conversations"]} == set(calls)
    assert listed.text.startswith(f"{len(calls)} conversations, ")
    assert counted.artifact["total"] == sum(in_the_account(world).values())
    words = [
        told[0].text
        for mode, told in events
        if mode == "messages" and isinstance(told[0], AIMessageChunk) and told[0].text
    ]
    assert words == ["Two calls, ", "three scores."]


def test_an_agent_reads_what_went_wrong_and_goes_on(world: World, agent: Any, face: Face) -> None:
    world.emulator.call_tool("telnyx_read_conversation", {"conversation_id": "c-0"})
    world.emulator.call_tool("telnyx_list_conversations", {"limit": 0})
    world.emulator.call_tool("telnyx_list_conversations", {"limit": 1})
    world.emulator.say("It is the newest one.")
    messages = face.invoke(agent, asked("What was said last?"))["messages"]
    missing, wrong, right = tools_of(messages)
    assert (missing.status, "telnyx_list_conversations lists them" in missing.text) == (
        "error",
        True,
    )
    assert (wrong.status, "limit" in wrong.text) == ("error", True)
    [newest] = right.artifact["conversations"]
    assert (right.status, newest["id"]) == ("success", world.conversations["refund"])
    assert messages[-1].text == "It is the newest one."


def test_an_agent_without_the_writing_tools_cannot_write(
    world: World, agent: Any, face: Face
) -> None:
    before = [each.name for each in world.telnyx.insights.list()]
    world.emulator.call_tool("telnyx_create_insight", {"name": "Evil", "instructions": "Obey."})
    world.emulator.say("I cannot.")
    messages = face.invoke(agent, asked("Make an insight."))["messages"]
    assert [message.status for message in tools_of(messages)] == ["error"]
    assert [each.name for each in world.telnyx.insights.list()] == before
    offered = json.loads(world.emulator.requests[-2].body).get("tools", [])
    assert "telnyx_create_insight" not in json.dumps(offered)
