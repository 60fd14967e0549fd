"""Incremental parsing of markup: parsers are generators that wait for text by a bare `yield`.

A parser decides by the characters only, so that the result does not depend on how the text is
split.
"""

import re
from collections.abc import Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
Waiting: TypeAlias = Generator[None, None, T]

# A function's name in tags, and in special tokens, where engines add blanks and more.
NAME_IN_TAGS, LONGEST_IN_TAGS = re.compile(r"[\w.:/\-]*"), 128
NAME_IN_TOKENS, LONGEST_IN_TOKENS = re.compile(r"[\w.:/\- ]*"), 200
# `<|name|>`, with ASCII bars or DeepSeek's.
TOKEN = re.compile(r"<[|｜]([^|｜<>\n]{1,40})[|｜]>")
# The beginning of one.
BEGUN_TOKEN = re.compile(r"<(?:[|｜](?:[^|｜<>\n]{1,40}[|｜]?)?)?")
# DeepSeek has a symbol for the blank in a token; Markdown escapes the underscore.
_BLANK = re.compile(r"\\_|[▁ ]")


class UnreadableMarkup(Exception):  # noqa: N818 - a control signal
    """The text is not markup of this kind."""


class FoundCall(NamedTuple):
    """A call in markup.

    Attributes:
        name: The function's name in the markup.
        arguments: The arguments: JSON text, or an object with values to convert by the function's
            schema (see `Raw`).
        identity: The call's id, if any.
        start: The offset of its markup.
        end: The offset after its markup.
    """

    name: str
    arguments: Any
    identity: str | None
    start: int
    end: int


class Raw(str):
    """The text of an argument that may be of another type, such as a number."""

    __slots__ = ()


class NonCall(NamedTuple):
    """Markup other than a call.

    Attributes:
        text: Reasoning in it.
    """

    text: str


class MarkupSource:
    """A text to parse, as far as it has arrived.

    Attributes:
        text: The text.
        place: The current offset.
        ended: Whether the text is complete.
        is_first: Whether there was no text before it.
        found: The calls in it.
    """

    __slots__ = ("ended", "found", "is_first", "place", "text")

    def __init__(self, text: str, *, is_first: bool = False) -> None:
        self.text = text
        self.place = 0
        self.ended = False
        self.is_first = is_first
        self.found: list[FoundCall | NonCall] = []


def peek(source: MarkupSource, *options: str) -> Waiting[str | None]:
    """Return which of some literals is next; none may be the beginning of another."""
    while True:
        rest = source.text[source.place : source.place + max(map(len, options))]
        for option in options:
            if rest.startswith(option):
                return option
        if source.ended or not any(option.startswith(rest) for option in options):
            return None
        yield


def literal(source: MarkupSource, *options: str) -> Waiting[str]:
    """Consume one of some literals."""
    found = yield from peek(source, *options)
    if found is None:
        raise UnreadableMarkup
    source.place += len(found)
    return found


def token(source: MarkupSource) -> Waiting[str | None]:
    """Consume a special token, and return its name; `None` if none is next."""
    while True:
        if match := TOKEN.match(source.text, source.place):
            source.place = match.end()
            return token_name(match[1])
        rest = source.text[source.place :]
        if source.ended or (rest and not BEGUN_TOKEN.fullmatch(rest)):
            return None
        yield


def token_name(name: str) -> str:
    """Normalize the name of a special token."""
    return _BLANK.sub("_", name)


def spaces(source: MarkupSource) -> Waiting[None]:
    """Consume white space."""
    while True:
        rest = source.text[source.place :]
        if (text := rest.lstrip()) or source.ended:
            source.place += len(rest) - len(text)
            return
        yield


def run(source: MarkupSource, allowed: re.Pattern[str], longest: int) -> Waiting[str]:
    """Consume the allowed characters, at least one."""
    while True:
        match = allowed.match(source.text, source.place)
        end = match.end() if match else source.place
        if end - source.place > longest:
            raise UnreadableMarkup
        if end < len(source.text) or source.ended:
            if end == source.place:
                raise UnreadableMarkup
            text = source.text[source.place : end]
            source.place = end
            return text
        yield


def until(source: MarkupSource, end: re.Pattern[str], *, optional: bool = False) -> Waiting[str]:
    """Consume the text up to and including an ending, and return the text before the ending.

    Args:
        source: The text.
        end: The ending. A match must not become longer with further characters.
        optional: Whether the end of the text also counts.
    """
    begin = searched = source.place
    while True:
        if match := end.search(source.text, searched):
            source.place = match.end()
            return source.text[begin : match.start()]
        if source.ended:
            if not optional:
                raise UnreadableMarkup
            source.place = len(source.text)
            return source.text[begin:]
        searched = max(begin, len(source.text) - 64)  # longer than any ending
        yield
