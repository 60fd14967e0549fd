"""Translation of messages to LangChain's standard content blocks.

langchain-core calls the translator for `content_blocks`, for `output_version="v1"` and for the
events of `version="v3"`, for complete messages and for each chunk. The blocks of a chunk are
pieces. Pieces of the same block have the same `index`, a string, so that langchain-core neither
merges text with a tool call nor numbers the blocks itself.
"""

from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages import content as types

from langchain_telnyx.chat_models.output import media
from langchain_telnyx.client.call import JSON

# In the metadata of every message: langchain-core looks up the translator by it.
PROVIDER = "telnyx"
# Since langchain-core 1.7.5; earlier versions have no type for refusals.
_KNOWS_REFUSALS = hasattr(types, "RefusalContentBlock")


def register() -> None:
    """Register this module as the translator of `ChatTelnyx` messages."""
    try:
        from langchain_core.messages.block_translators import (  # noqa: PLC0415 - may not be there
            register_translator,
        )
    except ImportError:
        return
    register_translator(PROVIDER, blocks_of_message, blocks_of_chunk)


def blocks_of_message(message: AIMessage) -> list[types.ContentBlock]:
    """Return the content blocks of a complete message.

    Raises:
        NotImplementedError: The content is a list of blocks, which langchain-core handles.
    """
    if not isinstance(message.content, str):
        return _typed([*_of_list(message), *_beside(message.additional_kwargs)])
    blocks = [
        *_spoken(message),
        *(_call(call) for call in message.tool_calls),
        *_server_tools(message.additional_kwargs),
    ]
    return _typed(blocks)


def blocks_of_chunk(chunk: AIMessageChunk) -> list[types.ContentBlock]:
    """Return the content blocks of a chunk, or of merged chunks.

    Raises:
        NotImplementedError: The content is a list of blocks, which langchain-core handles.
    """
    if not isinstance(chunk.content, str):
        return _typed([*_of_list(chunk), *_beside(chunk.additional_kwargs)])
    blocks = _spoken(chunk, reasoning={"index": "lc_rs_0"}, text={"index": "lc_txt_0"})
    if chunk.chunk_position == "last":
        blocks += [_call(call) for call in chunk.tool_calls]
        # In complete messages langchain-core adds these.
        blocks += [dict(call) for call in chunk.invalid_tool_calls]
        blocks += _server_tools(chunk.additional_kwargs)
    else:
        blocks += [_piece(call) for call in chunk.tool_call_chunks]
    return _typed(blocks)


def _spoken(
    message: AIMessage, *, reasoning: JSON | None = None, text: JSON | None = None
) -> list[JSON]:
    blocks: list[JSON] = []
    extra = message.additional_kwargs
    if thought := extra.get("reasoning_content"):
        blocks.append({"type": "reasoning", "reasoning": thought, **(reasoning or {})})
    about = media.annotations(extra)
    if message.content or about:
        cited = {"annotations": about} if about else {}
        blocks.append({"type": "text", "text": message.content, **cited, **(text or {})})
    return [*blocks, *_media_and_refusal(extra)]


def _media_and_refusal(extra: JSON) -> list[JSON]:
    blocks = media.blocks(extra)
    if refusal := extra.get("refusal"):
        block = {"type": "refusal", "refusal": refusal}
        blocks.append(block if _KNOWS_REFUSALS else {"type": "non_standard", "value": block})
    return blocks


def _beside(extra: JSON) -> list[JSON]:
    return [*_media_and_refusal(extra), *_server_tools(extra)]


def _of_list(message: AIMessage) -> list[JSON]:
    """Return the blocks of a message of the Responses API.

    Raises:
        NotImplementedError: The blocks are of another provider, which langchain-core handles.
    """
    default = "response" if isinstance(message, AIMessageChunk) else None
    if message.response_metadata.get("object", default) != "response":
        raise NotImplementedError
    from langchain_telnyx.chat_models.responses_api.standard_blocks import blocks_of  # noqa: PLC0415 - seldom used

    return blocks_of(message)


def _call(call: Any) -> JSON:
    return {"type": "tool_call", "id": call["id"], "name": call["name"], "args": call["args"]}


def _piece(call: Any) -> JSON:
    block = {
        "type": "tool_call_chunk",
        "id": call["id"],
        "name": call["name"],
        "args": call["args"],
    }
    index = call["index"]
    return block if index is None else {**block, "index": f"lc_tc_{index}"}


def _server_tools(extra: JSON) -> list[JSON]:
    """Return the calls of server-side tools, and their results if included."""
    blocks: list[JSON] = []
    for number, used in enumerate(extra.get("server_tool_calls") or ()):
        name = str(used.get("type"))
        identity = str(used.get("id") or f"{name}_{number}")
        arguments = used.get(name)
        args = dict(arguments) if isinstance(arguments, dict) else {}
        block = {"type": "server_tool_call", "id": identity, "name": name, "args": args}
        blocks.append(block)
        if (found := used.get("output", used.get("results"))) is not None:
            result = {"type": "server_tool_result", "tool_call_id": identity, "output": found}
            blocks.append({**result, "status": "success"})
    return blocks


def _typed(blocks: list[JSON]) -> list[types.ContentBlock]:
    made: Any = blocks  # with the keys of the typed dictionaries
    return made  # type: ignore[no-any-return]  # see above
