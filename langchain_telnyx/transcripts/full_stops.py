"""Determines whether a full stop ends a sentence: abbreviations, initials, ordinals, numbers."""

from collections.abc import Sequence
from itertools import pairwise

import regex

from langchain_telnyx.transcripts.abbreviations import abbreviations, common

_CORE = regex.compile(r"[\p{L}\p{N}].*", regex.DOTALL)
_TAIL = regex.compile(r"[^\p{L}\p{M}\p{N}]+$")
_ALPHABETIC = r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Arabic}\p{Hebrew}\p{Armenian}]"
_LETTER = regex.compile(rf"(?=\p{{L}}){_ALPHABETIC}\p{{M}}*")
_INITIALS = regex.compile(r"\p{Lu}\p{Ll}?\.?(?:-\p{Lu}\p{Ll}?\.?)+")
_SYLLABLE = regex.compile(
    r"[\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Gujarati}\p{Kannada}\p{Malayalam}]+"
)
_SIGN = regex.compile(r"[\p{L}\p{N}]")
_CAPITAL = regex.compile(r"\p{Lu}")
_GRAPHEME = regex.compile(r"\X")
_SURE_END = regex.compile(r"(?:[?!\u061f]|\p{L}{5,}\.)$")
_ACRONYM = regex.compile(r"\p{L}{1,2}(?:\.\p{L}{1,3})+")
_ELIDED = regex.compile(r"^(?i:l|d|qu|all|dell|nell|sull|un)['\u2019]")
# An abbreviation that is not in a list, such as `Bhf.`.
_CONSONANTS = regex.compile(
    r"(?V1)[b-df-hj-np-tv-xz\u00df[\u0431-\u0449--[\u0435\u0438\u0439\u043e\u0443]]]{2,}"
)
# Languages in which a number with a full stop is an ordinal.
_ORDINALS = frozenset("bs cs da de et fi fo hr hu is lb lv no pl sk sl sr tr".split())  # noqa: SIM905
# German words that are not English words.
_SURELY_GERMAN = frozenset(("vom", "zum", "zur", "beim", "der", "dem", "des", "das"))
_CLOCK = frozenset(("am", "pm", "a.m", "p.m"))
_LONGEST_ORDINAL = 3
_PAIR = 2  # letters, as in `EE. UU.`


def first_sign(word: str) -> str:
    """Return the first letter or digit of a word, or nothing."""
    found = _SIGN.search(word)
    return str(found[0]) if found else ""


def is_lower(word: str) -> bool:
    """Return whether a word starts with a lowercase letter, except for names like iPhone."""
    return first_sign(word).islower() and not _CAPITAL.search(word)


def has_capitals(words: Sequence[str]) -> bool:
    """Return whether sentences start with capital letters in these words."""
    if not any(_CAPITAL.search(word) for word in words):
        return False
    begun = [
        first_sign(after)
        for word, after in pairwise(words)
        if _SURE_END.search(word) and first_sign(after).isalpha()
    ]
    return sum(sign.isupper() for sign in begun) * 2 >= len(begun)


class FullStops:
    """The full stops of a run of words.

    Args:
        words: The words, with their marks.
        code: The letters of their language, where it is known.
    """

    def __init__(self, words: Sequence[str], code: str | None) -> None:
        self._words = words
        self._code = code
        self._known = abbreviations(code)
        self._cased = has_capitals(words)

    def ends(self, position: int) -> bool:
        """Return whether a sentence ends with this word, which ends with a full stop."""
        core, after = self._core(position), self._core(position + 1)
        if not core or not after:
            return True
        if self._cased and is_lower(after):
            return False
        if core.isdecimal():
            return self._number(position, core, after)
        return self._word(position, core, after)

    def _word(self, position: int, core: str, after: str) -> bool:
        letter = _LETTER.fullmatch(core)
        ends = self._spaced(position) if letter or len(core) == _PAIR else None
        if ends is None and (letter or _INITIALS.fullmatch(core)):
            return self._letter(position, core, after)
        if ends is None:
            ends = self._abbreviation(_ELIDED.sub("", core), position)
        if ends is not None:
            return ends
        if self._is_syllable(position) and self._in_row(position):
            return False
        if first_sign(after).isdecimal() and core.islower() and _CONSONANTS.fullmatch(core):
            return False
        return not _ACRONYM.fullmatch(core) or self._sticky(after)

    def _abbreviation(self, core: str, position: int) -> bool | None:
        """Return whether a sentence ends after an abbreviation; `None` for other words."""
        known, after, before = self._known, self._core(position + 1), self._core(position - 1)
        capital = core[0].isupper() or not self._cased
        key = core.casefold()
        digit = first_sign(after).isdecimal()
        if key in known.number and digit:
            return False
        if key == "\u0433" and before[-1:].isdecimal():  # a year, otherwise a town
            return True
        if known.is_name(core, capital=capital) or key in known.inside:
            return False
        if key in known.last:
            return self._last(key, before, after)
        if key in known.sticky or (key.endswith("str") and self._code in {None, "de"}):
            return self._sticky(after)
        return None

    def _last(self, key: str, before: str, after: str) -> bool:
        if first_sign(after).isdecimal():
            return not before[-1:].isdecimal()
        lower = after.casefold()
        if not self._cased and first_sign(after).islower():
            return lower in common("pronouns")
        return not (key in _CLOCK and lower in common("after_clock"))

    def _sticky(self, after: str) -> bool:
        if not self._cased and first_sign(after).islower():
            return after.casefold() in common("pronouns")
        return after.casefold() in self._known.starters

    def _letter(self, position: int, core: str, after: str) -> bool:
        """Return whether a single letter is the last word of a sentence, not an initial."""
        before = self._core(position - 1)
        if before.casefold() in common("labels"):
            return True
        if self._is_letter(position + 1):
            return False
        if (ends := self._abbreviation(core, position)) is not None:
            return ends
        if core == "I" and self._code in {None, "en"} and not self._is_letter(position - 1):
            return True
        if first_sign(core).islower():
            return True
        return after.casefold() in self._known.starters

    def _number(self, position: int, core: str, after: str) -> bool:
        before, lower = self._core(position - 1).casefold(), after.casefold()
        if self._code == "de" or self._code is None:
            german = common("before_ordinals") if self._code else _SURELY_GERMAN
            if lower in common("german_numbered") and (
                self._code or before in common("before_ordinals")
            ):
                return False
            if (
                len(core) > _LONGEST_ORDINAL
                or lower in self._known.starters
                or first_sign(after).isdecimal()
            ):
                return True
            return not (before in german or (self._code and not before))
        return self._code not in _ORDINALS or not first_sign(after).islower()

    def _spaced(self, position: int) -> bool | None:
        """Return the same for an abbreviation with spaces, such as `z. B.`, that ends here."""
        cores = [self._core(position)]
        for place in range(position - 1, max(-1, position - 4), -1):
            core = self._core(place)
            if not self._words[place].endswith(".") or len(core) != len(cores[0]):
                break
            cores.insert(0, core)
        for first in range(len(cores) - 1):
            ends = self._abbreviation(".".join(cores[first:]), position)
            if ends is not None:
                return ends
        return None

    def _core(self, position: int) -> str:
        """Return a word without surrounding punctuation."""
        if not 0 <= position < len(self._words):
            return ""
        found = _CORE.search(self._words[position])
        return str(_TAIL.sub("", found[0])) if found else ""

    def _is_letter(self, position: int) -> bool:
        inside = 0 <= position < len(self._words)
        return (
            inside
            and "." in self._words[position]
            and bool(_LETTER.fullmatch(self._core(position)))
        )

    def _is_syllable(self, position: int) -> bool:
        core = self._core(position)
        return bool(_SYLLABLE.fullmatch(core)) and len(_GRAPHEME.findall(core)) == 1

    def _in_row(self, position: int) -> bool:
        return any(
            self._is_syllable(place) and self._words[place].endswith(".")
            for place in (position - 1, position + 1)
            if 0 <= place < len(self._words)
        )
