"""Fast construction of complete answers; see `direct_construction`."""

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


def _constructed(fields: JSON) -> ChatGeneration:
    reason = fields["response_metadata"]["finish_reason"]
    return ChatGeneration(message=AIMessage(**fields), generation_info={"finish_reason": reason})


def _examples() -> list[JSON]:
    usage = UsageMetadata(
        input_tokens=1,
        output_tokens=2,
        total_tokens=3,
        input_token_details={"cache_read": 1},
        output_token_details={"reasoning": 1},
    )
    call = tool_call(name="f", args={"a": [1, {"b": None}]}, id="1")
    invalid = invalid_tool_call(name="f", args="{", id=None, error="No JSON.")
    return [
        {
            "content": "a b",
            "additional_kwargs": {},
            "response_metadata": {"finish_reason": None},
            "tool_calls": [],
            "invalid_tool_calls": [],
            "usage_metadata": None,
        },
        {
            "content": "",
            "additional_kwargs": {"reasoning_content": "hm", "refusal": "no"},
            "response_metadata": {"finish_reason": "stop", "raw": {"usage": {"a": 1}}},
            "tool_calls": [call],
            "invalid_tool_calls": [invalid],
            "usage_metadata": usage,
        },
    ]


_EXAMPLE = _constructed(_examples()[0])
_GENERATION, _MESSAGE = Template(_EXAMPLE), Template(_EXAMPLE.message)


def _direct(fields: JSON) -> ChatGeneration:
    outer = _GENERATION.fields()
    outer["text"] = fields["content"]
    outer["generation_info"] = {"finish_reason": fields["response_metadata"]["finish_reason"]}
    outer["message"] = _MESSAGE.build(_MESSAGE.fields() | fields)
    made: ChatGeneration = _GENERATION.build(outer)
    return made


def _equals_constructors() -> bool:
    """Return whether direct construction equals the constructors, without shared state."""
    # Made three times, because what an object contains may not be part of another.
    for fields, first, second in zip(_examples(), _examples(), _examples(), strict=True):
        try:
            made, again = _direct(first), _direct(second)
        except (AttributeError, TypeError):
            return False
        by_core = _constructed(fields)
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
    return _make(
        {
            "content": text,
            "additional_kwargs": additional_kwargs,
            "response_metadata": metadata,
            "tool_calls": calls,
            "invalid_tool_calls": invalid,
            "usage_metadata": usage,
        }
    )
