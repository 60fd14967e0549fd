"""The items of a response: their order and contents, streamed or complete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.chat_models.responses_api.assembly import ItemAssembly, result
from langchain_telnyx.chat_models.responses_api.decoding import chat_body
from langchain_telnyx.chat_models.responses_api.events import EventConverter
from langchain_telnyx.chat_models.sending.call_options import NO_OPTIONS, PreparedRequest
from langchain_telnyx.client.call import ResponseBody
from tests.chat_models.repair.test_engine_answers import expected, meaning
from tests.chat_models.responses_api.response_events import (
    TOOL,
    called,
    events,
    model_of,
    plain,
    response,
    text_item,
    thought,
)
from tests.support.engine_answers import SAMPLES

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk

    from tests.support.engine_answer import Sample
    from tests.support.fixtures import Mode

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

INTERLEAVED = response(
    thought("Where is she?", 0),
    text_item("Let me look.", 1),
    called('{"city": "Oslo"}', 2),
    thought("And there?", 3),
    called('{"city": "Rome"}', 4),
    text_item("Soon.", 5),
)
IN_ORDER: list[dict[str, Any]] = [
    {"type": "reasoning", "id": "rs_0", "reasoning": "Where is she?"},
    {"type": "text", "id": "msg_1", "text": "Let me look."},
    {
        "type": "tool_call",
        "id": "call_2",
        "name": "weather",
        "args": {"city": "Oslo"},
        "extras": {"item_id": "fc_2"},
    },
    {"type": "reasoning", "id": "rs_3", "reasoning": "And there?"},
    {
        "type": "tool_call",
        "id": "call_4",
        "name": "weather",
        "args": {"city": "Rome"},
        "extras": {"item_id": "fc_4"},
    },
    {"type": "text", "id": "msg_5", "text": "Soon."},
]


def request(tools: Any = (TOOL,), **fields: Any) -> PreparedRequest:
    return PreparedRequest({"model": "m", "tools": list(tools), **fields}, NO_OPTIONS, {})


def whole_of(body: dict[str, Any], sent: PreparedRequest) -> AIMessage:
    answer = result(chat_body(ResponseBody(body, {})), sent, think_tags=False)
    message: Any = answer.generations[0].message
    return message  # type: ignore[no-any-return]  # of this kind


def streamed(happened: list[dict[str, Any]], sent: PreparedRequest) -> AIMessageChunk:
    unfolding, assembly = EventConverter(), ItemAssembly({}, sent, think_tags=False)
    chunks = [
        chunk
        for event in happened
        for each in unfolding.chunks(event)
        if (chunk := assembly.feed(each)) is not None
    ]
    chunks += assembly.finish()
    first, *others = (chunk.message for chunk in chunks)
    whole: Any = first.__add__(others)
    return whole  # type: ignore[no-any-return]  # chunks of this kind


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_the_order_of_the_items_is_preserved(mode: Mode, version: str) -> None:
    model, _ = model_of(INTERLEAVED, output_version=version)
    bound = model.bind_tools([TOOL])
    assert mode.invoke(bound).content_blocks == IN_ORDER
    whole = mode.whole(bound)
    assert plain(whole.content_blocks) == IN_ORDER
    assert [call["args"] for call in whole.tool_calls] == [{"city": "Oslo"}, {"city": "Rome"}]


def test_events_of_version_v3_preserve_the_order() -> None:
    model, _ = model_of(INTERLEAVED)
    stream = model.bind_tools([TOOL]).stream_events("Hi", version="v3")
    done = [event["content"] for event in stream if event["event"] == "content-block-finish"]
    assert plain(done) == IN_ORDER
    assert plain(stream.output.content_blocks) == IN_ORDER


def test_a_message_without_the_standard_s_blocks_has_the_items_as_openai_s_class_has_them() -> None:
    model, _ = model_of(INTERLEAVED)
    message = model.bind_tools([TOOL]).invoke("Hi")
    assert [block["type"] for block in message.content] == [
        "reasoning", "text", "function_call", "reasoning", "function_call", "text",
    ]  # fmt: skip
    assert message.text == "Let me look.Soon."
    assert message.content[2] == {
        "type": "function_call",
        "id": "fc_2",
        "call_id": "call_2",
        "name": "weather",
        "arguments": '{"city": "Oslo"}',
    }


texts = st.text(alphabet="ab <|{}\"'\n.é😀", min_size=1, max_size=12)
items = st.one_of(
    st.builds(lambda text: ("thought", text), texts),
    st.builds(lambda text: ("text", text), texts),
    st.builds(lambda city: ("called", city), st.sampled_from(["Oslo", "Rome"])),
)


def made(chosen: list[tuple[str, str]]) -> dict[str, Any]:
    output = []
    for number, (kind, value) in enumerate(chosen):
        if kind == "called":
            output.append(called(f'{{"city": "{value}"}}', number))
        else:
            output.append((thought if kind == "thought" else text_item)(value, number))
    return response(*output)


@settings(deadline=None)
@given(chosen=st.lists(items, min_size=1, max_size=6), size=st.integers(1, 5))
def test_any_split_of_a_stream_gives_the_same_message(
    chosen: list[tuple[str, str]], size: int
) -> None:
    body, sent = made(chosen), request()
    whole, stream = whole_of(body, sent), streamed(events(body, size), sent)
    assert plain(stream.content_blocks) == whole.content_blocks
    assert meaning(stream) == meaning(whole)


@pytest.mark.parametrize("size", [1, 3])
def test_what_looks_like_markup_at_the_end_of_a_part_stays_in_it(size: int) -> None:
    body = response(thought("a <", 0), text_item("b <|", 1), thought("c", 2), text_item("d", 3))
    for message in (whole_of(body, request()), streamed(events(body, size), request())):
        blocks = plain(message.content_blocks)
        assert [block.get("reasoning") or block["text"] for block in blocks] == [
            "a <", "b <|", "c", "d",
        ]  # fmt: skip


@settings(deadline=None)
@given(
    before=st.sampled_from(["", "Sure: ", "```json\n", "<think>{}</think>"]),
    value=st.recursive(texts, lambda held: st.lists(held, max_size=2), max_leaves=3),
    around=st.lists(items, max_size=2),
    size=st.integers(1, 5),
)
def test_json_of_a_schema_is_the_same_in_any_split(
    before: str, value: Any, around: list[tuple[str, str]], size: int
) -> None:
    text = before + json.dumps({"value": value}) + ("\n```" if "`" in before else "")
    chosen = [each for each in around if each[0] == "thought"]
    body = made([*chosen, ("text", text)])
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    sent = request((), response_format=form)
    whole, stream = whole_of(body, sent), streamed(events(body, size), sent)
    assert json.loads(whole.text) == json.loads(stream.text) == {"value": value}
    assert plain(stream.content_blocks) == whole.content_blocks


_LEFT_OUT: dict[str, Any] = {
    "output_item": lambda event: event["type"].startswith("response.output_item"),
    "added": lambda event: event["type"] == "response.output_item.added",
    "deltas": lambda event: event["type"].endswith(".delta"),
    "done": lambda event: event["type"].endswith(".done"),
    "all but the last": lambda event: event["type"] != "response.completed",
}


@pytest.mark.parametrize("name", _LEFT_OUT)
def test_missing_events_are_replaced_by_others(name: str) -> None:
    sent, left_out = request(), _LEFT_OUT[name]
    happened = [event for event in events(INTERLEAVED) if not left_out(event)]
    message = streamed(happened, sent)
    assert [call["args"] for call in message.tool_calls] == [{"city": "Oslo"}, {"city": "Rome"}]
    assert message.text == "Let me look.Soon."
    kinds = [block["type"] for block in message.content_blocks]
    in_order = [str(block["type"]) for block in IN_ORDER]
    if name == "output_item":  # the names of the calls are in the last event
        in_order = [*sorted(in_order, key="tool_call".__eq__)]
    assert kinds == in_order


_KINDS = ("output_item.added", ".delta", "text.done", "part.done", "arguments.done", "item.done")


@settings(deadline=None)
@given(
    chosen=st.lists(items, min_size=1, max_size=4),
    kinds=st.lists(st.sets(st.sampled_from(_KINDS)), min_size=4, max_size=4),
)
def test_each_item_is_yielded_once(chosen: list[tuple[str, str]], kinds: list[set[str]]) -> None:
    body = made(chosen)
    happened = [
        event
        for event in events(body)
        if "output_index" not in event
        or event["type"].endswith(tuple(kinds[event["output_index"]]))
    ]
    message = streamed(happened, request())
    whole = whole_of(body, request())

    def shown(of: AIMessage) -> list[str]:
        return sorted(str(sorted(block.items())) for block in plain(of.content_blocks))

    assert shown(message) == shown(whole)


@pytest.mark.parametrize("key", ["output_index", "item_id"])
def test_one_of_the_two_keys_of_an_item_is_enough(key: str) -> None:
    happened = [
        {name: value for name, value in event.items() if name != key}
        for event in events(INTERLEAVED)
    ]
    assert plain(streamed(happened, request()).content_blocks) == IN_ORDER


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
@pytest.mark.parametrize("size", [1, 7])
def test_answers_of_engines_are_repaired_as_those_of_chat_are(sample: Sample, size: int) -> None:
    output = []
    if sample.reasoning_content:
        output.append(thought(sample.reasoning_content, 0))
    if sample.content:
        output.append(text_item(sample.content, 1))
    sent = request(sample.tools or (), model=sample.model)
    body = response(*output)
    for message in (whole_of(body, sent), streamed(events(body, size), sent)):
        means = meaning(message)
        for name in ("text", "reasoning", "calls", "invalid"):
            assert means[name] == expected(sample)[name], name


def test_other_fields_of_a_part_are_in_its_block(mode: Mode) -> None:
    cited = {
        "type": "url_citation", "url": "https://x.org", "title": "X", "start_index": 0,
        "end_index": 4,
    }  # fmt: skip
    body = response(
        thought("Hm", 0, encrypted_content="gAAA"),
        text_item("Look", 1, annotations=[cited]),
        called('{"city": "Oslo"}', 2, namespace="sky"),
    )
    model, _ = model_of(body)
    model_with = model.bind_tools([TOOL])
    for message in (mode.invoke(model_with), mode.whole(model_with)):
        reasoning, text, call = plain(message.content_blocks)
        assert reasoning["extras"] == {"encrypted_content": "gAAA"}
        [citation] = text["annotations"]
        assert (citation["type"], citation["url"]) == ("citation", "https://x.org")
        assert call["extras"] == {"item_id": "fc_2", "namespace": "sky"}


def test_a_server_side_tool_call_is_in_its_place(mode: Mode) -> None:
    search = {
        "type": "web_search_call", "id": "ws_1", "status": "completed",
        "action": {"type": "search", "query": "moons"},
    }  # fmt: skip
    unknown = {"type": "telepathy", "id": "t_1", "thought": "hello"}
    model, _ = model_of(response(text_item("First.", 0), search, unknown, text_item("Then.", 3)))
    for message in (mode.invoke(model), mode.whole(model)):
        kinds = [block["type"] for block in message.content_blocks]
        assert kinds == ["text", "server_tool_call", "server_tool_result", "non_standard", "text"]
        _, sent, _, other, _ = plain(message.content_blocks)
        assert sent["args"]["query"] == "moons"
        assert other["value"]["thought"] == "hello"


def test_a_summary_is_reasoning_part_by_part(mode: Mode) -> None:
    item = {
        "type": "reasoning",
        "id": "rs_0",
        "summary": [
            {"type": "summary_text", "text": "One."},
            {"type": "summary_text", "text": "2"},
        ],
    }
    stem = {"item_id": "rs_0", "output_index": 0}
    happened = events(response(item))
    happened[2:2] = [
        {
            "type": "response.reasoning_summary_text.delta",
            **stem,
            "summary_index": 0,
            "delta": "One.",
        }
    ]
    model, _ = model_of(response(item), happened)
    for message in (mode.invoke(model), mode.whole(model)):
        assert [block["reasoning"] for block in plain(message.content_blocks)] == ["One.", "2"]


def test_a_refusal_is_in_the_message(mode: Mode) -> None:
    item = text_item("", 0)
    item["content"] = [{"type": "refusal", "refusal": "I will not."}]
    happened = events(response(text_item("", 0)))[:1]
    happened.append({"type": "response.completed", "response": response(item)})
    model, _ = model_of(response(item), happened)
    for message in (mode.invoke(model), mode.whole(model)):
        assert message.additional_kwargs["refusal"] == "I will not."
