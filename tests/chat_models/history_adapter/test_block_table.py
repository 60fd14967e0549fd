"""Histories with every provider's blocks can be sent, and every loss is a finding."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages import content as core
from langchain_core.tools import base as core_tools
from openai.types.responses import ResponseInputContent, ResponseInputItem, ResponseOutputItem

from langchain_telnyx import check_history
from langchain_telnyx.chat_models.history_adapter.block_table import BLOCKS
from langchain_telnyx.chat_models.history_adapter.messages import to_wire
from langchain_telnyx.emulator.model.request import ChatRequest

SEEING = "moonshotai/Kimi-K2.6"
HEARING = "fixie-ai/ultravox-v0_4_1-llama-3_1-8b"

# One block of each kind in its provider's format. MARK is in the content that matters to a reader.
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
    """Return the request body, which the emulator and a strict parser accept."""
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
def test_findings_match_what_is_not_sent(turns: list[tuple[str, list[Any]]]) -> None:
    history: list[BaseMessage] = []
    marks: dict[str, int] = {}
    for position, (place, samples) in enumerate(turns):
        names = [f"m{position}x{number}q" for number in range(len(samples))]
        content = [marked(each, name) for each, name in zip(samples, names, strict=True)]
        # One call per turn, because equal ids would be replaced, or mean the same call.
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
