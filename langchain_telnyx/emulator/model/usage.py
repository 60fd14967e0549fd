"""What a request cost, counted with the emulator's own tokeniser."""

from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.model.request import ChatRequest, Message, TextPart

# What a chat template adds around each message and before the reply, and what an image or a
# recording costs whatever its size.
_PER_MESSAGE = 4
_PER_REPLY = 3
_PER_MEDIUM = 256

# Engines keep prompts in blocks of this many tokens, so that only whole blocks are found again.
_CACHE_BLOCK = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The tokens of one answered request."""

    prompt: int
    cached: int
    completion: int
    reasoning: int

    def as_dict(self) -> dict[str, Any]:
        """Spell the usage as the wire does."""
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
    """Count the prompt tokens that the service has seen before.

    Whatever stands before the assistant's last turn was the prompt of that turn, so it was cached
    then; of a conversation's first request nothing was.
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
