"""Split a passage into quotable units: sentences, list items, code blocks, table rows.

Markdown, reStructuredText, manual pages and plain wrapped text give the same units. Each unit has
the headings above it, and in a list of definitions the term that it defines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import regex

Kind = Literal["prose", "item", "code", "row"]

_FENCE = regex.compile(r"^\s*(```|~~~)")
_HEADING = regex.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_UNDERLINE = regex.compile(r"^([=\-~^\"*])\1{2,}\s*$")
# A line of a log is a record of its own.
_LOGGED = regex.compile(
    r"^\W{0,2}(?:\d{4}[-/]\d\d[-/]\d\d[T ]|\p{Lu}\p{Ll}{2} [ \d]\d )?\d\d:\d\d(?::\d\d)?\b.*\p{L}"
)
_ITEM = regex.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")
_ROW = regex.compile(r"^\s*\|.*\|\s*$")
_ROW_RULE = regex.compile(r"^[\s|:+\-=]+$")
_INDENT = regex.compile(r"^(?: {3,}|\t)\s*\S")
# "NAME" in a manual page; "Copyright: 1996 ..." in a record.
_CAPITALS = regex.compile(r"^\p{Lu}[\p{Lu}\d ,/&-]{2,60}$")
_FIELD = regex.compile(r"^\p{Lu}[\w-]*(?: [\w-]+)?:(?:\s|$)")
_BLANK = regex.compile(r"^\s*\.?\s*$")  # Debian's records write a blank line as a point
_CODE_SIGNS = regex.compile(r"[{}\[\]()<>=$|;\\_/*#@]")
_CODE_SHARE = 0.05
_WORD = regex.compile(r"\p{L}{2,}")
_MIN_WORDS = 5
_LONGEST_TERM = 80
_LONGEST_TITLE = 120
_TERM_LEVEL = 10  # below those of headings; the indentation is added
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
    """One quotable piece of a passage.

    Attributes:
        text: Its text.
        kind: Its kind.
        headings: The headings above it, outermost first, and the terms that it defines.
        term: The innermost of these terms, or an empty string.
    """

    text: str
    kind: Kind
    headings: str
    term: str = ""


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
        self._title()
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if _BLANK.match(line):
                self._at += 1
            elif self._heading() or self._term():
                continue
            elif _FENCE.match(line):
                yield self._unit(self._fenced(), "code")
            elif _ROW.match(line):
                self._at += 1
                if not _ROW_RULE.match(line):
                    yield self._unit(line.strip(), "row")
            elif _ITEM.match(line) or _LOGGED.match(line):
                yield self._unit(self._wrapped(), "item")
            elif _INDENT.match(line) and self._after_blank() and not self._is_prose():
                yield self._unit(self._indented(), "code")
            else:
                for sentence in sentences(self._wrapped()):
                    yield self._unit(sentence, "prose")

    def _unit(self, text: str, kind: Kind) -> Unit:
        level, innermost = self._headings[-1] if self._headings else (0, "")
        return Unit(
            text,
            kind,
            " > ".join(heading for _, heading in self._headings),
            innermost if level >= _TERM_LEVEL else "",
        )

    def _title(self) -> None:
        """Read a short first line above a blank one: the passage's title, or its heading path."""
        if len(self._lines) < 3 or not _BLANK.match(self._lines[1]):  # noqa: PLR2004 - with its text
            return
        line = self._lines[0].strip()
        marks = (_ITEM, _ROW, _FENCE, _HEADING, _FIELD)
        if (
            line
            and len(line) <= _LONGEST_TITLE
            and line[-1] not in ".!?:;,)\"'"
            and not any(mark.match(line) for mark in marks)
        ):
            self._push(0, line)
            self._at = 1

    def _heading(self) -> bool:
        line = self._lines[self._at]
        following = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        if match := _HEADING.match(line):
            level, text, self._at = len(match[1]), match[2], self._at + 1
        elif (match := _UNDERLINE.match(following)) and not line[0].isspace():
            # An underlined heading (setext, reStructuredText): `=` ranks above the others.
            level, text, self._at = 1 if match[1] == "=" else 2, line.strip(), self._at + 2
        elif _CAPITALS.match(line) and _indentation(following):
            level, text, self._at = 1, line, self._at + 1
        else:
            return False
        self._push(level, text)
        return True

    def _term(self) -> bool:
        """Read a short line above a deeper paragraph: the term of a definition, or its title."""
        line = self._lines[self._at]
        depth = _indentation(line)
        self._headings = [entry for entry in self._headings if entry[0] < _TERM_LEVEL + depth]
        below = next((text for text in self._lines[self._at + 1 :] if not _BLANK.match(text)), "")
        is_term = (
            len(line.strip()) <= _LONGEST_TERM
            and line.rstrip()[-1] not in ".:;,{[("
            and _indentation(below) > depth + 1
            and _WORD.search(line)
            and not _FIELD.match(line)
            and not any(
                mark.match(text) for mark in (_ITEM, _ROW, _FENCE) for text in (line, below)
            )
            and _reads_as_prose([below])
        )
        if is_term:
            self._push(_TERM_LEVEL + depth, " ".join(line.split()))
            self._at += 1
        return bool(is_term)

    def _push(self, level: int, text: str) -> None:
        self._headings = [entry for entry in self._headings if entry[0] < level]
        self._headings.append((level, text))

    def _after_blank(self) -> bool:
        return self._at == 0 or bool(_BLANK.match(self._lines[self._at - 1]))

    def _is_prose(self) -> bool:
        """Return whether the indented paragraph is prose, as in manual pages, and not code."""
        end = self._at
        while end < len(self._lines) and not _BLANK.match(self._lines[end]):
            end += 1
        return _reads_as_prose(self._lines[self._at : end])

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
            if self._at > start and self._after_blank() and self._is_prose():
                break
            self._at += 1
        return "\n".join(self._lines[start : self._at]).rstrip()

    def _wrapped(self) -> str:
        """Join the lines of a paragraph or a list item; a word split at a line's end is one."""
        start = self._at
        self._at += 1
        while self._at < len(self._lines) and not self._breaks(self._lines[self._at]):
            self._at += 1
        joined = " ".join(" ".join(self._lines[start : self._at]).split())
        return joined.replace("\u2010 ", "")

    def _breaks(self, line: str) -> bool:
        return (
            bool(_BLANK.match(line))
            or any(mark.match(line) for mark in (_FENCE, _HEADING, _ITEM, _LOGGED, _ROW, _FIELD))
            or bool(self._at + 1 < len(self._lines) and _UNDERLINE.match(self._lines[self._at + 1]))
        )


def _indentation(line: str) -> int:
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


def _reads_as_prose(lines: list[str]) -> bool:
    """Return whether lines have enough words, and few of the signs of code."""
    text = " ".join(line.strip() for line in lines)
    found = _WORD.findall(text)
    return (
        len(found) >= _MIN_WORDS
        and len(_CODE_SIGNS.findall(text)) <= _CODE_SHARE * len(text)
        and not text.startswith(("$ ", "> ", ">>> ", "% "))
    )
