"""Fast construction of complete answers; see `direct_construction`."""

from typing import Any

from langchain_core.messages import AIMessage, InvalidToolCall, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGeneration

from langchain_telnyx.chat_models.output.direct_construction import (
    Template,
    are_alike,
    share_state,
)
from langchain_telnyx.client.call import JSON


def _constructed(
    text: str,
    additional_kwargs: JSON,
    metadata: JSON,
    *,
    calls: list[ToolCall],
    invalid: list[InvalidToolCall],
    usage: UsageMetadata | None,
) -> ChatGeneration:
    message = AIMessage(
        content=text,
        additional_kwargs=additional_kwargs,
        tool_calls=calls,
        invalid_tool_calls=invalid,
        response_metadata=metadata,
        usage_metadata=usage,
    )
    reason = metadata["finish_reason"]
    return ChatGeneration(message=message, generation_info={"finish_reason": reason})


_EXAMPLE = _constructed("", {}, {"finish_reason": "stop"}, calls=[], invalid=[], usage=None)
_GENERATION = Template(_EXAMPLE)
_MESSAGE = Template(_EXAMPLE.message)


def _direct(
    text: str,
    additional_kwargs: JSON,
    metadata: JSON,
    *,
    calls: list[ToolCall],
    invalid: list[InvalidToolCall],
    usage: UsageMetadata | None,
) -> ChatGeneration:
    fields = _MESSAGE.fields()
    fields["content"] = text
    fields["additional_kwargs"] = additional_kwargs
    fields["response_metadata"] = metadata
    fields["tool_calls"] = calls
    fields["invalid_tool_calls"] = invalid
    fields["usage_metadata"] = usage
    outer = _GENERATION.fields()
    outer["text"] = text
    outer["generation_info"] = {"finish_reason": metadata["finish_reason"]}
    outer["message"] = _MESSAGE.build(fields)
    made: ChatGeneration = _GENERATION.build(outer)
    return made


def _examples() -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    usage = UsageMetadata(
        input_tokens=1,
        output_tokens=2,
        total_tokens=3,
        input_token_details={"cache_read": 1},
        output_token_details={"reasoning": 1},
    )
    call = tool_call(name="f", args={"a": [1, {"b": None}]}, id="1")
    invalid = invalid_tool_call(name="f", args="{", id=None, error="No JSON.")
    metadata = {"finish_reason": None, "model_name": "m", "raw": {"usage": {"a": 1}}}
    return [
        (("a b", {}, metadata), {"calls": [], "invalid": [], "usage": None}),
        (
            ("", {"reasoning_content": "hm", "refusal": "no"}, metadata),
            {"calls": [call], "invalid": [invalid], "usage": usage},
        ),
    ]


def _equals_constructors() -> bool:
    """Return whether direct construction equals the constructors, without shared state."""
    # Made three times, because what an object contains may not be part of another.
    for (args, fields), first, second in zip(_examples(), _examples(), _examples(), strict=True):
        try:
            made, again = _direct(*first[0], **first[1]), _direct(*second[0], **second[1])
        except (AttributeError, TypeError):
            return False
        by_core = _constructed(*args, **fields)
        if not (are_alike(made, by_core) and are_alike(made.message, by_core.message)):
            return False
        if share_state(made, again) or share_state(made.message, again.message):
            return False
    return True


_make = _direct if _equals_constructors() else _constructed


def generation(
    text: str,
    additional_kwargs: JSON,
    metadata: JSON,
    *,
    calls: list[ToolCall],
    invalid: list[InvalidToolCall],
    usage: UsageMetadata | None,
) -> ChatGeneration:
    """Return a complete answer.

    Args:
        text: The text.
        additional_kwargs: Reasoning and other content.
        metadata: The metadata, with `finish_reason`.
        calls: The tool calls.
        invalid: The tool calls that cannot be run.
        usage: The token counts.
    """
    return _make(text, additional_kwargs, metadata, calls=calls, invalid=invalid, usage=usage)
