"""Fast construction of chunks, the hot path of every stream; see `direct_construction`.

The constructors `AIMessageChunk(...)` and `ChatGenerationChunk(...)` validate their arguments,
which costs as much as receiving them; for a piece of a tool call's arguments, langchain-core even
tries to complete it to JSON, character by character.
"""

from collections.abc import Iterable
from typing import Any

from langchain_core.messages import (
    AIMessageChunk,
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
)
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from langchain_telnyx.chat_models.output.direct_construction import (
    Template,
    are_alike,
    share_state,
)
from langchain_telnyx.chat_models.output.standard_blocks import PROVIDER


def _metadata() -> dict[str, Any]:
    # In every chunk, as the only key: langchain-core looks up the translator of content blocks by
    # it.
    return {"model_provider": PROVIDER}


def _constructed(
    text: str, additional_kwargs: dict[str, Any], calls: list[ToolCallChunk]
) -> ChatGenerationChunk:
    fields: dict[str, Any] = {
        "additional_kwargs": additional_kwargs,
        "response_metadata": _metadata(),
    }
    if not calls:
        return ChatGenerationChunk(message=AIMessageChunk(content=text, **fields))
    message = AIMessageChunk(content=text, tool_call_chunks=calls, **fields)
    return ChatGenerationChunk(message=message)


_CALL = ToolCallChunk(name="f", args="", id="1", index=0, type="tool_call_chunk")
_CHUNK = Template(_constructed("", {}, []))
_MESSAGE = Template(_constructed("", {}, []).message)
_CALL_MESSAGE = Template(_constructed("", {}, [_CALL]).message)


def _direct(
    text: str, additional_kwargs: dict[str, Any], calls: list[ToolCallChunk]
) -> ChatGenerationChunk:
    template = _CALL_MESSAGE if calls else _MESSAGE
    # Copied and set one by one, which is faster than a merge. Later merges and callers modify what
    # the fields hold, so every chunk has its own.
    fields = template.fields()
    fields["content"] = text
    fields["additional_kwargs"] = additional_kwargs
    fields["response_metadata"] = {"model_provider": PROVIDER}
    fields["tool_calls"], fields["invalid_tool_calls"] = (
        _parsed_so_far(calls) if calls else ([], [])
    )
    fields["tool_call_chunks"] = calls
    outer = _CHUNK.fields()
    outer["text"] = text
    outer["message"] = template.build(fields)
    chunk: ChatGenerationChunk = _CHUNK.build(outer)
    return chunk


def _parsed_so_far(
    calls: Iterable[ToolCallChunk],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls that langchain-core parses from pieces of calls."""
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        args = _arguments(call["args"])
        if args is None:
            invalid.append(
                InvalidToolCall(
                    name=call["name"],
                    args=call["args"],
                    id=call["id"],
                    error=None,
                    type="invalid_tool_call",
                )
            )
        else:
            name = call["name"] or ""
            valid.append(ToolCall(name=name, args=args, id=call["id"], type="tool_call"))
    return valid, invalid


def _arguments(piece: str | None) -> dict[str, Any] | None:
    if not piece:
        return {}
    if not piece.lstrip().startswith("{"):
        return None  # not the beginning of an object
    try:
        args = parse_partial_json(piece)
    except ValueError:
        return None
    return args if isinstance(args, dict) else None


def _equals_constructors() -> bool:
    """Return whether direct construction equals the constructors, without shared state."""
    examples: list[tuple[str, dict[str, Any], list[ToolCallChunk]]] = [
        ("a b", {}, []),
        ("", {"reasoning_content": "hm"}, []),
        ("", {}, [{**_CALL, "args": piece} for piece in ("", '{"a": ', '": 1}', "[1]", " 7")]),
    ]
    for text, extra, calls in examples:
        try:
            made, again = _direct(text, extra, calls), _direct(text, dict(extra), list(calls))
        except (AttributeError, TypeError):
            return False
        expected = _constructed(text, extra, calls)
        if not (are_alike(made, expected) and are_alike(made.message, expected.message)):
            return False
        if share_state(made.message, again.message):
            return False
    return True


_make = _direct if _equals_constructors() else _constructed


def text_chunk(text: str) -> ChatGenerationChunk:
    """Return a chunk of text."""
    return _make(text, {}, [])


def reasoning_chunk(reasoning: str, text: str = "") -> ChatGenerationChunk:
    """Return a chunk of reasoning, and of text if a delta has both."""
    return _make(text, {"reasoning_content": reasoning}, [])


def call_chunk(
    calls: list[ToolCallChunk], text: str = "", reasoning: str = ""
) -> ChatGenerationChunk:
    """Return a chunk of tool calls, with text and reasoning of the same delta."""
    return _make(text, {"reasoning_content": reasoning} if reasoning else {}, calls)
