"""Splits words of models into sentences, by the rules of their language.

What ends a sentence is Sentence_Terminal of UAX #29, as `regex` has it. Whether a full stop does is
decided by the word before it and by the word after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from langchain_telnyx.transcripts.abbreviations import common
from langchain_telnyx.transcripts.full_stops import FullStops, has_capitals, is_lower
from langchain_telnyx.transcripts.languages import language_code
from langchain_telnyx.transcripts.marks import (
    CLOSER,
    END,
    ONLY_AFTER,
    ONLY_BEFORE,
    STRAY_AFTER,
    STRAY_BEFORE,
    plain_quotes,
)

_TAIL = regex.compile(rf"({END}+)({CLOSER}*)\s*$")
_ELLIPSIS = regex.compile(r"[\u2026\u22ef\u2025]+|\.{2,}")
_DASH = regex.compile(r"[\u2010-\u2015\u2212-]+")
# The end of a sentence within a word of the model.
_PART = regex.compile(
    rf"(?V1).+?(?:[\p{{Sentence_Terminal}}--[.!?\uff0e]]+{CLOSER}*(?!{CLOSER})"
    rf"(?=[^\s\p{{Sentence_Terminal}}\u2026,;:\u3001\uff0c])|{END}+{CLOSER}*(?=\s)|$)",
    regex.DOTALL,
)
# Words that continue the sentence after a Japanese quotation.
_PARTICLES = frozenset(
    ["と", "って", "を", "が", "は", "の", "に", "も", "で", "など", "という", "とか", "だ", "です"]
)
_QUOTATIVE = regex.compile(
    r"(?:\u3068(?!\u3066\u3082|\u3053\u308d|\u306b\u304b\u304f|\u308a\u3042\u3048\u305a|\u3082\u304b\u304f"
    r"|\u306a\u308a|\u304d)|\u3063\u3066)"
)
# The speaker after a Chinese quotation; a new sentence starts after the verb.
_SAYS = regex.compile(
    r"\p{Han}{0,5}(?:[\u8bf4\u8aaa\u95ee\u554f\u9053\u558a\u53eb\u7b54]|\u56de\u7b54)(?:\u9053)?"
    r"[\u3002\uff0c\uff01\uff1f.]?"
)
_CORNERS = {"\u300c": "\u300d", "\u300e": "\u300f"}


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a sentence, or the part of a word that belongs to it.

    Attributes:
        index: The index of the word.
        text: The text of the part.
        start: The start of the part in the word, 0 to 1.
        end: Its end in the word.
    """

    index: int
    text: str
    start: float = 0.0
    end: float = 1.0


def split_sentences(texts: Sequence[str], language: str | None = None) -> list[list[Part]]:
    """Split words into sentences.

    The texts of all parts, joined in order, equal the texts of the words.

    Args:
        texts: The words with their marks; marks may be separate words, or on the wrong side of a
            space.
        language: Their language as a code or a name. Default: English and other common languages.

    Returns:
        Sentences, each a list of its words. Words without a letter or a mark are left out.
    """
    parts = [part for index, text in enumerate(texts) for part in _parts(index, text)]
    if not any(text[:1].isspace() for text in texts[1:]):
        parts = [Part(part.index, part.text.strip(), part.start, part.end) for part in parts]
    groups = with_marks(parts)
    words = ["".join(part.text.strip() for part in group) for group in groups]
    ends = _Ends(words, language)
    found: list[list[Part]] = []
    sentence: list[Part] = []
    for position, group in enumerate(groups):
        sentence += group
        if ends.at(position):
            found.append(sentence)
            sentence = []
    return [*found, sentence] if sentence else found


def with_marks(parts: Sequence[Part]) -> list[list[Part]]:
    """Return words, each with its separate marks before and after it."""
    groups: list[list[Part]] = []
    opened = False
    quotes = plain_quotes([part.text for part in parts])
    for part, quote in zip(parts, quotes, strict=True):
        text = part.text.strip()
        if groups and (opened or quote == "closes" or ONLY_AFTER.fullmatch(text)):
            groups[-1].append(part)
        else:
            groups.append([part])
        opened = quote == "opens" or bool(ONLY_BEFORE.fullmatch(text))
    return groups


def ends_sentence(text: str, following: str = "", language: str | None = None) -> bool:
    """Return whether a text ends a sentence.

    Args:
        text: The text, or its last words.
        following: What comes after it.
        language: Its language as a code or name.
    """
    before = text.split()
    words = [*before, *following.split()]
    return bool(before) and _Ends(words, language).marked(len(before) - 1)


def _parts(index: int, text: str) -> Iterator[Part]:
    """Split a word where a mark belongs to the previous word, or a sentence ends in it."""
    whole = len(text)
    if not text.strip():
        return
    cuts = {0, whole}
    if (stray := STRAY_AFTER.match(text)) and stray.end() < whole:
        cuts.add(stray.end())
    if (stray := STRAY_BEFORE.search(text)) and stray.start() > 0:
        cuts.add(stray.start())
    cuts |= {match.end() for match in _PART.finditer(text)}
    places = sorted(cuts)
    for start, end in pairwise(places):
        if text[start:end].strip():
            yield Part(index, text[start:end], start / whole, end / whole)


class _Ends:
    """The ends of sentences in a run of words."""

    def __init__(self, words: Sequence[str], language: str | None) -> None:
        self._words = words
        self._stops = FullStops(words, language_code(language))
        self._cased = has_capitals(words)
        self._inside = set(_quoted(words))

    def at(self, position: int) -> bool:
        """Return whether a sentence ends with a word; always true for the last."""
        return position == len(self._words) - 1 or self.marked(position)

    def marked(self, position: int) -> bool:
        """Return whether a word has a mark that ends a sentence there."""
        tail = _TAIL.search(self._words[position])
        if not tail or position in self._inside:
            return False
        after = position + 1
        while after < len(self._words) and _DASH.fullmatch(self._words[after]):
            after += 1
        following = self._words[after] if after < len(self._words) else ""
        goes_on = self._cased and is_lower(following)
        if tail[2] and (goes_on or self._quotes_on(position)):
            return False
        if _ELLIPSIS.fullmatch(tail[1]):
            core = self._words[position][: tail.start()].strip("\"'").casefold()
            return not goes_on and core not in common("hesitations")
        return tail[1] != "." or self._stops.ends(position)

    def _quotes_on(self, position: int) -> bool:
        after = self._words[position + 1 : position + 4]
        if not after:
            return False
        if after[0] in _PARTICLES or _QUOTATIVE.match(after[0]):
            return True
        return any(_SAYS.fullmatch("".join(after[:count])) for count in (1, 2, 3))


def _quoted(words: Sequence[str]) -> Iterator[int]:
    """Yield the words inside of Japanese quotations that are part of a sentence."""
    start, closing = 0, ""
    for position, word in enumerate(words):
        for sign in word:
            if not closing and sign in _CORNERS:
                start, closing = position, _CORNERS[sign]
            elif sign == closing:
                closing = ""
                after = words[position + 1] if position + 1 < len(words) else ""
                if after in _PARTICLES or _QUOTATIVE.match(after):
                    yield from range(start, position)
