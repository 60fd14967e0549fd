"""Find passages in the texts of their documents: offsets and lines for citations, and context.

The service returns the text of a passage, but not where it is. It may change white space.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

_SPACE = re.compile(r"\s+")
# Longer passages are compared by their beginnings and ends: a pattern of their whole text is slow.
_ANCHOR_WORDS = 12


class Span(NamedTuple):
    """A part of a text.

    Attributes:
        start: The offset of its first character.
        end: The offset after its last character.
    """

    start: int
    end: int

    def touches(self, other: Self) -> bool:
        """Return whether two parts overlap, or follow each other."""
        return self.start <= other.end and other.start <= self.end

    def joined(self, other: Self) -> "Span":
        """Return the part from the first beginning to the last end."""
        return Span(min(self.start, other.start), max(self.end, other.end))


def locate(passage: str, text: str, after: int = 0) -> Span | None:
    """Find a passage in a text: exactly, or with any white space.

    Args:
        passage: The passage.
        text: The whole text.
        after: Where to begin; if it is not found there, the whole text is searched.

    Returns:
        Its first occurrence; `None` if the text does not have it.
    """
    stripped = passage.strip()
    if not stripped:
        return None
    for begin in dict.fromkeys((after, 0)):
        at = text.find(stripped, begin)
        if at >= 0:
            return Span(at, at + len(stripped))
    words = _SPACE.split(stripped)
    for begin in dict.fromkeys((after, 0)):
        first = _pattern(words[:_ANCHOR_WORDS]).search(text, begin)
        while first is not None:
            end = _end_of(words, text, first)
            if end is not None:
                return Span(first.start(), end)
            first = _pattern(words[:_ANCHOR_WORDS]).search(text, first.start() + 1)
    return None


def lines_of(span: Span, text: str) -> tuple[int, int]:
    """Return the first and the last line of a part of a text, counted from 1."""
    first = text.count("\n", 0, span.start) + 1
    return first, first + text.count("\n", span.start, max(span.start, span.end - 1))


def with_context(span: Span, text: str, passages: int) -> Span:
    """Extend a part by its neighbours.

    The service does not number passages, so neighbours are parts of the same length, which begin
    and end at the boundary of a paragraph, a line, a sentence or a word.

    Args:
        span: The part.
        text: The whole text.
        passages: How many neighbours to add on each side.
    """
    length = (span.end - span.start) * passages
    if not length:
        return span
    return Span(
        _boundary_after(text, max(0, span.start - length), span.start),
        _boundary_before(text, min(len(text), span.end + length), span.end),
    )


def merged(spans: Sequence[Span]) -> list[list[int]]:
    """Group parts of one text that overlap or touch.

    Args:
        spans: The parts, in any order.

    Returns:
        Groups of positions in `spans`, each in the order of `spans`; the group with the first
        position comes first.
    """
    groups: list[tuple[Span, list[int]]] = []
    for position in sorted(range(len(spans)), key=lambda position: spans[position]):
        if groups and groups[-1][0].touches(spans[position]):
            joined, members = groups[-1]
            groups[-1] = (joined.joined(spans[position]), [*members, position])
        else:
            groups.append((spans[position], [position]))
    return sorted(sorted(members) for _, members in groups)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, words)))


def _end_of(words: Sequence[str], text: str, first: re.Match[str]) -> int | None:
    """Return where a passage ends that begins with a match, or `None` if it is another passage."""
    end = first.end()
    for at in range(_ANCHOR_WORDS, len(words), _ANCHOR_WORDS):
        part = re.compile(r"\s+" + _pattern(words[at : at + _ANCHOR_WORDS]).pattern)
        found = part.match(text, end)
        if found is None:
            return None
        end = found.end()
    return end


_BOUNDARIES = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?])\s"), _SPACE)


def _boundary_after(text: str, begin: int, end: int) -> int:
    """Return the best place to begin: soon after `begin`, and before `end`."""
    if begin == 0:
        return 0
    for boundary in _BOUNDARIES:
        # Only in the first half, so that a boundary of paragraphs does not remove all context.
        found = boundary.search(text, begin, begin + (end - begin + 1) // 2)
        if found is not None:
            return found.end()
    return begin


def _boundary_before(text: str, begin: int, end: int) -> int:
    """Return the best place to end: soon before `begin`, and after `end`."""
    if begin == len(text):
        return begin
    for boundary in _BOUNDARIES:
        found = None
        for found in boundary.finditer(text, end + (begin - end) // 2, begin):  # noqa: B007 - the last one
            pass
        if found is not None:
            return found.start()
    return begin
