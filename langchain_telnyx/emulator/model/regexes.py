"""Strings that match a regular expression: found in the text, or the plainest that can be made."""

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

import regex

from langchain_telnyx.emulator.model import patterns, work

_T = TypeVar("_T")

_ATTEMPTS = 40
_MOST_REPEATS = 100


def matching(pattern: str, text: str, *, whole: bool) -> Iterator[str]:
    """Offer strings that match `pattern`, those that stand in `text` first.

    Args:
        pattern: A regular expression of Python's dialect.
        text: Where to look for a match.
        whole: Whether the whole string must match (`guided_regex`), or any part of it (the
            `pattern` of a JSON schema).

    Raises:
        PatternError: If `pattern` is no regular expression.
        Refusal: If it takes too long to match or to make a match of.
    """
    with work.bounded():
        compiled = patterns.compiled(pattern)
        matches = compiled.fullmatch if whole else compiled.search
        yield from (found for found in _found(compiled, text) if found and matches(found))
        for attempt in range(_ATTEMPTS):
            try:
                made = _Maker(attempt).make(compiled.tree)
            except _UnmakeableError:
                return
            if matches(made):
                yield made


def _found(compiled: patterns.Pattern, text: str) -> Iterator[str]:
    """Match anywhere in the text; an anchored pattern is tried at the start of each word."""
    yield from compiled.finditer(text)
    for word in regex.finditer(r"\S+", text):
        bare = word[0].strip(".,;:!?\"'()`")
        if compiled.fullmatch(bare):
            yield bare


class _UnmakeableError(Exception):
    """A pattern has a construct that cannot be run backwards, or its matches grow too long."""


class _Maker:
    """Makes what reads plainest: the fewest repetitions, letters before signs.

    The first attempt (0) takes the least everywhere; each later one strays a little further, always
    in the same way.
    """

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt
        self._random = Random(attempt)  # noqa: S311 - not for secrets
        self._groups: dict[int, str] = {}
        self._length = 0
        self._makers: Mapping[str, Callable[[Any], str]] = {
            "LITERAL": self._literal,
            "NOT_LITERAL": lambda code: self._one_of([("NEGATE", None), ("LITERAL", code)]),
            "ANY": lambda _: self._one_of([("NEGATE", None), ("LITERAL", ord("\n"))]),
            "IN": lambda items: self._one_of([(str(kind), value) for kind, value in items]),
            "AT": lambda _: "",
            "BRANCH": lambda value: self.make(self._choice(value[1])),
            "SUBPATTERN": lambda value: self._group(value[0], value[-1]),
            "ATOMIC_GROUP": self.make,
            "ASSERT": lambda value: self.make(value[1]),
            "ASSERT_NOT": lambda _: "",
            "GROUPREF": self._again,
            "MAX_REPEAT": lambda value: self._repeat(*value),
            "MIN_REPEAT": lambda value: self._repeat(*value),
            "POSSESSIVE_REPEAT": lambda value: self._repeat(*value),
        }

    def make(self, tree: patterns.Tree) -> str:
        """Make a match of a parsed pattern.

        Raises:
            _UnmakeableError: It cannot be done.
            Refusal: It takes too long.
        """
        made: list[str] = []
        for kind, arguments in tree:
            work.spend()
            maker = self._makers.get(str(kind))
            if maker is None or self._length > patterns.WIDEST:
                raise _UnmakeableError
            made.append(maker(arguments))
        return "".join(made)

    def _literal(self, code: int) -> str:
        self._length += 1
        return chr(code)

    def _group(self, number: int | None, tree: patterns.Tree) -> str:
        made = self.make(tree)
        if number is not None:
            self._groups[number] = made
        return made

    def _again(self, number: int) -> str:
        if number not in self._groups:
            raise _UnmakeableError
        self._length += len(self._groups[number])
        return self._groups[number]

    def _repeat(self, least: int, most: int, tree: patterns.Tree) -> str:
        times = least
        if self._attempt:
            most = max(least, min(most, _MOST_REPEATS, least + self._attempt))
            times = self._random.randint(least, most)
        return "".join(self.make(tree) for _ in range(times))

    def _one_of(self, items: Sequence[tuple[str, Any]]) -> str:
        self._length += 1
        work.spend(len(items))
        negated = items[0][0] == "NEGATE"
        wanted = items[1:] if negated else items
        usual = [sign for sign in _USUAL if any(_holds(sign, *item) for item in wanted) != negated]
        if not usual and not negated:
            usual = [chr(value[0] if kind == "RANGE" else value) for kind, value in wanted]
        if not usual:
            raise _UnmakeableError
        return self._choice(usual)

    def _choice(self, options: Sequence[_T]) -> _T:
        return self._random.choice(options) if self._attempt else options[0]


def _holds(sign: str, kind: str, value: Any) -> bool:
    """Tell whether an item of a set holds a sign."""
    if kind == "LITERAL":
        return bool(ord(sign) == value)
    if kind == "RANGE":
        return bool(value[0] <= ord(sign) <= value[1])
    holds, wanted = _CATEGORIES[str(value)]
    found: bool = holds(sign)
    return found is wanted


_CATEGORIES: Mapping[str, tuple[Callable[[str], bool], bool]] = {
    f"CATEGORY_{'' if wanted else 'NOT_'}{name}": (holds, wanted)
    for name, holds in (
        ("DIGIT", str.isdigit),
        ("SPACE", str.isspace),
        ("WORD", lambda sign: sign.isalnum() or sign == "_"),
    )
    for wanted in (True, False)
}
_PREFERENCE = string.ascii_lowercase + string.ascii_uppercase + string.digits
_USUAL = _PREFERENCE + " " + "".join(sorted(set(string.printable) - {*_PREFERENCE, " "}))
