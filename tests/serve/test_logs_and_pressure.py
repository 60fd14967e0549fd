"""What a server logs and traces, and how it waits for a slow connection."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.runnables import RunnableConfig, RunnableLambda

from langchain_telnyx.serve import create_app
from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.hooks import Hooks
from langchain_telnyx.serve.relay.session import Closed, RelaySession
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
