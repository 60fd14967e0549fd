"""Strings that match a regular expression: found in the text, or the plainest that can be made."""

import re
import string
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import rstr

if TYPE_CHECKING:
    from _typeshed import SupportsLenAndGetItem

_T = TypeVar("_T")

_ATTEMPTS = 40
# rstr spells out every repetition; a pattern that asks for more is no pattern for an emulator.
_LONGEST = 10_000


def matching(pattern: str, text: str, *, whole: bool) -> Iterator[str]:
    """Offer strings that match `pattern`, those that stand in `text` first.

    Args:
        pattern: A regular expression of Python's dialect.
        text: Where to look for a match.
        whole: Whether the whole string must match (`guided_regex`), or any part of it (the
            `pattern` of a JSON schema).

    Raises:
        re.error: If `pattern` is no regular expression.
    """
    compiled = re.compile(pattern)
    matches = compiled.fullmatch if whole else compiled.search
    yield from (match[0] for match in _words_of(compiled, text) if match[0] and matches(match[0]))
    for attempt in range(_ATTEMPTS):
        try:
            made = rstr.Rstr(_Plainest(attempt)).xeger(pattern)
        except (KeyError, IndexError, ValueError, OverflowError, RecursionError):
            return  # a construct that cannot be run backwards, such as a look-behind
        if len(made) <= _LONGEST and matches(made):
            yield made


def _words_of(compiled: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Match anywhere in the text; an anchored pattern is tried at the start of each word."""
    yield from compiled.finditer(text)
    for word in re.finditer(r"\S+", text):
        bare = word[0].strip(".,;:!?\"'()`")
        if match := compiled.fullmatch(bare):
            yield match


class _Plainest(Random):
    """Chooses what reads plainest: the fewest repetitions, letters before signs.

    The first attempt (0) takes the least everywhere; each later one strays a little further, always
    in the same way.
    """

    def __init__(self, attempt: int) -> None:
        super().__init__(attempt)
        self._attempt = attempt

    def choice(self, seq: "SupportsLenAndGetItem[_T]") -> _T:
        # rstr passes sets turned to lists, whose order differs between runs.
        ranked: list[Any] = [seq[index] for index in range(len(seq))]
        if all(isinstance(item, str) for item in ranked):
            ranked.sort(key=lambda item: (_PREFERENCE.find(item) % 1000, item))
        chosen: _T = ranked[0] if self._attempt == 0 else super().choice(ranked)
        return chosen

    def randint(self, a: int, b: int) -> int:
        return a if self._attempt == 0 else super().randint(a, min(b, a + self._attempt))


_PREFERENCE = string.ascii_lowercase + string.ascii_uppercase + string.digits
