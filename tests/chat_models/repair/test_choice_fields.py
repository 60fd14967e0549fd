"""Deviations of servers: other formats of choices, token counts and characters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from langchain_telnyx import StreamError
from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly
from langchain_telnyx.chat_models.repair.token_usage import usage_metadata
from langchain_telnyx.client.call import ResponseBody
from langchain_telnyx.client.surrogates import Surrogates
from tests.chat_models.output.test_finish_reasons import (
    USAGE,
    completion,
    event,
    model_of,
    sse,
    whole,
)
from tests.chat_models.repair.test_engine_answers import assembled, events_of
from tests.support.hypothesis_profiles import examples


def text_of(*events: dict[str, Any]) -> str:
    return str(assembled(list(events), {"model": "m"}).text)


def test_a_whole_json_answer_to_a_stream_is_its_only_chunk() -> None:
    model, _ = model_of(whole(completion("stop", "whole")))
    chunks = list(model.stream("Hi"))
    merged = chunks[0].__add__(chunks[1:])
    assert merged.text == "whole"
    assert merged.usage_metadata == {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    assert merged.response_metadata["finish_reason"] == "stop"


@pytest.mark.parametrize("kind", ["text/event-stream", "text/plain", "application/json"])
def test_a_json_answer_to_a_stream_is_read_whatever_it_is_called(kind: str) -> None:
    _, body = whole(completion("stop", "whole"))
    for content in (body, b"\n " + body):
        model, _ = model_of((kind, content))
        assert "".join(chunk.text for chunk in model.stream("Hi")) == "whole"


def test_half_a_json_answer_to_a_stream_is_an_error() -> None:
    _, body = whole(completion("stop", "whole"))
    model, _ = model_of(("text/event-stream", body[:-20]))
    with pytest.raises(StreamError, match="ended in the middle"):
        list(model.stream("Hi"))


def test_a_json_answer_to_a_stream_in_another_format_is_read() -> None:
    class Moon(BaseModel):
        """A moon."""

        name: str

    function = {"name": "Moon", "arguments": '{"name": "Titan"}'}
    body = completion("tool_calls", None)
    body["choices"][0]["message"]["tool_calls"] = [None, {"id": "call_1", "function": function}]
    model, _ = model_of(whole(body))
    *_, last = model.with_structured_output(Moon, method="function_calling").stream("Hi")
    assert last == Moon(name="Titan")


def test_a_message_stands_for_a_delta() -> None:
    message = {"role": "assistant", "content": "whole"}
    assert text_of({"choices": [{"message": message, "finish_reason": "stop"}]}) == "whole"


def test_pieces_may_come_as_messages() -> None:
    events = [{"choices": [{"message": {"content": piece}}]} for piece in ("wh", "ole")]
    assert text_of(*events, event({}, "stop")) == "whole"


def test_a_message_that_repeats_the_deltas_adds_nothing() -> None:
    repeated = {"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}
    assert text_of(event({"content": "wh"}), event({"content": "ole"}), repeated) == "whole"


def test_a_text_stands_for_a_message() -> None:
    assert text_of({"choices": [{"text": "whole", "finish_reason": "stop"}]}) == "whole"
    found = result(ResponseBody({"choices": [{"text": "whole", "finish_reason": "stop"}]}, {}), "m")
    assert found.generations[0].text == "whole"


def test_null_among_the_choices_is_passed_over() -> None:
    assert text_of({"choices": [None, {"delta": {"content": "x"}}]}, event({}, "stop")) == "x"
    model, _ = model_of(sse({"choices": [None]}, event({"content": "x"}, "stop")))
    assert "".join(chunk.text for chunk in model.stream("Hi")) == "x"


@settings(max_examples=examples(100), deadline=None)
@given(st.text("a😀é", max_size=8), st.data())
def test_halves_of_a_character_are_joined_over_any_split(text: str, data: Any) -> None:
    units = [
        chr(unit)
        for letter in text
        for unit in memoryview(letter.encode("utf-16-le")).cast("H").tolist()
    ]
    places = sorted(data.draw(st.sets(st.integers(0, len(units)))))
    cuts = zip([0, *places], [*places, None], strict=True)
    halves = Surrogates()
    out = "".join(halves.feed("".join(units[a:b])) for a, b in cuts)
    assert out + halves.end() == text
    whole = [{"content": "".join(units)}] if units else [{"content": "x"}]
    assert text_of(*events_of(whole)) == (text or "x")


def test_a_half_that_stays_one_is_a_replacement_sign() -> None:
    assert text_of(event({"content": "a\ud83d"}), event({"content": "b"}, "stop")) == "a\ufffdb"
    assert text_of(event({"content": "a\ud83d"}), event({}, "stop")) == "a\ufffd"


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_a_stream_with_half_a_character_in_an_event_is_read(field: str) -> None:
    pieces = [
        b'{"choices":[{"delta":{"%s":"\\ud83d"}}]}',
        b'{"choices":[{"delta":{"%s":"\\ude00"}}]}',
    ]
    body = b"".join(b"data: " + piece % field.encode() + b"\n\n" for piece in pieces)
    model, _ = model_of(("text/event-stream", body + b"data: [DONE]\n\n"))
    chunks = list(model.stream("Hi"))
    merged: Any = chunks[0].__add__(chunks[1:])
    [block] = merged.content_blocks
    assert block["text" if field == "content" else "reasoning"] == "😀"


@pytest.mark.parametrize(
    "place",
    [
        {"prompt_tokens_details": {"cached_tokens": 4}},
        {"cached_tokens": 4},
        {"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 1},
        {"input_tokens_details": {"cached_tokens": 4}},
        {"cache_read_input_tokens": 4},
        {"cached_tokens": "4", "prompt_tokens_details": None},
        {"cached_tokens": 4, "prompt_tokens_details": {"cached_tokens": 0}},
    ],
    ids=str,
)
def test_cached_tokens_are_read_from_every_field(place: dict[str, Any]) -> None:
    found = usage_metadata({**USAGE, **place})
    assert found is not None
    assert found.get("input_token_details", {}).get("cache_read") == 4


def test_cached_tokens_cost_what_cached_tokens_cost() -> None:
    usage = {"prompt_tokens": 100_000, "completion_tokens": 10, "total_tokens": 100_010}
    costs = set()
    for place in (
        {"prompt_tokens_details": {"cached_tokens": 99_000}},
        {"cached_tokens": 99_000},
        {"prompt_cache_hit_tokens": 99_000},
    ):
        body = {**completion("stop"), "model": "moonshotai/Kimi-K2.6", "usage": {**usage, **place}}
        model, _ = model_of(whole(body))
        costs.add(model.invoke("Hi").response_metadata["cost"])
    # 1,000 tokens at 0.665, 99,000 cached ones at 0.08, 10 output tokens at 4 USD per million.
    assert costs == {"0.008625"}


def test_counts_may_be_text_or_have_a_fraction() -> None:
    usage = {"prompt_tokens": "5", "completion_tokens": 2.0, "total_tokens": "7.0"}
    assert usage_metadata(usage) == {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}


@pytest.mark.parametrize("odd", ["many", -1, None, True, [5], float("inf")])
def test_a_count_that_is_none_is_left_out(odd: Any) -> None:
    found = usage_metadata({"prompt_tokens": odd, "completion_tokens": 2})
    assert found == {"input_tokens": 0, "output_tokens": 2, "total_tokens": 2}


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.lists(st.booleans(), max_size=6))
def test_zeros_never_take_the_place_of_counts(counts: list[int], zeros: list[bool]) -> None:
    events = [event({"content": "x"})]
    for place, count in enumerate(sorted(counts)):
        events.append({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": count}})
        if place < len(zeros) and zeros[place]:
            events.append({"choices": [], "usage": dict.fromkeys(USAGE, 0)})
    whole = assembled([*events, event({}, "stop")], {"model": "m"})
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == max(counts)


def test_an_event_of_unknown_format_is_an_error_that_quotes_it() -> None:

    with pytest.raises(StreamError, match="cannot be read"):
        StreamAssembly({}, "m").feed(json.loads('{"choices": [{"delta": "and"}]}'))


@pytest.mark.parametrize("finish", [["stop"], 1, True], ids=str)
def test_a_finish_reason_of_another_type_is_a_string(finish: Any) -> None:
    found = result(ResponseBody(completion(finish, "x"), {}), "m").generations[0].message
    assert (found.text, found.response_metadata["finish_reason"]) == ("x", str(finish))
    streamed = assembled([event({"content": "x"}), event({}, finish)], {"model": "m"})
    assert (streamed.text, streamed.response_metadata["finish_reason"]) == ("x", str(finish))


@pytest.mark.parametrize("content", [5, 0, 1.5])
def test_a_number_for_a_text_is_its_text(content: Any) -> None:
    found = result(ResponseBody(completion("stop", content), {}), "m").generations[0].message
    assert found.text == text_of(event({"content": content}), event({}, "stop")) == str(content)


def test_a_byte_order_mark_before_arguments_is_passed_over() -> None:
    function = {"name": "f", "arguments": '\ufeff{"a": 1}'}
    body = completion("tool_calls", None)
    body["choices"][0]["message"]["tool_calls"] = [{"id": "call_1", "function": function}]
    message: Any = result(ResponseBody(body, {}), "m").generations[0].message
    assert [call["args"] for call in message.tool_calls] == [{"a": 1}]


@pytest.mark.parametrize("name", ["fcommentary", "f json", "f<|channel|>commentary", "f"])
def test_a_channel_after_a_name_is_removed(name: str) -> None:
    body = completion("tool_calls", None)
    call = {"id": "call_1", "function": {"name": name, "arguments": "{}"}}
    body["choices"][0]["message"]["tool_calls"] = [call]
    request = {"model": "m", "tools": [{"type": "function", "function": {"name": "f"}}]}
    message: Any = result(ResponseBody(body, {}), "m", request=request).generations[0].message
    assert [call["name"] for call in message.tool_calls] == ["f"]


CALL = {"id": "call_1", "type": "function", "function": {"name": "now", "arguments": "{}"}}


@pytest.mark.parametrize("calls", [[CALL], CALL])
def test_calls_that_came_as_json_text_are_calls(calls: Any) -> None:
    message = {"role": "assistant", "content": "", "tool_calls": json.dumps(calls)}
    request = {"model": "m", "tools": [{"type": "function", "function": {"name": "now"}}]}
    streamed = assembled(
        [
            {"choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
        ],
        request,
    )
    body = completion("tool_calls", "")
    body["choices"][0]["message"] = message
    answer: Any = result(ResponseBody(body, {}), "m", request=request).generations[0].message
    for found in (streamed, answer):
        assert [(call["name"], call["args"]) for call in found.tool_calls] == [("now", {})]


def test_calls_as_invalid_json_text_are_a_raw_field() -> None:
    body = completion("stop", "Hi")
    body["choices"][0]["message"]["tool_calls"] = "now()"
    message: Any = (
        result(ResponseBody(body, {}), "m", request={"model": "m"}).generations[0].message
    )
    assert message.tool_calls == []
    assert "now()" in str(message.response_metadata["raw"])
