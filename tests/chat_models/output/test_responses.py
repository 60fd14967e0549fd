"""Complete and streamed completions, in every format of servers."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly
from langchain_telnyx.chat_models.repair.token_usage import usage_metadata
from langchain_telnyx.client.call import ResponseBody
from langchain_telnyx.client.errors import APIResponseError

HEADERS = {
    "x-request-id": "req-1",
    "x-ratelimit-limit": "100",
    "x-ratelimit-remaining": "99",
    "x-ratelimit-reset": "60",
}


def answer(message: dict[str, Any], **fields: Any) -> AIMessage:
    """Return LangChain's message for a completion with this message."""
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **fields}
    [generation] = result(ResponseBody(body, {}), "requested/model").generations
    assert isinstance(generation.message, AIMessage)
    return generation.message


def streamed(*events: dict[str, Any], headers: dict[str, str] | None = None) -> AIMessageChunk:
    """Return the merged chunks of a stream."""
    assembly = StreamAssembly(headers or {}, "requested/model")
    chunks = [chunk for event in events if (chunk := assembly.feed(event)) is not None]
    first, *others = [*chunks, *assembly.finish()]
    whole = (first + others).message
    assert isinstance(whole, AIMessageChunk)
    return whole


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


def finish(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **fields}


@pytest.mark.parametrize(
    ("message", "content", "reasoning"),
    [
        ({"content": "Hi"}, "Hi", None),
        ({"content": None}, "", None),
        ({}, "", None),
        ({"content": "Hi", "reasoning_content": "hm"}, "Hi", "hm"),
        ({"content": "Hi", "reasoning": "hm"}, "Hi", "hm"),
        ({"content": "Hi", "reasoning": "hm", "reasoning_content": "hm"}, "Hi", "hm"),
        ({"content": None, "reasoning": "all of it"}, "", "all of it"),
        ({"content": "Hi", "reasoning_content": None, "reasoning": ""}, "Hi", None),
    ],
)
def test_text_and_reasoning_are_separated(
    message: dict[str, Any], content: str, reasoning: str | None
) -> None:
    whole = answer(message)
    chunks = streamed(delta(**message), finish())
    assert (whole.content, whole.additional_kwargs.get("reasoning_content")) == (content, reasoning)
    assert (chunks.content, chunks.additional_kwargs.get("reasoning_content")) == (
        content,
        reasoning,
    )


@pytest.mark.parametrize("choices", [{}, {"choices": None}, {"choices": []}])
def test_an_answer_without_choices_is_an_error_that_quotes_it(choices: dict[str, Any]) -> None:
    body = ResponseBody({**choices, "error": {"message": "the engine is asleep"}}, HEADERS)
    with pytest.raises(APIResponseError, match=r"no choices: .*the engine is asleep") as caught:
        result(body, "requested/model")
    assert caught.value.request_id == "req-1"


def test_a_choice_without_a_message_is_an_empty_answer() -> None:
    [generation] = result(
        ResponseBody({"choices": [{"finish_reason": "length"}]}, {}), "requested/model"
    ).generations
    assert generation.text == ""
    assert generation.message.response_metadata["finish_reason"] == "length"


@pytest.mark.parametrize(
    ("arguments", "args"),
    [
        ('{"city": "Oslo"}', {"city": "Oslo"}),
        ({"city": "Oslo"}, {"city": "Oslo"}),
        ("{}", {}),
        ("", {}),
        (None, {}),
        ("null", {}),
    ],
)
def test_tool_arguments_are_parsed_in_every_format(arguments: Any, args: dict[str, Any]) -> None:
    function = {"name": "weather", "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    [read] = answer({"content": "I look.", "tool_calls": [call]}).tool_calls
    assert read == {"name": "weather", "args": args, "id": "call_1", "type": "tool_call"}


def test_text_with_tool_calls_is_preserved() -> None:
    call = {"id": "call_1", "function": {"name": "weather", "arguments": "{}"}}
    assert answer({"content": "I look.", "tool_calls": [call]}).content == "I look."


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ('{"city": ', "Expecting value"),
        ('["Oslo"]', "not a JSON object"),
        ("7", "not a JSON object"),
    ],
)
def test_broken_tool_arguments_are_an_invalid_call(arguments: str, why: str) -> None:
    call = {"id": "call_1", "function": {"name": "weather", "arguments": arguments}}
    message = answer({"tool_calls": [call]})
    [invalid] = message.invalid_tool_calls
    assert message.tool_calls == []
    assert (invalid["name"], invalid["args"], invalid["id"]) == ("weather", arguments, "call_1")
    assert why in (invalid["error"] or "")


def test_streamed_tool_calls_are_put_together_by_index() -> None:
    whole = streamed(
        delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": '{"x": '}}]),
        delta(tool_calls=[{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": "1}"}}]),
        finish(),
    )
    assert [(call["name"], call["args"], call["id"]) for call in whole.tool_calls] == [
        ("f", {"x": 1}, "a"),
        ("g", {}, "b"),
    ]


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        (None, None),
        ({}, None),
        (
            {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
            {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
        ),
        (
            {"prompt_tokens": 3, "completion_tokens": 4},
            {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
        ),
        (
            {"prompt_tokens": 3, "completion_tokens": None, "total_tokens": None},
            {"input_tokens": 3, "output_tokens": 0, "total_tokens": 3},
        ),
        (
            {
                "prompt_tokens": 3,
                "completion_tokens": 4,
                "total_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 1},
                "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": None},
                "cost": 0.5,
            },
            {
                "input_tokens": 3,
                "output_tokens": 4,
                "total_tokens": 7,
                "input_token_details": {"cache_read": 2, "audio": 1},
                "output_token_details": {"reasoning": 3},
            },
        ),
        (
            {
                "prompt_tokens": 3,
                "completion_tokens": 4,
                "total_tokens": 7,
                "prompt_tokens_details": None,
                "completion_tokens_details": {"reasoning_tokens": None, "speed": 1.5},
            },
            {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
        ),
    ],
)
def test_usage_has_the_servers_counts_only(
    usage: dict[str, Any] | None, counts: dict[str, Any] | None
) -> None:
    assert usage_metadata(usage) == counts


USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
EARLIER = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}


@pytest.mark.parametrize(
    "events",
    [
        [delta(content="Hi"), finish(), {"choices": [], "usage": USAGE}],
        [delta(content="Hi"), finish(), {"usage": USAGE}],
        [delta(content="Hi"), finish(usage=USAGE)],
        [{**delta(content="Hi"), "usage": EARLIER}, finish(usage=USAGE)],
        [{**delta(content="Hi"), "usage": None}, finish(), {"choices": None, "usage": USAGE}],
    ],
    ids=["separate", "separate, no choices", "with the finish", "growing", "nulls before"],
)
def test_usage_of_a_stream_is_counted_once(events: list[dict[str, Any]]) -> None:
    whole = streamed(*events)
    assert whole.content == "Hi"
    assert whole.usage_metadata == {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}


def test_metadata_has_model_provider_ids_and_limits() -> None:
    body = {
        "id": "chatcmpl-1",
        "model": "served/model",
        "system_fingerprint": "fp",
        "service_tier": None,
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": USAGE,
    }
    [generation] = result(ResponseBody(body, HEADERS), "requested/model").generations
    assert generation.generation_info == {"finish_reason": "stop"}
    assert generation.message.response_metadata == {
        "model_name": "served/model",
        "model_provider": "telnyx",
        "id": "chatcmpl-1",
        "system_fingerprint": "fp",
        "request_id": "req-1",
        "rate_limit": {
            "x-ratelimit-limit": "100",
            "x-ratelimit-remaining": "99",
            "x-ratelimit-reset": "60",
        },
        "finish_reason": "stop",
        "raw": {"usage": USAGE},
    }


def test_metadata_of_a_stream_is_not_repeated() -> None:
    common = {"id": "chatcmpl-1", "model": "served/model", "service_tier": "default"}
    whole = streamed(
        {**delta(role="assistant", content=""), **common},
        {**delta(content="H"), **common},
        {**delta(content="i"), **common},
        {**finish(), **common},
        {"choices": [], "usage": USAGE, **common},
        headers=HEADERS,
    )
    assert whole.content == "Hi"
    assert whole.chunk_position == "last"
    assert whole.response_metadata == {
        "model_name": "served/model",
        "model_provider": "telnyx",
        "id": "chatcmpl-1",
        "service_tier": "default",
        "request_id": "req-1",
        "rate_limit": {
            "x-ratelimit-limit": "100",
            "x-ratelimit-remaining": "99",
            "x-ratelimit-reset": "60",
        },
        "finish_reason": "stop",
        "raw": {"usage": USAGE},
    }


def test_the_requested_model_is_the_default_model_name() -> None:
    assert answer({"content": "Hi"}).response_metadata["model_name"] == "requested/model"
    assert (
        streamed(delta(content="Hi"), finish()).response_metadata["model_name"] == "requested/model"
    )


def test_log_probabilities_are_in_complete_and_streamed_answers() -> None:
    tokens = [{"token": "H", "logprob": -0.1}, {"token": "i", "logprob": -0.2}]
    body = ResponseBody(
        {"choices": [{"message": {"content": "Hi"}, "logprobs": {"content": tokens}}]}, {}
    )
    [generation] = result(body, "requested/model").generations
    first, second = (
        {"choices": [{"delta": {"content": token["token"]}, "logprobs": {"content": [token]}}]}
        for token in tokens
    )
    whole = streamed(first, second, finish())
    assert generation.message.response_metadata["logprobs"] == {"content": tokens}
    assert whole.response_metadata["logprobs"] == {"content": tokens}


def test_every_choice_is_a_generation_and_the_first_has_the_usage() -> None:
    choices = [{"message": {"content": text}, "finish_reason": "stop"} for text in ("a", "b")]
    found = result(ResponseBody({"choices": choices, "usage": USAGE}, {}), "requested/model")
    messages = [generation.message for generation in found.generations]
    assert [message.content for message in messages] == ["a", "b"]
    counts = [getattr(message, "usage_metadata", None) for message in messages]
    assert [count is not None for count in counts] == [True, False]
