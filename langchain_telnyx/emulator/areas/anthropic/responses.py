"""An answer in Anthropic's form: a whole message, or the events of a stream."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.model.reply import Reply
from langchain_telnyx.emulator.model.usage import Usage

JSON = dict[str, Any]

_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
_ERROR_TYPES = {
    "10009": "authentication_error",
    "10010": "permission_error",
    "10005": "not_found_error",
    "10011": "rate_limit_error",
    "10015": "invalid_request_error",
    "10037": "overloaded_error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer.

    Attributes:
        id: The message's id.
        model: The model that answered.
        reply: The model's answer; its tool calls have ids.
        usage: The token usage.
    """

    id: str
    model: str
    reply: Reply
    usage: Usage

    @property
    def is_broken(self) -> bool:
        """Whether the engine ended the answer with an error, for which Anthropic has no reason."""
        return self.reply.finish_reason not in _REASONS

    def body(self) -> JSON:
        """Return the whole message."""
        return {
            **self._initial(),
            "content": [block for block, _ in self._blocks()],
            "stop_reason": _REASONS.get(self.reply.finish_reason),
            "usage": {**self._input_usage(), "output_tokens": self.usage.completion},
        }

    def events(self) -> Iterator[JSON]:
        """Yield the message as the events of a stream."""
        yield {"type": "message_start", "message": self._initial()}
        yield {"type": "ping"}
        for index, (block, deltas) in enumerate(self._blocks()):
            at = {"index": index}
            yield {"type": "content_block_start", **at, "content_block": _empty(block)}
            for delta in deltas:
                yield {"type": "content_block_delta", **at, "delta": delta}
            yield {"type": "content_block_stop", **at}
        if self.is_broken:
            yield error_event({"code": "10007", "detail": "The engine ended the answer early."})
            return
        yield {
            "type": "message_delta",
            "delta": {
                "stop_reason": _REASONS[self.reply.finish_reason],
                "stop_sequence": None,
            },
            "usage": {**self._input_usage(), "output_tokens": self.usage.completion},
        }
        yield {"type": "message_stop"}

    def _initial(self) -> JSON:
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**self._input_usage(), "output_tokens": 0},
        }

    def _input_usage(self) -> JSON:
        # Anthropic's `input_tokens` do not include those that are read from the cache.
        return {
            "input_tokens": self.usage.prompt - self.usage.cached,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": self.usage.cached,
        }

    def _blocks(self) -> Iterator[tuple[JSON, list[JSON]]]:
        """Yield the content blocks, each with the deltas that fill it."""
        reply = self.reply
        if reply.reasoning is not None:
            deltas = [
                {"type": "thinking_delta", "thinking": piece}
                for piece in tokens.deltas(reply.reasoning)
            ]
            signature = {"type": "signature_delta", "signature": ""}
            thought = {"type": "thinking", "thinking": reply.reasoning, "signature": ""}
            yield thought, [*deltas, signature]
        if reply.content:
            deltas = [{"type": "text_delta", "text": piece} for piece in reply.pieces]
            yield {"type": "text", "text": reply.content}, deltas
        for call in reply.tool_calls:
            deltas = [
                {"type": "input_json_delta", "partial_json": piece}
                for piece in tokens.deltas(call.arguments)
            ]
            block: JSON = {
                "type": "tool_use",
                "id": call.id,
                "name": call.name,
                "input": _input(call.arguments),
            }
            yield block, deltas


def error_event(error: Mapping[str, Any]) -> JSON:
    """Return the event of an error in a stream.

    Args:
        error: An error of the Telnyx envelope.
    """
    kind = _ERROR_TYPES.get(str(error.get("code")), "api_error")
    return {"type": "error", "error": {"type": kind, "message": error.get("detail", "")}}


def _empty(block: JSON) -> JSON:
    """Return a block before it is filled."""
    hollow: dict[str, JSON] = {
        "text": {"text": ""},
        "thinking": {"thinking": ""},
        "tool_use": {"input": {}},
    }
    return {**block, **hollow[block["type"]]}


def _input(arguments: str) -> JSON:
    """Return a call's arguments as an object; empty if they are not one, such as truncated ones."""
    try:
        parsed = json.loads(arguments)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
