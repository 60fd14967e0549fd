"""Extraction of facts from a session: the users' statements, verbatim.

There is no language model. Questions, and messages of assistants and tools, are skipped. Content
that is not a conversation is data, and each of its fields a fact.
"""

from collections.abc import Iterator
from typing import Any

from langchain_telnyx.emulator.model import units

_OTHERS = frozenset({"assistant", "agent", "bot", "developer", "function", "system", "tool"})
_TEXTS = ("content", "text", "message")
_FEWEST_WORDS = 3
_LONGEST_VALUE = 120


def facts(content: Any) -> list[str]:
    """Return the facts in a session, in order, without duplicates.

    Args:
        content: Any JSON value, such as `{"messages": [{"role": …, "content": …}]}`.
    """
    return list(dict.fromkeys(_facts(content)))


def _facts(content: Any) -> Iterator[str]:
    match content:
        case str():
            yield from _statements(content)
        case list():
            for item in content:
                yield from _facts(item)
        case dict() if _is_message(content):
            if str(content["role"]).lower() not in _OTHERS:
                yield from _facts([content[name] for name in _TEXTS if name in content])
        case dict() if content.get("type") == "text" and isinstance(content.get("text"), str):
            yield from _statements(content["text"])
        case dict():
            for name, value in content.items():
                yield from _field(name, value)


def _is_message(content: dict[str, Any]) -> bool:
    return "role" in content and any(name in content for name in _TEXTS)


def _field(name: str, value: Any) -> Iterator[str]:
    match value:
        case bool() | int() | float():
            yield f"{name}: {str(value).lower()}"
        case str() if value.strip() and len(value) <= _LONGEST_VALUE and "\n" not in value:
            yield f"{name}: {value.strip()}"
        case _:
            yield from _facts(value)


def _statements(text: str) -> Iterator[str]:
    for unit in units.split(text):
        statement = unit.text.strip()
        if len(statement.split()) >= _FEWEST_WORDS and not statement.endswith("?"):
            yield statement
