"""How many tokens a request will have: counted beforehand, and calibrated by what servers reported.

Every model has a vocabulary and a chat template of its own, which nobody publishes as an API. So a
count is an estimate of the request as it would go out (messages, names, tool calls, tools, images),
times what the server's own counts were to our estimates of the same requests so far.
"""

import json
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

from langchain_telnyx._shared.vocabulary import count
from langchain_telnyx.client.call import JSON

# What chat templates add: role and ends of a message, and the beginning of the answer.
_PER_MESSAGE = 4
_PER_REQUEST = 3
# A picture of about a megapixel; with `detail: low`; and some ten seconds of speech.
_PER_IMAGE = 1024
_PER_SMALL_IMAGE = 85
_PER_RECORDING = 128

# What goes into the prompt beside content and tool calls.
_SPOKEN = ("name", "reasoning", "reasoning_content")

_Count = Callable[[str], int]


def request_tokens(
    messages: Sequence[JSON], tools: Sequence[Mapping[str, Any]] | None, count: _Count = count
) -> int:
    """Return about how many tokens a request has.

    Args:
        messages: The messages in the API's form.
        tools: The tools in the API's form.
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
    texts = [message[name] for name in _SPOKEN if name in message]
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
    """What servers' counts are to our estimates, for each base URL and model.

    It learns of a model once somebody has counted for it: who never counts pays nothing. It may be
    used from many threads, and forgets the model that was longest not asked for.

    Args:
        size: Models to know at most.
    """

    # An estimate off by more than this is of something else: hidden prompts, retrieved passages.
    _FARTHEST = 4.0
    _MEMORY = 0.9

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._lock = Lock()
        self._seen: OrderedDict[tuple[str, str], _Seen] = OrderedDict()

    def watches(self, base_url: str, model: str) -> bool:
        """Whether somebody counts for a model, so that its answers teach something."""
        return (base_url, model) in self._seen

    def ratio(self, base_url: str, model: str) -> float:
        """Return what an estimate is to be multiplied by; from now on answers teach it."""
        which = (base_url, model)
        with self._lock:
            seen = self._seen.setdefault(which, _Seen(0.0, 0.0))
            self._seen.move_to_end(which)
            if len(self._seen) > self._size:
                self._seen.popitem(last=False)
        return seen.reported / seen.estimated if seen.estimated else 1.0

    def learn(self, base_url: str, model: str, *, reported: int, estimated: int) -> None:
        """Note what a server counted for a request.

        Args:
            base_url: The API's root.
            model: The model asked.
            reported: The tokens of the prompt, as the server counts.
            estimated: Our estimate of the same.
        """
        if not estimated or not 1 / self._FARTHEST <= reported / estimated <= self._FARTHEST:
            return
        with self._lock:
            seen = self._seen.get((base_url, model))
            if seen is not None:
                self._seen[base_url, model] = _Seen(
                    seen.reported * self._MEMORY + reported,
                    seen.estimated * self._MEMORY + estimated,
                )

    def forget(self) -> None:
        """Forget everything learnt."""
        with self._lock:
            self._seen.clear()


CALIBRATION = Calibration()


def calibrated(estimate: int, base_url: str, model: str) -> int:
    """Return an estimate as the server would probably count it."""
    return math.ceil(estimate * CALIBRATION.ratio(base_url, model))


def teach(base_url: str, request: Mapping[str, Any], prompt_tokens: Any) -> None:
    """Learn from an answered request, where somebody counts for its model.

    Args:
        base_url: The API's root.
        request: What was sent: model, messages, tools.
        prompt_tokens: What the server counted.
    """
    model = request["model"]
    if not CALIBRATION.watches(base_url, model) or not isinstance(prompt_tokens, int):
        return
    messages, tools = request["messages"], request.get("tools")
    # What a picture costs, and what the server searched by itself, says nothing about text.
    searched = any(tool.get("type") != "function" for tool in tools or ())
    if searched or any(_has_media(message) for message in messages):
        return
    CALIBRATION.learn(
        base_url, model, reported=prompt_tokens, estimated=request_tokens(messages, tools)
    )


def _has_media(message: JSON) -> bool:
    content = message["content"]
    return not isinstance(content, str) and any(part["type"] != "text" for part in content)
