"""What a model thought, told apart from what it says, in every form in which servers send it.

The documentation has a field `reasoning_content`, Kimi and MiniMax were seen to use `reasoning`,
some gateways send lists of parts, and an engine that runs without a reasoning parser leaves the
thinking in the text, between `<think>` and `</think>`.
"""

from typing import Any, Literal, TypeAlias

from langchain_telnyx.client.call import JSON

ThinkTagsOption: TypeAlias = bool | Literal["opened"]
"""Whether to look for reasoning in the text; see `ChatTelnyx.think_tags`."""

_OPEN, _CLOSE = "<think>", "</think>"
_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")
_PARTS = ("text", "content", "summary", "thinking", "reasoning")


def reasoning_of(message: JSON) -> str:
    """Return the reasoning that a message or a delta has in a field of its own."""
    for name in _FIELDS:
        # Where two fields are filled they say the same.
        if told := message.get(name):
            return told if isinstance(told, str) else _spelt(told)
    return ""


def text_of(message: JSON) -> tuple[str, str]:
    """Return the text of a message or a delta, and the reasoning that its parts hold."""
    content = message.get("content")
    if isinstance(content, str):
        return content, ""
    if isinstance(content, int | float):
        return str(content), ""
    if not content:
        return "", ""
    parts = content if isinstance(content, list) else [content]
    text = [_spelt(part) for part in parts if not _is_thought(part)]
    thoughts = [_spelt(part) for part in parts if _is_thought(part)]
    return "".join(text), "".join(thoughts)


def _is_thought(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in {"thinking", "reasoning"}


def _spelt(told: Any) -> str:
    """Return the text in an object, or a list of them; encrypted reasoning has none."""
    if isinstance(told, str):
        return told
    if isinstance(told, list):
        return "".join(_spelt(part) for part in told)
    if isinstance(told, dict):
        for name in _PARTS:
            if told.get(name):
                return _spelt(told[name])
    return ""


class ThinkTags:
    """Divides a text that begins with `<think>…</think>`, over any cut into pieces.

    Tags count only where nothing but white space came before them: an answer may well be about
    `<think>`. White space between the closing tag and the answer is dropped.

    Args:
        opened: Whether the text begins inside: some prompt templates end in the opening tag.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self._held = ""
        self._awaited: str | None = _CLOSE if opened else _OPEN
        self._thought = False

    def feed(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the answer that a piece of text brings."""
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
                return reasoning, ""  # it may still become the tag
            else:
                self._awaited = None
        return reasoning, self._rest()

    def end(self) -> tuple[str, str]:
        """Return what was held back because it could have become a tag."""
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


def divided(text: str, *, opened: bool = False) -> tuple[str, str]:
    """Return the reasoning and the answer in a whole text."""
    tags = ThinkTags(opened=opened)
    reasoning, answer = tags.feed(text)
    more_reasoning, more_answer = tags.end()
    return reasoning + more_reasoning, answer + more_answer


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of a text could be the beginning of a tag."""
    longest = min(len(text), len(tag) - 1)
    return next((size for size in range(longest, 0, -1) if tag.startswith(text[-size:])), 0)
