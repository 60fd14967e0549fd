"""Requests to the Responses API, validated by OpenAI's types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.errors import ConfigurationError
from tests.chat_models.responses_api.response_events import (
    TOOL,
    called,
    model_of,
    plain,
    response,
    text_item,
)

if TYPE_CHECKING:
    from tests.support.fixtures import Mode

JUDGE: TypeAdapter[Any] = TypeAdapter(ResponseCreateParamsNonStreaming)
PNG = "data:image/png;base64,iVBORw0KGgo="
WAV = "data:audio/wav;base64,UklGRg=="
CALL = ToolCall(name="weather", args={"city": "Oslo"}, id="call_1")


def sent(messages: Any = "Hi", /, **options: Any) -> dict[str, Any]:
    """Return the request body of a model with these options."""
    model, requests = model_of(response(text_item("Hello.")), **options)
    model.invoke(messages)
    [request] = requests
    return request


def test_a_thread_becomes_items() -> None:
    request = sent(
        [
            SystemMessage("Be brief."),
            HumanMessage(
                [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image", "url": PNG},
                    {"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"},
                ]
            ),
            AIMessage("I look.", tool_calls=[CALL]),
            ToolMessage("7 degrees", tool_call_id="call_1"),
            SystemMessage("Be kind."),
            HumanMessage("So?", name="ada"),
        ]
    )
    assert request == {
        "model": "m",
        "instructions": "Be brief.",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": PNG, "detail": "auto"},
                    {
                        "type": "input_audio",
                        "input_audio": {"data": "UklGRg==", "format": "wav"},
                    },
                ],
            },
            {"role": "assistant", "content": "I look."},
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "weather",
                "arguments": '{"city": "Oslo"}',
            },
            {"type": "function_call_output", "call_id": "call_1", "output": "7 degrees"},
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "So?"},
        ],
    }
    del request["input"][0]["content"][2]  # OpenAI's types have it in evaluations only
    JUDGE.validate_python(request)


def test_a_recording_s_address_goes_out_as_in_chat() -> None:
    block = {"type": "audio", "url": "https://x.org/a.wav", "mime_type": "audio/wav"}
    [item] = sent([HumanMessage([block, {"type": "text", "text": "?"}])])["input"]
    url = {"url": "https://x.org/a.wav"}
    assert item["content"][0] == {"type": "audio_url", "audio_url": url}


def test_a_system_message_alone_is_the_input() -> None:
    assert sent([SystemMessage("Say hello.")])["input"] == [
        {"role": "system", "content": "Say hello."}
    ]


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "cap": ({"max_tokens": 9}, {"max_output_tokens": 9}),
    "effort": ({"reasoning_effort": "low"}, {"reasoning": {"effort": "low"}}),
    "no thinking": ({"enable_thinking": False}, {"reasoning": {"effort": "none"}}),
    "logprobs": (
        {"logprobs": True, "top_logprobs": 2},
        {"include": ["message.output_text.logprobs"], "top_logprobs": 2},
    ),
    "json": (
        {"response_format": {"type": "json_object"}},
        {"text": {"format": {"type": "json_object"}}},
    ),
    "verbosity": ({"model_kwargs": {"verbosity": "low"}}, {"text": {"verbosity": "low"}}),
    "service": (
        {"region": "EU", "mode": "strict", "service_tier": "flex"},
        {"region": "EU", "mode": "strict", "service_tier": "flex"},
    ),
    "OpenAI's own": (
        {"model_kwargs": {"truncation": "auto", "store": True}},
        {"truncation": "auto", "store": True},
    ),
    "last": ({"extra_body": {"top_k": 3}}, {"top_k": 3}),
}


@pytest.mark.parametrize(("options", "fields"), FIELDS.values(), ids=FIELDS)
def test_options_become_the_api_s_fields(options: dict[str, Any], fields: dict[str, Any]) -> None:
    request = sent(**options)
    assert {name: request[name] for name in request if name not in ("input", "model")} == fields
    assert request["input"] == [{"role": "user", "content": "Hi"}]
    JUDGE.validate_python({"model": "m", **fields})


def test_tools_and_schemas_are_one_level_flatter_than_in_chat() -> None:
    model, requests = model_of(response(called('{"city": "Oslo"}')))
    schema = {
        "title": "Moon", "type": "object", "properties": {"name": {"type": "string"}},
        "required": ["name"],
    }  # fmt: skip
    model.bind_tools([TOOL], tool_choice="weather", response_format=schema).invoke("Hi")
    [request] = requests
    assert request["tools"] == [{"type": "function", "strict": False, **TOOL["function"]}]  # type: ignore[dict-item]  # a dict
    assert request["tool_choice"] == "required"
    form = request["text"]["format"]
    assert (form["type"], form["name"]) == ("json_schema", "Moon")
    assert form["schema"]["properties"] == {"name": {"type": "string"}}
    JUDGE.validate_python(request)


def test_names_of_tools_that_servers_do_not_take_are_mapped_in_blocks_too(mode: Mode) -> None:
    tool = {"type": "function", "function": {"name": "mail.send", "parameters": {}}}
    model, requests = model_of(response(called("{}", name="mail_send")))
    for message in (mode.invoke(model.bind_tools([tool])), mode.whole(model.bind_tools([tool]))):
        assert [call["name"] for call in message.tool_calls] == ["mail.send"]
        assert [block["name"] for block in plain(list(message.content))] == ["mail.send"]
    assert {request["tools"][0]["name"] for request in requests} == {"mail_send"}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"n": 2}, "returns one answer and has no `n`"),
        ({"use_beam_search": True}, "has no `use_beam_search`"),
    ],
)
def test_several_answers_are_refused(options: dict[str, Any], why: str) -> None:
    model, requests = model_of(response(), **options)
    with pytest.raises(ConfigurationError, match=why):
        model.invoke("Hi")
    with pytest.raises(ConfigurationError, match=why):
        next(model.stream("Hi"))
    assert requests == []


@pytest.mark.parametrize(
    "fields",
    [
        {"conversation": "c"},
        {"previous_response_id": "r"},
        {"include": ["x"]},
        {"truncation": "auto"},
        {"instructions": "Be brief."},
    ],
)
def test_a_field_of_the_responses_api_alone_chooses_it(fields: dict[str, Any]) -> None:
    model, requests = model_of(response(text_item("Hello.")), use_responses_api=None)
    model.invoke("Hi", **fields)
    assert "input" in requests[0]
    never, none = model_of(response(), use_responses_api=False)
    with pytest.raises(ConfigurationError, match="is an option of the Responses API"):
        never.invoke("Hi", **fields)
    assert none == []


def test_options_that_exclude_each_other_are_refused() -> None:
    key: dict[str, Any] = {"api_key": "KEY1"}
    with pytest.raises(ValueError, match="is an option of the Responses API"):
        ChatTelnyx(conversation="c", use_responses_api=False, **key)
    with pytest.raises(ValueError, match="or `use_previous_response_id`"):
        ChatTelnyx(conversation="c", use_previous_response_id=True, **key)
    model, _ = model_of(response())
    with pytest.raises(ConfigurationError, match="pass one"):
        model.invoke("Hi", conversation="c", previous_response_id="r")
    with pytest.raises(ConfigurationError, match="pass it to the constructor"):
        model.invoke("Hi", use_previous_response_id=True)


def test_reasoning_of_telnyx_models_is_replayed_on_request() -> None:
    from tests.chat_models.responses_api.response_events import thought  # noqa: PLC0415

    model, requests = model_of(
        response(thought("Hm"), text_item("Hello.", 1)), replay_reasoning=True
    )
    answer = model.invoke("Hi")
    model.invoke([HumanMessage("Hi"), answer, HumanMessage("And?")])
    _, reasoning, message, _ = requests[1]["input"]
    assert reasoning["content"] == [{"type": "reasoning_text", "text": "Hm"}]
    assert message == {"role": "assistant", "content": "Hello."}
    JUDGE.validate_python(requests[1])
