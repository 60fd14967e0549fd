"""Read the answer of a chat completion from a recorded response, whole or streamed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_telnyx.emulator.serving.request_record import ResponseRecord


@dataclass(slots=True)
class Answer:
    """The answer of a chat completion.

    Attributes:
        text: Its content.
        tool_calls: Pairs of a function's name and its arguments, which are JSON text.
        finish_reason: Why it ended.
    """

    text: str = ""
    tool_calls: list[tuple[str, str]] = field(default_factory=list)
    finish_reason: str = ""


def answer(response: ResponseRecord) -> Answer | None:
    """Return the answer of a chat completion, whole or streamed; `None` if it is incomplete."""
    if not response.complete or len(response.body) < response.size:
        return None
    found = Answer()
    calls: dict[int, list[str]] = {}
    choices = [choice for item in _objects(response) for choice in _mappings(item.get("choices"))]
    for choice in choices:
        if choice.get("index", 0) != 0:
            continue
        part = _mapping(choice, "message") or _mapping(choice, "delta")
        found.text += _text(part.get("content"))
        found.finish_reason = _text(choice.get("finish_reason")) or found.finish_reason
        for position, call in enumerate(_mappings(part.get("tool_calls"))):
            function = _mapping(call, "function")
            index = call.get("index", position)
            name, arguments = calls.setdefault(index, ["", ""])
            calls[index] = [
                name + _text(function.get("name")),
                arguments + _text(function.get("arguments")),
            ]
    if not choices:
        return None
    found.tool_calls = [(name, arguments) for name, arguments in calls.values()]
    return found


def _objects(response: ResponseRecord) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects of a body: the whole body, or the events of a stream."""
    kind = response.headers.get("content-type", "")
    if "event-stream" in kind:
        lines = response.body.splitlines()
        texts = [line.removeprefix(b"data:") for line in lines if line.startswith(b"data:")]
    else:
        texts = [response.body] if "json" in kind else []
    for text in texts:
        try:
            item = json.loads(text)
        except (ValueError, RecursionError):
            continue  # `[DONE]`, or a line that is cut
        if isinstance(item, Mapping):
            yield item


def _mapping(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = item.get(name)
    return value if isinstance(value, Mapping) else {}


def _mappings(items: Any) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
