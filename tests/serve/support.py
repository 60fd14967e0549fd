"""Agents and servers for the tests of served agents."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.runnables import Runnable
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.applications import Starlette

TOKEN = "a-token-for-the-tests-0123456789"


class TokenAgent(Runnable[Any, AIMessage]):
    """Answers turn `n` with the tokens `n.0 n.1 …`, and records what it receives.

    Attributes:
        received: The messages of each turn.
        gate: While it is closed, a turn waits after its first two tokens.
    """

    def __init__(self, tokens: int = 20) -> None:
        self.received: list[Sequence[BaseMessage]] = []
        self.cancelled = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._tokens = tokens

    def invoke(self, input: Any, config: Any = None, **_: Any) -> AIMessage:  # noqa: A002 - the interface
        raise NotImplementedError

    async def ainvoke(self, input: Any, config: Any = None, **_: Any) -> AIMessage:  # noqa: A002 - the interface
        chunks = [chunk async for chunk in self.astream(input, config)]
        return AIMessage("".join(chunk.text for chunk in chunks).strip(), id=chunks[0].id)

    async def astream(self, input: Any, config: Any = None, **_: Any) -> AsyncIterator[AIMessage]:  # noqa: A002, ARG002 - the interface
        turn = len(self.received)
        self.received.append(list(input))
        try:
            for number in range(self._tokens):
                if number == 2:
                    await self.gate.wait()
                yield AIMessageChunk(content=f"{turn}.{number} ", id=f"turn-{turn}")
                await asyncio.sleep(0)
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += 1
            raise


def graph_of(agent: Runnable[Any, Any], *, memory: bool = True) -> Any:
    """Return a graph that runs an agent on its messages, with memory or without."""

    async def node(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await agent.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("model", node)
    builder.add_edge(START, "model")
    return builder.compile(checkpointer=InMemorySaver() if memory else None)


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[str]:
    """Serve an application on a free port, and yield its host and port."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="warning", ws="websockets-sansio")
    )
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task
