"""Fallbacks for earlier turns that some servers refuse.

Moonshot refuses an assistant message without text and calls, which remains of a turn with reasoning
only. For reasoning models it also refuses tool calls without their reasoning, as does DeepSeek.
Other servers accept both, so both are sent first.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from langchain_telnyx.client.call import JSON

# Moonshot treats empty text as missing.
_NO_REASONING = " "


class HistoryFallback(NamedTuple):
    """A fallback for something in a history that a server may refuse.

    Attributes:
        capability: The field of `Capabilities`.
        refusal: Matches the text of such a refusal.
        is_in: Returns whether messages contain it.
        without: Returns the messages without it.
    """

    capability: str
    refusal: re.Pattern[str]
    is_in: Callable[[Sequence[JSON]], bool]
    without: Callable[[Sequence[JSON]], list[JSON]]


def _is_empty(message: JSON) -> bool:
    return (
        message["role"] == "assistant" and not message["content"] and not message.get("tool_calls")
    )


def _lacks_reasoning(message: JSON) -> bool:
    return bool(message.get("tool_calls")) and not message.get("reasoning_content")


def _has_empty_turns(messages: Sequence[JSON]) -> bool:
    return any(map(_is_empty, messages))


def _without_empty_turns(messages: Sequence[JSON]) -> list[JSON]:
    return [message for message in messages if not _is_empty(message)]


def _has_calls_without_reasoning(messages: Sequence[JSON]) -> bool:
    return any(map(_lacks_reasoning, messages))


def _with_reasoning(messages: Sequence[JSON]) -> list[JSON]:
    return [
        {**message, "reasoning_content": message.get("reasoning") or _NO_REASONING}
        if _lacks_reasoning(message)
        else message
        for message in messages
    ]


HISTORY_FALLBACKS = (
    HistoryFallback(
        "refuses_empty_turns",
        re.compile(
            r"assistant.{0,80}(must not be empty|cannot be empty|non-empty)"
            r"|content or tool_calls must be set",
            re.IGNORECASE | re.DOTALL,
        ),
        _has_empty_turns,
        _without_empty_turns,
    ),
    HistoryFallback(
        "requires_reasoning",
        re.compile(
            r"reasoning_content.{0,80}(missing|passed back|required)"
            r"|(missing|requires?).{0,80}reasoning_content",
            re.IGNORECASE | re.DOTALL,
        ),
        _has_calls_without_reasoning,
        _with_reasoning,
    ),
)
