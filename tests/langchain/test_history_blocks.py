"""Histories of every provider's blocks: all can be sent, and what is lost is found."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.messages import content as core
from langchain_core.tools import base as core_tools
from openai.types.responses import ResponseInputContent, ResponseInputItem, ResponseOutputItem

from langchain_telnyx import ChatTelnyx, check_history
from langchain_telnyx._chat.history_table import BLOCKS
from langchain_telnyx._chat.messages import to_wire
from langchain_telnyx.emulator.model.request import ChatRequest

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.langchain.conftest import Face

SEEING = "moonshotai/Kimi-K2.6"
HEARING = "fixie-ai/ultravox-v0_4_1-llama-3_1-8b"

# One block of each kind as its provider makes it. MARK stands in what a reader would miss.
TEXT = {"type": "text", "text": "MARK"}
CALL = {"id": "c", "call_id": "c", "name": "f"}
SAMPLES: dict[str, dict[str, Any]] = {
    "text": TEXT,
    "refusal": {"refusal": "MARK"},
    "reasoning": {"reasoning": "MARK"},
    "image": {"url": "https://x/MARK.png"},
    "audio": {"url": "https://x/MARK.ogg"},
    "file": {"source_type": "text", "text": "MARK"},
    "text-plain": {"text": "MARK"},
    "video": {"url": "https://x/MARK.mp4"},
    "tool_call": {**CALL, "args": {"a": "MARK"}},
    "tool_call_chunk": {**CALL, "args": '{"a": "MARK"}'},
    "invalid_tool_call": {**CALL, "args": "MARK", "error": "no"},
    "server_tool_call": {"id": "s", "name": "web_search", "args": {"query": "MARK"}},
    "server_tool_call_chunk": {"id": "s", "name": "web_search", "args": "MARK"},
    "server_tool_result": {"tool_call_id": "s", "status": "success", "output": "MARK"},
    "non_standard": {"value": {"type": "hologram", "beam": "MARK"}},
    "citation": {"cited_text": "MARK"},
    "non_standard_annotation": {"value": {"a": "MARK"}},
    "image_url": {"image_url": {"url": "https://x/MARK.png"}},
    "input_audio": {"input_audio": {"data": "MARK", "format": "wav"}},
    "audio_url": {"audio_url": {"url": "https://x/MARK.ogg"}},
    "video_url": {"video_url": {"url": "https://x/MARK.mp4"}},
    "image_file": {"image_file": {"file_id": "MARK"}},
    "message": {"role": "assistant", "content": [{"type": "output_text", "text": "MARK"}]},
    "input_text": {"text": "MARK"},
    "output_text": {"text": "MARK", "annotations": []},
    "input_image": {"image_url": "https://x/MARK.png", "detail": "low"},
    "input_file": {"file_url": "https://x/MARK.pdf"},
    "computer_screenshot": {"image_url": "https://x/MARK.png"},
    "reasoning_text": {"text": "MARK"},
    "summary_text": {"text": "MARK"},
    "function_call": {**CALL, "arguments": '{"a": "MARK"}'},
    "custom_tool_call": {**CALL, "input": "MARK"},
    "computer_call": {**CALL, "action": {"type": "type", "text": "MARK"}},
    "local_shell_call": {**CALL, "action": {"command": ["MARK"]}},
    "shell_call": {**CALL, "action": {"commands": ["MARK"]}},
    "apply_patch_call": {**CALL, "operation": {"diff": "MARK"}},
    "function_call_output": {"call_id": "c", "output": "MARK"},
    "custom_tool_call_output": {"call_id": "c", "output": [{"type": "input_text", "text": "MARK"}]},
    "computer_call_output": {
        "call_id": "c",
        "output": {"type": "computer_screenshot", "image_url": "https://x/MARK.png"},
    },
    "local_shell_call_output": {"call_id": "c", "output": "MARK"},
    "shell_call_output": {"call_id": "c", "output": [{"stdout": "MARK"}]},
    "apply_patch_call_output": {"call_id": "c", "output": "MARK"},
    "web_search_call": {"id": "ws", "action": {"query": "MARK"}},
    "file_search_call": {"id": "c", "queries": ["MARK"]},
    "code_interpreter_call": {"id": "c", "code": "MARK"},
    "image_generation_call": {"id": "c", "result": "MARK"},
    "tool_search_call": {"id": "c", "arguments": "MARK"},
    "tool_search_output": {"id": "c", "tools": ["MARK"]},
    "mcp_call": {"id": "c", "name": "f", "arguments": "MARK", "output": "o"},
    "mcp_list_tools": {"id": "c", "tools": ["MARK"]},
    "mcp_approval_request": {"id": "c", "name": "f", "arguments": "MARK"},
    "mcp_approval_response": {"approval_request_id": "c", "approve": True, "reason": "MARK"},
    "program": {"id": "c", "code": "MARK"},
    "program_output": {"id": "c", "output": "MARK"},
    "additional_tools": {"tools": ["MARK"]},
    "configuration_update": {"configuration": "MARK"},
    "compaction_trigger": {"id": "MARK"},
    "item_reference": {"id": "MARK"},
    "thinking": {"thinking": "MARK", "signature": "s"},
    "redacted_thinking": {"data": "MARK"},
    "tool_use": {**CALL, "input": {"a": "MARK"}},
    "input_json_delta": {"index": 1},
    "tool_result": {"tool_use_id": "c", "content": [TEXT]},
    "document": {"source": {"type": "content", "content": [TEXT]}, "title": "t"},
    "search_result": {"source": "s", "title": "t", "content": [TEXT]},
    "server_tool_use": {"id": "s", "name": "web_search", "input": {"query": "MARK"}},
    "web_search_tool_result": {"tool_use_id": "s", "content": [{"url": "MARK"}]},
    "web_fetch_tool_result": {"tool_use_id": "s", "content": {"url": "MARK"}},
    "code_execution_tool_result": {"tool_use_id": "s", "content": {"stdout": "MARK"}},
    "bash_code_execution_tool_result": {"tool_use_id": "s", "content": {"stdout": "MARK"}},
    "text_editor_code_execution_tool_result": {"tool_use_id": "s", "content": {"lines": "MARK"}},
    "tool_search_tool_result": {"tool_use_id": "s", "content": {"tool": "MARK"}},
    "mcp_tool_use": {"id": "s", "name": "f", "input": {"a": "MARK"}},
    "mcp_tool_result": {"tool_use_id": "s", "content": [TEXT]},
    "advisor_tool_result": {"tool_use_id": "s", "content": {"text": "MARK"}},
    "mcp_tool_listing": {"tools": ["MARK"]},
    "container_upload": {"file_id": "MARK"},
    "fallback": {"from": {"model": "MARK"}},
    "tool_addition": {"tool": "MARK"},
    "tool_removal": {"tool": "MARK"},
    "compaction": {"content": "MARK"},
    "tool_reference": {"tool_name": "MARK"},
    "web_search_result": {"url": "https://x/MARK", "title": "t"},
    "media": {"mime_type": "text/plain", "data": b"MARK"},
    "executable_code": {"executable_code": "MARK", "language": 1},
    "code_execution_result": {"code_execution_result": "MARK", "outcome": 1},
    "function_call_signature": {"signature": "MARK"},
    "thought_signature": {"signature": "MARK"},
    "grounding_metadata": {"grounding_metadata": {"queries": ["MARK"]}},
    "reasoning_content": {"reasoning_content": {"text": "MARK"}},
    "guard_content": {"guard_content": {"text": "MARK"}},
    "cache_point": {"cache_type": "default"},
    "json": {"json": {"a": "MARK"}},
    "resource": {"resource": {"uri": "file:///a", "text": "MARK"}},
    "resource_link": {"uri": "file:///MARK.pdf", "name": "a", "mime_type": "application/pdf"},
}
UNTYPED: list[dict[str, Any]] = [
    {"text": "MARK"},
    {"text": "MARK", "thought": True},
    {"toolUse": {"toolUseId": "c", "name": "f", "input": {"a": "MARK"}}},
    {"toolResult": {"toolUseId": "c", "content": [{"text": "MARK"}]}},
    {"reasoningContent": {"reasoningText": {"text": "MARK"}}},
    {"guardContent": {"text": {"text": "MARK"}}},
    {"document": {"format": "txt", "name": "n", "source": {"text": "MARK"}}},
    {"document": {"format": "txt", "name": "n", "source": {"content": [{"text": "MARK"}]}}},
    {"document": {"format": "md", "name": "n", "source": {"bytes": b"MARK"}}},
    {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://MARK"}}}},
    {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://MARK"}}}},
    {"searchResult": {"source": "s", "title": "t", "content": [{"text": "MARK"}]}},
    {"json": {"a": "MARK"}},
    {"function_call": {"name": "f", "args": {"a": "MARK"}}},
    {"functionResponse": {"name": "f", "response": {"a": "MARK"}}},
    {"inlineData": {"mimeType": "text/plain", "data": b"MARK"}},
    {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://MARK"}},
    {"executableCode": {"language": "PYTHON", "code": "MARK"}},
    {"type": "image", "url": "file:///MARK.png", "mime_type": "image/png"},
    {"type": "file", "url": "file:///MARK.pdf", "mime_type": "application/pdf"},
    {"type": "hologram", "beam": "MARK"},
    {"type": "non_standard", "value": {"type": "text", "text": "MARK"}},
    {"type": "non_standard", "value": {"type": "tool_use", **CALL, "input": {"a": "MARK"}}},
    {"type": "non_standard", "value": "MARK"},
    {"beam": "MARK"},
]
ALL = [*({"type": kind, **fields} for kind, fields in SAMPLES.items()), *UNTYPED]


def literals(kind: Any) -> set[str]:
    """Return the values of `type` in a class, or in a union of classes."""
    if isinstance(kind, type):
        fields = getattr(kind, "model_fields", None)
        hints = get_type_hints(kind) if fields is None else fields
        hint = getattr(hints.get("type"), "annotation", hints.get("type"))
        return {value for value in flat(hint) if isinstance(value, str)}
    return {value for each in get_args(kind) for value in literals(each)}


def flat(hint: Any) -> set[Any]:
    arguments = get_args(hint)
    return {value for each in arguments for value in flat(each)} if arguments else {hint}


def test_the_table_has_every_block_of_langchain_core() -> None:
    classes = [each for each in vars(core).values() if isinstance(each, type)]
    kinds = {value for each in classes for value in literals(each)} | core.KNOWN_BLOCK_TYPES
    assert {"text", "reasoning", "server_tool_result", "citation"} <= kinds
    assert kinds | set(core_tools.TOOL_MESSAGE_BLOCK_TYPES) <= BLOCKS.keys()


def test_the_table_has_every_item_of_openais_responses() -> None:
    unions = (ResponseInputItem, ResponseOutputItem, ResponseInputContent)
    kinds = {value for union in unions for value in literals(union)}
    assert {"message", "function_call", "web_search_call", "input_file"} <= kinds
    assert kinds <= BLOCKS.keys()


def test_every_kind_of_the_table_has_a_sample() -> None:
    assert SAMPLES.keys() == BLOCKS.keys()


def marked(value: Any, mark: str) -> Any:
    match value:
        case str():
            return value.replace("MARK", mark)
        case bytes():
            return value.replace(b"MARK", mark.encode())
        case dict():
            return {name: marked(held, mark) for name, held in value.items()}
        case list():
            return [marked(held, mark) for held in value]
    return value


def message(place: str, content: list[Any]) -> BaseMessage:
    match place:
        case "user":
            return HumanMessage(content)
        case "system":
            return SystemMessage(content)
        case "assistant":
            return AIMessage(content)
        case "critic":
            return ChatMessage(content=content, role="critic")
        case "ai":
            return ChatMessage(content=content, role="ai")
    return ToolMessage(content, tool_call_id="t")


PLACES = ["user", "system", "assistant", "tool", "critic", "ai"]
BLOCK_KINDS = {"unsendable block", "foreign block", "changed block"}


def as_valid_json(wires: list[dict[str, Any]]) -> str:
    """Return what is sent, which the emulator and a strict parser take."""
    text = json.dumps(wires, allow_nan=False)
    request = ChatRequest(messages=json.loads(text))
    for turn in request.messages:
        for call in turn.tool_calls or ():
            assert call.function.name
            assert isinstance(json.loads(call.function.arguments, parse_constant=refuse), dict)
    return text


def refuse(constant: str) -> None:
    raise AssertionError(constant)


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.lists(st.sampled_from(ALL), min_size=1, max_size=4)),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_lost_of_a_history_is_what_is_found(turns: list[tuple[str, list[Any]]]) -> None:
    history: list[BaseMessage] = []
    marks: dict[str, int] = {}
    for position, (place, samples) in enumerate(turns):
        names = [f"m{position}x{number}q" for number in range(len(samples))]
        content = [marked(each, name) for each, name in zip(samples, names, strict=True)]
        # One call a turn: others of its id would get another, or be the same call.
        history.append(message(place, content))
        shown = [name for name, each in zip(names, samples, strict=True) if "MARK" in str(each)]
        marks |= dict.fromkeys(shown, position)
    history.append(HumanMessage("And?"))
    sent = as_valid_json(to_wire(history))
    report = check_history(history)
    found = [each for each in report.findings if each.kind in BLOCK_KINDS - {"changed block"}]
    lost = [position for mark, position in marks.items() if mark not in sent]
    assert sorted(lost) == [each.position for each in found]
    assert check_history(report.messages).ok
    again = as_valid_json(to_wire(report.messages, refusing="latest"))
    gone = {mark for mark in marks if mark in sent and mark not in again}
    left_out = {each.position for each in report.findings if "result" in each.kind}
    assert {marks[mark] for mark in gone} <= left_out


ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.text(),
        st.binary(),
        st.sampled_from(["https://x/a.png", "data:,", "file:///a", "https://x", "text/plain"]),
        st.just(Decimal("NaN")),
        st.dates(),
        st.builds(object),
        st.frozensets(st.integers(), max_size=2),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(["type", "text", "url", "data", "content", "source", "value"]),
                st.text(max_size=3),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)
FIELDS = sorted({name for each in ALL for name in each} | {"extras", "detail", "data", "mimeType"})
ODD_BLOCKS = st.one_of(
    st.text(),
    st.builds(
        lambda kind, fields: {**fields, "type": kind},
        st.sampled_from([*BLOCKS, "hologram"]),
        st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=4),
    ),
    st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=3),
)
CONTENT = st.one_of(st.text(), st.lists(ODD_BLOCKS, max_size=3))
IDS = st.sampled_from(["", "a", "b", None])
CALLS = st.builds(
    lambda name, args, identity: ToolCall(name=name, args=args, id=identity),
    st.sampled_from(["", "f", "g"]),
    st.dictionaries(st.text(max_size=3), ODD, max_size=2),
    IDS,
)
KWARGS = st.dictionaries(
    st.sampled_from(["function_call", "refusal", "audio", "reasoning_content"]), ODD, max_size=2
)
MESSAGES = st.one_of(
    st.builds(HumanMessage, CONTENT),
    st.builds(SystemMessage, CONTENT),
    st.builds(
        lambda content, calls, extra, own: AIMessage(content, response_metadata=own).model_copy(
            update={"tool_calls": calls, "additional_kwargs": extra}
        ),
        CONTENT,
        st.lists(CALLS, max_size=3),
        KWARGS,
        st.sampled_from([{}, {"model_provider": "telnyx"}]),
    ),
    st.builds(lambda content, i: ToolMessage(content, tool_call_id=i or ""), CONTENT, IDS),
    st.builds(lambda content: FunctionMessage(content=content, name="f"), CONTENT),
    st.builds(
        lambda content, role: ChatMessage(content=content, role=role), CONTENT, st.text(max_size=4)
    ),
    st.just(RemoveMessage(id="1")),
)


@given(st.lists(MESSAGES, max_size=6))
def test_no_history_raises_but_for_the_users_latest_turn(history: list[BaseMessage]) -> None:
    report = check_history(history)
    as_valid_json(to_wire([*history, HumanMessage("And?")]))
    as_valid_json(to_wire(history, refusing="nothing"))
    refusal = ""
    try:
        to_wire(history)
    except ValueError as error:
        refusal = str(error)
    users = [position for position, each in enumerate(history) if is_users(each)]
    found = [each.remedy for each in report.findings if each.position in users[-1:]]
    assert not refusal or any(refusal in remedy for remedy in found)
    again = check_history(report.messages)
    assert again.ok, str(again)
    as_valid_json(to_wire(report.messages))


def is_users(each: BaseMessage) -> bool:
    if isinstance(each, ChatMessage):
        return each.role.lower() in {"user", "human"}
    return isinstance(each, HumanMessage)


@given(st.lists(st.lists(st.booleans(), max_size=3), max_size=4))
def test_no_result_goes_to_a_call_of_another_turn(turns: list[list[bool]]) -> None:
    # Every turn begins its ids anew, as Kimi's do; some calls are interrupted.
    history: list[BaseMessage] = []
    for number, results in enumerate(turns):
        names = [(f"functions.f:{index}", f"{number}.{index}") for index in range(len(results))]
        calls = [ToolCall(name="f", args={"is": name}, id=identity) for identity, name in names]
        history += [HumanMessage("Go on."), AIMessage("Yes.", tool_calls=calls)]
        history += [
            ToolMessage(name, tool_call_id=identity)
            for (identity, name), comes in zip(names, results, strict=True)
            if comes
        ]
    report = check_history(history)
    waiting: dict[str, str] = {}
    answered: list[str] = []
    for each in report.messages:
        if isinstance(each, AIMessage):
            assert not waiting
            waiting = {str(call["id"]): call["args"]["is"] for call in each.tool_calls}
        elif isinstance(each, ToolMessage):
            name = waiting.pop(each.tool_call_id)
            assert each.content == name or each.status == "error"
            answered += [name] if each.status == "success" else []
    assert not waiting
    assert len(answered) == sum(map(sum, turns))


@pytest.mark.parametrize("block", ALL, ids=lambda block: re.sub(r"\W+", "-", str(block))[:40])
def test_counting_never_raises(block: dict[str, Any]) -> None:
    model = ChatTelnyx(api_key="KEY0_x")
    for place in PLACES:
        assert model.get_num_tokens_from_messages([message(place, [block])]) > 0


@pytest.mark.parametrize("block", ALL, ids=lambda block: re.sub(r"\W+", "-", str(block))[:40])
def test_every_block_of_the_past_goes_through_a_model(
    emulator: TelnyxEmulator, face: Face, block: dict[str, Any]
) -> None:
    # No model of the service both sees and hears.
    name = HEARING if "audio" in block.get("type", "") else SEEING
    model = ChatTelnyx(model=name, **emulator.options())
    for place in PLACES:
        emulator.say("Well.")
        assert face.invoke(model, [message(place, [block]), HumanMessage("And?")]).text == "Well."


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source_type": "url"},
        {"type": "file", "source_type": "base64"},
        {"type": "audio", "source_type": "id"},
        {"type": {"a": 1}, "text": "Hi"},
        {"type": "image", "source_type": []},
    ],
)
def test_a_block_that_lacks_a_field_is_refused_with_a_remedy_or_left_out(
    emulator: TelnyxEmulator, face: Face, block: dict[str, Any]
) -> None:
    model = ChatTelnyx(**emulator.options())
    with pytest.raises(ValueError, match=r"content block of type .* cannot be sent"):
        face.invoke(model, [HumanMessage([block])])
    emulator.say("Well.")
    assert face.invoke(model, [HumanMessage([block]), HumanMessage("And?")]).text == "Well."
    emulator.say("Well.")
    assert face.whole(model, [HumanMessage([block]), HumanMessage("And?")]).text == "Well."


def test_a_file_of_text_in_langchains_first_form_is_sent(
    emulator: TelnyxEmulator, face: Face
) -> None:
    emulator.say("Well.")
    block = {"type": "file", "source_type": "text", "text": "Saturn has rings."}
    face.invoke(ChatTelnyx(**emulator.options()), [HumanMessage([block])])
    [wire] = json.loads(emulator.requests[-1].body)["messages"]
    assert wire["content"] == "Saturn has rings."


def test_counts_are_of_what_is_sent() -> None:
    model = ChatTelnyx(api_key="KEY0_x")
    plain = model.get_num_tokens_from_messages([AIMessage("Hi")])
    search = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}
    assert model.get_num_tokens_from_messages([AIMessage([search, "Hi"])]) == plain


@pytest.mark.parametrize(
    ("value", "name"), [(date(2026, 1, 2), "date"), (float("nan"), "NaN"), (b"\xff", "bytes")]
)
def test_arguments_that_json_has_no_form_for_are_found(value: Any, name: str) -> None:
    call = ToolCall(name=name, args={"a": value}, id="t")
    history = [AIMessage("", tool_calls=[call]), ToolMessage("x", tool_call_id="t")]
    report = check_history(history)
    assert [str(each) for each in report.findings] == [
        f"message 0: invalid arguments: '{name}' was called with values that JSON has no form for."
    ]
    assert to_wire(report.messages) == to_wire(history)
