"""What an agent's run yields: words, and calls of tools that Telnyx executes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata, add_ai_message_chunks, add_usage
from langchain_core.messages.tool import ToolCall, tool_call_chunk


@dataclass(frozen=True, slots=True)
class Token:
    """Words that the agent says, as they come.

    Attributes:
        text: The words.
        message_id: The id of their message.
    """

    text: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class AssistantCalls:
    """Calls of the assistant's own tools, which Telnyx executes; the run ends with them."""

    calls: Sequence[ToolCall]


@dataclass(slots=True)
class Outcome:
    """How a run ended; complete when the iteration of its events has ended.

    Attributes:
        messages: The history after the run (empty for a graph with a checkpointer).
        usage: The tokens of all models that spoke.
        finish_reason: `stop`, `length`, `content_filter` or `tool_calls`.
    """

    messages: list[BaseMessage] = field(default_factory=list)
    usage: UsageMetadata | None = None
    finish_reason: str = "stop"


Event: TypeAlias = Token | AssistantCalls


class EventReader:
    """Turns the messages and chunks of a run into events, and counts tokens.

    Args:
        outcome: Receives how the run ended.
        assistant_tools: The names of the assistant's own tools.
    """

    def __init__(self, outcome: Outcome, assistant_tools: set[str]) -> None:
        self._outcome = outcome
        self._tools = assistant_tools
        # The chunks of each message that have more than text; merged once, at the end.
        self._parts: dict[str | None, list[AIMessageChunk]] = {}

    def feed(self, message: AIMessage) -> Token | None:
        """Return what a message or a chunk says."""
        parts = self._parts.get(message.id)
        if parts is None:
            parts = self._parts[message.id] = []
        elif not isinstance(message, AIMessageChunk):
            return None  # the whole message, after its chunks
        if (
            message.tool_calls
            or message.usage_metadata
            or "finish_reason" in message.response_metadata
            or getattr(message, "tool_call_chunks", None)
        ):
            parts.append(as_chunk(message))
        text = message.text
        return Token(text, message.id) if text else None

    def end(self) -> AssistantCalls | None:
        """Complete the outcome; return the calls of the assistant's tools that end the run."""
        outcome = self._outcome
        whole = AIMessageChunk(content="")
        for parts in self._parts.values():
            whole = add_ai_message_chunks(AIMessageChunk(content=""), *parts)
            if whole.usage_metadata:
                outcome.usage = add_usage(outcome.usage, whole.usage_metadata)
        reason = whole.response_metadata.get("finish_reason")
        outcome.finish_reason = reason if reason in ("length", "content_filter") else "stop"
        # After calls of the agent's own tools, the model would have decided again.
        if whole.tool_calls and all(call["name"] in self._tools for call in whole.tool_calls):
            outcome.finish_reason = "tool_calls"
            return AssistantCalls(whole.tool_calls)
        return None


def as_chunk(message: AIMessage) -> AIMessageChunk:
    """Return a message as a chunk."""
    if isinstance(message, AIMessageChunk):
        return message
    return AIMessageChunk(
        content=message.content,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
        id=message.id,
        usage_metadata=message.usage_metadata,
        tool_call_chunks=[
            tool_call_chunk(
                name=call["name"],
                args=json.dumps(call["args"], ensure_ascii=False),
                id=call["id"],
                index=index,
            )
            for index, call in enumerate(message.tool_calls)
        ],
    )


def tool_name(tool: Mapping[str, Any]) -> str:
    """Return the name of a tool in OpenAI's form."""
    function = tool.get("function")
    name = function.get("name") if isinstance(function, Mapping) else tool.get("name")
    return str(name)
