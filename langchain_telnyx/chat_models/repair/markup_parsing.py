"""Incremental parsing: a parser is a generator that waits, by a bare `yield`, for more text.

A parser decides by the characters alone and never by where the text was cut, so that it finds the
same in any split of it.
"""

import re
from collections.abc import Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
Waiting: TypeAlias = Generator[None, None, T]

# A function's name in tags, and among special tokens, where engines put blanks and more around it.
NAME_IN_TAGS, LONGEST_IN_TAGS = re.compile(r"[\w.:/\-]*"), 128
NAME_IN_TOKENS, LONGEST_IN_TOKENS = re.compile(r"[\w.:/\- ]*"), 200
# `<|name|>`, in the bars of ASCII and of DeepSeek.
TOKEN = re.compile(r"<[|｜]([^|｜<>\n]{1,40})[|｜]>")
# What may still become one.
BEGUN_TOKEN = re.compile(r"<(?:[|｜](?:[^|｜<>\n]{1,40}[|｜]?)?)?")
# DeepSeek writes a sign for the blank between words of a token, Markdown escapes the underscore.
_BLANK = re.compile(r"\\_|[▁ ]")


class UnreadableMarkup(Exception):  # noqa: N818 - it says what the text is
    """The text is no markup of this kind."""


class FoundCall(NamedTuple):
    """A call in markup.

    Attributes:
        name: The function's name as it stands there.
        arguments: The arguments as they stand there: text that is to be a JSON object, or an
            object whose values still have to be read by the function's schema (see `Raw`).
        identity: The call's id, if it has one.
        start: Where its markup begins.
        end: Where its markup ends.
    """

    name: str
    arguments: Any
    identity: str | None
    start: int
    end: int


class Raw(str):
    """The text of an argument that may stand for something else, such as a number."""

    __slots__ = ()


class NonCall(NamedTuple):
    """Something in markup that is no call.

    Attributes:
        text: Reasoning in it.
    """

    text: str


class MarkupSource:
    """A text as far as it has come.

    Attributes:
        text: The text.
        place: How far it is read.
        ended: Whether nothing more will come.
        is_first: Whether no text came before it.
        found: What was found in it.
    """

    __slots__ = ("ended", "found", "is_first", "place", "text")

    def __init__(self, text: str, *, is_first: bool = False) -> None:
        self.text = text
        self.place = 0
        self.ended = False
        self.is_first = is_first
        self.found: list[FoundCall | NonCall] = []


def peek(source: MarkupSource, *options: str) -> Waiting[str | None]:
    """Return the one of some literals that stands here; none is the beginning of another."""
    while True:
        rest = source.text[source.place : source.place + max(map(len, options))]
        for option in options:
            if rest.startswith(option):
                return option
        if source.ended or not any(option.startswith(rest) for option in options):
            return None
        yield


def literal(source: MarkupSource, *options: str) -> Waiting[str]:
    """Step over one of some literals."""
    found = yield from peek(source, *options)
    if found is None:
        raise UnreadableMarkup
    source.place += len(found)
    return found


def token(source: MarkupSource) -> Waiting[str | None]:
    """Step over a special token, and return its name; `None` where none stands here."""
    while True:
        if match := TOKEN.match(source.text, source.place):
            source.place = match.end()
            return token_name(match[1])
        rest = source.text[source.place :]
        if source.ended or (rest and not BEGUN_TOKEN.fullmatch(rest)):
            return None
        yield


def token_name(name: str) -> str:
    """Return the name of a special token in one spelling."""
    return _BLANK.sub("_", name)


def spaces(source: MarkupSource) -> Waiting[None]:
    """Step over white space."""
    while True:
        rest = source.text[source.place :]
        if (text := rest.lstrip()) or source.ended:
            source.place += len(rest) - len(text)
            return
        yield


def run(source: MarkupSource, allowed: re.Pattern[str], longest: int) -> Waiting[str]:
    """Step over as many of the allowed characters as there are, at least one."""
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
    """Return the text before an ending, and stand behind it.

    Args:
        source: The text.
        end: The ending. Of one that matches, no further character may make it longer.
        optional: Whether the end of the text is one.
    """
    begin = looked = source.place
    while True:
        if match := end.search(source.text, looked):
            source.place = match.end()
            return source.text[begin : match.start()]
        if source.ended:
            if not optional:
                raise UnreadableMarkup
            source.place = len(source.text)
            return source.text[begin:]
        looked = max(begin, len(source.text) - 64)  # longer than any ending
        yield
