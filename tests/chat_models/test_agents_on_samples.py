"""Agents of every kind finish, or raise a typed error, on every sample of an engine's answer."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.runnables import RunnableLambda
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, create_react_agent, tools_condition

from langchain_telnyx.middleware import TelnyxAnswerMiddleware, TelnyxHistoryMiddleware
from tests.support.agent_runs import ANSWERS, WAYS, Answer, Stages

if TYPE_CHECKING:
    from langchain_telnyx import ChatTelnyx


def made(model: ChatTelnyx, tools: list[Any]) -> Any:
    """Return an agent of `create_agent`, with the documented middleware."""
    middleware = [TelnyxHistoryMiddleware(), TelnyxAnswerMiddleware()]
    return create_agent(model, tools, middleware=middleware)


def graph(model: ChatTelnyx, tools: list[Any]) -> Any:
    """Return a custom graph."""
    usable = model.bind_tools(tools).with_usable_answers()

    def call_model(state: MessagesState) -> dict[str, Any]:
        return {"messages": [usable.invoke(state["messages"])]}

    async def acall_model(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await usable.ainvoke(state["messages"])]}

    building = StateGraph(MessagesState)
    building.add_node("model", RunnableLambda(call_model, acall_model))
    building.add_node("tools", ToolNode(tools))
    building.add_edge(START, "model")
    building.add_conditional_edges("model", tools_condition)
    building.add_edge("tools", "model")
    return building.compile()


def prebuilt(model: ChatTelnyx, tools: list[Any]) -> Any:
    """Return an agent of `create_react_agent`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return create_react_agent(model.with_usable_answers(), tools)


AGENTS = {each.__name__: Stages(each) for each in (made, graph, prebuilt)}
# `create_react_agent` builds the same graph; its runs are among the slow tests.
KINDS = [
    pytest.param(name, marks=pytest.mark.slow) if name == prebuilt.__name__ else name
    for name in AGENTS
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.name)
def test_an_agent_finishes_or_raises(answer: Answer, kind: str) -> None:
    ends = set()
    for way in WAYS:
        ended, ran = AGENTS[kind].run(answer, way)
        assert (way, bool(ended)) == (way, True)
        if answer.calls is not None:
            assert sorted(ran, key=str) == sorted(answer.calls, key=str)
        ends.add(ended)
    assert len(ends) == 1


# With valid calls, an agent does not stop.
WITHOUT_CALLS = [answer for answer in ANSWERS if not answer.calls]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", WITHOUT_CALLS, ids=lambda answer: answer.name)
def test_an_agent_with_repeated_failures_finishes_or_raises(answer: Answer, kind: str) -> None:
    ended, _ = AGENTS[kind].run(answer, "ainvoke", lasts=True)
    assert ended
