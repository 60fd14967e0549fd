"""An answer of an engine with the expected message, and the tools of requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "book_room",
            "parameters": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "quiet": {"type": "boolean"},
                    "price": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                    "guests": {"type": "array", "items": {"type": "string"}},
                    "address": {"type": "object"},
                },
            },
        },
    },
    {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}},
]

OSLO = ("weather", {"city": "Oslo"})
ROME = ("weather", {"city": "Rome"})


@dataclass(frozen=True)
class Sample:
    """An answer of an engine.

    Attributes:
        name: The name of the sample.
        content: The text in the response.
        text: The expected text.
        calls: The expected calls.
        invalid: The expected calls with invalid arguments.
        reasoning_content: The reasoning in the response.
        reasoning: The expected reasoning.
        tools: The tools of the request.
        finish: The finish reason in the response.
        warns: Whether markup remains text, with a warning.
        model: The model.
    """

    name: str
    content: str = ""
    text: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    reasoning_content: str = ""
    reasoning: str = ""
    tools: list[dict[str, Any]] | None = field(default_factory=lambda: TOOLS)
    finish: str = "stop"
    warns: bool = False
    model: str = "m"
    invalid: list[tuple[str, str]] = field(default_factory=list)


def unread(name: str, text: str, *, warns: bool = False, **fields: Any) -> Sample:
    """Return an answer without markup."""
    return Sample(name, text, text, warns=warns, **fields)
