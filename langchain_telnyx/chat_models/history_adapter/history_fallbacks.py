"""Earlier turns as servers want them back: what some refuse of a history, and the way around it.

Moonshot refuses an assistant's turn without text and calls, which is what is left of one that only
thought; and, while a model thinks, a turn that calls tools without the reasoning before it.
DeepSeek refuses the latter too. Other servers take both, so both are sent at first.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from langchain_telnyx.client.call import JSON

# Moonshot takes an empty text for none.
_NO_REASONING = " "


class HistoryFallback(NamedTuple):
    """Something in a history that a server may refuse.

    Attributes:
        habit: The habit's name.
        refusal: The words by which a refusal speaks of it.
        is_in: Whether a request's messages have it.
        without: Returns the messages without it.
    """

    habit: str
    refusal: re.Pattern[str]
    is_in: Callable[[Sequence[JSON]], bool]
    without: Callable[[Sequence[JSON]], list[JSON]]


def _says_nothing(message: JSON) -> bool:
    return (
        message["role"] == "assistant" and not message["content"] and not message.get("tool_calls")
    )


def _hides_its_reasoning(message: JSON) -> bool:
    return bool(message.get("tool_calls")) and not message.get("reasoning_content")


def _has_empty_turns(messages: Sequence[JSON]) -> bool:
    return any(map(_says_nothing, messages))


def _without_empty_turns(messages: Sequence[JSON]) -> list[JSON]:
    return [message for message in messages if not _says_nothing(message)]


def _has_calls_without_reasoning(messages: Sequence[JSON]) -> bool:
    return any(map(_hides_its_reasoning, messages))


def _with_reasoning(messages: Sequence[JSON]) -> list[JSON]:
    return [
        {**message, "reasoning_content": message.get("reasoning") or _NO_REASONING}
        if _hides_its_reasoning(message)
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
        "wants_reasoning",
        re.compile(
            r"reasoning_content.{0,80}(missing|passed back|required)"
            r"|(missing|requires?).{0,80}reasoning_content",
            re.IGNORECASE | re.DOTALL,
        ),
        _has_calls_without_reasoning,
        _with_reasoning,
    ),
)
