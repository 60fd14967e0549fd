"""Regular expressions of requests, matched in bounded time.

google-re2 matches in linear time, if it is installed and supports the construct. Everything else is
matched by `regex`, which has a timeout and releases the GIL; `re` has neither.
"""

import re
import threading
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol, cast

import regex

from langchain_telnyx.emulator.model import work_budget
from langchain_telnyx.emulator.model.refusal import Refusal

MAX_PATTERN_LENGTH = 4_000
"""The most characters of a pattern."""
MAX_MATCH_LENGTH = 10_000
"""The most characters that the shortest match of a pattern may have."""
_MAX_NODES = 50_000
_lock = threading.Lock()
_MAX_SECONDS = 1.0


class PatternError(ValueError):
    """A pattern is not a valid regular expression in Python's syntax."""


class Tree(Protocol):
    """A parsed pattern: a sequence of pairs of an opcode and its arguments."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]: ...

    def getwidth(self) -> tuple[int, int]:
        """Return the least and the greatest length of a match."""
        ...


class Pattern:
    """A pattern from a request.

    Args:
        pattern: A regular expression in Python's syntax.

    Attributes:
        tree: The parsed pattern.

    Raises:
        PatternError: It is invalid.
        Refusal: It is too long, or repeats too much.
    """

    def __init__(self, pattern: str) -> None:
        # Warnings about future syntax changes do not matter; their filters need the lock.
        with _lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = _parsed(pattern)
            self._linear = _linear(pattern)
            try:
                self._bounded = regex.compile(pattern, regex.VERSION0)
            except regex.error as error:
                raise PatternError(str(error)) from error

    def search(self, text: str) -> bool:
        """Return whether it matches any part of a text.

        Raises:
            Refusal: Matching takes too long.
        """
        if self._linear is not None and _is_portable(text):
            work_budget.spend()
            return self._linear.search(text) is not None
        with _match_timeout() as seconds:
            return self._bounded.search(text, timeout=seconds) is not None

    def fullmatch(self, text: str) -> bool:
        """Return whether it matches the whole of a text.

        Raises:
            Refusal: Matching takes too long.
        """
        if self._linear is not None and _is_portable(text):
            work_budget.spend()
            return self._linear.fullmatch(text) is not None
        with _match_timeout() as seconds:
            return self._bounded.fullmatch(text, timeout=seconds) is not None

    def finditer(self, text: str) -> Iterator[str]:
        """Yield its matches in a text.

        Raises:
            Refusal: Matching takes too long.
        """
        if self._linear is not None and _is_portable(text):
            for match in self._linear.finditer(text):
                # One match takes linear time, all matches can take more.
                work_budget.spend(1 + len(text) // 1000)
                yield match[0]
            return
        with _match_timeout() as seconds:
            for match in self._bounded.finditer(text, timeout=seconds):
                work_budget.spend()
                yield match[0]


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """Return a compiled pattern, from a cache.

    Raises:
        PatternError: It is not a regular expression.
        Refusal: It is too long, or repeats too much.
    """
    return Pattern(pattern)


def search_bounded(pattern: "regex.Pattern[str]", text: str) -> "regex.Match[str] | None":
    """Search a long text for one of the emulator's own patterns.

    Raises:
        Refusal: Matching takes too long.
    """
    with _match_timeout() as seconds:
        return pattern.search(text, timeout=seconds)


class _match_timeout:  # noqa: N801 - a context manager
    """Returns the timeout of one match, and refuses the request after it."""

    def __enter__(self) -> float:
        with work_budget.limited() as budget:
            budget.spend()
            return min(_MAX_SECONDS, budget.seconds_left())

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, TimeoutError):
            raise work_budget.budget_exceeded()


def _parsed(pattern: str) -> Tree:
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise Refusal(f"A pattern has {len(pattern)} characters; {MAX_PATTERN_LENGTH} are allowed.")
    # Only parse: compiling with `re` expands large sets.
    parser = import_module("re._parser")
    try:
        tree = cast("Tree", parser.parse(pattern))
        if tree.getwidth()[0] > MAX_MATCH_LENGTH or _size(tree) > _MAX_NODES:
            raise work_budget.budget_exceeded()
    except (re.error, OverflowError) as error:
        raise PatternError(str(error)) from error
    except RecursionError as error:
        raise work_budget.budget_exceeded() from error
    return tree


def _size(tree: Any) -> int:
    """Count the nodes of a pattern as engines expand them: once for each repetition."""
    total = 0
    for _, arguments in tree:
        total += _size_of(arguments)
        if total > _MAX_NODES:
            return total
    return total


def _size_of(arguments: Any) -> int:
    if hasattr(arguments, "getwidth"):
        return _size(arguments)
    if isinstance(arguments, tuple) and len(arguments) == _REPETITION_ARGUMENTS:
        least, most, inner = arguments
        if isinstance(least, int) and isinstance(most, int) and hasattr(inner, "getwidth"):
            return 2 * max(1, least) * _size(inner)
    if isinstance(arguments, list | tuple):
        return 1 + sum(map(_size_of, arguments))
    return 1


_REPETITION_ARGUMENTS = 3


def _linear(pattern: str) -> Any:
    """Compile with google-re2, if it is installed and supports the pattern."""
    if _RE2 is None or not pattern.isascii():
        return None
    options = _RE2.Options()
    options.log_errors = False
    try:
        return _RE2.compile(pattern, options=options)
    except _RE2.error:
        return None


def _is_portable(text: str) -> bool:
    """Return whether google-re2 and Python agree on all classes and anchors in this text."""
    return text.isascii() and not text.endswith("\n") and "\v" not in text


def _load_re2() -> Any:
    try:
        module = import_module("re2")
    except ImportError:
        return None
    # Another package of that name falls back to `re`, which takes exponential time.
    return module if hasattr(module, "Options") else None


_RE2 = _load_re2()
