"""Calls at any interleaving of frames, tokens and failures: a property test.

The agent answers turn `n` with the tokens `n.0 n.1 …`, so that every token shows its turn.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.hooks import Hooks
from langchain_telnyx.serve.relay.session import RelaySession
from langchain_telnyx.serve.relay.sockets import Closed
from langchain_telnyx.serve.settings import Limits, Speech
from tests.serve.support import TokenAgent, graph_of
from tests.support.hypothesis_profiles import examples

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("prompt"), st.integers(0, 3)),
        st.tuples(st.just("partial"), st.just(0)),
        st.tuples(st.just("interrupt"), st.integers(0, 12)),
        st.tuples(st.just("interrupt_without_words"), st.just(0)),
        st.tuples(st.just("dtmf"), st.just(0)),
        st.tuples(st.just("odd"), st.just(0)),
        st.tuples(st.just("loop"), st.integers(1, 30)),
    ),
    max_size=12,
)


@dataclass
class ScriptedSocket:
    """Sends the frames of a script, with the loop's turns between them, and records answers."""

    steps: list[tuple[str, int]]
    sent: list[dict[str, Any]] = field(default_factory=list)
    interrupted_at: list[int] = field(default_factory=list)
    _position: int = 0
    _prompts: int = 0

    async def receive(self) -> str:
        if self._position == 0:
            self._position = 1
            return json.dumps({"type": "setup", "sessionId": "s"})
        while self._position <= len(self.steps):
            kind, number = self.steps[self._position - 1]
            self._position += 1
            if kind == "loop":
                for _ in range(number):
                    await asyncio.sleep(0)
                continue
            for _ in range(number if kind == "prompt" else 0):
                await asyncio.sleep(0)
            return self._frame(kind, number)
        for _ in range(200):
            await asyncio.sleep(0)
        raise Closed

    def _frame(self, kind: str, number: int) -> str:
        if kind in ("prompt", "partial"):
            self._prompts += kind == "prompt"
            text = f"prompt {self._prompts}"
            frame: Any = {"type": "prompt", "voicePrompt": text, "last": kind == "prompt"}
        elif kind == "interrupt":
            words = "".join(each["token"] for each in self.sent if each["type"] == "text").split()
            frame = {
                "type": "interrupt",
                "utteranceUntilInterrupt": " ".join(words[-1:] * (number > 0)),
            }
        elif kind == "interrupt_without_words":
            frame = {"type": "interrupt"}
        elif kind == "dtmf":
            frame = {"type": "dtmf", "digit": "#"}
        else:
            return "odd"
        return json.dumps(frame)

    async def send(self, frame: str) -> None:
        self.sent.append(json.loads(frame))
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", ["runnable", "graph", "graph with memory"])
@given(steps=STEPS)
@settings(deadline=None, max_examples=examples(60))
def test_no_turn_speaks_after_its_end(kind: str, steps: list[tuple[str, int]]) -> None:
    agent = TokenAgent(tokens=8)
    served: Any = agent if kind == "runnable" else graph_of(agent, memory="memory" in kind)
    histories: list[list[BaseMessage]] = []
    socket = ScriptedSocket(steps)

    async def run() -> None:
        session = RelaySession(
            socket,
            AgentRunner(served),
            speech=Speech(),
            limits=Limits(),
            hooks=Hooks(ended=[lambda _, messages, __: histories.append(list(messages))]),
        )
        async with asyncio.timeout(30):
            await session.run()

    asyncio.run(run())
    tokens = [each["token"] for each in socket.sent if each["type"] == "text" and each["token"]]
    turns = [int(token.split(".")[0]) for piece in tokens for token in piece.split()]
    assert turns == sorted(turns), "a turn speaks after a later one began"
    # What the caller said is in the history, once and in order.
    said = [message.text for message in histories[0] if isinstance(message, HumanMessage)]
    prompts = [text for text in said if text.startswith("prompt")]
    expected = [f"prompt {number + 1}" for number in range(len(prompts))]
    assert prompts == expected
    assert len(prompts) == sum(1 for name, _ in steps if name == "prompt")
    # The agent's words in the history are words that were sent.
    words = " ".join(tokens).split()
    for message in histories[0]:
        if isinstance(message, AIMessage):
            assert set(message.text.split()) <= set(words)
    if "memory" in kind:
        stored = served.get_state({"configurable": {"thread_id": "s"}}).values.get("messages", [])
        assert [message.text for message in stored] == [message.text for message in histories[0]]
