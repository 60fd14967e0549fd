"""Calls over Conversation Relay: words, interruptions, keys, limits, and the history."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import websockets
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.emulator.calls import CallError, HangUp, Interrupt, Press, Say, Wait
from langchain_telnyx.serve import Hooks, Limits, Speech, call_tools, create_app, current_call
from tests.serve.support import TOKEN, TokenAgent, graph_of, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette

    from langchain_telnyx.emulator import TelnyxEmulator

QUICK = Speech(characters_per_second=1e6, dtmf_seconds=0.05)


async def test_a_call_is_a_conversation(emulator: TelnyxEmulator) -> None:
    agent = TokenAgent(tokens=3)
    app = create_app(agent, token=TOKEN, speech=Speech(greeting="Hello!"))
    result = await emulator.acall(app, ["Hi", "How are you?"], token=TOKEN)
    assert result.transcript() == (
        "Agent: Hello!\nCaller: Hi\nAgent: 0.0 0.1 0.2 \nCaller: How are you?\nAgent: 1.0 1.1 1.2 "
    )
    assert [message.text for message in agent.received[1]] == [
        "Hello!",
        "Hi",
        "0.0 0.1 0.2 ",
        "How are you?",
    ]
    stored = emulator.account.conversations.messages.spoken(result.conversation_id)
    assert [message.role for message in stored] == ["assistant", "user"] * 2 + ["assistant"]


@pytest.mark.parametrize("memory", [True, False])
async def test_the_history_holds_what_was_heard(emulator: TelnyxEmulator, *, memory: bool) -> None:
    emulator.say("One two three four five six.")
    emulator.say("Yes.")
    agent = create_agent(
        ChatTelnyx(**emulator.options()), checkpointer=InMemorySaver() if memory else None
    )
    app = create_app(agent, token=TOKEN)
    script: list[Any] = ["Count", Interrupt("Stop", after_words=2)]
    result = await emulator.acall(app, script, token=TOKEN)
    assert result.caller_heard == ["One two", "Yes."]
    sent = emulator.requests[-1].json()["messages"]
    assert [message["content"] for message in sent] == ["Count", "One two", "Stop"]


async def test_an_interrupted_greeting_is_cut(emulator: TelnyxEmulator) -> None:
    for agent in (TokenAgent(tokens=1), TokenAgent(tokens=1)):
        graph = graph_of(agent, memory=agent is not None)
        app = create_app(graph, token=TOKEN, speech=Speech(greeting="Hello, I am here to help."))
        await emulator.acall(app, [Interrupt("Wait", after_words=2)], token=TOKEN)
        assert [message.text for message in agent.received[0]] == ["Hello, I", "Wait"]


async def test_an_interruption_during_a_tool_gives_its_call_a_result(
    emulator: TelnyxEmulator,
) -> None:
    begun = asyncio.Event()

    @tool
    async def look_up(name: str) -> str:  # noqa: ARG001 - never ends
        """Look up a name."""
        begun.set()
        await asyncio.Event().wait()
        return "never"

    saver = InMemorySaver()
    agent = create_agent(ChatTelnyx(**emulator.options()), [look_up], checkpointer=saver)
    emulator.call_tool("look_up", {"name": "Ann"})
    emulator.say("Fine.")
    async with connected(create_app(agent, token=TOKEN)) as relay:
        await relay.send(frame("setup", sessionId="s1"))
        await relay.send(frame("prompt", voicePrompt="Look up Ann", last=True))
        await begun.wait()
        await relay.send(frame("interrupt", utteranceUntilInterrupt=""))
        await relay.send(frame("prompt", voicePrompt="Never mind", last=True))
        assert json.loads(await relay.recv())["token"] == "Fine."
        assert json.loads(await relay.recv())["last"]
    state = agent.get_state({"configurable": {"thread_id": "s1"}})
    assert state.next == ()
    history = state.values["messages"]
    assert [type(message) for message in history] == [
        HumanMessage,
        AIMessage,
        ToolMessage,
        HumanMessage,
        AIMessage,
    ]
    assert "interrupted" in history[2].content


async def test_the_history_holds_what_was_sent_before_the_caller_hung_up(
    emulator: TelnyxEmulator,
) -> None:
    agent = TokenAgent(tokens=5)
    agent.gate.clear()
    ended: list[Any] = []
    hooks = Hooks(ended=[lambda _, messages, __: ended.extend(messages)])
    app = create_app(agent, token=TOKEN, hooks=hooks)
    with pytest.raises(CallError):
        await emulator.acall(app, ["Hi"], token=TOKEN, timeout=0.1)
    assert [message.text for message in ended] == ["Hi", "0.0 0.1 "]


async def test_keys_are_one_message(emulator: TelnyxEmulator) -> None:
    agent = TokenAgent(tokens=1)
    app = create_app(agent, token=TOKEN, speech=QUICK)
    await emulator.acall(app, [Press("123"), Press("45#")], token=TOKEN)
    callers = [message for message in agent.received[1] if message.type == "human"]
    keys = [message.additional_kwargs["dtmf"] for message in callers]
    assert keys == ["123", "45#"]


async def test_the_agent_reads_the_call(emulator: TelnyxEmulator) -> None:
    seen = []

    def agent(messages: Any) -> str:
        seen.append((messages[-1].additional_kwargs, current_call()))
        return "ok"

    app = create_app(agent, token=TOKEN)
    result = await emulator.acall(
        app,
        [Say("Hola", language="es")],
        token=TOKEN,
        caller="+15550001",
        number="+15550002",
        variables={"plan": "gold"},
    )
    extra, call = seen[0]
    assert extra == {"language": "es"}
    assert (call.caller, call.number, call.language) == ("+15550001", "+15550002", "es")
    assert (call.thread_id, call.channel) == (result.conversation_id, "phone_call")
    assert call.variables == {"plan": "gold"}


async def test_the_agent_acts_on_the_call(emulator: TelnyxEmulator) -> None:
    agent = create_agent(ChatTelnyx(**emulator.options()), call_tools())
    emulator.call_tool("telnyx_play", {"url": "https://example.com/a.mp3"})
    emulator.call_tool("telnyx_send_digits", {"digits": "12#"})
    emulator.call_tool("telnyx_set_language", {"language": "es-ES"})
    emulator.call_tool("telnyx_end_call", {})
    emulator.say("Adios.")
    app = create_app(agent, token=TOKEN, speech=QUICK)
    result = await emulator.acall(app, ["Bye", "unheard"], token=TOKEN)
    assert result.actions == [
        {"type": "play", "source": "https://example.com/a.mp3"},
        {"type": "sendDigits", "digits": "12#"},
        {"type": "language", "ttsLanguage": "es-ES", "transcriptionLanguage": "es-ES"},
        {"type": "end"},
    ]
    assert result.agent_said == ["Adios."]
    assert result.ended_by == "agent"


async def test_a_failing_agent_apologises_and_goes_on(
    emulator: TelnyxEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    async def agent(messages: Any) -> AsyncIterator[str]:
        yield "One "
        if len(messages) == 1:
            raise ValueError("no luck")
        yield "two"

    app = create_app(agent, token=TOKEN, speech=Speech(error_text="Sorry."))
    result = await emulator.acall(app, ["Hi", "Again"], token=TOKEN)
    assert result.agent_said == ["One Sorry.", "One two"]
    assert "no luck" in caplog.text


async def test_sentences_are_sent_whole() -> None:
    async def agent(messages: Any) -> AsyncIterator[str]:  # noqa: ARG001 - an agent
        for token in ("It costs ", "3", ".5 dollars", ". Do", " you want", " it? Yes"):
            yield token

    app = create_app(agent, token=TOKEN, speech=Speech(flush="sentence"))
    async with connected(app) as relay:
        await relay.send(frame("setup"))
        await relay.send(frame("prompt", voicePrompt="Hi", last=True))
        tokens: list[str] = []
        while not tokens or tokens[-1]:
            tokens.append(json.loads(await relay.recv())["token"])
    assert tokens == ["It costs 3.5 dollars.", " Do you want it?", " Yes", ""]


async def test_a_late_token_is_preceded_by_the_filler() -> None:
    release = asyncio.Event()

    async def agent(messages: Any) -> AsyncIterator[str]:
        if len(messages) == 1:
            await release.wait()
        yield f"answer {len(messages)}"

    speech = Speech(filler="One moment.", filler_seconds=0.01)
    app = create_app(agent, token=TOKEN, speech=speech)
    async with connected(app) as relay:
        await relay.send(frame("setup"))
        await relay.send(frame("prompt", voicePrompt="Hi", last=True))
        assert json.loads(await relay.recv())["token"] == "One moment. "
        release.set()
        assert json.loads(await relay.recv())["token"] == "answer 1"
        assert json.loads(await relay.recv())["last"]
        # The filler is not part of the history.
        await relay.send(frame("prompt", voicePrompt="Again", last=True))
        words = json.loads(await relay.recv())["token"]
    assert words == "answer 3"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(Limits(silence_seconds=0.05), "silence"), (Limits(call_seconds=0.05), "time")],
)
async def test_a_call_ends_by_its_limits(
    emulator: TelnyxEmulator, limits: Limits, reason: str
) -> None:
    reasons = []
    hooks = Hooks(ended=[lambda _, __, why: reasons.append(why)])
    app = create_app(TokenAgent(1), token=TOKEN, limits=limits, hooks=hooks, speech=QUICK)
    result = await emulator.acall(app, [Wait(30)], token=TOKEN)
    assert result.ended_by == "agent"
    assert reasons == [reason]


async def test_hooks_add_variables_and_receive_the_transcript(emulator: TelnyxEmulator) -> None:
    seen = []
    ended = []

    async def started(call: Any) -> dict[str, str]:
        return {"customer": f"of {call.caller}"}

    def failing(_: Any) -> None:
        raise ValueError("no luck")

    def agent(_: Any) -> str:
        seen.append(current_call().variables)
        return "ok"

    hooks = Hooks(started=[failing, started], ended=[lambda *call: ended.append(call)])
    app = create_app(agent, token=TOKEN, hooks=hooks)
    await emulator.acall(app, ["Hi", HangUp(), "unheard"], token=TOKEN, caller="+15550001")
    assert seen == [{"customer": "of +15550001"}]
    call, messages, reason = ended[0]
    assert call.caller == "+15550001"
    assert [message.text for message in messages] == ["Hi", "ok"]
    assert reason == "caller"


async def test_a_call_too_many_hears_an_apology() -> None:
    speech = Speech(busy_text="Busy.", characters_per_second=1e4)
    app = create_app(TokenAgent(1), token=TOKEN, limits=Limits(calls=1), speech=speech)
    async with running(app) as address:
        async with websockets.connect(f"ws://{address}/{TOKEN}/relay") as first:
            await first.send(frame("setup"))
            await first.send(frame("prompt", voicePrompt="Hi", last=True))
            await first.recv()
            async with websockets.connect(f"ws://{address}/{TOKEN}/relay") as second:
                frames = [json.loads(each) async for each in second]
        assert frames == [{"type": "text", "token": "Busy.", "last": True}, {"type": "end"}]


async def test_odd_frames_cost_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(TokenAgent(1), token=TOKEN)
    async with connected(app) as relay:
        for odd in ("{", "[]", "7", "{}", frame("setup", sessionId=7)):
            await relay.send(odd)
        await relay.send(frame("setup", novelty=1))
        for odd in (frame("setup"), frame("novelty"), frame("prompt"), frame("dtmf", digit=3)):
            await relay.send(odd)
        await relay.send(frame("error", description="Invalid message"))
        await relay.send(frame("prompt", voicePrompt="Hi", last=True))
        assert json.loads(await relay.recv())["token"] == "0.0 "
    for word in ("not JSON", "list", "`type`", "sessionId", "novelty", "voicePrompt", "digit"):
        assert word in caplog.text
    assert "Invalid message" in caplog.text


async def test_draining_ends_calls_after_the_current_turn() -> None:
    agent = TokenAgent(tokens=4)
    agent.gate.clear()
    app = create_app(agent, token=TOKEN, speech=QUICK)
    async with running(app) as address:
        relay = await websockets.connect(f"ws://{address}/{TOKEN}/relay")
        await relay.send(frame("setup"))
        await relay.send(frame("prompt", voicePrompt="Hi", last=True))
        await relay.recv()
        drain = asyncio.create_task(app.state.drain())
        await asyncio.sleep(0)
        agent.gate.set()
        frames = [json.loads(each) async for each in relay]
        await drain
    assert "".join(each.get("token", "") for each in frames) == "0.1 0.2 0.3 "
    assert frames[-1] == {"type": "end"}


async def test_a_call_that_fails_shows_what_happened_until_then(emulator: TelnyxEmulator) -> None:
    agent = TokenAgent()
    agent.gate.clear()
    app = create_app(agent, token=TOKEN)
    with pytest.raises(CallError) as caught:
        await emulator.acall(app, ["Hi"], token=TOKEN, timeout=0.1)
    assert caught.value.result.agent_said == ["0.0 0.1 "]


@asynccontextmanager
async def connected(app: Starlette) -> AsyncIterator[Any]:
    """Serve an application, and connect to its relay."""
    async with (
        running(app) as address,
        websockets.connect(f"ws://{address}/{TOKEN}/relay") as relay,
    ):
        yield relay


def frame(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields})
