"""Every kind of content block, and what becomes of it: one table for all who read a history.

A history may hold blocks of OpenAI (chat and Responses), Anthropic, Gemini, Bedrock, MCP and
langchain-core. For each kind, and for each of three places (a user's turn, an assistant's turn, a
tool's result), the table has the rule by which the block is sent, becomes text, or is left out
with a finding. `to_wire`, `check_history` and token counting read this table, so that they agree.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from langchain_telnyx._chat.block_forms import typed
from langchain_telnyx._chat.json_text import json_text, jsonable
from langchain_telnyx._chat.parts import Form, part
from langchain_telnyx.client.call import JSON

Place: TypeAlias = Literal["user", "assistant", "result"]

_DEEPEST = 8
_ADDRESSES = ("http://", "https://", "data:")
# Longer text in base64 is a file, of which a model reads nothing and its caller pays all.
_ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{1000,}")
# What `part` calls the same.
_READ_AS = {
    "input_image": "image",
    "computer_screenshot": "image",
    "input_file": "file",
    "media": "file",
}


class Carried(NamedTuple):
    """What becomes of one block.

    Attributes:
        parts: The parts of the API's message that carry it.
        finding: What is lost of it, and why; empty where nothing is.
        foreign: Whether it is lost because it is its provider's own business, as reasoning and
            the use of a server's tools are: the conversation goes on without it.
    """

    parts: tuple[JSON, ...] = ()
    finding: str = ""
    foreign: bool = False


Rule: TypeAlias = Callable[[JSON, Form, Place], Carried]


class Row(NamedTuple):
    """The rules of one kind of block, by place."""

    user: Rule
    assistant: Rule
    result: Rule


def carried(block: str | Mapping[str, Any], place: Place, form: Form) -> Carried:
    """Return what becomes of a block; nothing that a block may hold makes this raise.

    Args:
        block: A block of any origin.
        place: Where it stands.
        form: How the request is written.
    """
    if isinstance(block, str):
        return _text(block)
    try:
        held = typed(block)
        return _rule(held, place)(held, form, place)
    except ValueError as error:
        return Carried(finding=str(error))
    except Exception as error:  # noqa: BLE001 - fields of any type, readers of files of any content
        return _lost(dict(block), form, f"its form is unexpected ({type(error).__name__})")


def unwrapped(block: str | Mapping[str, Any]) -> JSON:
    """Return a block with its `type`; of a `non_standard` one, what it holds."""
    held = typed({"type": "text", "text": block} if isinstance(block, str) else block)
    for _ in range(_DEEPEST):
        if held["type"] != "non_standard" or not isinstance(held.get("value"), Mapping):
            break
        held = typed(held["value"])
    return held


def _rule(held: JSON, place: Place) -> "Rule":
    row = BLOCKS.get(held["type"], UNKNOWN)
    return {"user": row.user, "assistant": row.assistant, "result": row.result}[place]


def _text(text: str) -> Carried:
    return Carried(({"type": "text", "text": text},) if text else ())


def _lost(block: JSON, form: Form, why: str) -> Carried:
    asked = f" to {form.model!r}" if form.model else ""
    kind = block.get("type") or next(iter(block), "")
    return Carried(
        finding=f"A content block of type {kind!r} cannot be sent{asked} on this API: {why}."
    )


# Rules.


def _media(block: JSON, form: Form, place: Place) -> Carried:
    """Send text, an image, a recording, or the text of a file."""
    made = _part(block, form)
    if made["type"] == "text":
        return _text(made["text"])
    if place == "assistant":
        return _lost(block, form, "an assistant's turn is text only: move it to a HumanMessage")
    held = made[made["type"]]
    address = held["url"] if isinstance(held, Mapping) else held
    if not str(address).lower().startswith(_ADDRESSES):
        return _lost(block, form, f"the API fetches http and https only, not {address[:200]!r}")
    if isinstance(held, Mapping) and not isinstance(held.get("detail", ""), str):
        made = {**made, made["type"]: {"url": address}}
    return Carried((made,))


def _part(block: JSON, form: Form) -> JSON:
    kind = block["type"]
    read_as = _READ_AS.get(kind, kind)
    try:
        return part({**block, "type": read_as}, form)
    except ValueError as error:
        # Its error is to name the block as the caller does.
        raise ValueError(str(error).replace(repr(read_as), repr(kind), 1)) from error


def _result_media(block: JSON, form: Form, place: Place) -> Carried:
    """Send what can be sent; of what only has an address, say the address."""
    try:
        sent = _media(block, form, place)
    except ValueError as error:
        sent = Carried(finding=str(error))
    address = _address(block)
    if not sent.finding or not address:
        return sent
    return _link({**block, "uri": address}, form, place)._replace(finding=sent.finding)


def _address(block: JSON) -> str:
    source = block.get("source")
    held = [source.get("url")] if isinstance(source, Mapping) else []
    held += [block.get("url"), block.get(block["type"])]
    held = [each.get("url") if isinstance(each, Mapping) else each for each in held]
    found = next((each for each in held if isinstance(each, str) and each), "")
    return "" if found.startswith("data:") else found


def _document(block: JSON, form: Form, place: Place) -> Carried:
    """Send Anthropic's document: a file, or blocks of its own."""
    source = block.get("source")
    if isinstance(source, Mapping) and source.get("content") is not None:
        about = [str(block[name]) for name in ("title", "context") if block.get(name)]
        return _several([*about, *_blocks(source.get("content"))], form, place)
    return (_result_media if place == "result" else _media)(block, form, place)


def _plain(block: JSON, form: Form, place: Place) -> Carried:
    if block.get("text") == "":
        return Carried()
    return _media(block, form, place)


def _said(*names: str) -> Rule:
    """Say the text under the first of these names that has one."""

    def rule(block: JSON, form: Form, _: Place) -> Carried:
        for name in names:
            held = block.get(name)
            held = held.get("text") if isinstance(held, Mapping) else held
            if isinstance(held, str):
                return _text(held)
        return _lost(block, form, f"it holds no `{names[0]}`")

    return rule


def _json(*names: str) -> Rule:
    """Say what stands under the first of these names as JSON; all of the block without them."""

    def rule(block: JSON, _: Form, __: Place) -> Carried:
        name = next((name for name in names if name in block), None)
        held = block if name is None else block[name]
        return _text(held if isinstance(held, str) else json_text(held))

    return rule


def _any_json(block: JSON, form: Form, _: Place) -> Carried:
    """Say a block of a tool's result that nobody knows; encoded files cost too much as text."""
    held = {name: value for name, value in block.items() if name != "type" or value}
    shown, cut = _without_files(jsonable(held))
    lost = _lost(block, form, "its data is left out, and the rest of it is text").finding
    return Carried(_text(json_text(shown)).parts, lost if cut else "")


def _without_files(value: Any) -> tuple[Any, bool]:
    if isinstance(value, dict):
        made = {name: _without_files(held) for name, held in value.items()}
        return {name: held for name, (held, _) in made.items()}, any(
            cut for _, cut in made.values()
        )
    if isinstance(value, list):
        items = [_without_files(held) for held in value]
        return [held for held, _ in items], any(cut for _, cut in items)
    if isinstance(value, str) and _ENCODED.fullmatch(value):
        return f"<{len(value)} characters>", True
    return value, False


def _search_result(block: JSON, form: Form, place: Place) -> Carried:
    """Say a passage that a search found, after its title and source."""
    about = [str(block[name]) for name in ("title", "source", "url") if block.get(name)]
    found = _several(_blocks(block.get("content")), form, place)
    head = _text("\n".join(about))
    if not head.parts and not found.parts:
        return _any_json(block, form, place)
    return Carried(head.parts + found.parts, found.finding)


def _link(block: JSON, form: Form, _: Place) -> Carried:
    """Say the address of what MCP links to; nobody can open it but the tools that named it."""
    uri = block.get("uri")
    if not uri:
        return _lost(block, form, "it holds no `uri`")
    names = [str(block[name]) for name in ("title", "name", "description") if block.get(name)]
    kind = block.get("mime_type")
    return _text(": ".join([*names[:2], f"{uri} ({kind})" if kind else str(uri)]))


def _resource(block: JSON, form: Form, place: Place) -> Carried:
    """Send a resource that MCP embeds: its text, or a file."""
    held = block.get("resource")
    if not isinstance(held, Mapping):
        return _lost(block, form, "it holds no `resource`")
    if isinstance(held.get("text"), str):
        return _text(held["text"])
    kind = held.get("mimeType") or held.get("mime_type") or ""
    file = {"type": "file", "base64": held.get("blob"), "mime_type": kind}
    if place != "result":
        return _media(file, form, place)
    return _result_media(
        file if held.get("blob") else {**file, "url": held.get("uri")}, form, place
    )


def _several(blocks: list[Any], form: Form, place: Place) -> Carried:
    made = [_nested(each, form, place) for each in blocks]
    lost = [each for each in made if each.finding]
    return Carried(
        tuple(one for each in made for one in each.parts),
        " ".join(each.finding for each in lost),
        foreign=bool(lost) and all(each.foreign for each in lost),
    )


def _nested(block: Any, form: Form, place: Place) -> Carried:
    made = carried(block, place, form)
    held = unwrapped(block)
    if held["type"] in CALLS | RESULTS and _rule(held, place) is _elsewhere:
        return _lost(held, form, "calls and results stand in a message of their own")
    return made


def _blocks(content: Any) -> list[Any]:
    """Return content as blocks, whether it is text, a block or several."""
    if content is None or content == "":
        return []
    if isinstance(content, list | tuple):
        return [each if isinstance(each, str | Mapping) else json_text(each) for each in content]
    return [content if isinstance(content, str | Mapping) else json_text(content)]


def _inner(*names: str) -> Rule:
    """Read the blocks that stand under one of these names."""

    def rule(block: JSON, form: Form, place: Place) -> Carried:
        held = next((block[name] for name in names if block.get(name) is not None), None)
        return _several(_blocks(held), form, place)

    return rule


def _wrapped(block: JSON, form: Form, place: Place) -> Carried:
    """Read what langchain-core could not: a block of its provider's."""
    held = block.get("value")
    if not isinstance(held, Mapping):
        return (UNKNOWN.result if place == "result" else UNKNOWN.user)(block, form, place)
    return carried(held, place, form)


def _elsewhere(_: JSON, __: Form, ___: Place) -> Carried:
    """Leave it to the message, which has it in a field of its own."""
    return Carried()


def _left_out(why: str, *, foreign: bool = False) -> Rule:
    return lambda block, form, _: _lost(block, form, why)._replace(foreign=foreign)


# Rows.

_UNREADABLE = _left_out("use text, image, audio or file blocks")
UNKNOWN = Row(user=_UNREADABLE, assistant=_UNREADABLE, result=_any_json)


def _everywhere(rule: Rule) -> Row:
    return Row(rule, rule, rule)


def _for_assistants(why: str) -> Row:
    """Return the row of a block that only providers write; a tool may quote it as its result."""
    return Row(_UNREADABLE, _left_out(why, foreign=True), _any_json)


_SENT = _everywhere(_plain)
_SHOWN = Row(_media, _media, _result_media)
_THOUGHT = _for_assistants("reasoning of other providers is not sent back")
_CALL = Row(_left_out("only an assistant calls tools"), _elsewhere, _any_json)
_RESULT = Row(
    _elsewhere, _left_out("a tool's result is a message of its own"), _inner("content", "output")
)
_SERVERS = _for_assistants("it is about a tool that the other provider's server ran")
_FOREIGN = _for_assistants("it is for the provider that made it")
_HINT = _everywhere(_elsewhere)

BLOCKS: dict[str, Row] = {
    # langchain-core, and what others call the same
    "text": _SENT,
    "refusal": _everywhere(_said("refusal")),
    "reasoning": _THOUGHT,
    "image": _SHOWN,
    "audio": _SHOWN,
    "file": _SHOWN,
    "text-plain": _SHOWN,
    "video": Row(_UNREADABLE, _UNREADABLE, _result_media),
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
    "video_url": Row(_UNREADABLE, _UNREADABLE, _result_media),
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
    "input_json_delta": _HINT,  # a piece of a call, which the message has whole
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
    "container_upload": _FOREIGN,
    "compaction": Row(_said("content"), _said("content"), _any_json),
    "tool_reference": Row(_UNREADABLE, _UNREADABLE, _json("tool_name")),
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
    "guard_content": _everywhere(_said("text", "guard_content", "guardContent")),
    "cache_point": _HINT,  # how to bill, for its provider
    "json": _everywhere(_json("json")),
    # MCP
    "resource": _everywhere(_resource),
    "resource_link": _everywhere(_link),
}

CALLS = frozenset(kind for kind, row in BLOCKS.items() if row is _CALL)
RESULTS = frozenset(kind for kind, row in BLOCKS.items() if row is _RESULT)
THOUGHTS = frozenset(kind for kind, row in BLOCKS.items() if row is _THOUGHT)
