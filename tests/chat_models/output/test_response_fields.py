"""Every field of an answer is in the message, the same for complete and streamed answers."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.client.call import ResponseBody
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

NAMES = st.sampled_from(["cost", "provider", "stop_reason", "matched", "native", "x_1", "trace"])
LEAVES = st.integers(10**6, 10**9) | st.text("qwxyz", min_size=6, max_size=12)
FIELDS = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=2)
            | st.dictionaries(NAMES, inner, min_size=1, max_size=2)
        ),
        max_leaves=3,
    ),
    max_size=3,
)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(itertools.chain.from_iterable(map(leaves, value.values())))
    if isinstance(value, list):
        return list(itertools.chain.from_iterable(map(leaves, value)))
    return [value]


def everything(message: AIMessage) -> list[Any]:
    return leaves(message.model_dump())


@settings(max_examples=examples(150), deadline=None)
@given(st.tuples(FIELDS, FIELDS, FIELDS, FIELDS, FIELDS, FIELDS))
def test_every_field_of_an_answer_is_in_the_message(fields: tuple[Any, ...]) -> None:
    top, choice, message, usage, call, function = fields
    calls = [
        {
            "index": 0,
            "id": "call_1",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city": "Oslo"}', **function},
            **call,
        }
    ]
    texts = {"content": "Hello", "reasoning_content": "Hm", "refusal": "No", "tool_calls": calls}
    counts = {**USAGE, **usage}
    about = {"id": "chatcmpl-1", "created": 1_760_000_000, "model": "served", **top}
    end = {"index": 0, "finish_reason": "tool_calls", **choice}
    body = {**about, "choices": [{**end, "message": {**texts, **message}}], "usage": counts}
    generation = result(ResponseBody(body, {}), "m").generations[0]
    event = {**about, "choices": [{**end, "delta": {**texts, **message}}], "usage": counts}
    streamed = assembled([event], {"model": "m"})
    assert isinstance(generation.message, AIMessage)
    expected = [*leaves(top), *leaves(choice), *leaves(message), *leaves(usage), *leaves(call)]
    expected += [*leaves(function), *USAGE.values(), "chatcmpl-1", 1_760_000_000, "served"]
    for found in (everything(generation.message), everything(streamed)):
        assert [leaf for leaf in expected if leaf not in found] == []
        assert {"Hello", "Hm", "No", "weather", "call_1", "tool_calls"} <= {
            leaf for leaf in found if isinstance(leaf, str)
        }
    assert streamed.response_metadata == generation.message.response_metadata


def test_raw_usage_and_stop_reason_are_under_one_key() -> None:
    usage = {**USAGE, "cost": 0.0123, "prompt_cache_hit_tokens": 4}
    body = completion("stop", "x", stop_reason="END")
    body["usage"] = usage
    end = event({}, "stop", stop_reason="END")
    answers: list[Any] = [model_of(whole(body))[0].invoke("Hi")]
    stream = sse(event({"content": "x"}), {**end, "usage": usage})
    chunks = list(model_of(stream)[0].stream("Hi"))
    answers.append(chunks[0].__add__(chunks[1:]))
    for answer in answers:
        raw = answer.response_metadata["raw"]
        assert raw == {"usage": usage, "choice": {"stop_reason": "END"}}


def test_a_key_that_a_gateway_repeats_is_in_no_metadata() -> None:
    body = completion("stop", "x", echo={"authorization": "Bearer KEY0123456789abcdef"})
    end = event({}, "stop", echo={"authorization": "Bearer KEY0123456789abcdef"})
    options = {"api_key": "KEY0123456789abcdef"}
    answers: list[Any] = [model_of(whole(body), **options)[0].invoke("Hi")]
    answers += list(model_of(sse(event({"content": "x"}), end), **options)[0].stream("Hi"))[-1:]
    for answer in answers:
        assert "echo" in answer.response_metadata["raw"]["choice"]
        assert "0123456789" not in str(answer)


def test_fields_of_several_deltas_are_merged() -> None:
    deltas: list[Any] = [
        {"content": "a", "token_ids": [1], "note": "x"},
        {"content": "b", "token_ids": [2, 3], "note": "y", "about": {"n": 1}},
        {"content": "c", "token_ids": None, "about": {"m": 2}},
    ]
    raw = assembled(events_of(deltas), {"model": "m"}).response_metadata["raw"]
    assert raw["message"] == {"token_ids": [1, 2, 3], "note": "xy", "about": {"n": 1, "m": 2}}


def test_the_last_value_of_a_field_of_the_answer_counts() -> None:
    events = [
        {**event({"content": "a"}), "provider": "one"},
        {**event({"content": "b"}), "provider": "two"},
        {**event({"content": "c"}), "provider": "three"},
        event({}, "stop"),
    ]
    raw = assembled(events, {"model": "m"}).response_metadata["raw"]
    assert raw["answer"] == {"provider": "three"}


def test_fields_of_the_first_events_are_preserved() -> None:
    first = {**event({"content": "a"}), "model": "served", "service_tier": "default"}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    metadata = assembled([first, last], {"model": "m"}).response_metadata
    assert (metadata["model_name"], metadata["service_tier"]) == ("served", "default")


CITED = {
    "type": "url_citation",
    "url_citation": {
        "url": "https://example.com/moons",
        "title": "Moons",
        "start_index": 0,
        "end_index": 5,
        "content": "Titan is a moon.",
    },
}
FLAT = {"type": "url_citation", "url": "https://example.com/a", "title": "A"}
FILE = {"type": "file_citation", "file_citation": {"file_id": "f1"}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
SOUND = {"id": "audio_1", "data": "UklGRg==", "transcript": "Titan.", "expires_at": 1}

BLOCKS = [
    (
        {"content": "Titan.", "annotations": [CITED, FLAT, FILE]},
        [
            {
                "type": "text",
                "text": "Titan.",
                "annotations": [
                    {
                        "type": "citation",
                        "url": "https://example.com/moons",
                        "title": "Moons",
                        "start_index": 0,
                        "end_index": 5,
                        "extras": {"content": "Titan is a moon."},
                    },
                    {"type": "citation", "url": "https://example.com/a", "title": "A"},
                    {"type": "non_standard_annotation", "value": FILE},
                ],
            }
        ],
    ),
    (
        {"content": "Look.", "images": [PICTURE]},
        [
            {"type": "text", "text": "Look."},
            {"type": "image", "base64": "AAAA", "mime_type": "image/png"},
        ],
    ),
    (
        {"content": [{"type": "text", "text": "Look."}, PICTURE, {"type": "chart", "bars": [1]}]},
        [
            {"type": "text", "text": "Look."},
            {"type": "image", "base64": "AAAA", "mime_type": "image/png"},
            {"type": "non_standard", "value": {"type": "chart", "bars": [1]}},
        ],
    ),
    (
        {"content": None, "audio": SOUND},
        [
            {
                "type": "audio",
                "base64": "UklGRg==",
                "mime_type": "audio/wav",
                "file_id": "audio_1",
                "extras": {"transcript": "Titan.", "expires_at": 1},
            }
        ],
    ),
]


def plain(blocks: Any) -> list[Any]:
    """Return blocks without the indices of streamed pieces."""
    return [
        {name: value for name, value in block.items() if name not in {"index", "id"}}
        for block in blocks
    ]


@pytest.mark.parametrize(("message", "blocks"), BLOCKS)
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_citations_images_and_audio_are_standard_blocks(
    message: dict[str, Any], blocks: list[Any], version: str
) -> None:
    body = completion("stop")
    body["choices"][0]["message"] = message
    found = model_of(whole(body), output_version=version)[0].invoke("Hi")
    assert plain(found.content_blocks) == blocks
    stream = sse(event(message), event({}, "stop"))
    chunks = list(model_of(stream, output_version=version)[0].stream("Hi"))
    assert plain(chunks[0].__add__(chunks[1:]).content_blocks) == blocks


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize(("message", "blocks"), BLOCKS)
def test_citations_images_and_audio_are_in_events(
    message: dict[str, Any], blocks: list[Any]
) -> None:
    model, _ = model_of(sse(event(message), event({}, "stop")))
    assert plain(model.stream_events("Hi", version="v3").output.content_blocks) == blocks


def test_audio_in_pieces_is_merged() -> None:
    deltas: list[Any] = [
        {"audio": {"id": "audio_1", "data": "Ukl", "transcript": "Ti"}},
        {"audio": {"data": "GRg==", "transcript": "tan."}},
        {"audio": {"expires_at": 1}},
    ]
    message = assembled(events_of(deltas), {"model": "m"})
    assert message.additional_kwargs["audio"] == SOUND


def test_a_message_with_all_fields_survives_json() -> None:
    message = assembled(events_of([{"content": "x", "annotations": [CITED]}]), {"model": "m"})
    assert json.loads(json.dumps(message.additional_kwargs)) == {"annotations": [CITED]}
