"""Lone surrogates, anywhere in a response, are replaced: messages and events are valid Unicode."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.client.call import ResponseBody
from langchain_telnyx.client.surrogates import JSONHalves, joined_escapes
from langchain_telnyx.webhooks.events import parse
from tests.chat_models.repair.test_engine_answers import assembled, events_of, pieces_of
from tests.support.hypothesis_profiles import examples

HALF = "\ud83d"
SIGNS = st.sampled_from(["a", " ", "é", "😀", "\\", '"', "\n", "/", "\ud83d", "\ude00", "u"])
WORDS = st.lists(SIGNS, max_size=6).map("".join)
VALUES = st.recursive(
    WORDS | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=5,
)


def without_surrogates(value: Any) -> Any:
    """Return a value with U+FFFD in place of each lone surrogate."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {without_surrogates(name): without_surrogates(each) for name, each in value.items()}
    return [without_surrogates(each) for each in value] if isinstance(value, list) else value


@settings(max_examples=examples(300), deadline=None)
@given(VALUES, st.data())
def test_lone_surrogates_in_json_are_replaced_in_any_split(value: Any, data: Any) -> None:
    text = json.dumps(value)
    clean = joined_escapes(text)
    assert json.loads(clean) == without_surrogates(value)
    halves = JSONHalves()
    assert "".join(halves.feed(each) for each in pieces_of(data, text)) + halves.end() == clean
    if "\\ud8" not in text and "\\ude" not in text:
        assert clean == text


@settings(max_examples=examples(200), deadline=None)
@given(st.dictionaries(WORDS, VALUES, max_size=3), st.data())
def test_tool_call_arguments_are_valid_unicode_in_any_split(
    args: dict[str, Any], data: Any
) -> None:
    text = json.dumps(args)
    function = {"name": "f", "arguments": text}
    whole = of_whole(message={"tool_calls": [{"id": "c", "function": function}]})
    assert [call["args"] for call in whole.tool_calls] == [without_surrogates(args)]
    first, *more = pieces_of(data, text)
    begun = {"index": 0, "id": "c", "function": {"name": "f", "arguments": first}}
    rest = [{"index": 0, "function": {"arguments": each}} for each in more]
    deltas = [{"tool_calls": [each]} for each in (begun, *rest)]
    streamed = assembled(events_of(deltas, "tool_calls"), {"model": "m"})
    assert [call["args"] for call in streamed.tool_calls] == [without_surrogates(args)]
    assert_text(whole, streamed)


def of_whole(message: dict[str, Any], **about: Any) -> Any:
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    body = {"id": "c", "model": "m", "choices": [choice], **about}
    return result(ResponseBody(body, {}), "m").generations[0].message


def assert_text(*messages: Any) -> None:
    for message in messages:
        json.dumps(message.model_dump(mode="json"), ensure_ascii=False).encode()


PLACES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the model": ({}, {"model": f"m{HALF}"}),
    "the id": ({}, {"id": f"c{HALF}"}),
    "a field of the usage": ({}, {"usage": {"prompt_tokens": 1, HALF: 2}}),
    "a field of the answer": ({}, {HALF: [HALF]}),
    "a field of the message": ({HALF: {"a": HALF}}, {}),
    "the text": ({"content": HALF}, {}),
    "the reasoning": ({"reasoning_content": HALF}, {}),
    "the refusal": ({"refusal": HALF}, {}),
    "a call's name": ({"tool_calls": [{"function": {"name": HALF, "arguments": "{}"}}]}, {}),
    "a call's id": ({"tool_calls": [{"id": HALF, "function": {"name": "f", "arguments": ""}}]}, {}),
    "broken arguments": ({"tool_calls": [{"function": {"name": "f", "arguments": HALF}}]}, {}),
    "a call in the text": (
        {"content": '<tool_call>{"name": "f", "arguments": {"a": "\\ud83d"}}</tool_call>'},
        {},
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_message_is_valid_unicode(place: str) -> None:
    message, about = PLACES[place]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    body = {"id": "c", "model": "m", **about}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    whole: Any = result(
        ResponseBody({**body, "choices": [choice]}, {}), "m", request={"tools": tools}
    )
    delta = {"index": 0, "finish_reason": "stop", "delta": message}
    streamed = assembled([{**body, "choices": [delta]}], {"model": "m", "tools": tools})
    assert_text(whole.generations[0].message, streamed)
    assert re.search("\ufffd|[?]", json.dumps(str(streamed), ensure_ascii=False))


def test_a_webhook_is_valid_unicode() -> None:
    payload = {"results": [{"insight_id": "1", "result": HALF, HALF: 1}]}
    sent = {"event_type": "call.conversation_insights.generated", "payload": payload}
    event = parse(json.dumps(sent))
    assert_text(event)
    assert event.payload["results"][0]["result"] == "\ufffd"
