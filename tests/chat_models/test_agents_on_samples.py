"""Agents of every kind finish, or raise an error of ours, on every sample of an engine's answer."""

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
    """Return an agent of `create_agent`, with the middleware of the documentation."""
    middleware = [TelnyxHistoryMiddleware(), TelnyxAnswerMiddleware()]
    return create_agent(model, tools, middleware=middleware)


def graph(model: ChatTelnyx, tools: list[Any]) -> Any:
    """Return a graph that somebody built."""
    usable = model.bind_tools(tools).with_usable_answers()

    def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [usable.invoke(state["messages"])]}

    async def aask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await usable.ainvoke(state["messages"])]}

    building = StateGraph(MessagesState)
    building.add_node("ask", RunnableLambda(ask, aask))
    building.add_node("tools", ToolNode(tools))
    building.add_edge(START, "ask")
    building.add_conditional_edges("ask", tools_condition)
    building.add_edge("tools", "ask")
    return building.compile()


def prebuilt(model: ChatTelnyx, tools: list[Any]) -> Any:
    """Return an agent of LangGraph's own function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return create_react_agent(model.with_usable_answers(), tools)


AGENTS = {each.__name__: Stages(each) for each in (made, graph, prebuilt)}
# LangGraph's own function builds the same graph; its runs are among the slow tests.
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


# With calls that can be run an agent goes on and on.
WITHOUT_CALLS = [answer for answer in ANSWERS if not answer.calls]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", WITHOUT_CALLS, ids=lambda answer: answer.name)
def test_an_agent_whose_model_does_not_learn_finishes_or_raises(answer: Answer, kind: str) -> None:
    ended, _ = AGENTS[kind].run(answer, "ainvoke", lasts=True)
    assert ended
