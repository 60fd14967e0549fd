"""Chunks of plain text, made directly: the hot path of every stream.

`AIMessageChunk(...)` and `ChatGenerationChunk(...)` validate what we have just made ourselves,
which costs as much as receiving it. Here the same objects are put together field by field. Whether
they are the same is checked against the constructors when the module is loaded; should a version
of langchain-core differ, the constructors are used.
"""

from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

_put = object.__setattr__

_PLAIN = AIMessageChunk(content="x")
_MESSAGE = {**_PLAIN.__dict__}
_MESSAGE_SET = frozenset(_PLAIN.__pydantic_fields_set__)
_MESSAGE_EXTRA = _PLAIN.__pydantic_extra__
_CHUNK = ChatGenerationChunk(message=_PLAIN)
_GENERATION = {**_CHUNK.__dict__}
_GENERATION_SET = frozenset(_CHUNK.__pydantic_fields_set__)
_GENERATION_EXTRA = _CHUNK.__pydantic_extra__


def _constructed(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


def _direct(text: str) -> ChatGenerationChunk:
    message = AIMessageChunk.__new__(AIMessageChunk)
    fields: dict[str, Any] = _MESSAGE.copy()
    fields["content"] = text
    # Merging and callers write into these: every chunk has its own.
    fields["additional_kwargs"] = {}
    fields["response_metadata"] = {}
    fields["tool_calls"] = []
    fields["invalid_tool_calls"] = []
    fields["tool_call_chunks"] = []
    _put(message, "__dict__", fields)
    _put(message, "__pydantic_fields_set__", set(_MESSAGE_SET))
    _put(message, "__pydantic_extra__", None if _MESSAGE_EXTRA is None else {})
    _put(message, "__pydantic_private__", None)
    chunk = ChatGenerationChunk.__new__(ChatGenerationChunk)
    fields = _GENERATION.copy()
    fields["text"] = text
    fields["message"] = message
    _put(chunk, "__dict__", fields)
    _put(chunk, "__pydantic_fields_set__", set(_GENERATION_SET))
    _put(chunk, "__pydantic_extra__", None if _GENERATION_EXTRA is None else {})
    _put(chunk, "__pydantic_private__", None)
    return chunk


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
    try:
        made, again, expected = _direct("a b"), _direct("c"), _constructed("a b")
    except (AttributeError, TypeError):
        return False
    shared = [
        value
        for name, value in made.message.__dict__.items()
        if isinstance(value, dict | list) and value is again.message.__dict__[name]
    ]
    return not shared and _alike(made, expected) and _alike(made.message, expected.message)


text_chunk = _direct if _faithful() else _constructed
