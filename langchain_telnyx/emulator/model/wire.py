"""Replies as they go on the wire: one completion object, or the chunks of a stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.model.logprobs import logprobs
from langchain_telnyx.emulator.model.reply import Reply, ToolUse
from langchain_telnyx.emulator.model.usage import Usage

ReasoningField = Literal["reasoning_content", "reasoning", "both"]
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Everything that one answered request says.

    Attributes:
        id: The completion's id.
        created: The second of the epoch at which it was made.
        model: The model that answered.
        replies: One reply for each choice asked for; their tool calls have ids.
        usage: What it cost.
        reasoning_field: Where the thinking goes.
        top_logprobs: How many alternatives to list for each token; None for no log probabilities.
    """

    id: str
    created: int
    model: str
    replies: Sequence[Reply]
    usage: Usage
    reasoning_field: ReasoningField = "reasoning_content"
    top_logprobs: int | None = None

    def body(self) -> JSON:
        """Write the whole completion as one object."""
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [self._choice(index, reply) for index, reply in enumerate(self.replies)],
            "usage": self.usage.as_dict(),
        }

    def chunks(self, *, usage_apart: bool) -> Iterator[JSON]:
        """Write the completion as the chunks of a stream.

        Args:
            usage_apart: Send the usage in a last chunk without choices, as `include_usage` asks;
                else it rides on the last chunk that ends a choice.
        """
        for index, reply in enumerate(self.replies):
            yield self._chunk(index, {"role": "assistant", "content": ""})
            for piece in tokens.deltas(reply.reasoning or ""):
                yield self._chunk(index, self._reasoning(piece))
            for piece in reply.pieces:
                yield self._chunk(index, {"content": piece}, told=piece)
            for number, call in enumerate(reply.tool_calls):
                for delta in _call_deltas(number, call):
                    yield self._chunk(index, {"tool_calls": [delta]})
            end = self._chunk(index, {}, finish_reason=reply.finish_reason)
            if index == len(self.replies) - 1 and not usage_apart:
                end["usage"] = self.usage.as_dict()
            yield end
        if usage_apart:
            yield {**self._envelope(), "choices": [], "usage": self.usage.as_dict()}

    def _choice(self, index: int, reply: Reply) -> JSON:
        message: JSON = {"role": "assistant", "content": reply.content}
        if reply.reasoning is not None:
            message |= self._reasoning(reply.reasoning)
        if reply.tool_calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in reply.tool_calls
            ]
        choice: JSON = {"index": index, "message": message, "finish_reason": reply.finish_reason}
        if self.top_logprobs is not None:
            choice["logprobs"] = self._logprobs(reply.content)
        return choice

    def _chunk(
        self, index: int, delta: JSON, *, told: str | None = None, finish_reason: str | None = None
    ) -> JSON:
        choice: JSON = {"index": index, "delta": delta, "finish_reason": finish_reason}
        if self.top_logprobs is not None and told:
            choice["logprobs"] = self._logprobs(told)
        return {**self._envelope(), "choices": [choice]}

    def _envelope(self) -> JSON:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
        }

    def _reasoning(self, text: str) -> JSON:
        if self.reasoning_field == "both":
            return {"reasoning_content": text, "reasoning": text}
        return {self.reasoning_field: text}

    def _logprobs(self, content: str | None) -> JSON:
        told = None if content is None else logprobs(content, self.top_logprobs or 0)
        return {"content": told, "refusal": None}


def _call_deltas(number: int, call: ToolUse) -> Iterator[JSON]:
    """Write a call as deltas: first its id, type and name, then its arguments in pieces."""
    yield {
        "index": number,
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": ""},
    }
    for piece in tokens.deltas(call.arguments):
        yield {"index": number, "function": {"arguments": piece}}
