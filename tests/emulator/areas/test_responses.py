"""Responses with OpenAI's SDK and over HTTP: items, tools, streams, conversations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel

from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.conftest import Api

PLAIN = "meta-llama/Llama-3.3-70B-Instruct"
THINKING = "zai-org/GLM-5.3"
WEATHER: Any = {
    "type": "function",
    "name": "weather",
    "description": "Tell the weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
    "strict": False,
}


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """An account on a socket, which the SDK needs."""
    with TelnyxEmulator() as running:
        yield running


@pytest.fixture
def sdk(emulator: TelnyxEmulator) -> Iterator[openai.OpenAI]:
    """OpenAI's SDK, which parses bodies and events into its own types."""
    with openai.OpenAI(
        api_key=emulator.api_key,
        base_url=f"{emulator.base_url}/ai/openai",
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        yield client


@pytest.fixture
def conversation(emulator: TelnyxEmulator) -> str:
    """A conversation without messages."""
    return emulator.account.conversations.records.create("", {}).id


def spoken(emulator: TelnyxEmulator, conversation: str) -> list[tuple[str, str]]:
    messages = emulator.account.conversations.messages.spoken(conversation)
    return [(message.role, message.content) for message in messages]


def test_a_text_is_answered(sdk: openai.OpenAI, emulator: TelnyxEmulator) -> None:
    emulator.say("Hello!")
    response = sdk.responses.create(model=PLAIN, input="Hi", instructions="Be kind.")
    assert response.output_text == "Hello!"
    assert (response.status, response.model, response.instructions) == (
        "completed",
        PLAIN,
        "Be kind.",
    )
    assert response.usage is not None
    assert response.usage.total_tokens == (
        response.usage.input_tokens + response.usage.output_tokens
    )


def test_a_reasoning_model_returns_a_reasoning_item(sdk: openai.OpenAI) -> None:
    thought, message = sdk.responses.create(model=THINKING, input="Hi").output
    assert thought.type == "reasoning"
    assert thought.content
    assert message.type == "message"


def test_thinking_can_be_switched_off(sdk: openai.OpenAI) -> None:
    response = sdk.responses.create(model=THINKING, input="Hi", reasoning={"effort": "none"})
    assert [item.type for item in response.output] == ["message"]


def test_items_of_every_kind_are_read(sdk: openai.OpenAI) -> None:
    response = sdk.responses.create(
        model="moonshotai/Kimi-K2.6",
        input=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "input_text", "text": "My name is Ada."}]},
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "status": "completed",
                "content": [{"type": "output_text", "text": "Hi Ada.", "annotations": []}],
            },
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is my name?"},
                    {
                        "type": "input_image",
                        "image_url": "data:image/png;base64,eA==",
                        "detail": "auto",
                    },
                ],
            },
        ],
    )
    assert "My name is Ada." in response.output_text


def test_a_tool_is_called_and_its_result_is_answered_from(sdk: openai.OpenAI) -> None:
    question: Any = {"role": "user", "content": "What is the weather in Oslo?"}
    first = sdk.responses.create(model=THINKING, input=[question], tools=[WEATHER])
    [call] = [item for item in first.output if item.type == "function_call"]
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "Oslo"})
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "7 degrees"}
    items: Any = [question, *(item.to_dict() for item in first.output), result]
    second = sdk.responses.create(model=THINKING, input=items, tools=[WEATHER])
    assert "7 degrees" in second.output_text


def test_a_function_can_be_named(sdk: openai.OpenAI) -> None:
    clock: Any = {"type": "function", "name": "clock", "parameters": {"type": "object"}}
    response = sdk.responses.create(
        model=PLAIN,
        input="What is the weather in Oslo?",
        tools=[WEATHER, clock],
        tool_choice={"type": "function", "name": "clock"},
    )
    assert [getattr(item, "name", None) for item in response.output] == ["clock"]


class Person(BaseModel):
    name: str


def test_an_answer_takes_the_form_of_a_schema(sdk: openai.OpenAI) -> None:
    response = sdk.responses.parse(model=PLAIN, input="My name is Ada.", text_format=Person)
    assert response.output_parsed == Person(name="Ada")


def test_fields_that_are_nullable_in_openai_are_nullable(sdk: openai.OpenAI) -> None:
    null: Any = None
    tool = {**WEATHER, "strict": None, "description": None}
    options: Any = {"temperature": null, "reasoning": {"effort": null}, "tools": [tool]}
    assert sdk.responses.create(model=PLAIN, input="Hi", **options).output_text


def test_a_truncated_answer_is_incomplete(sdk: openai.OpenAI) -> None:
    response = sdk.responses.create(model=PLAIN, input="Hi", max_output_tokens=3)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize("model", [PLAIN, THINKING])
def test_a_stream_adds_up_to_its_response(sdk: openai.OpenAI, model: str) -> None:
    # The SDK accumulates the events itself, and compares.
    with sdk.responses.stream(
        model=model, input="What is the weather in Oslo?", tools=[WEATHER]
    ) as stream:
        events: list[Any] = list(stream)
        final = stream.get_final_response()
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    arguments = "".join(
        event.delta for event in events if event.type == "response.function_call_arguments.delta"
    )
    call = final.output[-1]
    assert call.type == "function_call"
    assert arguments == call.arguments == '{"city": "Oslo"}'


def test_a_stream_has_named_events_and_no_done(api: Api) -> None:
    body = {"model": PLAIN, "input": "Hi", "stream": True}
    answer = api.send("POST", "/ai/openai/responses", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    for block in answer.text.strip().split("\n\n"):
        name, data = block.split("\n")
        assert name == f"event: {json.loads(data.removeprefix('data: '))['type']}"


def test_a_stream_can_be_cut_and_commented(emulator: TelnyxEmulator, api: Api) -> None:
    emulator.cut_stream(after=2)
    body = {"model": PLAIN, "input": "Hi", "stream": True}
    answer = api.send("POST", "/ai/openai/responses", json=body)
    assert answer.text.count("data: ") == 2
    assert "completed" not in answer.text


def test_a_conversation_stores_the_turn_for_the_next_one(
    sdk: openai.OpenAI, emulator: TelnyxEmulator, conversation: str
) -> None:
    emulator.say("Hello Ada.")
    options: Any = {"model": PLAIN, "instructions": "Be brief.", "conversation": conversation}
    sdk.responses.create(input="My name is Ada.", **options)
    response = sdk.responses.create(input="What is my name?", **options)
    assert response.conversation is not None
    assert response.conversation.id == conversation
    assert response.output_text == "Earlier in this conversation you said: My name is Ada."
    assert spoken(emulator, conversation) == [
        ("system", "Be brief."),
        ("user", "My name is Ada."),
        ("assistant", "Hello Ada."),
        ("user", "What is my name?"),
        ("assistant", "Earlier in this conversation you said: My name is Ada."),
    ]


def test_a_tool_result_is_answered_with_the_stored_call(
    sdk: openai.OpenAI, api: Api, conversation: str
) -> None:
    options: Any = {"model": THINKING, "tools": [WEATHER], "conversation": conversation}
    first = sdk.responses.create(input="What is the weather in Oslo?", **options)
    [call] = [item for item in first.output if item.type == "function_call"]
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "7 degrees"}
    second = sdk.responses.create(input=[result], **options)
    assert "7 degrees" in second.output_text
    messages = api.data("GET", f"/ai/conversations/{conversation}/messages")
    assert sorted((message["role"], message["text"]) for message in messages) == sorted(
        [
            ("user", "What is the weather in Oslo?"),
            ("assistant", ""),
            ("tool", "7 degrees"),
            ("assistant", second.output_text),
        ]
    )
    [called] = [message for message in messages if message.get("tool_calls")]
    assert called["tool_calls"][0]["function"]["name"] == "weather"


def test_stored_calls_in_other_forms_are_ignored(
    sdk: openai.OpenAI, api: Api, conversation: str
) -> None:
    odd = {"role": "assistant", "content": "Wait.", "tool_calls": [{"what": 1}]}
    api.send("POST", f"/ai/conversations/{conversation}/message", json=odd)
    assert sdk.responses.create(model=PLAIN, input="Hi", conversation=conversation).output_text


def test_nothing_is_stored_without_a_conversation(sdk: openai.OpenAI) -> None:
    sdk.responses.create(model=PLAIN, input="My name is Ada.")
    assert "Ada" not in sdk.responses.create(model=PLAIN, input="What is my name?").output_text


@pytest.mark.parametrize("streams", [False, True])
def test_an_abort_of_the_engine_fails_the_response(
    sdk: openai.OpenAI, emulator: TelnyxEmulator, *, streams: bool
) -> None:
    emulator.say("Half an answer", finish_reason="abort")
    if streams:
        *_, last = sdk.responses.create(model=PLAIN, input="Hi", stream=True)
        assert last.type == "response.failed"
        response = last.response
    else:
        response = sdk.responses.create(model=PLAIN, input="Hi")
    assert response.status == "failed"
    assert response.error is not None
    assert response.error.code == "server_error"
    assert response.output_text == "Half an answer"


def test_responses_are_stored_with_the_quirk(sdk: openai.OpenAI) -> None:
    first = sdk.responses.create(model=PLAIN, input="My name is Ada.")
    options: Any = {"model": PLAIN, "previous_response_id": first.id}
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.responses.create(input="What is my name?", **options)
    assert "pass a `conversation`" in refused.value.response.text
    with TelnyxEmulator(quirks=Quirks(keeps_responses=True)) as storing:
        keeper = sdk.with_options(api_key=storing.api_key, base_url=f"{storing.base_url}/ai/openai")
        first = keeper.responses.create(model=PLAIN, input="My name is Ada.", instructions="Hm.")
        options = {"model": PLAIN, "previous_response_id": first.id}
        second = keeper.responses.create(input="What is my name?", **options)
        assert "My name is Ada." in second.output_text
        assert (second.previous_response_id, second.instructions) == (first.id, None)
        unkept = keeper.responses.create(model=PLAIN, input="Hi", store=False)
        for gone in ("unknown", unkept.id):
            options["previous_response_id"] = gone
            with pytest.raises(openai.BadRequestError) as refused:
                keeper.responses.create(input="Hi", **options)
            assert "not found" in refused.value.response.text


REFUSALS: dict[str, tuple[dict[str, Any], int, str]] = {
    "conversation": ({"conversation": "unknown"}, 404, "could not be found"),
    "model": ({"model": "no/model"}, 404, "The model 'no/model' does not exist."),
    "previous": ({"previous_response_id": "resp_1"}, 400, "pass a `conversation`"),
    "two memories": (
        {"previous_response_id": "resp_1", "conversation": "c"},
        400,
        "and not both",
    ),
    "tool": ({"tools": [{"type": "web_search"}]}, 400, "'web_search' are not supported"),
    "unnamed": ({"tools": [{"type": "function"}]}, 422, "missing or wrong"),
    "choice": (
        {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "clock"}},
        400,
        "`tool_choice` names 'clock', which is not among `tools`.",
    ),
    "empty": ({"input": []}, 400, "`input` must not be empty."),
    "number": ({"input": 1}, 422, "valid string"),
    "item": ({"input": [{"type": "item_reference", "id": "x"}]}, 422, "function_call"),
    "null": ({"instructions": None}, 422, "not be null"),
    "stream": ({"stream": "yes"}, 422, "valid boolean"),
    "surrogate": ({"instructions": "\ud800"}, 400, "half of a surrogate pair"),
    "surrogate-streamed": (
        {"instructions": "\ud800", "stream": True},
        400,
        "half of a surrogate pair",
    ),
}


@pytest.mark.parametrize(("fields", "status", "why"), REFUSALS.values(), ids=REFUSALS)
def test_invalid_requests_are_refused(
    emulator: TelnyxEmulator, fields: dict[str, Any], status: int, why: str
) -> None:
    answer = emulator.http_client.post(
        f"{emulator.base_url}/ai/openai/responses",
        headers={
            "authorization": f"Bearer {emulator.api_key}",
            "content-type": "application/json",
        },
        content=json.dumps({"model": PLAIN, "input": "Hi", **fields}),
    )
    assert (answer.status_code, why in answer.text) == (status, True), answer.text


def test_an_upstream_answers_as_chat() -> None:
    with (
        TelnyxEmulator() as behind,
        TelnyxEmulator(
            sockets=False,
            upstream=f"{behind.base_url}/ai/openai",
            upstream_api_key=behind.api_key,
            upstream_model=THINKING,
        ) as emulator,
    ):
        answer = emulator.http_client.post(
            f"{emulator.base_url}/ai/openai/responses",
            headers={"authorization": f"Bearer {emulator.api_key}"},
            json={"model": "any", "input": "What is the weather in Oslo?", "tools": [WEATHER]},
        ).json()
    thought, call = answer["output"]
    assert thought["content"][0]["text"]
    assert (call["name"], call["arguments"]) == ("weather", '{"city": "Oslo"}')
    assert answer["usage"]["input_tokens"] > 0


def test_scripted_answers_are_matched_as_in_chat(
    emulator: TelnyxEmulator, sdk: openai.OpenAI
) -> None:
    emulator.say("Hello, Ann!", when="Ann")
    emulator.say("Hello, Bob!", when=lambda body: body["input"] == "Greet Bob.")
    emulator.call_tool("weather", {"city": "Oslo"}, tool="weather")
    answers = [
        sdk.responses.create(model=PLAIN, input="Greet Bob."),
        sdk.responses.create(model=PLAIN, input=[{"role": "user", "content": "Greet Ann."}]),
    ]
    assert [answer.output_text for answer in answers] == ["Hello, Bob!", "Hello, Ann!"]
    [call] = sdk.responses.create(model=PLAIN, input="Go", tools=[WEATHER]).output
    assert call.type == "function_call"
    emulator.assert_all_used()


@pytest.mark.parametrize("stored", [False, True], ids=["sent", "stored by the server"])
def test_an_answer_after_a_tool_finds_its_call(
    emulator: TelnyxEmulator, sdk: openai.OpenAI, conversation: str, *, stored: bool
) -> None:
    emulator.say("It rains.", after_tool="weather")
    emulator.call_tool("weather", {"city": "Oslo"})
    options: Any = {"model": PLAIN, "tools": [WEATHER]}
    if stored:
        options["extra_body"] = {"conversation": conversation}
    [call] = sdk.responses.create(input="Weather?", **options).output
    assert call.type == "function_call"
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    item = {"type": "function_call", "call_id": call.call_id, "name": "weather", "arguments": "{}"}
    earlier: list[Any] = [] if stored else [{"role": "user", "content": "Weather?"}, item]
    earlier.append(result)
    answer = sdk.responses.create(input=earlier, **options)
    assert answer.output_text == "It rains."
