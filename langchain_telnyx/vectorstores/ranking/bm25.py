"""BM25: score texts by the words that they share with a query.

The statistics are those of the texts themselves, such as the passages of one search, so there is
no index. Words are compared by their beginnings: the suffixes of English inflection are removed
from the query's words, and `compil` matches `compiler` and `compiled`. Of Chinese and Japanese,
which have no spaces, pairs of characters are compared. Numbers and short words match as a whole.
"""

import math
import re
from collections.abc import Iterator, Sequence

# The usual parameters: the saturation of repeated words, and the influence of a text's length.
_K1 = 1.2
_B = 0.75

# The most letters of a word that is compared as a whole.
_SHORT = 3

# The English words that make a question of what is searched for. Among a few passages they may
# occur rarely, without meaning anything.
_QUESTION_WORDS = """
    a about after all also an and any are as at be because been before being between both but by
    can could did do does doing done each for from had has have having he her him his how i if
    in into is it its may me might more most must my no not of off on once only or other our out
    over own same shall she should so some such than that the their them then there these they
    this those through to too under until up us very was we were what when where which while who
    whom whose why will with would you your
"""
_FUNCTION_WORDS = frozenset(_QUESTION_WORDS.split())
_FUNCTION_WEIGHT = 0.5

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_SUFFIX = re.compile(
    r"(?<=[^\W\d_]{3})(?:ations?|ings?|ions?|ies|ied|ers?|ed|es|ly|s|e|y)$", re.ASCII
)
_ASCII_SEPARATORS = bytes(byte for byte in range(128) if not chr(byte).isalnum())
# The most frequent punctuation of other scripts in UTF-8: U+2000 to U+207F, U+00A0 to U+00BF,
# U+3000 to U+301F, and full-width forms.
_OTHER_SEPARATORS = re.compile(
    rb"\xe2[\x80\x81].|\xc2[\xa0-\xbf]|\xe3\x80[\x80-\x84\x88-\x9f]|\xef\xbc[\x81-\x8f\x9a-\xa0]"
)
_TO_SPACES = bytes.maketrans(_ASCII_SEPARATORS, b" " * len(_ASCII_SEPARATORS))


def bm25(query: str, texts: Sequence[str]) -> list[float]:
    """Return the score of each text: 0 if it shares no word with the query; higher is better.

    Args:
        query: The query.
        texts: The texts; each is compared with the others.
    """
    words = [prepared(text) for text in texts]
    letters = [len(text) - text.count(b" ") for text in words]
    average = sum(letters) / max(1, len(letters)) or 1.0
    lengths = [_K1 * (1 - _B + _B * count / average) for count in letters]
    scores = [0.0] * len(words)
    for term, weight in dict(_terms(query)).items():
        counts = [text.count(term) for text in words]
        value = weight * rarity(len(counts) - counts.count(0), len(counts))
        for position, count in enumerate(counts):
            if count:
                scores[position] += value * count * (_K1 + 1) / (count + lengths[position])
    return scores


def rarity(containing: int, total: int) -> float:
    """Return the weight of a term that some of all texts contain: the fewer, the greater."""
    return math.log(1 + (total - containing + 0.5) / (containing + 0.5))


def prepared(text: str) -> bytes:
    """Return a text as lower-case words, between spaces.

    Bytes, because counting and translating them is several times as fast as with regular
    expressions: a search compares 100 passages.
    """
    words = text.lower().encode("utf-8", "replace").translate(_TO_SPACES)
    return b" " + (words if words.isascii() else _OTHER_SEPARATORS.sub(b" ", words)) + b" "


def terms(query: str) -> list[bytes]:
    """Return what to count in prepared texts, each once.

    These are words, beginnings of words, and pairs of unspaced characters.
    """
    return list(dict(_terms(query)))


def _terms(query: str) -> Iterator[tuple[bytes, float]]:
    """Yield what to count, with weights: words, their beginnings, pairs of unspaced characters."""
    for word in _WORD.findall(query.lower()):
        for run in _UNSPACED.findall(word):
            for at in range(max(1, len(run) - 1)):
                yield run[at : at + 2].encode(), 1.0
        for part in _UNSPACED.split(word):
            if part:
                end = " " if len(part) <= _SHORT or any(map(str.isdigit, part)) else ""
                weight = _FUNCTION_WEIGHT if part in _FUNCTION_WORDS else 1.0
                yield f" {_SUFFIX.sub('', part)}{end}".encode("utf-8", "replace"), weight
