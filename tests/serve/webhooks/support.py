"""Agents and applications for the tests of webhooks."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableLambda

from langchain_telnyx import Telnyx
from langchain_telnyx.emulator.calls.asgi import lifespan
from langchain_telnyx.serve import Hooks, TextMessages, create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from langchain_telnyx.emulator import TelnyxEmulator

PERSON, NUMBER = "+13125550123", "+13125550100"
SECONDS = 30.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: It does not hold in time.
    """
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - any condition
            await asyncio.sleep(0.005)


class Echo:
    """Answers `You: <the last words>`, and records what it receives.

    Attributes:
        received: The messages of each run.
        gate: While it is closed, runs wait.
    """

    def __init__(self) -> None:
        self.received: list[Sequence[BaseMessage]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, messages: Sequence[BaseMessage]) -> AIMessage:
        self.received.append(list(messages))
        await self.gate.wait()
        return AIMessage(f"You: {messages[-1].text}")

    def agent(self) -> RunnableLambda[Any, AIMessage]:
        return RunnableLambda(self.answer)


def application(emulator: TelnyxEmulator, agent: Any, **options: Any) -> Any:
    """Return an application with the emulator's account; its state is in memory by default."""
    options.setdefault("texts", TextMessages(state=":memory:"))
    options.setdefault("hooks", Hooks())
    options.setdefault("telnyx", Telnyx(**emulator.options(), max_retries=0))
    options.setdefault("public_key", emulator.webhook_public_key)
    return create_app(agent, **options)


@asynccontextmanager
async def served(emulator: TelnyxEmulator, agent: Any, **options: Any) -> AsyncIterator[Any]:
    """Start an application, and shut it down at the end."""
    app = application(emulator, agent, **options)
    async with lifespan(app):
        yield app


def sent_texts(emulator: TelnyxEmulator) -> list[str]:
    """Return the texts that were sent, in order."""
    return [message.text for message in emulator.messages_sent]
