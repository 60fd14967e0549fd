"""A reply of the model, and its truncation at stop sequences and the output cap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

from langchain_telnyx.emulator.model import tokens

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "abort", "error"]


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call of a reply; `arguments` is JSON text, `id` is assigned when it is sent."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply of the model.

    Attributes:
        content: The text; None when the reply has only tool calls or reasoning.
        reasoning: The reasoning; None when there is none.
        tool_calls: The tools to call.
        finish_reason: Why the reply ended.
        chunks: The content as a stream delivers it; by default word by word.
    """

    content: str | None = None
    reasoning: str | None = None
    tool_calls: tuple[ToolUse, ...] = ()
    finish_reason: FinishReason = "stop"
    chunks: tuple[str, ...] | None = None

    @property
    def reasoning_tokens(self) -> int:
        """The tokens of the reasoning."""
        return tokens.count(self.reasoning or "")

    @property
    def pieces(self) -> Sequence[str]:
        """The content as a stream delivers it."""
        return self.chunks if self.chunks is not None else tokens.deltas(self.content or "")

    @property
    def tokens(self) -> int:
        """The tokens of the whole reply: reasoning, text and tool calls."""
        calls = sum(tokens.count(call.name + call.arguments) for call in self.tool_calls)
        return self.reasoning_tokens + tokens.count(self.content or "") + calls

    def with_ids(self, new_id: Callable[[], str]) -> Self:
        """Return the reply with an id for each tool call that lacks one."""
        calls = tuple(replace(call, id=call.id or new_id()) for call in self.tool_calls)
        return replace(self, tool_calls=calls)


def stopped(reply: Reply, stops: list[str]) -> Reply:
    """End the content before the first of the stop sequences."""
    content = reply.content or ""
    ends = [at for stop in stops if (at := content.find(stop)) >= 0]
    return replace(reply, content=content[: min(ends)]) if ends else reply


def capped(reply: Reply, cap: int | None) -> Reply:
    """Truncate the reply to `cap` tokens of reasoning, text and tool calls together."""
    if cap is None or reply.tokens <= cap:
        return reply
    left = cap - reply.reasoning_tokens
    if left <= 0:
        # The reasoning uses all tokens: the reply has no content, as with reasoning models.
        return Reply(reasoning=tokens.cut(reply.reasoning or "", cap), finish_reason="length")
    content = reply.content and tokens.cut(reply.content, left)
    left -= tokens.count(content or "")
    calls: list[ToolUse] = []
    for call in reply.tool_calls:
        left -= tokens.count(call.name)
        if left <= 0:
            break
        # Truncated arguments are invalid JSON, as on the real service.
        calls.append(replace(call, arguments=tokens.cut(call.arguments, left)))
        left -= tokens.count(call.arguments)
    return replace(reply, content=content, tool_calls=tuple(calls), finish_reason="length")
