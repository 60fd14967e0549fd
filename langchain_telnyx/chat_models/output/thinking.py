"""Separation of reasoning and text, in every format of servers.

The documented field is `reasoning_content`. Kimi and MiniMax use `reasoning`, some gateways send
lists of parts, and an engine without a reasoning parser leaves the reasoning in the text, between
`<think>` and `</think>`.
"""

from typing import Any, Literal, TypeAlias

from langchain_telnyx.client.call import JSON

ThinkTagsOption: TypeAlias = bool | Literal["opened"]
"""Whether to read reasoning from the text; see `ChatTelnyx.think_tags`."""

_OPEN, _CLOSE = "<think>", "</think>"
_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")
_PARTS = ("text", "content", "summary", "thinking", "reasoning")


def reasoning_of(message: JSON) -> str:
    """Return the reasoning in the fields of a message or a delta."""
    for name in _FIELDS:
        # If several fields are set, they are equal.
        if value := message.get(name):
            return value if isinstance(value, str) else _text_in(value)
    return ""


def text_of(message: JSON) -> tuple[str, str]:
    """Return the text of a message or a delta, and the reasoning in its parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content, ""
    if isinstance(content, int | float):
        return str(content), ""
    if not content:
        return "", ""
    parts = content if isinstance(content, list) else [content]
    text = [_text_in(part) for part in parts if not _is_thought(part)]
    thoughts = [_text_in(part) for part in parts if _is_thought(part)]
    return "".join(text), "".join(thoughts)


def _is_thought(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in {"thinking", "reasoning"}


def _text_in(value: Any) -> str:
    """Return the text in a part, or in a list of parts; empty for encrypted reasoning."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_text_in(part) for part in value)
    if isinstance(value, dict):
        for name in _PARTS:
            if value.get(name):
                return _text_in(value[name])
    return ""


class ThinkTags:
    """Separates `<think>…</think>` at the beginning of a text from the rest, incrementally.

    Only tags after nothing but white space count, because an answer may be about `<think>`. White
    space between the closing tag and the answer is dropped.

    Args:
        opened: Whether the text begins inside the tags: some prompt templates end in the opening
            tag.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self._held = ""
        self._awaited: str | None = _CLOSE if opened else _OPEN
        self._thought = False

    def feed(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the answer in a piece of text."""
        if self._awaited is None:
            return "", text
        self._held += text
        reasoning = ""
        while self._awaited is not None:
            if self._awaited == _CLOSE:
                reasoning += self._inside()
                if self._awaited == _CLOSE:
                    return reasoning, ""
            start = self._held.lstrip()
            if start.startswith(_OPEN):
                self._held, self._awaited = start[len(_OPEN) :], _CLOSE
            elif _OPEN.startswith(start):
                return reasoning, ""  # may be the beginning of the tag
            else:
                self._awaited = None
        return reasoning, self._rest()

    def end(self) -> tuple[str, str]:
        """Return the rest that could have become a tag."""
        if self._awaited == _CLOSE:
            held, self._held = self._held, ""
            return held, ""
        return "", self._rest()

    def _inside(self) -> str:
        thought, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._held, self._awaited, self._thought = rest, _OPEN, True
            return thought
        known = len(self._held) - _overlap(self._held, _CLOSE)
        thought, self._held = self._held[:known], self._held[known:]
        return thought

    def _rest(self) -> str:
        held, self._held = self._held, ""
        return held.lstrip() if self._thought else held


def split_reasoning(text: str, *, opened: bool = False) -> tuple[str, str]:
    """Return the reasoning and the answer in a complete text."""
    tags = ThinkTags(opened=opened)
    reasoning, answer = tags.feed(text)
    more_reasoning, more_answer = tags.end()
    return reasoning + more_reasoning, answer + more_answer


def _overlap(text: str, tag: str) -> int:
    """Return the number of characters at the end of a text that may begin a tag."""
    longest = min(len(text), len(tag) - 1)
    return next((size for size in range(longest, 0, -1) if tag.startswith(text[-size:])), 0)
