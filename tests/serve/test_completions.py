"""OpenAI's chat completions, judged by OpenAI's SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.emulator import Quirks
from langchain_telnyx.serve import AssistantToolsMiddleware, Limits, create_app, current_call
from tests.serve.support import TOKEN, TokenAgent, graph_of, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from langchain_telnyx.emulator import TelnyxEmulator

HANG_UP: Any = {
    "type": "function",
    "function": {
        "name": "hangup",
        "description": "End the call.",
        "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}},
    },
}
QUESTION: Any = [{"role": "user", "content": "How are you?"}]


@tool
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"{city}: sunny, {current_call().caller}"


def client_of(app: Any, **options: Any) -> openai.AsyncOpenAI:
    http_client: Any = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    return openai.AsyncOpenAI(
        base_url="http://localhost/v1",
        api_key=TOKEN,
        http_client=http_client,
        max_retries=0,
        **options,
    )


@pytest.mark.default_quirks("The answer has usage.", "usage_absent", "stream_usage")
async def test_an_agent_is_a_model(emulator: TelnyxEmulator) -> None:
    client = client_of(create_app(ChatTelnyx(**emulator.options()), token=TOKEN, model="helper"))
    assert [model.id async for model in client.models.list()] == ["helper"]
    emulator.say("Fine.")
    answer = await client.chat.completions.create(model="helper", messages=QUESTION)
    assert answer.choices[0].message.content == "Fine."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0


@pytest.mark.telnyx_emulator(quirks=Quirks(usage_absent=True))
async def test_unknown_usage_is_not_zero(emulator: TelnyxEmulator) -> None:
    client = client_of(create_app(ChatTelnyx(**emulator.options()), token=TOKEN))
    answer = await client.chat.completions.create(model="agent", messages=QUESTION)
    assert answer.choices[0].message.content
    assert answer.usage is None
    stream = await client.chat.completions.create(
        model="agent", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [chunk.usage for chunk in chunks] == [None] * len(chunks)


@pytest.mark.default_quirks("The answer has usage.", "usage_absent", "stream_usage")
async def test_an_answer_is_streamed_with_its_usage(emulator: TelnyxEmulator) -> None:
    emulator.say("One two three.")
    async with running(create_app(ChatTelnyx(**emulator.options()), token=TOKEN)) as address:
        client = openai.AsyncOpenAI(base_url=f"http://{address}/v1", api_key=TOKEN)
        stream = await client.chat.completions.create(
            model="agent",
            messages=QUESTION,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        await client.close()
    words = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(word for word in words if word) == "One two three."
    assert len([word for word in words if word]) == 3
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("stream", [True, False])
async def test_the_assistants_tools_are_passed_through(
    emulator: TelnyxEmulator, *, memory: bool, stream: bool
) -> None:
    agent = create_agent(
        ChatTelnyx(**emulator.options()),
        [weather],
        middleware=[AssistantToolsMiddleware()],
        checkpointer=InMemorySaver() if memory else None,
    )
    client = client_of(create_app(agent, token=TOKEN))
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.call_tool("hangup", {"reason": "done"})
    context = {"telnyx_conversation_id": "c1", "telnyx_end_user_target": "+15550001"}
    if stream:
        calls: list[Any] = []
        reasons = []
        async for chunk in await client.chat.completions.create(
            model="agent",
            messages=QUESTION,
            tools=[HANG_UP],
            stream=True,
            extra_body={"extra_metadata": context},
        ):
            calls += chunk.choices[0].delta.tool_calls or []
            reasons.append(chunk.choices[0].finish_reason)
        name, arguments = calls[0].function.name, calls[0].function.arguments
        call_id, reason = calls[0].id, reasons[-1]
    else:
        answer = await client.chat.completions.create(
            model="agent",
            messages=QUESTION,
            tools=[HANG_UP],
            extra_body={"extra_metadata": context},
        )
        message: Any = answer.choices[0].message
        calls = message.tool_calls
        name, arguments = calls[0].function.name, calls[0].function.arguments
        call_id, reason = calls[0].id, answer.choices[0].finish_reason
    assert (name, json.loads(arguments), reason) == ("hangup", {"reason": "done"}, "tool_calls")
    assert len(calls) == 1, "the agent's own tool is not passed through"
    # The agent's own tool ran, with the caller's number.
    sent = emulator.requests[-1].json()["messages"]
    assert sent[-1]["content"] == "Oslo: sunny, +15550001"
    # The assistant sends the result of its tool: the run goes on.
    emulator.say("Good bye.")
    assistant = {"role": "assistant", "content": "", "tool_calls": [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    ]}  # fmt: skip
    result = {"role": "tool", "tool_call_id": call_id, "content": "ok"}
    messages: Any = [*QUESTION, assistant, result]
    answer = await client.chat.completions.create(
        model="agent", messages=messages, tools=[HANG_UP], extra_body={"extra_metadata": context}
    )
    assert answer.choices[0].message.content == "Good bye."
    sent = emulator.requests[-1].json()["messages"]
    assert [one["role"] for one in sent].count("user") == 1


async def test_a_call_beside_the_agents_own_is_decided_again(emulator: TelnyxEmulator) -> None:
    agent = create_agent(
        ChatTelnyx(**emulator.options()), [weather], middleware=[AssistantToolsMiddleware()]
    )
    client = client_of(create_app(agent, token=TOKEN))
    emulator.script.call_tools(("weather", {"city": "Oslo"}), ("hangup", {}))
    emulator.say("It is sunny.")
    answer = await client.chat.completions.create(model="agent", messages=QUESTION, tools=[HANG_UP])
    assert answer.choices[0].message.content == "It is sunny."
    assert not answer.choices[0].message.tool_calls


async def test_the_memory_holds_only_what_the_caller_heard() -> None:
    agent = TokenAgent(tokens=6)
    graph = graph_of(agent)
    client = client_of(create_app(graph, token=TOKEN))
    body = {"extra_metadata": {"telnyx_conversation_id": "c1"}}
    await client.chat.completions.create(model="agent", messages=QUESTION, extra_body=body)
    heard: Any = [
        *QUESTION,
        {"role": "assistant", "content": "0.0 0.1"},
        {"role": "user", "content": "Stop"},
    ]
    await client.chat.completions.create(model="agent", messages=heard, extra_body=body)
    assert [message.content for message in agent.received[1]] == ["How are you?", "0.0 0.1", "Stop"]


async def test_the_context_is_the_assistants_variables() -> None:
    seen = []

    async def agent(messages: Any) -> AsyncIterator[str]:
        seen.append((messages, current_call()))
        yield "ok"

    client = client_of(create_app(agent, token=TOKEN))
    variables = {
        "telnyx_conversation_id": "c1",
        "telnyx_conversation_channel": "phone_call",
        "telnyx_end_user_target": "+15550001",
        "telnyx_agent_target": "+15550002",
        "customer_name": "Jane",
    }
    instructions: Any = [{"role": "system", "content": "Be brief."}, *QUESTION]
    await client.chat.completions.create(
        model="agent", messages=instructions, extra_body={"extra_metadata": variables}
    )
    messages, call = seen[0]
    assert messages == [SystemMessage("Be brief."), HumanMessage("How are you?")]
    assert (call.thread_id, call.channel, call.caller, call.number) == (
        "c1",
        "phone_call",
        "+15550001",
        "+15550002",
    )
    assert call.variables["customer_name"] == "Jane"
    assert call.instructions == "Be brief."


async def test_messages_of_every_role_reach_the_agent() -> None:
    seen = []

    def agent(messages: Any) -> str:
        seen.append(messages)
        return "ok"

    client = client_of(create_app(agent, token=TOKEN))
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    messages: Any = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "Ann"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "7"},
    ]
    await client.chat.completions.create(model="agent", messages=messages)
    assert [type(message) for message in seen[0]] == [
        SystemMessage,
        HumanMessage,
        AIMessage,
        ToolMessage,
    ]
    assert seen[0][1].name == "Ann"
    assert seen[0][2].tool_calls[0]["args"] == {"a": 1}
    assert seen[0][3].tool_call_id == "1"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": "Hi"}, 7]}, "messages[1]"),
        ({"messages": [{"role": "tool", "content": "Hi"}]}, "messages[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0]"),
        ({"stream": "yes"}, "stream"),
        ({"n": 2}, "n"),
        ({"extra_metadata": []}, "extra_metadata"),
    ],
)
async def test_an_invalid_request_is_refused_by_position(change: Any, param: str) -> None:
    client = client_of(create_app(lambda _: "ok", token=TOKEN))
    body = {"messages": QUESTION, **change}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.post("/chat/completions", body=body, cast_to=httpx.Response)
    assert caught.value.param == param


async def test_a_failing_agent_is_an_error_without_its_details(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def agent(messages: Any) -> AsyncIterator[str]:  # noqa: ARG001 - an agent
        yield "One"
        raise ValueError("the password is 12345")

    client = client_of(create_app(agent, token=TOKEN))
    with pytest.raises(openai.InternalServerError) as caught:
        await client.chat.completions.create(model="agent", messages=QUESTION)
    assert "12345" not in str(caught.value)
    words: list[str | None] = []

    async def read() -> None:
        async for chunk in await client.chat.completions.create(
            model="agent", messages=QUESTION, stream=True
        ):
            words.append(chunk.choices[0].delta.content)  # noqa: PERF401 - until the error

    with pytest.raises(openai.APIError) as caught_later:
        await read()
    assert "One" in words
    assert "12345" not in str(caught_later.value)
    assert "the password is 12345" in caplog.text


async def test_a_slow_agent_ends_in_time() -> None:
    agent = TokenAgent()
    agent.gate.clear()
    client = client_of(create_app(agent, token=TOKEN, limits=Limits(turn_seconds=0.05)))
    with pytest.raises(openai.InternalServerError, match="in time"):
        await client.chat.completions.create(model="agent", messages=QUESTION)
    assert agent.cancelled == 1


async def test_a_client_that_disconnects_cancels_the_run() -> None:
    agent = TokenAgent()
    agent.gate.clear()
    app = create_app(agent, token=TOKEN, limits=Limits(requests=1))
    async with running(app) as address:
        client = openai.AsyncOpenAI(base_url=f"http://{address}/v1", api_key=TOKEN, max_retries=0)
        stream = await client.chat.completions.create(model="agent", messages=QUESTION, stream=True)
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        with pytest.raises(openai.RateLimitError):
            await client.chat.completions.create(model="agent", messages=QUESTION)
        await stream.close()
        agent.gate.set()
        answer = None
        while answer is None:  # until the server has noticed
            try:
                answer = await client.chat.completions.create(model="agent", messages=QUESTION)
            except openai.RateLimitError:
                continue
        await client.close()
    assert agent.cancelled == 1


async def test_a_large_body_is_refused() -> None:
    app = create_app(lambda _: "ok", token=TOKEN, limits=Limits(body_bytes=1000))
    client = client_of(app)
    messages: Any = [{"role": "user", "content": "x" * 2000}]
    with pytest.raises(openai.APIStatusError) as caught:
        await client.chat.completions.create(model="agent", messages=messages)
    assert caught.value.status_code == 413
