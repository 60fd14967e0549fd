"""Strings that match a regular expression: from the text, or generated."""

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

import regex

from langchain_telnyx.emulator.model import patterns, work_budget

_T = TypeVar("_T")

_ATTEMPTS = 40
_MAX_REPEATS = 100


def matching(pattern: str, text: str, *, whole: bool) -> Iterator[str]:
    """Yield strings that match `pattern`, first those in `text`, then generated ones.

    Args:
        pattern: A regular expression in Python's syntax.
        text: The text to search.
        whole: Whether the whole string must match (`guided_regex`), or any part of it (the
            `pattern` of a JSON schema).

    Raises:
        PatternError: If `pattern` is not a regular expression.
        Refusal: If matching or generating takes too long.
    """
    with work_budget.limited():
        compiled = patterns.compiled(pattern)
        matches = compiled.fullmatch if whole else compiled.search
        yield from (found for found in _found(compiled, text) if found and matches(found))
        for attempt in range(_ATTEMPTS):
            try:
                made = _Generator(attempt).generate(compiled.tree)
            except _NotGeneratedError:
                return
            if matches(made):
                yield made


def _found(compiled: patterns.Pattern, text: str) -> Iterator[str]:
    """Yield matches in the text; words are also matched alone, for anchored patterns."""
    yield from compiled.finditer(text)
    for word in regex.finditer(r"\S+", text):
        bare = word[0].strip(".,;:!?\"'()`")
        if compiled.fullmatch(bare):
            yield bare


class _NotGeneratedError(Exception):
    """A pattern has an unsupported construct, or its matches are too long."""


class _Generator:
    """Generates simple matches: few repetitions, letters before other characters.

    Attempt 0 uses the minimum everywhere; each later attempt varies more. An attempt always gives
    the same string.
    """

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt
        self._random = Random(attempt)  # noqa: S311 - not for secrets
        self._groups: dict[int, str] = {}
        self._length = 0
        self._generators: Mapping[str, Callable[[Any], str]] = {
            "LITERAL": self._literal,
            "NOT_LITERAL": lambda code: self._one_of([("NEGATE", None), ("LITERAL", code)]),
            "ANY": lambda _: self._one_of([("NEGATE", None), ("LITERAL", ord("\n"))]),
            "IN": lambda items: self._one_of([(str(kind), value) for kind, value in items]),
            "AT": lambda _: "",
            "BRANCH": lambda value: self.generate(self._choice(value[1])),
            "SUBPATTERN": lambda value: self._group(value[0], value[-1]),
            "ATOMIC_GROUP": self.generate,
            "ASSERT": lambda value: self.generate(value[1]),
            "ASSERT_NOT": lambda _: "",
            "GROUPREF": self._group_again,
            "MAX_REPEAT": lambda value: self._repeat(*value),
            "MIN_REPEAT": lambda value: self._repeat(*value),
            "POSSESSIVE_REPEAT": lambda value: self._repeat(*value),
        }

    def generate(self, tree: patterns.Tree) -> str:
        """Generate a match of a parsed pattern.

        Raises:
            _NotGeneratedError: The pattern is not supported.
            Refusal: Generating takes too long.
        """
        made: list[str] = []
        for kind, arguments in tree:
            work_budget.spend()
            generator = self._generators.get(str(kind))
            if generator is None or self._length > patterns.MAX_MATCH_LENGTH:
                raise _NotGeneratedError
            made.append(generator(arguments))
        return "".join(made)

    def _literal(self, code: int) -> str:
        self._length += 1
        return chr(code)

    def _group(self, number: int | None, tree: patterns.Tree) -> str:
        made = self.generate(tree)
        if number is not None:
            self._groups[number] = made
        return made

    def _group_again(self, number: int) -> str:
        if number not in self._groups:
            raise _NotGeneratedError
        self._length += len(self._groups[number])
        return self._groups[number]

    def _repeat(self, least: int, most: int, tree: patterns.Tree) -> str:
        times = least
        if self._attempt:
            most = max(least, min(most, _MAX_REPEATS, least + self._attempt))
            times = self._random.randint(least, most)
        return "".join(self.generate(tree) for _ in range(times))

    def _one_of(self, items: Sequence[tuple[str, Any]]) -> str:
        self._length += 1
        work_budget.spend(len(items))
        negated = items[0][0] == "NEGATE"
        members = items[1:] if negated else items
        allowed = [
            character
            for character in _CHARACTERS
            if any(_contains(character, *item) for item in members) != negated
        ]
        if not allowed and not negated:
            allowed = [chr(value[0] if kind == "RANGE" else value) for kind, value in members]
        if not allowed:
            raise _NotGeneratedError
        return self._choice(allowed)

    def _choice(self, options: Sequence[_T]) -> _T:
        return self._random.choice(options) if self._attempt else options[0]


def _contains(character: str, kind: str, value: Any) -> bool:
    """Return whether an item of a set contains a character."""
    if kind == "LITERAL":
        return bool(ord(character) == value)
    if kind == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    contains, expected = _CATEGORIES[str(value)]
    found: bool = contains(character)
    return found is expected


_CATEGORIES: Mapping[str, tuple[Callable[[str], bool], bool]] = {
    f"CATEGORY_{'' if expected else 'NOT_'}{name}": (contains, expected)
    for name, contains in (
        ("DIGIT", str.isdigit),
        ("SPACE", str.isspace),
        ("WORD", lambda character: character.isalnum() or character == "_"),
    )
    for expected in (True, False)
}
_PREFERRED = string.ascii_lowercase + string.ascii_uppercase + string.digits
_CHARACTERS = _PREFERRED + " " + "".join(sorted(set(string.printable) - {*_PREFERRED, " "}))
