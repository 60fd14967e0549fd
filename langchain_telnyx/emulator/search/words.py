"""The terms of a text: stems of its words, and of the parts of its identifiers.

`reading`, `reads` and `read` are one term; `maxRetries` and `max_retries` give `max`, `retri` and
the whole name; accents are ignored. Stems are English; for words of other languages, `vectors` adds
letter sequences. Chinese and Japanese, which have no spaces, give pairs of characters.
"""

import re
import unicodedata
from functools import lru_cache
from threading import Lock

import snowballstemmer

_TOKEN = re.compile(r"\w+(?:['\u2019]\w+)?")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_STEMMER = snowballstemmer.stemmer("english")
_STEMMING = Lock()  # the stemmer is not thread-safe

_STOP_WORDS = """
    a about after all also am an and any are as at be because been before being between both but by
    can could did do does doing done each else for from had has have having he her here hers him his
    how however i if in into is it its itself just may me might more most must my no nor not of off
    on once only or other our out over own same shall she should so some such than that the their
    them then there these they this those through thus to too under until up upon us very was way we
    were what when where whether which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words of nearly every text."""


def tokens(text: str) -> list[str]:
    """Return the words of `text`; an identifier is one word."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=1 << 15)
def terms_of(token: str) -> tuple[str, ...]:
    """Return the terms of one token: one for a plain word, more for an identifier."""
    token = _without_accents(token).replace("\u2019", "'").partition("'")[0] or token
    if _UNSPACED.search(token):
        return tuple(token[at : at + 2] for at in range(max(1, len(token) - 1)))
    parts = tuple(_stem(part.lower()) for part in _PARTS.findall(token))
    if len(parts) > 1:
        return (*parts, token.lower())
    return parts


def terms(text: str) -> list[str]:
    """Return all terms of `text`, in order and with repeats."""
    return [term for token in tokens(text) for term in terms_of(token)]


def _without_accents(token: str) -> str:
    if token.isascii():
        return token
    letters = unicodedata.normalize("NFKD", token)
    return unicodedata.normalize("NFC", "".join(c for c in letters if not unicodedata.combining(c)))


def _stem(word: str) -> str:
    if word in STOP_WORDS:
        return word
    with _STEMMING:
        stem: str = _STEMMER.stemWord(word)
    return stem
