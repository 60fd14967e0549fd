"""The prompts of the rows: a long conversation, twenty tools, and a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import StructuredTool
from scenario import Scenario

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"


def _step(number: int) -> list[BaseMessage]:
    """Six messages: a question and its answer, a tool call and its result, an image."""
    call = {"name": "lookup_0", "args": {"subject": "moon", "limit": 3}, "id": f"call_{number}"}
    return [
        HumanMessage(f"What is known of moon number {number}? Say it in two sentences, please."),
        AIMessage("It is made of ice and rock. It keeps the same face to its planet, as most do."),
        HumanMessage("Look it up."),
        AIMessage("", tool_calls=[{**call, "type": "tool_call"}]),
        ToolMessage(f"Moon {number}: radius 2575 km, found in 1655.", tool_call_id=call["id"]),
        HumanMessage(
            [
                {"type": "text", "text": "And what is this?"},
                {"type": "image_url", "image_url": {"url": _PIXEL}},
            ]
        ),
    ]


HISTORY: list[BaseMessage] = [
    SystemMessage("You know the moons."),
    *[message for number in range(10) for message in _step(number)],
    HumanMessage(Scenario().prompt),
]


def _tool(number: int) -> StructuredTool:
    def lookup(subject: str, limit: int = 10, *, exact: bool = False) -> str:
        """Look a subject up in one of the catalogues.

        Args:
            subject: What to look up.
            limit: How many entries to return at most.
            exact: Whether the name must fit to the letter.
        """
        return f"{number} {subject} {limit} {exact}"

    return StructuredTool.from_function(lookup, name=f"lookup_{number}", parse_docstring=True)


TOOLS = [_tool(number) for number in range(20)]

MOON_SCHEMA = {
    "title": "Moon",
    "description": "A moon.",
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Its name."},
        "radius": {"type": "integer", "description": "Its radius in kilometres."},
    },
    "required": ["name", "radius"],
}
