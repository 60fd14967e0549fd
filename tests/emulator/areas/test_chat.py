"""Chat with the official OpenAI SDK, sync and async."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

THINKING = "moonshotai/Kimi-K2.6"
DOCUMENT = '<document id="1" source="README.md">Pip installs it. It needs Python 3.11.</document>'
SELF = "I am the offline extractive model of the Telnyx emulator, not a language model."


def function(name: str, description: str, **parameters: str) -> dict[str, Any]:
    properties = {name: {"type": kind} for name, kind in parameters.items()}
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
            },
        },
    }


WEATHER = function("get_weather", "Get the current weather in a given location", location="string")


def test_an_answer_quotes_the_context_and_names_its_source(sdk: Any) -> None:
    text = f"{DOCUMENT}\n\nWhich Python is needed?"
    assert sdk.answer(text) == (
        "Pip installs it. [1] It needs Python 3.11. [1]\n\nSources: [1] README.md"
    )


def test_it_answers_plainly_if_the_context_has_no_answer(sdk: Any) -> None:
    answer = sdk.answer(f"{DOCUMENT}\n\nWho wrote Hamlet?")
    assert answer.startswith("The given passage does not answer “Who wrote Hamlet?”.")
    assert "offline extractive model of the Telnyx emulator" in answer


def test_without_context_it_describes_itself(sdk: Any) -> None:
    assert sdk.answer("Hello").startswith(SELF)


def test_it_recalls_the_users_messages(sdk: Any) -> None:
    messages = [
        {"role": "user", "content": "My name is Bob and I live in Oslo."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "What is my name?"},
    ]
    assert sdk.chat(messages=messages).choices[0].message.content == (
        "Earlier in this conversation you said: My name is Bob and I live in Oslo."
    )


def test_it_summarises_by_quoting(sdk: Any) -> None:
    text = (
        "Bees live in hives. Bees collect nectar from flowers. The weather was fine. "
        "Nectar from flowers becomes honey in the hives of bees. I had tea."
    )
    answer = sdk.answer(f"Summarize the following text:\n\n{text}")
    assert "Bees collect nectar from flowers." in answer
    assert "tea" not in answer


def test_it_summarises_the_documents_given(sdk: Any) -> None:
    assert sdk.answer(f"{DOCUMENT}\n\nSummarize this, please.") == (
        "Pip installs it. It needs Python 3.11.\n\nSources: [1] README.md"
    )


def test_the_same_request_gets_the_same_answer_and_ids(served: TelnyxEmulator, sdk: Any) -> None:
    first = sdk.chat("Weather in Oslo?", tools=[WEATHER])
    served.reset()
    assert sdk.chat("Weather in Oslo?", tools=[WEATHER]) == first


def test_a_stream_adds_up_to_the_whole_answer(sdk: Any) -> None:
    chunks = sdk.stream("Hello")
    content = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(content) == sdk.answer("Hello")
    assert sum(bool(piece) for piece in content) > 10
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]


def test_a_stream_has_usage_only_if_it_is_requested(sdk: Any) -> None:
    assert [chunk for chunk in sdk.stream("Hello") if chunk.usage] == []
    *_, last = sdk.stream("Hello", stream_options={"include_usage": True})
    assert last.usage == sdk.chat("Hello").usage


def test_include_usage_adds_a_separate_chunk(sdk: Any) -> None:
    *_, end, usage = sdk.stream("Hello", stream_options={"include_usage": True})
    assert (end.choices[0].finish_reason, end.usage) == ("stop", None)
    assert usage.choices == []
    assert usage.usage.total_tokens == usage.usage.prompt_tokens + usage.usage.completion_tokens


def test_tools_are_called_in_parallel(sdk: Any) -> None:
    completion = sdk.chat("What is the weather in Paris and London?", tools=[WEATHER])
    choice = completion.choices[0]
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    assert [
        (call.function.name, json.loads(call.function.arguments))
        for call in choice.message.tool_calls
    ] == [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "London"})]
    ids = [call.id for call in choice.message.tool_calls]
    assert len(set(ids)) == 2
    assert all(id_.startswith("call_") for id_ in ids)


def test_without_parallel_tool_calls_tools_are_called_one_by_one(sdk: Any) -> None:
    text = "What is the weather in Paris and London?"
    assert sdk.calls(text, [WEATHER], parallel_tool_calls=False) == [
        ("get_weather", '{"location": "Paris"}')
    ]


def test_tool_choice_is_obeyed(sdk: Any) -> None:
    assert sdk.calls("Weather in Oslo?", [WEATHER], tool_choice="none") == []
    assert len(sdk.calls("Hello", [WEATHER], tool_choice="required")) == 1
    assert sdk.calls("Hello", [WEATHER], tool_choice="auto") == []


def test_streamed_tool_calls_begin_with_id_and_name(sdk: Any) -> None:
    chunks = sdk.stream("Weather in Paris and London?", tools=[WEATHER])
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    heads = [delta for delta in deltas if delta.id]
    assert [(head.index, head.type, head.function.name) for head in heads] == [
        (0, "function", "get_weather"),
        (1, "function", "get_weather"),
    ]
    arguments = ["", ""]
    for delta in deltas:
        arguments[delta.index] += delta.function.arguments
        assert delta.id or delta.function.name is None
    assert [json.loads(text) for text in arguments] == [
        {"location": "Paris"},
        {"location": "London"},
    ]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_tool_results_are_answered_from(sdk: Any) -> None:
    call = sdk.chat("What is the weather in Oslo?", tools=[WEATHER]).choices[0].message
    messages = [
        {"role": "user", "content": "What is the weather in Oslo?"},
        call.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "It is sunny."},
    ]
    message = sdk.chat(messages=messages, tools=[WEATHER]).choices[0].message
    assert (message.content, message.tool_calls) == ("It is sunny.", None)


def test_a_json_schema_is_filled(sdk: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "p", "schema": schema, "strict": True}}
    answer = sdk.answer("Ann Lee is 41 years old.", response_format=form)
    assert json.loads(answer) == {"name": "Ann Lee", "age": 41}


def test_guided_decoding_fills_choices_and_schemas(sdk: Any) -> None:
    text = "The staff went above and beyond!"
    choices = {"guided_choice": ["negative", "positive"]}
    assert sdk.answer(text, extra_body=choices) == "positive"
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert sdk.answer("There are 12.", extra_body={"guided_json": schema}) == '{"n": 12}'


def test_a_prompt_that_spells_out_a_schema_gets_json(sdk: Any) -> None:
    text = (
        'Here is the output schema: {"properties": {"city": {"type": "string"}}, '
        '"required": ["city"]}\nI live in Oslo.'
    )
    assert sdk.answer(text) == '{"city": "Oslo"}'


def test_a_schema_in_a_document_is_quoted_and_not_obeyed(sdk: Any) -> None:
    document = '<document id="1">The schema {"properties": {}} describes any object.</document>'
    assert sdk.answer(f"{document}\n\nWhat describes any object?").startswith("The schema {")


def test_reasoning_models_return_their_reasoning(sdk: Any) -> None:
    message = sdk.chat(f"{DOCUMENT}\n\nWhich Python is needed?", model=THINKING).choices[0].message
    assert message.reasoning_content.startswith("I compared 2 sentences in 1 passages")
    chunks = sdk.stream(f"{DOCUMENT}\n\nWhich Python is needed?", model=THINKING)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    thought = "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas)
    assert thought == message.reasoning_content


@pytest.mark.parametrize("off", [{"enable_thinking": False}, {"reasoning_effort": "none"}])
def test_thinking_can_be_turned_off(sdk: Any, off: dict[str, Any]) -> None:
    completion = sdk.chat("Hello", model=THINKING, extra_body=off)
    assert not hasattr(completion.choices[0].message, "reasoning_content")
    assert completion.usage.completion_tokens_details.reasoning_tokens == 0


def test_a_cap_too_small_for_thinking_leaves_no_content(sdk: Any) -> None:
    completion = sdk.chat("Hello", model=THINKING, max_tokens=5)
    choice = completion.choices[0]
    assert (choice.message.content, choice.finish_reason) == (None, "length")
    assert completion.usage.completion_tokens == 5
    assert completion.usage.completion_tokens_details.reasoning_tokens == 5


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_ends_at_its_cap(sdk: Any, name: str) -> None:
    completion = sdk.chat("Hello", **{name: 4})
    assert completion.choices[0].message.content == "I am the offline"
    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens == 4


def test_an_answer_ends_before_a_stop_sequence(sdk: Any) -> None:
    choice = sdk.chat("Hello", stop=["extractive", "offline"]).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("I am the ", "stop")


def test_several_choices_are_given(sdk: Any) -> None:
    completion = sdk.chat("Hello", n=3)
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert completion.usage.completion_tokens == 3 * sdk.chat("Hello").usage.completion_tokens
    indices = [chunk.choices[0].index for chunk in sdk.stream("Hello", n=3)]
    assert sorted(set(indices)) == [0, 1, 2]


def test_logprobs_add_up_to_the_content(sdk: Any) -> None:
    choice = sdk.chat("Hello", logprobs=True, top_logprobs=2).choices[0]
    entries = choice.logprobs.content
    assert "".join(entry.token for entry in entries) == choice.message.content
    assert b"".join(bytes(entry.bytes) for entry in entries).decode() == choice.message.content
    assert all(len(entry.top_logprobs) == 2 for entry in entries)
    streamed = sdk.stream("Hello", logprobs=True)
    tokens = [
        entry.token
        for chunk in streamed
        if chunk.choices[0].logprobs
        for entry in chunk.choices[0].logprobs.content
    ]
    assert "".join(tokens) == choice.message.content


def test_the_prompt_of_an_earlier_turn_is_cached(sdk: Any) -> None:
    first = {"role": "user", "content": "Tell me something. " * 20}
    alone = sdk.chat(messages=[first]).usage
    again = sdk.chat(
        messages=[first, {"role": "assistant", "content": "No."}, {"role": "user", "content": "?"}]
    ).usage
    assert alone.prompt_tokens_details.cached_tokens == 0
    cached = again.prompt_tokens_details.cached_tokens
    assert cached % 16 == 0
    assert 0 < alone.prompt_tokens - cached < 32


def test_scripted_replies_come_first(served: TelnyxEmulator, sdk: Any) -> None:
    served.say("Scripted.", reasoning="Told so.")
    served.script.call_tools(("a", {"x": 1}), ("b", "{broken"))
    message = sdk.chat("Hello").choices[0].message
    assert (message.content, message.reasoning_content) == ("Scripted.", "Told so.")
    assert sdk.calls("Hello", [WEATHER]) == [("a", '{"x": 1}'), ("b", "{broken")]
    assert sdk.answer("Hello").startswith(SELF)


def test_scripted_chunks_are_delivered_as_written(served: TelnyxEmulator, sdk: Any) -> None:
    served.say("Hello", chunks=["He", "", "llo"], finish_reason="content_filter")
    chunks = sdk.stream("?")
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["", "He", "", "llo", None]
    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_a_refused_request_uses_up_no_scripted_reply(served: TelnyxEmulator, sdk: Any) -> None:
    served.say("Scripted.")
    with pytest.raises(openai.NotFoundError):
        sdk.chat("Hello", model="no/such-model")
    assert sdk.answer("Hello") == "Scripted."


def test_a_cut_stream_ends_without_a_finish_reason(served: TelnyxEmulator, sdk: Any) -> None:
    served.cut_stream(after=3)
    chunks = sdk.stream("Hello")
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None, None, None]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_scripted_failures_raise_the_matching_errors(
    served: TelnyxEmulator, sdk: Any, status: int, error: type[openai.APIStatusError]
) -> None:
    served.fail(status)
    with pytest.raises(error):
        sdk.chat("Hello")
    assert sdk.answer("Hello")
