"""Split a passage into quotable units: sentences, list items, code blocks, table rows.

Markdown, reStructuredText and plain wrapped text give the same units. Each unit has the headings
above it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import regex

Kind = Literal["prose", "item", "code", "row"]

_FENCE = regex.compile(r"^\s*(```|~~~)")
_HEADING = regex.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_UNDERLINE = regex.compile(r"^([=\-~^\"*])\1{2,}\s*$")
_ITEM = regex.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")
_ROW = regex.compile(r"^\s*\|.*\|\s*$")
_ROW_RULE = regex.compile(r"^[\s|:+\-=]+$")
_INDENT = regex.compile(r"^(?: {3,}|\t)\s*\S")
_SENTENCE_END = regex.compile(
    r"[.!?…][\"')\]*_`\u201d\u2019]*\s+(?=[\"'(\[*_`\u201c\u2018]*[A-Z0-9\u00c0-\u024f])|(?<=[\u3002\uff01\uff1f])"
)
_ABBREVIATION = regex.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|resp|no|fig|sec|mr|mrs|ms|dr|prof|st|inc|ltd|[A-Z])\.$",
    regex.IGNORECASE,
)
# Longer than every abbreviation, so that `^` does not match in the middle of a word.
_LONGEST_ABBREVIATION = 12


@dataclass(frozen=True, slots=True)
class Unit:
    """One quotable piece of a passage."""

    text: str
    kind: Kind
    headings: str


def split(passage: str) -> list[Unit]:
    """Split a passage into units, in reading order."""
    return list(_Reader(_balanced(passage.splitlines())).units())


def _balanced(lines: list[str]) -> list[str]:
    """Add the opening fence if a passage begins inside a code block."""
    fences = [line.strip() for line in lines if _FENCE.match(line)]
    begins_inside = len(fences) % 2 == 1 and fences[0] in {"```", "~~~"}
    return [fences[0], *lines] if begins_inside else lines


def sentences(text: str) -> list[str]:
    """Split one paragraph into sentences; abbreviations such as "e.g." do not end one."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        piece = text[start : match.end()].strip()
        if _ABBREVIATION.search(piece[-_LONGEST_ABBREVIATION:]):
            continue
        found.append(piece)
        start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


class _Reader:
    """Parses lines into units with the headings above them."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self._headings: list[tuple[int, str]] = []

    def units(self) -> Iterator[Unit]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
            elif self._heading():
                continue
            elif _FENCE.match(line):
                yield self._unit(self._fenced(), "code")
            elif _ROW.match(line):
                self._at += 1
                if not _ROW_RULE.match(line):
                    yield self._unit(line.strip(), "row")
            elif _ITEM.match(line):
                yield self._unit(self._wrapped(), "item")
            elif _INDENT.match(line) and self._after_blank():
                yield self._unit(self._indented(), "code")
            else:
                for sentence in sentences(self._wrapped()):
                    yield self._unit(sentence, "prose")

    def _unit(self, text: str, kind: Kind) -> Unit:
        return Unit(text, kind, " > ".join(heading for _, heading in self._headings))

    def _heading(self) -> bool:
        line = self._lines[self._at]
        if match := _HEADING.match(line):
            level, text, self._at = len(match[1]), match[2], self._at + 1
        elif (
            self._at + 1 < len(self._lines)
            and (match := _UNDERLINE.match(self._lines[self._at + 1]))
            and not line[0].isspace()
        ):
            # An underlined heading (setext, reStructuredText): `=` ranks above the others.
            level, text, self._at = 1 if match[1] == "=" else 2, line.strip(), self._at + 2
        else:
            return False
        self._headings = [entry for entry in self._headings if entry[0] < level]
        self._headings.append((level, text))
        return True

    def _after_blank(self) -> bool:
        return self._at == 0 or not self._lines[self._at - 1].strip()

    def _fenced(self) -> str:
        start = self._at
        self._at += 1
        while self._at < len(self._lines) and not _FENCE.match(self._lines[self._at]):
            self._at += 1
        self._at = min(self._at + 1, len(self._lines))
        block = self._lines[start : self._at]
        # If the passage ends inside the block, add the closing fence.
        return "\n".join(block if _FENCE.match(block[-1]) and len(block) > 1 else [*block, "```"])

    def _indented(self) -> str:
        start = self._at
        while self._at < len(self._lines) and (
            not self._lines[self._at].strip() or _INDENT.match(self._lines[self._at])
        ):
            self._at += 1
        return "\n".join(self._lines[start : self._at]).rstrip()

    def _wrapped(self) -> str:
        """Join the lines of a paragraph or a list item."""
        start = self._at
        self._at += 1
        while self._at < len(self._lines) and not self._breaks(self._lines[self._at]):
            self._at += 1
        return " ".join(line.strip() for line in self._lines[start : self._at])

    def _breaks(self, line: str) -> bool:
        return (
            not line.strip()
            or any(mark.match(line) for mark in (_FENCE, _HEADING, _ITEM, _ROW))
            or bool(self._at + 1 < len(self._lines) and _UNDERLINE.match(self._lines[self._at + 1]))
        )
