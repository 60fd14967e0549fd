"""Replies in wire format: one completion object, or the chunks of a stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.model.logprobs import logprobs
from langchain_telnyx.emulator.model.reply import Reply, ToolUse
from langchain_telnyx.emulator.model.usage import Usage

UsagePlace = Literal["last", "separate"] | None
ReasoningField = Literal["reasoning_content", "reasoning", "both"]
JSON = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The response to one chat request.

    Attributes:
        id: The completion's id.
        created: When it was created, in seconds since the epoch.
        model: The model that answered.
        replies: One reply for each requested choice; their tool calls have ids.
        usage: Its token usage.
        reasoning_field: The field that contains the reasoning.
        usage_absent: Whether to omit the usage.
        top_logprobs: How many alternatives to list for each token; None omits log probabilities.
        logprobs_null: Whether log probabilities are null.
    """

    id: str
    created: int
    model: str
    replies: Sequence[Reply]
    usage: Usage
    reasoning_field: ReasoningField = "reasoning_content"
    usage_absent: bool = False
    top_logprobs: int | None = None
    logprobs_null: bool = False

    def body(self) -> JSON:
        """Return the whole completion as one object."""
        body = {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [self._choice(index, reply) for index, reply in enumerate(self.replies)],
        }
        return body if self.usage_absent else {**body, "usage": self.usage.as_dict()}

    def chunks(self, usage: UsagePlace) -> Iterator[JSON]:
        """Yield the completion as the chunks of a stream.

        Args:
            usage: Where the usage is: in the `last` chunk of the last choice, in a `separate` chunk
                without choices after it, or nowhere (None).
        """
        usage = None if self.usage_absent else usage
        for index, reply in enumerate(self.replies):
            yield self._chunk(index, {"role": "assistant", "content": ""})
            for piece in tokens.deltas(reply.reasoning or ""):
                yield self._chunk(index, self._reasoning(piece))
            for piece in reply.pieces:
                yield self._chunk(index, {"content": piece}, text=piece)
            for number, call in enumerate(reply.tool_calls):
                for delta in _call_deltas(number, call):
                    yield self._chunk(index, {"tool_calls": [delta]})
            end = self._chunk(index, {}, finish_reason=reply.finish_reason)
            if index == len(self.replies) - 1 and usage == "last":
                end["usage"] = self.usage.as_dict()
            yield end
        if usage == "separate":
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
        self, index: int, delta: JSON, *, text: str | None = None, finish_reason: str | None = None
    ) -> JSON:
        choice: JSON = {"index": index, "delta": delta, "finish_reason": finish_reason}
        if self.top_logprobs is not None and text:
            choice["logprobs"] = self._logprobs(text)
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

    def _logprobs(self, content: str | None) -> JSON | None:
        if self.logprobs_null:
            return None
        entries = None if content is None else logprobs(content, self.top_logprobs or 0)
        return {"content": entries, "refusal": None}


def _call_deltas(number: int, call: ToolUse) -> Iterator[JSON]:
    """Yield a call as deltas: first its id, type and name, then its arguments in pieces."""
    yield {
        "index": number,
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": ""},
    }
    for piece in tokens.deltas(call.arguments):
        yield {"index": number, "function": {"arguments": piece}}
