"""The hooks of a call's beginning and end, by the webhooks of an assistant."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from langchain_telnyx.emulator.calls.asgi import WebSocket
from langchain_telnyx.serve import CallContext, Hooks, Initialization, Limits, TextMessages
from tests.serve.webhooks.support import NUMBER, PERSON, Echo, served, until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from langchain_telnyx.serve.hooks import StartedHook

BEGIN = {
    "telnyx_conversation_channel": "phone_call",
    "telnyx_agent_target": NUMBER,
    "telnyx_end_user_target": PERSON,
    "telnyx_end_user_target_verified": "true",
    "call_control_id": "v3:1",
    "assistant_id": "assistant-1",
}
END = {
    "call_control_id": "v3:1",
    "conversation_id": "c-1",
    "assistant_id": "assistant-1",
    "duration_sec": 12,
    "reason": "customer_disconnect",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Where is my order?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call-1",
                    "type": "function",
                    "function": {"name": "find", "arguments": '{"id": 7}'},
                }
            ],
        },
        {"role": "tool", "content": "On its way", "tool_call_id": "call-1"},
        {"role": "assistant", "content": "It is on its way."},
    ],
}


async def begin(
    emulator: TelnyxEmulator, hooks: Hooks, seconds: float = 30.0
) -> tuple[int, dict[str, Any]]:
    limits = Limits(initialization_seconds=seconds)
    async with served(emulator, Echo().agent(), hooks=hooks, limits=limits) as app:
        response = await emulator.asend_webhook(app, "assistant.initialization", BEGIN)
    return response.status, json.loads(response.text)


async def test_the_hooks_return_dynamic_variables(emulator: TelnyxEmulator) -> None:
    contexts: list[CallContext] = []

    async def look_up(call: CallContext) -> dict[str, Any]:
        contexts.append(call)
        return {"customer": "Jane"}

    def orders(call: CallContext) -> dict[str, Any]:
        assert threading.current_thread() is not threading.main_thread()
        return {"orders": 2, "caller": call.caller}

    hooks = Hooks(started=[look_up, orders])
    variables = {"customer": "Jane", "orders": 2, "caller": PERSON}
    assert await begin(emulator, hooks) == (200, {"dynamic_variables": variables})
    (context,) = contexts
    assert (context.caller, context.number, context.channel) == (PERSON, NUMBER, "phone_call")
    assert context.call_control_id == "v3:1"
    assert context.variables["assistant_id"] == "assistant-1"


async def test_a_hook_may_return_memory_and_metadata(emulator: TelnyxEmulator) -> None:
    memory = {"conversation_query": "metadata->customer_id=eq.7&limit=5"}

    def look_up(_: CallContext) -> Initialization:
        return Initialization(
            variables={"customer": "Jane"},
            memory=memory,
            conversation={"metadata": {"customer_id": "7"}},
        )

    assert await begin(emulator, Hooks(started=[look_up])) == (
        200,
        {
            "dynamic_variables": {"customer": "Jane"},
            "memory": memory,
            "conversation": {"metadata": {"customer_id": "7"}},
        },
    )


async def test_without_hooks_the_response_is_empty(emulator: TelnyxEmulator) -> None:
    assert await begin(emulator, Hooks()) == (200, {"dynamic_variables": {}})


@pytest.mark.parametrize("kind", ["async", "sync", "stubborn"])
async def test_a_late_hook_does_not_delay_the_response(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    release = threading.Event()

    async def waits(_: CallContext) -> dict[str, Any]:
        while not release.is_set():  # noqa: ASYNC110 - an event of threads
            await asyncio.sleep(0.01)
        return {"late": True}

    def blocks(_: CallContext) -> dict[str, Any]:
        release.wait(30)
        return {"late": True}

    async def ignores_cancellation(_: CallContext) -> dict[str, Any]:
        while not release.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue
        return {"late": True}

    kinds: dict[str, StartedHook] = {
        "async": waits,
        "sync": blocks,
        "stubborn": ignores_cancellation,
    }
    hooks = Hooks(started=[lambda _: {"early": True}, kinds[kind]])
    limits = Limits(initialization_seconds=0.2)
    async with served(emulator, Echo().agent(), hooks=hooks, limits=limits) as app:
        response = await emulator.asend_webhook(app, "assistant.initialization", BEGIN)
        assert not release.is_set()
        release.set()
    assert json.loads(response.text)["dynamic_variables"].get("late") is None
    assert "took more than 0.2 s" in caplog.text


async def test_a_failing_hook_and_a_value_that_is_not_json_cost_only_themselves(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: CallContext) -> dict[str, Any]:
        raise ValueError("no database")

    hooks = Hooks(started=[fails, lambda _: {"name": "Jane", "object": object()}, lambda _: 7])  # type: ignore[list-item,return-value]
    assert await begin(emulator, hooks) == (200, {"dynamic_variables": {"name": "Jane"}})
    assert "no database" in caplog.text
    assert "object is a object, not JSON" in caplog.text
    assert "not int" in caplog.text


async def test_the_hooks_of_the_end_receive_the_messages_once(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    ended: list[tuple[CallContext, Sequence[BaseMessage], str]] = []
    hooks = Hooks(ended=[lambda call, messages, reason: ended.append((call, messages, reason))])
    texts = TextMessages(state=tmp_path / "state.sqlite3")
    for _ in range(2):
        async with served(emulator, Echo().agent(), hooks=hooks, texts=texts) as app:
            for _ in range(2):
                response = await emulator.asend_webhook(
                    app, "call.conversation.ended", END, event_id="event-1"
                )
                assert response.status == 200
            await until(lambda: len(ended) == 1)
    ((call, messages, reason),) = ended
    assert (call.conversation_id, call.call_control_id) == ("c-1", "v3:1")
    assert reason == "customer_disconnect"
    kinds = [SystemMessage, HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert [type(message) for message in messages] == kinds
    assert isinstance(messages[2], AIMessage)
    assert messages[2].tool_calls[0]["args"] == {"id": 7}
    assert messages[-1].text == "It is on its way."


async def test_the_hooks_of_a_call_over_the_relay_run_once(emulator: TelnyxEmulator) -> None:
    ended: list[tuple[str | None, str]] = []
    hooks = Hooks(ended=[lambda call, _, reason: ended.append((call.call_control_id, reason))])
    setup = {"type": "setup", "sessionId": "s-1", "callControlId": "v3:relay"}
    async with served(emulator, Echo().agent(), hooks=hooks) as app:
        socket = WebSocket(app, "/relay")
        await socket.open()
        await socket.send(json.dumps(setup))
        await socket.send(json.dumps({"type": "prompt", "voicePrompt": "Hello", "last": True}))
        await socket.receive()
        await socket.close()
        for call in ("v3:relay", "v3:1"):
            end = END | {"call_control_id": call, "conversation_id": None}
            response = await emulator.asend_webhook(app, "call.conversation.ended", end)
            assert response.status == 200
        await until(lambda: len(ended) == 2)
    assert ended == [("v3:relay", "caller"), ("v3:1", "customer_disconnect")]


async def test_an_unknown_event_is_ignored(emulator: TelnyxEmulator) -> None:
    async with served(emulator, Echo().agent()) as app:
        response = await emulator.asend_webhook(app, "call.hangup", {"call_control_id": "v3:1"})
    assert (response.status, json.loads(response.text)) == (200, {"status": "ignored"})
