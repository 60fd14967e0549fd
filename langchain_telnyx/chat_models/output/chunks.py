"""Chunks made directly: the hot path of every stream.

`AIMessageChunk(...)` and `ChatGenerationChunk(...)` validate what we have just made ourselves,
which costs as much as receiving it; for a piece of a tool call's arguments, langchain-core even
tries to complete it to JSON, letter by letter. Here the same objects are put together field by
field. Whether they are the same is checked against the constructors when the module is loaded;
should a version of langchain-core differ, the constructors are used.
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

PROVIDER = "telnyx"

_put = object.__setattr__


class _ChunkTemplate:
    """The fields of an object that the constructor made, to make others like it."""

    def __init__(self, example: Any) -> None:
        self._kind: Any = type(example)
        self._fields = dict(example.__dict__)
        self._set = frozenset(example.__pydantic_fields_set__)
        self._extra = example.__pydantic_extra__

    def build(self, fields: dict[str, Any]) -> Any:
        """Return an object with these fields beside the ones of the example, unvalidated."""
        made = self._kind.__new__(self._kind)
        _put(made, "__dict__", self._fields | fields)
        _put(made, "__pydantic_fields_set__", set(self._set))
        _put(made, "__pydantic_extra__", None if self._extra is None else {})
        _put(made, "__pydantic_private__", None)
        return made


def _metadata() -> dict[str, Any]:
    # In every chunk, as the only key: by it langchain-core finds our translator of content blocks.
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
_CHUNK = _ChunkTemplate(_constructed("", {}, []))
_MESSAGE = _ChunkTemplate(_constructed("", {}, []).message)
_CALL_MESSAGE = _ChunkTemplate(_constructed("", {}, [_CALL]).message)


def _direct(
    text: str, additional_kwargs: dict[str, Any], calls: list[ToolCallChunk]
) -> ChatGenerationChunk:
    valid, invalid = _as_far_as_they_came(calls) if calls else ([], [])
    message = (_CALL_MESSAGE if calls else _MESSAGE).build(
        {
            # Merging and callers write into these: every chunk has its own.
            "content": text,
            "additional_kwargs": additional_kwargs,
            "response_metadata": _metadata(),
            "tool_calls": valid,
            "invalid_tool_calls": invalid,
            "tool_call_chunks": calls,
        }
    )
    chunk: ChatGenerationChunk = _CHUNK.build({"text": text, "message": message})
    return chunk


def _as_far_as_they_came(
    calls: Iterable[ToolCallChunk],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return what langchain-core makes of pieces of calls."""
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
        return None  # however it goes on, it can become no object
    try:
        args = parse_partial_json(piece)
    except ValueError:
        return None
    return args if isinstance(args, dict) else None


def _alike(one: Any, other: Any) -> bool:
    return (
        type(one) is type(other)
        and one.__dict__ == other.__dict__
        and list(one.__dict__) == list(other.__dict__)
        and one.__pydantic_fields_set__ == other.__pydantic_fields_set__
        and one.__pydantic_extra__ == other.__pydantic_extra__
        and one.__pydantic_private__ == other.__pydantic_private__
    )


def _faithful() -> bool:
    """Whether direct construction gives what the constructors give, and shares nothing."""
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
        if not (_alike(made, expected) and _alike(made.message, expected.message)):
            return False
        if _share(made.message, again.message):
            return False
    return True


def _share(one: Any, other: Any) -> bool:
    return any(
        isinstance(value, dict | list) and value is other.__dict__[name]
        for name, value in one.__dict__.items()
    )


_make = _direct if _faithful() else _constructed


def text_chunk(text: str) -> ChatGenerationChunk:
    """Return a chunk of text."""
    return _make(text, {}, [])


def reasoning_chunk(reasoning: str, text: str = "") -> ChatGenerationChunk:
    """Return a chunk of reasoning, and of text where a delta brings both."""
    return _make(text, {"reasoning_content": reasoning}, [])


def call_chunk(
    calls: list[ToolCallChunk], text: str = "", reasoning: str = ""
) -> ChatGenerationChunk:
    """Return a chunk of tool calls, with what came beside them."""
    return _make(text, {"reasoning_content": reasoning} if reasoning else {}, calls)
