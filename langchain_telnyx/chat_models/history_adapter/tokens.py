"""Estimates of the tokens of a request, calibrated by servers' counts.

Models have different vocabularies and chat templates, without an API for them. So a count is an
estimate of the request (messages, names, tool calls, tools, images), times the ratio of the
server's counts to the estimates of earlier requests.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_telnyx._shared.vocabulary import count
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.lru import LRU

# Tokens that chat templates add: role and ends of a message, and the beginning of the answer.
_PER_MESSAGE = 4
_PER_REQUEST = 3
# A picture of about a megapixel; with `detail: low`; and some ten seconds of speech.
_PER_IMAGE = 1024
_PER_SMALL_IMAGE = 85
_PER_RECORDING = 128

# Fields of the prompt other than content and tool calls.
_TEXT_FIELDS = ("name", "reasoning", "reasoning_content")

_Count = Callable[[str], int]


def request_tokens(
    messages: Sequence[JSON], tools: Sequence[Mapping[str, Any]] | None, count: _Count = count
) -> int:
    """Return the estimated tokens of a request.

    Args:
        messages: The messages in the API's format.
        tools: The tools in the API's format.
        count: Counts the tokens of a text.
    """
    declared = json.dumps(list(tools), ensure_ascii=False) if tools else ""
    return (
        _PER_REQUEST
        + sum(_message(message, count) for message in messages)
        + (count(declared) if declared else 0)
    )


def _message(message: JSON, count: _Count) -> int:
    content = message["content"]
    texts = [message[name] for name in _TEXT_FIELDS if name in message]
    tokens = _PER_MESSAGE
    if isinstance(content, str):
        texts.append(content)
    else:
        texts += [part["text"] for part in content if part["type"] == "text"]
        tokens += sum(map(_medium, content))
    for call in message.get("tool_calls") or ():
        texts += [call["function"]["name"], call["function"]["arguments"]]
    return tokens + sum(map(count, texts))


def _medium(part: JSON) -> int:
    match part:
        case {"type": "image_url", "image_url": {"detail": "low"}}:
            return _PER_SMALL_IMAGE
        case {"type": "image_url"}:
            return _PER_IMAGE
        case {"type": "audio_url"}:
            return _PER_RECORDING
        case _:
            return 0


class _Seen(NamedTuple):
    """Tokens of the requests seen, of which older ones weigh less."""

    reported: float
    estimated: float


class Calibration:
    """Ratios of a server's token counts to estimates, for each of its models.

    A model is calibrated from the first estimate on that somebody requests for it, so that programs
    that do not count tokens pay nothing. Safe for use from many threads.
    `telnyx.server_state.get(Calibration)` is the one that all models share.

    Args:
        size: Models at most; the one used least recently is dropped first.
    """

    # A ratio beyond this has another cause: hidden prompts, retrieved passages.
    _MOST = 4.0
    # The weight of earlier requests at each new one.
    _DECAY = 0.9

    def __init__(self, size: int = 256) -> None:
        self._models: LRU[str, _Seen] = LRU(size)

    def watches(self, model: str) -> bool:
        """Return whether a model is calibrated."""
        return self._models.peek(model) is not None

    def ratio(self, model: str) -> float:
        """Return the factor for an estimate; from now on the model is calibrated."""
        seen = self._models.update(model, lambda seen: seen or _Seen(0.0, 0.0))
        return seen.reported / seen.estimated if seen.estimated else 1.0

    def learn(self, model: str, *, reported: int, estimated: int) -> None:
        """Add the counts of a request.

        Args:
            model: The model.
            reported: The tokens of the prompt, as the server counts.
            estimated: The estimate of the same.
        """
        if not estimated or not 1 / self._MOST <= reported / estimated <= self._MOST:
            return
        if self.watches(model):
            self._models.update(
                model,
                lambda seen: _Seen(
                    (seen.reported if seen else 0.0) * self._DECAY + reported,
                    (seen.estimated if seen else 0.0) * self._DECAY + estimated,
                ),
            )


def calibrated(estimate: int, calibration: Calibration, model: str) -> int:
    """Return an estimate as the server would probably count it."""
    return math.ceil(estimate * calibration.ratio(model))


def calibrate(
    calibration: Calibration | None, request: Mapping[str, Any], prompt_tokens: Any
) -> None:
    """Calibrate a model by a request, where somebody counts tokens for it.

    Args:
        calibration: That of the server; `None` where nobody has counted.
        request: The request: model, messages, tools.
        prompt_tokens: The tokens that the server counted.
    """
    model = request["model"]
    if calibration is None or not calibration.watches(model) or not isinstance(prompt_tokens, int):
        return
    messages, tools = request["messages"], request.get("tools")
    # Counts of images, and of what the server's own search adds, are not about text.
    searched = any(tool.get("type") != "function" for tool in tools or ())
    if searched or any(_has_media(message) for message in messages):
        return
    calibration.learn(model, reported=prompt_tokens, estimated=request_tokens(messages, tools))


def _has_media(message: JSON) -> bool:
    content = message["content"]
    return not isinstance(content, str) and any(part["type"] != "text" for part in content)
