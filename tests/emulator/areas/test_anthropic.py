"""Anthropic Messages, with the official SDK and ChatAnthropic as clients."""

import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.server import TelnyxEmulator

MODEL = "meta-llama/Meta-Llama-3.1-8B-Instruct"
REASONER = "moonshotai/Kimi-K2.6"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@tool
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"It rains in {city}."


@pytest.fixture(scope="module")
def server() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(server: TelnyxEmulator) -> TelnyxEmulator:
    server.reset()
    return server


def base_of(emulator: TelnyxEmulator) -> str:
    return f"{emulator.options()['base_url']}/ai/anthropic"


# Type checkers do not see its fields by their names.
chat_anthropic: Any = ChatAnthropic


@pytest.fixture(params=["key", "header"])
def llm(emulator: TelnyxEmulator, request: pytest.FixtureRequest) -> Any:
    """The two recipes of docs/anthropic.md."""
    key = emulator.options()["api_key"]
    # ChatAnthropic never closes its connections.
    headers = {"Connection": "close"}
    if request.param == "header":
        headers["Authorization"] = f"Bearer {key}"
    return chat_anthropic(
        model=MODEL,
        base_url=base_of(emulator),
        api_key=key if request.param == "key" else "not-used",
        default_headers=headers,
        max_tokens=500,
        max_retries=0,
    )


@pytest.fixture
def client(emulator: TelnyxEmulator) -> Iterator[anthropic.Anthropic]:
    key = emulator.options()["api_key"]
    with anthropic.Anthropic(auth_token=key, base_url=base_of(emulator), max_retries=0) as client:
        yield client


def ask(client: anthropic.Anthropic, text: str = "Hello", **options: Any) -> Any:
    given: dict[str, Any] = {"model": MODEL, "max_tokens": 500, **options}
    messages: Any = given.pop("messages", [{"role": "user", "content": text}])
    return client.messages.create(messages=messages, **given)


def test_a_message_is_answered(emulator: TelnyxEmulator, client: anthropic.Anthropic) -> None:
    emulator.say("Hello, Ann!", when="Greet")
    answer = ask(client, "Greet Ann.", system=[{"type": "text", "text": "Be kind."}])
    assert [block.model_dump(include={"type", "text"}) for block in answer.content] == [
        {"type": "text", "text": "Hello, Ann!"}
    ]
    assert (answer.model, answer.role, answer.stop_reason) == (MODEL, "assistant", "end_turn")
    assert answer.usage.input_tokens > 5
    assert answer.usage.output_tokens == 4
    assert answer.id.startswith("msg_")


def test_a_stream_is_the_same_message(
    emulator: TelnyxEmulator, client: anthropic.Anthropic
) -> None:
    for _ in range(2):
        emulator.script.call_tool("weather", {"city": "Oslo"}, text="One moment.", id="call_1")
    options: Any = {
        "model": MODEL,
        "max_tokens": 500,
        "messages": [{"role": "user", "content": "Weather in Oslo?"}],
    }
    whole = client.messages.create(**options)
    with client.messages.stream(**options) as stream:
        streamed = stream.get_final_message()
    assert whole.stop_reason == streamed.stop_reason == "tool_use"
    assert whole.usage.output_tokens == streamed.usage.output_tokens
    for blocks in (whole.content, streamed.content):
        text, call = (block.to_dict() for block in blocks)
        assert text["text"] == "One moment."
        assert (call["id"], call["input"]) == ("call_1", {"city": "Oslo"})


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("stop", "end_turn"), ("length", "max_tokens"), ("content_filter", "refusal")],
)
def test_each_finish_reason_has_a_stop_reason(
    emulator: TelnyxEmulator, client: anthropic.Anthropic, finish: Any, reason: str
) -> None:
    emulator.say("Hel", finish_reason=finish)
    assert ask(client).stop_reason == reason


def test_the_output_cap_applies(client: anthropic.Anthropic) -> None:
    answer = ask(client, max_tokens=3)
    assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 3)


def test_earlier_prompts_are_read_from_the_cache(client: anthropic.Anthropic) -> None:
    turns = [
        {"role": "user", "content": "Tell me about the moons of Saturn, please, all of them. " * 4},
        {"role": "assistant", "content": "There are many."},
        {"role": "user", "content": "Which is the largest?"},
    ]
    usage = ask(client, messages=turns).usage
    assert usage.cache_read_input_tokens
    assert usage.cache_read_input_tokens % 16 == 0
    assert usage.input_tokens > 0


def test_a_bearer_key_is_required(emulator: TelnyxEmulator) -> None:
    key = emulator.options()["api_key"]
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    url = f"{base_of(emulator)}/v1/messages"
    response = httpx.post(url, json=body, headers={"x-api-key": key}, timeout=60)
    assert response.status_code == 401
    with (
        anthropic.Anthropic(auth_token="KEYwrong", base_url=base_of(emulator)) as client,
        pytest.raises(anthropic.AuthenticationError) as raised,
    ):
        ask(client)
    error: Any = raised.value.body
    assert error["errors"][0]["code"] == "10009"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"model": "acme/none"}, anthropic.NotFoundError),
        ({"max_tokens": 0}, anthropic.UnprocessableEntityError),
        ({"messages": []}, anthropic.UnprocessableEntityError),
        ({"messages": [{"role": "system", "content": "x"}]}, anthropic.UnprocessableEntityError),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
         anthropic.BadRequestError),
        ({"tool_choice": {"type": "tool", "name": "none"}}, anthropic.BadRequestError),
        ({"messages": [{"role": "user", "content": [
            {"type": "tool_use", "id": "1", "name": "x", "input": {}}]}]},
         anthropic.BadRequestError),
    ],
)  # fmt: skip
def test_refusals(client: anthropic.Anthropic, options: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        ask(client, **options)


def test_scripted_faults(emulator: TelnyxEmulator, client: anthropic.Anthropic) -> None:
    emulator.fail(429, retry_after=3)
    with pytest.raises(anthropic.RateLimitError) as limited:
        ask(client)
    assert limited.value.response.headers["retry-after"] == "3"
    emulator.say("Hel", finish_reason="abort")
    with pytest.raises(anthropic.InternalServerError):
        ask(client)
    messages: Any = [{"role": "user", "content": "Tell me everything about Saturn."}]
    emulator.script.stream_error(after=4, status=503)
    with (
        client.messages.stream(model=MODEL, max_tokens=500, messages=messages) as stream,
        pytest.raises(anthropic.APIStatusError, match="overloaded_error"),
    ):
        stream.until_done()
    emulator.cut_stream(after=4)
    with client.messages.stream(model=MODEL, max_tokens=500, messages=messages) as stream:
        kinds = [event.type for event in stream]
    assert "message_stop" not in kinds


def test_reasoning_is_a_thinking_block(
    emulator: TelnyxEmulator, client: anthropic.Anthropic
) -> None:
    emulator.say("Titan.", reasoning="Saturn has moons.")
    answer = ask(client, model=REASONER, thinking={"type": "enabled", "budget_tokens": 1024})
    assert [block.type for block in answer.content] == ["thinking", "text"]
    emulator.say("Done.")
    history = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [block.to_dict() for block in answer.content]},
        {"role": "user", "content": "Go on."},
    ]
    assert ask(client, model=REASONER, messages=history).stop_reason == "end_turn"


def test_comments_between_events_are_skipped() -> None:
    with TelnyxEmulator(quirks=Quirks(stream_comments=True)) as emulator:
        emulator.say("Hello, Ann!")
        key = emulator.options()["api_key"]
        messages: Any = [{"role": "user", "content": "Hi"}]
        with (
            anthropic.Anthropic(auth_token=key, base_url=base_of(emulator)) as client,
            client.messages.stream(model=MODEL, max_tokens=9, messages=messages) as stream,
        ):
            assert stream.get_final_text() == "Hello, Ann!"


def both(llm: Any, value: Any) -> list[Any]:
    """Return the answer of `invoke`, and that of `ainvoke`."""
    return [llm.invoke(value), asyncio.run(llm.ainvoke(value))]


def test_chat_anthropic_invokes(emulator: TelnyxEmulator, llm: ChatAnthropic) -> None:
    for _ in range(2):
        emulator.say("Hello, Ann!")
    for answer in both(llm, [("system", "Be kind."), ("human", "Greet Ann.")]):
        assert answer.text == "Hello, Ann!"
        assert answer.usage_metadata["output_tokens"] == 4
        assert answer.usage_metadata["input_tokens"] > 5
        assert answer.response_metadata["stop_reason"] == "end_turn"
    assert "x-api-key" not in emulator.requests[-1].headers


async def test_chat_anthropic_streams(emulator: TelnyxEmulator, llm: ChatAnthropic) -> None:
    for _ in range(2):
        emulator.say("Hello, Ann!")
    chunks = [*llm.stream("Greet Ann.")]
    achunks = [chunk async for chunk in llm.astream("Greet Ann.")]
    for each in (chunks, achunks):
        assert len(each) > 3
        joined: Any = each[0]
        for chunk in each[1:]:
            joined += chunk
        assert isinstance(joined, AIMessageChunk)
        assert joined.text == "Hello, Ann!"
        assert joined.usage_metadata
        assert joined.usage_metadata["output_tokens"] == 4


def test_chat_anthropic_calls_tools(emulator: TelnyxEmulator, llm: ChatAnthropic) -> None:
    bound = llm.bind_tools([weather])
    question = HumanMessage("What is the weather in Oslo?")
    for answer in both(bound, [question]):
        [call] = answer.tool_calls
        assert (call["name"], call["args"]) == ("weather", {"city": "Oslo"})
        result = weather.invoke(call)
        assert isinstance(result, ToolMessage)
        emulator.say("Take an umbrella.", after_tool="weather", tool="weather")
        assert bound.invoke([question, answer, result]).text == "Take an umbrella."


def test_chat_anthropic_returns_structured_output(llm: ChatAnthropic) -> None:
    structured = llm.with_structured_output(Person, method="function_calling")
    for found in both(structured, "Ann is 34 years old."):
        assert found == Person(name="Ann", age=34)


def test_chat_anthropic_sends_images(llm: ChatAnthropic, emulator: TelnyxEmulator) -> None:
    emulator.say("A moon.")
    image = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
    message = HumanMessage([{"type": "text", "text": "What is this?"}, image])
    seeing = llm.model_copy(update={"model": REASONER})
    answer = seeing.invoke([message])
    assert isinstance(answer, AIMessage)
    assert answer.text == "A moon."
