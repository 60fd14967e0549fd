"""Table of all kinds of content blocks, with the rule for each.

A history may contain blocks of OpenAI (chat and Responses), Anthropic, Gemini, Bedrock, MCP and
langchain-core. For each kind, and for each of three places (user message, assistant message, tool
result), a rule sends the block, converts it to text, or leaves it out with a finding. `to_wire`,
`check_history` and token counting use this table, so that they agree.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from langchain_telnyx.chat_models.history_adapter.block_forms import typed
from langchain_telnyx.chat_models.history_adapter.block_rules import (
    AdaptedBlock,
    Place,
    Rule,
    any_json,
    as_json,
    in_other_field,
    left_out,
    link,
    lost,
    media,
    plain,
    result_media,
    text_at,
    text_of,
)
from langchain_telnyx.chat_models.history_adapter.content_parts import Form
from langchain_telnyx.chat_models.history_adapter.json_text import json_text
from langchain_telnyx.client.call import JSON

_DEEPEST = 8


class Row(NamedTuple):
    """The rules of one kind of block, by place."""

    user: Rule
    assistant: Rule
    result: Rule


def adapt_block(block: str | Mapping[str, Any], place: Place, form: Form) -> AdaptedBlock:
    """Adapt a block; does not raise on any content.

    Args:
        block: A block of any provider.
        place: The kind of its message.
        form: Options of the request's format.
    """
    if isinstance(block, str):
        return text_of(block)
    if block.get("type") == "text" and isinstance(text := block.get("text"), str):
        return text_of(text)  # the case of nearly every block
    try:
        held = typed(block)
        return _rule(held, place)(held, form, place)
    except ValueError as error:
        return AdaptedBlock(finding=str(error))
    except Exception as error:  # noqa: BLE001 - fields of any type, readers of files of any content
        return lost(dict(block), form, f"its format is unexpected ({type(error).__name__})")


def unwrapped(block: str | Mapping[str, Any]) -> JSON:
    """Return a block with its `type`; the inner block of a `non_standard` one."""
    if isinstance(block, str):
        return {"type": "text", "text": block}
    held = typed(block)
    for _ in range(_DEEPEST):
        if held["type"] != "non_standard" or not isinstance(held.get("value"), Mapping):
            break
        held = typed(held["value"])
    return held


def _rule(held: JSON, place: Place) -> Rule:
    row = BLOCKS.get(held["type"], UNKNOWN)
    return {"user": row.user, "assistant": row.assistant, "result": row.result}[place]


# Rules for nested blocks.


def _document(block: JSON, form: Form, place: Place) -> AdaptedBlock:
    """Send Anthropic's document: a file, or nested blocks."""
    source = block.get("source")
    if isinstance(source, Mapping) and source.get("content") is not None:
        about = [str(block[name]) for name in ("title", "context") if block.get(name)]
        return _several([*about, *_blocks(source.get("content"))], form, place)
    return (result_media if place == "result" else media)(block, form, place)


def _search_result(block: JSON, form: Form, place: Place) -> AdaptedBlock:
    """Convert a search result to text: title, source, passage."""
    about = [str(block[name]) for name in ("title", "source", "url") if block.get(name)]
    found = _several(_blocks(block.get("content")), form, place)
    head = text_of("\n".join(about))
    if not head.parts and not found.parts:
        return any_json(block, form, place)
    return AdaptedBlock(head.parts + found.parts, found.finding)


def _resource(block: JSON, form: Form, place: Place) -> AdaptedBlock:
    """Send an embedded MCP resource: text or a file."""
    held = block.get("resource")
    if not isinstance(held, Mapping):
        return lost(block, form, "it has no `resource`")
    if isinstance(held.get("text"), str):
        return text_of(held["text"])
    kind = held.get("mimeType") or held.get("mime_type") or ""
    file = {"type": "file", "base64": held.get("blob"), "mime_type": kind}
    if place != "result":
        return media(file, form, place)
    if not held.get("blob"):
        file["url"] = held.get("uri")
    return result_media(file, form, place)


def _several(blocks: list[Any], form: Form, place: Place) -> AdaptedBlock:
    made = [_nested(each, form, place) for each in blocks]
    found = [each for each in made if each.finding]
    return AdaptedBlock(
        tuple(one for each in made for one in each.parts),
        " ".join(each.finding for each in found),
        foreign=bool(found) and all(each.foreign for each in found),
    )


def _nested(block: Any, form: Form, place: Place) -> AdaptedBlock:
    made = adapt_block(block, place, form)
    held = unwrapped(block)
    if held["type"] in CALLS | RESULTS and _rule(held, place) is in_other_field:
        return lost(held, form, "calls and results require a message of their own")
    return made


def _blocks(content: Any) -> list[Any]:
    """Return content as a list of blocks, from text, a block or several."""
    if content is None or content == "":
        return []
    if isinstance(content, list | tuple):
        return [each if isinstance(each, str | Mapping) else json_text(each) for each in content]
    return [content if isinstance(content, str | Mapping) else json_text(content)]


def _inner(*names: str) -> Rule:
    """Adapt the blocks in one of these fields."""

    def rule(block: JSON, form: Form, place: Place) -> AdaptedBlock:
        held = next((block[name] for name in names if block.get(name) is not None), None)
        return _several(_blocks(held), form, place)

    return rule


def _wrapped(block: JSON, form: Form, place: Place) -> AdaptedBlock:
    """Adapt a block that langchain-core could not convert."""
    held = block.get("value")
    if not isinstance(held, Mapping):
        return (UNKNOWN.result if place == "result" else UNKNOWN.user)(block, form, place)
    return adapt_block(held, place, form)


# Rows.

_UNREADABLE = left_out("use text, image, audio or file blocks")
UNKNOWN = Row(user=_UNREADABLE, assistant=_UNREADABLE, result=any_json)


def _everywhere(rule: Rule) -> Row:
    return Row(rule, rule, rule)


def _for_assistants(why: str) -> Row:
    """Return the row of a block of assistants; a tool may return it as its result."""
    return Row(_UNREADABLE, left_out(why, foreign=True), any_json)


_SENT = _everywhere(plain)
_SHOWN = Row(media, media, result_media)
_THOUGHT = _for_assistants("reasoning of other providers is not sent")
_CALL = Row(left_out("tool calls require an assistant message"), in_other_field, any_json)
_RESULT = Row(
    in_other_field,
    left_out("a tool's result requires a message of its own"),
    _inner("content", "output"),
)
_SERVERS = _for_assistants("it is about a server-side tool of another provider")
_FOREIGN = _for_assistants("it is useful to its provider only")
_HINT = _everywhere(in_other_field)

BLOCKS: dict[str, Row] = {
    # langchain-core, and equal names of others
    "text": _SENT,
    "refusal": _everywhere(text_at("refusal")),
    "reasoning": _THOUGHT,
    "image": _SHOWN,
    "audio": _SHOWN,
    "file": _SHOWN,
    "text-plain": _SHOWN,
    "video": Row(_UNREADABLE, _UNREADABLE, result_media),
    "tool_call": _CALL,
    "tool_call_chunk": _CALL,
    "invalid_tool_call": _CALL,
    "server_tool_call": _SERVERS,
    "server_tool_call_chunk": _SERVERS,
    "server_tool_result": _SERVERS,
    "non_standard": _everywhere(_wrapped),
    "citation": _FOREIGN,
    "non_standard_annotation": _FOREIGN,
    # OpenAI's chat completions
    "image_url": _SHOWN,
    "input_audio": _SHOWN,
    "audio_url": _SHOWN,
    "video_url": Row(_UNREADABLE, _UNREADABLE, result_media),
    "image_file": _FOREIGN,
    # OpenAI's Responses API
    "message": _everywhere(_inner("content")),
    "input_text": _SENT,
    "output_text": _SENT,
    "input_image": _SHOWN,
    "input_file": _SHOWN,
    "computer_screenshot": _SHOWN,
    "reasoning_text": _THOUGHT,
    "summary_text": _THOUGHT,
    "function_call": _CALL,
    "custom_tool_call": _CALL,
    "computer_call": _CALL,
    "local_shell_call": _CALL,
    "shell_call": _CALL,
    "apply_patch_call": _CALL,
    "function_call_output": _RESULT,
    "custom_tool_call_output": _RESULT,
    "computer_call_output": _RESULT,
    "local_shell_call_output": _RESULT,
    "shell_call_output": _RESULT,
    "apply_patch_call_output": _RESULT,
    "web_search_call": _SERVERS,
    "file_search_call": _SERVERS,
    "code_interpreter_call": _SERVERS,
    "image_generation_call": _SERVERS,
    "tool_search_call": _SERVERS,
    "tool_search_output": _SERVERS,
    "mcp_call": _SERVERS,
    "mcp_list_tools": _SERVERS,
    "mcp_approval_request": _SERVERS,
    "mcp_approval_response": _SERVERS,
    "program": _SERVERS,
    "program_output": _SERVERS,
    "additional_tools": _FOREIGN,
    "configuration_update": _FOREIGN,
    "compaction_trigger": _FOREIGN,
    "item_reference": _FOREIGN,
    # Anthropic
    "thinking": _THOUGHT,
    "redacted_thinking": _THOUGHT,
    "tool_use": _CALL,
    "input_json_delta": _HINT,  # a piece of a call; the message contains the complete call
    "tool_result": _RESULT,
    "document": _everywhere(_document),
    "search_result": _everywhere(_search_result),
    "server_tool_use": _SERVERS,
    "web_search_tool_result": _SERVERS,
    "web_fetch_tool_result": _SERVERS,
    "code_execution_tool_result": _SERVERS,
    "bash_code_execution_tool_result": _SERVERS,
    "text_editor_code_execution_tool_result": _SERVERS,
    "tool_search_tool_result": _SERVERS,
    "mcp_tool_use": _SERVERS,
    "mcp_tool_result": _SERVERS,
    "advisor_tool_result": _SERVERS,
    "mcp_tool_listing": _SERVERS,
    "container_upload": _FOREIGN,
    "fallback": _FOREIGN,
    "tool_addition": _FOREIGN,
    "tool_removal": _FOREIGN,
    "compaction": Row(text_at("content"), text_at("content"), any_json),
    "tool_reference": Row(_UNREADABLE, _UNREADABLE, as_json("tool_name")),
    "web_search_result": Row(_UNREADABLE, _UNREADABLE, _search_result),
    # Gemini
    "media": _SHOWN,
    "executable_code": _SERVERS,
    "code_execution_result": _SERVERS,
    "function_call_signature": _THOUGHT,
    "thought_signature": _THOUGHT,
    "grounding_metadata": _FOREIGN,
    # Bedrock
    "reasoning_content": _THOUGHT,
    "guard_content": _everywhere(text_at("text", "guard_content", "guardContent")),
    "cache_point": _HINT,  # a billing option of its provider
    "json": _everywhere(as_json("json")),
    # MCP
    "resource": _everywhere(_resource),
    "resource_link": _everywhere(link),
}

CALLS = frozenset(kind for kind, row in BLOCKS.items() if row is _CALL)
RESULTS = frozenset(kind for kind, row in BLOCKS.items() if row is _RESULT)
THOUGHTS = frozenset(kind for kind, row in BLOCKS.items() if row is _THOUGHT)
