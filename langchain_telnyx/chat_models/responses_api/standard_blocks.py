"""Conversion of a response's content to LangChain's standard content blocks."""

from collections.abc import Iterable
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk

from langchain_telnyx.chat_models.output import media
from langchain_telnyx.client.call import JSON

_OF_TEXT = frozenset({"type", "text", "annotations", "id", "index", "extras"})
_OF_REASONING = frozenset({"type", "reasoning", "id", "index", "extras"})
_OF_CALL = frozenset({"type", "id", "call_id", "name", "arguments", "index", "extras"})


def blocks_of(message: AIMessage) -> list[JSON]:
    """Return the standard blocks of a message, or of a chunk, with a list as content.

    Args:
        message: The message. In chunks, pieces of the same block have the same index.
    """
    return [made for block in message.content for made in _standard(block, message)]


def _standard(block: Any, message: AIMessage) -> Iterable[JSON]:
    if isinstance(block, str):
        yield {"type": "text", "text": block}
        return
    match block.get("type"):
        case "text":
            made = _common_fields(block, "txt", _OF_TEXT)
            made["text"] = block.get("text") or ""
            if block.get("annotations"):
                made["annotations"] = media.annotations(block)
            yield made
        case "reasoning" if "summary" not in block:
            made = _common_fields(block, "rs", _OF_REASONING)
            made["reasoning"] = block.get("reasoning") or ""
            yield made
        case "function_call":
            yield from _call(block, message)
        case _:
            yield from _others(block)


def _common_fields(block: JSON, prefix: str, known: frozenset[str]) -> JSON:
    """Return a block's type, id, index, and its other fields as `extras`."""
    made: JSON = {"type": block["type"]}
    if block.get("id"):
        made["id"] = block["id"]
    extras = {**(block.get("extras") or {}), **{n: block[n] for n in block if n not in known}}
    if extras:
        made["extras"] = extras
    return {**made, **_index(block, prefix)}


def _index(block: JSON, prefix: str) -> JSON:
    # A string, so that langchain-core merges pieces of the same type only.
    index = block.get("index")
    return {"index": f"lc_{prefix}_{index}"} if isinstance(index, int) else {}


def _call(block: JSON, message: AIMessage) -> Iterable[JSON]:
    identity = block.get("call_id")
    item = {"item_id": block["id"]} if block.get("id") else {}
    extras = {**item, **{n: block[n] for n in block if n not in _OF_CALL}}
    more: JSON = {"extras": extras} if extras else {}
    is_chunk = isinstance(message, AIMessageChunk)
    if is_chunk and message.chunk_position != "last":  # type: ignore[attr-defined]  # a chunk
        piece = {"name": block.get("name"), "args": block.get("arguments") or "", "id": identity}
        yield {"type": "tool_call_chunk", **piece, **more, **_index(block, "tc")}
        return
    for call in message.tool_calls:
        if call["id"] == identity:
            about = {"id": identity, "name": call["name"], "args": call["args"]}
            yield {"type": "tool_call", **about, **more}
            return
    # In complete messages langchain-core adds the invalid calls.
    for broken in message.invalid_tool_calls if is_chunk else ():
        if broken["id"] == identity:
            yield {**broken, **more}


def _others(block: JSON) -> Iterable[JSON]:
    """Yield the call of a server-side tool in langchain-core's format."""
    from langchain_core.messages.block_translators import (  # noqa: PLC0415 - seldom used
        get_translator,
    )

    translator = get_translator("openai")
    if translator is None:
        yield {"type": "non_standard", "value": block}
        return
    try:
        made: Any = translator["translate_content"](AIMessage(content=[{**block}]))
    except (AttributeError, KeyError, TypeError, ValueError):
        made = []
    yield from made or [{"type": "non_standard", "value": block}]
