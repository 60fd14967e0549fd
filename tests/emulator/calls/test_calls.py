"""The emulator's side of a call: scripts, refusals, strange applications."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from langchain_telnyx.emulator.calls import CallError, Interrupt, Press, Wait
from langchain_telnyx.serve import create_app

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_core.messages import BaseMessage
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from langchain_telnyx.emulator import TelnyxEmulator


def application(
    relay: Callable[[WebSocket], Awaitable[None]], texml: str | None = None, status: int = 200
) -> Starlette:
    """Return an application of someone else's."""
    document = texml or (
        '<Response><Connect><ConversationRelay url="ws://localhost/relay"/></Connect></Response>'
    )

    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse(document, status)

    routes = [Route("/texml", answer, methods=["POST"]), WebSocketRoute("/relay", relay)]
    return Starlette(routes=routes)


async def echo(websocket: WebSocket) -> None:
    """Answer each prompt with its words."""
    await websocket.accept()
    async for frame in websocket.iter_json():
        if frame["type"] == "prompt" and frame["last"]:
            await websocket.send_json({"type": "text", "token": frame["voicePrompt"]})
            await websocket.send_json({"type": "text", "token": "", "last": True})


def test_any_application_is_called(emulator: TelnyxEmulator) -> None:
    result = emulator.call(application(echo), ["Hello", "Good bye"])
    assert result.agent_said == ["Hello", "Good bye"]
    assert result.ended_by == "caller"


async def test_an_agent_is_called_in_the_tests_event_loop(emulator: TelnyxEmulator) -> None:
    loops = []

    class Agent:
        async def __call__(self, messages: Any) -> str:
            loops.append(asyncio.get_running_loop())
            return str(messages[-1].text)

    result = await emulator.acall(create_app(Agent().__call__), ["Hello"])
    assert result.agent_said == ["Hello"]
    assert loops == [asyncio.get_running_loop()]


async def test_the_sync_form_works_inside_an_event_loop(emulator: TelnyxEmulator) -> None:
    assert emulator.call(application(echo), ["Hello"]).agent_said == ["Hello"]


def test_unknown_frames_are_reported_to_the_application(emulator: TelnyxEmulator) -> None:
    errors = []

    async def odd(websocket: WebSocket) -> None:
        await websocket.accept()
        async for frame in websocket.iter_json():
            if frame["type"] == "prompt" and frame["last"]:
                await websocket.send_text("no JSON")
                await websocket.send_json({"type": "dance"})
                await websocket.send_json({"type": "text", "token": "ok", "last": True})
            if frame["type"] == "error":
                errors.append(frame["description"])

    result = emulator.call(application(odd), ["Hello"])
    assert result.errors == [
        "Invalid message: unknown type: invalid",
        "Invalid message: unknown type: dance",
    ]
    assert errors == result.errors


@pytest.mark.parametrize(
    ("texml", "status", "message"),
    [
        ("<Response/>", 200, "no ConversationRelay"),
        ("no XML", 200, "not XML"),
        (None, 403, "403"),
        ('<Response><Connect><ConversationRelay url="http://x"/></Connect></Response>', 200, "url"),
    ],
)
def test_a_voice_url_without_a_relay_is_an_error(
    emulator: TelnyxEmulator, texml: str | None, status: int, message: str
) -> None:
    with pytest.raises(CallError, match=message):
        emulator.call(application(echo, texml, status), ["Hello"])


def test_an_application_that_closes_is_an_error_with_the_call_so_far(
    emulator: TelnyxEmulator,
) -> None:
    async def closes(websocket: WebSocket) -> None:
        await websocket.accept()
        async for frame in websocket.iter_json():
            if frame["type"] == "prompt" and frame["last"]:
                await websocket.send_json({"type": "text", "token": "Hello. "})
                await websocket.close(1011)
                return

    with pytest.raises(CallError, match="1011") as caught:
        emulator.call(application(closes), ["Hi"])
    assert caught.value.result.agent_said == ["Hello. "]


def test_an_application_that_refuses_the_relay_is_an_error(emulator: TelnyxEmulator) -> None:
    async def refuses(websocket: WebSocket) -> None:
        await websocket.close(1008)

    with pytest.raises(CallError, match="1008"):
        emulator.call(application(refuses), ["Hi"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Press(""), "digits"),
        (lambda: Press("1a"), "1a"),
        (lambda: Interrupt("x", after_words=-1), "after_words"),
    ],
)
def test_an_impossible_step_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_script_is_checked_before_the_call(emulator: TelnyxEmulator) -> None:
    wrong: Any = ["Hello", 7]
    with pytest.raises(TypeError, match=r"script\[1\]"):
        emulator.call(application(echo), wrong)
    text: Any = "Hello"
    with pytest.raises(TypeError, match="list"):
        emulator.call(application(echo), text)
    door: Any = "window"
    with pytest.raises(ValueError, match="door"):
        emulator.call(application(echo), ["Hello"], door=door)


def test_the_insights_of_a_call_start_at_its_end(emulator: TelnyxEmulator) -> None:
    result = emulator.call(application(echo), ["Hello", Wait(0.01)])
    found = emulator.account.conversations.records.find(result.conversation_id)
    assert found is not None
    assert found.ended_at is not None
    assert found.metadata["telnyx_end_user_target"] == "+13125550123"


def test_a_function_is_called_as_an_agent(emulator: TelnyxEmulator) -> None:
    def answer(messages: list[BaseMessage]) -> str:
        return f"You called: {messages[-1].text}."

    assert emulator.call(answer, ["Hello"]).agent_said == ["You called: Hello."]
