"""Arguments and names of calls in the formats of engines, complete and in any split."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly
from langchain_telnyx.client.call import ResponseBody
from tests.chat_models.repair.test_engine_answers import assembled, events_of, pieces_of
from tests.support.engine_answer import TOOLS
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

REQUEST = {"model": "m", "tools": TOOLS}
KEYS = st.text("ab", min_size=1, max_size=2)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 99) | st.text('a{}[]"\\ \n<|>:`é', max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(KEYS, VALUES, max_size=3)


def call(arguments: Any, name: str | None = "weather", **fields: Any) -> dict[str, Any]:
    function = {"arguments": arguments, **({} if name is None else {"name": name})}
    return {"index": 0, "id": "call_1", "type": "function", "function": function, **fields}


def whole(*calls: Any, request: dict[str, Any] | None = None) -> AIMessage:
    body = {"choices": [{"message": {"tool_calls": list(calls)}, "finish_reason": "tool_calls"}]}
    message: Any = (
        result(ResponseBody(body, {}), "m", request=request or REQUEST).generations[0].message
    )
    return message  # type: ignore[no-any-return]  # a chat model's


def streamed(*calls: dict[str, Any], request: dict[str, Any] | None = None) -> AIMessage:
    deltas = [{"tool_calls": [each]} for each in calls]
    return assembled(events_of(deltas, "tool_calls"), request or REQUEST)


def in_pieces(pieces: list[Any], name: str | None = "weather") -> AIMessage:
    first, *others = pieces
    return streamed(
        call(first, name), *({"index": 0, "function": {"arguments": each}} for each in others)
    )


def meant(message: AIMessage) -> list[tuple[str, Any]]:
    assert message.invalid_tool_calls == []
    return [(each["name"], each["args"]) for each in message.tool_calls]


def encoded_twice(text: str) -> str:
    return json.dumps(text)


def fenced(text: str) -> str:
    return f"```json\n{text}\n```"


def before_a_token(text: str) -> str:
    return f"{text}<|tool_call_end|><|im_end|>"


def before_a_tag(text: str) -> str:
    return f"{text}\n</tool_call>"


def fenced_and_encoded(text: str) -> str:
    return json.dumps(fenced(text))


def fenced_before_a_token(text: str) -> str:
    return f"{fenced(text)}<|call|>"


def amid_white_space(text: str) -> str:
    return f" \n{text}\n "


FORMS = [
    encoded_twice,
    fenced,
    before_a_token,
    before_a_tag,
    fenced_and_encoded,
    fenced_before_a_token,
    amid_white_space,
]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=examples(60), deadline=None)
@given(data=st.data(), arguments=ARGUMENTS)
def test_odd_arguments_are_parsed_in_any_split(
    form: Any, data: Any, arguments: dict[str, Any]
) -> None:
    text = form(json.dumps(arguments, ensure_ascii=data.draw(st.booleans())))
    assert meant(whole(call(text))) == [("weather", arguments)]
    assert meant(in_pieces(pieces_of(data, text))) == [("weather", arguments)]


@settings(max_examples=examples(200), deadline=None)
@given(data=st.data(), arguments=ARGUMENTS)
def test_deltas_with_all_arguments_so_far_are_merged(data: Any, arguments: dict[str, Any]) -> None:
    text = json.dumps(arguments)
    places = sorted(data.draw(st.sets(st.integers(1, len(text)), max_size=6)) | {len(text)})
    assert meant(in_pieces([text[:place] for place in places])) == [("weather", arguments)]


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(KEYS, st.text("ab", max_size=4)), min_size=1, max_size=4), st.booleans())
def test_deltas_with_the_object_so_far_are_merged(
    fields: list[tuple[str, str]],
    text: bool,  # noqa: FBT001 - drawn
) -> None:
    so_far: list[Any] = [dict(fields[:end]) for end in range(1, len(fields) + 1)]
    deltas = [json.dumps(each) for each in so_far] if text else so_far
    assert meant(in_pieces(deltas)) == [("weather", dict(fields))]


def test_arguments_that_repeat_their_beginning_are_not_merged() -> None:
    pieces = ['{"a": ', '{"a": ', "1}", "}"]
    assert meant(in_pieces(pieces)) == [("weather", {"a": {"a": 1}})]


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("weather", "weather"),
        ("weather<|channel|>commentary", "weather"),
        ("functions.weather:0", "weather"),
        ("functions.weather", "weather"),
        ("weather</think>", "weather"),
        (" weather\n", "weather"),
        ("news", "news"),
        ("news<|channel|>final", "news<|channel|>final"),
    ],
)
def test_a_name_with_markup_is_the_name_of_the_tool_that_was_offered(
    name: str, meaning: str
) -> None:
    assert meant(whole(call("{}", name))) == [(meaning, {})]
    assert meant(streamed(call("{}", name))) == [(meaning, {})]


def test_without_tools_in_the_request_tokens_are_cut_off_a_name() -> None:
    for message in (
        whole(call("{}", "query<|channel|>commentary"), request={"model": "m"}),
        streamed(call("{}", "query<|channel|>commentary"), request={"model": "m"}),
    ):
        assert meant(message) == [("query", {})]


def test_arguments_that_glm_left_in_the_name_are_read() -> None:
    name = "weather<arg_key>city</arg_key><arg_value>Oslo</arg_value><arg_key>days</arg_key>"
    name += "<arg_value>3</arg_value></tool_call>"
    for message in (whole(call("", name)), streamed(call("", name))):
        assert meant(message) == [("weather", {"city": "Oslo", "days": 3})]


@pytest.mark.parametrize("name", [None, ""])
@pytest.mark.parametrize("arguments", ["", "{}", '{"city": "Oslo"}', None, {"city": "Oslo"}])
def test_a_call_without_a_name_is_an_invalid_call(name: str | None, arguments: Any) -> None:
    for message in (whole(call(arguments, name)), streamed(call(arguments, name))):
        assert message.tool_calls == []
        [invalid] = message.invalid_tool_calls
        assert invalid["id"] == "call_1"
        assert not invalid["name"]


@pytest.mark.parametrize("odd", [None, "x", 7, []])
def test_an_invalid_entry_does_not_affect_other_calls(odd: Any) -> None:
    good = call('{"city": "Oslo"}')
    assert meant(whole(odd, good)) == [("weather", {"city": "Oslo"})]
    event = events_of([{"tool_calls": [odd, good]}], "tool_calls")
    assert meant(assembled(event, REQUEST)) == [("weather", {"city": "Oslo"})]


def test_halves_of_a_character_are_joined_in_arguments() -> None:
    pieces = ['{"city": "\ud83d', '\ude00"}']
    assert meant(in_pieces(pieces)) == [("weather", {"city": "😀"})]


def test_arguments_of_an_object_are_streamed() -> None:
    pieces = ['{"ci', 'ty": "Os', 'lo"', "}"]
    first, *others = pieces
    deltas = [call(first), *({"index": 0, "function": {"arguments": each}} for each in others)]

    assembly = StreamAssembly({}, "m", request=REQUEST)
    out = []
    for event in events_of([{"tool_calls": [each]} for each in deltas], "tool_calls"):
        chunk: Any = assembly.feed(event)
        if chunk is not None:
            out += [piece["args"] for piece in chunk.message.tool_call_chunks]
    assert out == pieces
    assert assembly.rest() is None
