"""What a server logs and traces, and how it waits for a slow connection."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from langchain_telnyx.serve import create_app
from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.hooks import Hooks
from langchain_telnyx.serve.relay import session as sessions
from langchain_telnyx.serve.relay.session import RelaySession
from langchain_telnyx.serve.relay.sockets import Closed
from langchain_telnyx.serve.settings import Limits, Speech
from tests.serve.support import TOKEN, TokenAgent

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.mark.parametrize("log_texts", [False, True])
async def test_texts_are_logged_on_request_only(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture, *, log_texts: bool
) -> None:
    caplog.set_level(logging.DEBUG, logger="langchain_telnyx.serve")
    app = create_app(TokenAgent(2), token=TOKEN, log_texts=log_texts)
    result = await emulator.acall(app, ["my secret"], token=TOKEN, caller="+15550001")
    assert f"call {result.conversation_id} begins" in caplog.text
    assert "caller" in caplog.text  # the reason of the end
    assert ("my secret" in caplog.text) is log_texts
    assert ("0.0 0.1" in caplog.text) is log_texts
    assert "+15550001" not in caplog.text


@pytest.mark.parametrize("door", ["relay", "assistant"])
async def test_a_run_has_the_calls_ids_in_its_metadata(emulator: TelnyxEmulator, door: Any) -> None:
    seen: list[dict[str, Any]] = []

    def agent(messages: Any, config: RunnableConfig) -> str:
        seen.append(dict(config))
        return str(messages[-1].text)

    app = create_app(RunnableLambda(agent), token=TOKEN)
    result = await emulator.acall(app, ["Hello"], token=TOKEN, door=door)
    metadata = seen[0]["metadata"]
    # LangSmith groups runs by the thread's id.
    assert metadata["thread_id"] == result.conversation_id
    assert metadata["channel"] == "phone_call"
    assert seen[0]["configurable"]["caller"] == "+13125550123"


class SlowSocket:
    """A connection whose other side reads nothing, once it has received some frames."""

    def __init__(self, reads: int) -> None:
        self._frames = [
            json.dumps({"type": "setup", "sessionId": "s"}),
            json.dumps({"type": "prompt", "voicePrompt": "Hi", "last": True}),
        ]
        self._left = reads
        self.closed = asyncio.Event()

    async def receive(self) -> str:
        if self._frames:
            return self._frames.pop(0)
        await self.closed.wait()
        raise Closed

    async def send(self, frame: str) -> None:  # noqa: ARG002 - nobody reads it
        self._left -= 1
        if self._left <= 0:
            await self.closed.wait()
            raise Closed


class InterruptedSocket:
    """A connection that blocks on the third word, while the caller interrupts.

    The caller hangs up once the second answer has ended.
    """

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._interrupted = asyncio.Event()
        self._blocked = asyncio.Event()
        self._answered = asyncio.Event()
        self._words = 0
        self._steps = iter(range(5))

    async def receive(self) -> str:
        step = next(self._steps)
        if step == 0:
            return json.dumps({"type": "setup", "sessionId": "s"})
        if step == 2:
            await self._blocked.wait()
            return json.dumps({"type": "interrupt", "utteranceUntilInterrupt": "word"})
        if step == 4:
            async with asyncio.timeout(30):
                await self.ended.wait()
            raise Closed
        return json.dumps({"type": "prompt", "voicePrompt": "Hi", "last": True})

    async def send(self, frame: str) -> None:
        self._words += bool(json.loads(frame).get("token"))
        if self._words == 3:
            self._blocked.set()
            await self._interrupted.wait()


@pytest.mark.parametrize("memory", [True, False])
async def test_an_interrupted_run_of_a_graph_ends_before_the_next_begins(*, memory: bool) -> None:
    events: list[str] = []
    socket = InterruptedSocket()
    model = GenericFakeChatModel(messages=iter([AIMessage("one two three four")] * 2))

    async def node(state: MessagesState) -> dict[str, Any]:
        turn = sum(message.type == "human" for message in state["messages"])
        events.append(f"begin {turn}")
        try:
            answer = await model.ainvoke(state["messages"])
            if turn == 1:
                await asyncio.Event().wait()
            return {"messages": [answer]}
        finally:
            for _ in range(50):  # it cleans up slowly
                await asyncio.sleep(0)
            events.append(f"end {turn}")
            if turn > 1:
                socket.ended.set()

    builder = StateGraph(MessagesState)
    builder.add_node("model", node)
    builder.add_edge(START, "model")
    graph = builder.compile(checkpointer=InMemorySaver() if memory else None)
    session = RelaySession(
        socket, AgentRunner(graph), speech=Speech(), limits=Limits(), hooks=Hooks()
    )
    assert await session.run() == "caller"
    assert events == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_an_agent_waits_for_a_slow_connection() -> None:
    produced = 0

    async def agent(messages: Any) -> Any:  # noqa: ARG001 - an agent
        nonlocal produced
        for produced in range(1000):  # noqa: B007 - counted
            yield "word "

    socket = SlowSocket(reads=5)
    session = RelaySession(
        socket, AgentRunner(agent), speech=Speech(), limits=Limits(), hooks=Hooks()
    )
    running = asyncio.create_task(session.run())
    for _ in range(300):
        await asyncio.sleep(0)
    assert 0 < produced < 10
    socket.closed.set()
    assert await running == "caller"
    assert produced < 10


async def test_a_call_ends_in_time_though_the_connection_reads_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "_END_SECONDS", 0.05)
    ended: list[str] = []
    session = RelaySession(
        SlowSocket(reads=3),
        AgentRunner(TokenAgent()),
        speech=Speech(),
        limits=Limits(call_seconds=0.05),
        hooks=Hooks(ended=[lambda _, __, reason: ended.append(reason)]),
    )
    assert await session.run() == "time"
    assert ended == ["time"]
