"""Token usage of a request, counted with the emulator's tokeniser."""

from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.model.request import ChatRequest, Message, TextPart

# Tokens that a chat template adds to each message and before the reply, and tokens of an image or
# a recording of any size.
_PER_MESSAGE = 4
_PER_REPLY = 3
_PER_MEDIUM = 256

# Engines cache prompts in blocks of this many tokens; only whole blocks are reused.
_CACHE_BLOCK = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The token counts of one completion."""

    prompt: int
    cached: int
    completion: int
    reasoning: int

    def as_dict(self) -> dict[str, Any]:
        """Return the usage in wire format."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


def prompt_tokens(request: ChatRequest) -> int:
    """Count the tokens of a request's messages and tools."""
    return _tools(request) + sum(map(_message, request.messages)) + _PER_REPLY


def cached_tokens(request: ChatRequest) -> int:
    """Count the prompt tokens that are cached.

    The messages before the last assistant message were the prompt of an earlier request, which the
    service cached. The first request of a conversation has no cached tokens.
    """
    turns = [index for index, message in enumerate(request.messages) if message.role == "assistant"]
    if not turns:
        return 0
    seen = _tools(request) + sum(map(_message, request.messages[: turns[-1]]))
    return seen - seen % _CACHE_BLOCK


def _tools(request: ChatRequest) -> int:
    return tokens.count("".join(tool.model_dump_json() for tool in request.tools or []))


def _message(message: Message) -> int:
    calls = (call.function for call in message.tool_calls or [])
    text = message.text + "".join(call.name + call.arguments for call in calls)
    media = sum(not isinstance(part, TextPart) for part in message.parts)
    return tokens.count(text) + media * _PER_MEDIUM + _PER_MESSAGE
