"""Regular expressions that callers send: matched in bounded time, whatever they are.

google-re2 matches in linear time where it is installed and knows the construct. Everything else is
matched by `regex`, which stops when its time is up and lets other threads run meanwhile; `re`
can do neither.
"""

import re
import threading
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol, cast

import regex

from langchain_telnyx.emulator.model import work
from langchain_telnyx.emulator.model.refusal import Refusal

LONGEST = 4_000
"""Characters of a pattern."""
WIDEST = 10_000
"""Characters that a match must have at least."""
_LARGEST = 50_000
_lock = threading.Lock()
_SLOWEST = 1.0


class PatternError(ValueError):
    """A pattern is no regular expression of Python's dialect."""


class Tree(Protocol):
    """A parsed pattern: a sequence of pairs of an opcode and its arguments."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]: ...

    def getwidth(self) -> tuple[int, int]:
        """Return how long a match is at least and at most."""
        ...


class Pattern:
    """A pattern that a caller sent.

    Args:
        pattern: A regular expression of Python's dialect.

    Attributes:
        tree: What it was parsed to.

    Raises:
        PatternError: It is none.
        Refusal: It is too long, or repeats too much.
    """

    def __init__(self, pattern: str) -> None:
        # Warnings are about what may come to mean something else; the lock is for their filters.
        with _lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = _parsed(pattern)
            self._linear = _linear(pattern)
            try:
                self._bounded = regex.compile(pattern, regex.VERSION0)
            except regex.error as error:
                raise PatternError(str(error)) from error

    def search(self, text: str) -> bool:
        """Tell whether it matches any part of a text.

        Raises:
            Refusal: That takes too long to find out.
        """
        if self._linear is not None and _is_plain(text):
            work.spend()
            return self._linear.search(text) is not None
        with _stopped_in_time() as seconds:
            return self._bounded.search(text, timeout=seconds) is not None

    def fullmatch(self, text: str) -> bool:
        """Tell whether it matches the whole of a text.

        Raises:
            Refusal: That takes too long to find out.
        """
        if self._linear is not None and _is_plain(text):
            work.spend()
            return self._linear.fullmatch(text) is not None
        with _stopped_in_time() as seconds:
            return self._bounded.fullmatch(text, timeout=seconds) is not None

    def finditer(self, text: str) -> Iterator[str]:
        """Find its matches in a text, one after the other.

        Raises:
            Refusal: That takes too long.
        """
        if self._linear is not None and _is_plain(text):
            for match in self._linear.finditer(text):
                # Each match is found in linear time, all of them are not.
                work.spend(1 + len(text) // 1000)
                yield match[0]
            return
        with _stopped_in_time() as seconds:
            for match in self._bounded.finditer(text, timeout=seconds):
                work.spend()
                yield match[0]


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """Return a pattern, made ready once.

    Raises:
        PatternError: It is no regular expression.
        Refusal: It is too long, or repeats too much.
    """
    return Pattern(pattern)


def found_in_time(pattern: "regex.Pattern[str]", text: str) -> "regex.Match[str] | None":
    """Search a long text for one of our own patterns.

    Raises:
        Refusal: That takes too long.
    """
    with _stopped_in_time() as seconds:
        return pattern.search(text, timeout=seconds)


class _stopped_in_time:  # noqa: N801 - reads as the context manager that it is
    """Gives one match its time, and refuses the request when that is over."""

    def __enter__(self) -> float:
        with work.bounded() as mine:
            mine.spend()
            return min(_SLOWEST, mine.seconds_left())

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, TimeoutError):
            raise work.too_much()


def _parsed(pattern: str) -> Tree:
    if len(pattern) > LONGEST:
        raise Refusal(f"A pattern has {len(pattern)} characters; {LONGEST} are allowed.")
    # The parser alone: compiling with `re` spells out large sets.
    parser = import_module("re._parser")
    try:
        tree = cast("Tree", parser.parse(pattern))
        if tree.getwidth()[0] > WIDEST or _size(tree) > _LARGEST:
            raise work.too_much()
    except (re.error, OverflowError) as error:
        raise PatternError(str(error)) from error
    except RecursionError as error:
        raise work.too_much() from error
    return tree


def _size(tree: Any) -> int:
    """Count the nodes of a pattern as engines lay them out: a repetition's as often as it must."""
    total = 0
    for _, arguments in tree:
        total += _size_of(arguments)
        if total > _LARGEST:
            return total
    return total


def _size_of(arguments: Any) -> int:
    if hasattr(arguments, "getwidth"):
        return _size(arguments)
    if isinstance(arguments, tuple) and len(arguments) == _OF_REPETITION:
        least, most, inner = arguments
        if isinstance(least, int) and isinstance(most, int) and hasattr(inner, "getwidth"):
            return 2 * max(1, least) * _size(inner)
    if isinstance(arguments, list | tuple):
        return 1 + sum(map(_size_of, arguments))
    return 1


_OF_REPETITION = 3


def _linear(pattern: str) -> Any:
    """Compile with google-re2, if it is installed and takes the pattern."""
    if _RE2 is None or not pattern.isascii():
        return None
    options = _RE2.Options()
    options.log_errors = False
    try:
        return _RE2.compile(pattern, options=options)
    except _RE2.error:
        return None


def _is_plain(text: str) -> bool:
    """Tell whether google-re2 and Python mean the same by each class and anchor in this text."""
    return text.isascii() and not text.endswith("\n") and "\v" not in text


def _load_re2() -> Any:
    try:
        module = import_module("re2")
    except ImportError:
        return None
    # Another package of that name falls back to `re` and its exponential time.
    return module if hasattr(module, "Options") else None


_RE2 = _load_re2()
