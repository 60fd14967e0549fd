"""How words become a line: with spaces where their script has them, and marks where they belong."""

from collections.abc import Iterable, Sequence

import regex

from langchain_telnyx.transcripts.languages import language_code
from langchain_telnyx.transcripts.marks import (
    DENSE,
    FULL_MARK,
    HANGUL,
    ONLY_AFTER,
    ONLY_BEFORE,
    UNSPACED,
    is_dense,
    plain_quotes,
)

# French puts a space before these.
_FRENCH_AFTER = regex.compile(r"[!?;:\u00bb]+")
_OPENER = regex.compile(r"[\p{Ps}\u00bf\u00a1]")
_DENSE_OPENER = regex.compile(r"[\p{Han}\u3000-\u303f\uff00-\uffef][\u2018\u201c]$")
_ELISION = regex.compile(
    r"(?i)(?<!\w)(?:\w{1,2}|jusqu|lorsqu|puisqu|quoiqu|dell?|nell?|all?|dall?|sull?|un|quell?|quest)['\u2019]$"
)


def join_words(texts: Iterable[str], language: str | None = None) -> str:
    """Return words as a line.

    Chinese and Japanese get no spaces, Thai, Lao, Khmer and Burmese none between their words;
    Korean and all others get them. Marks that stand alone join the word that they belong to.
    Where words carry their own spaces (`" there"`), these are taken.

    Args:
        texts: The words.
        language: Their language, where it is known, as a code or a name.
    """
    listed = list(texts)
    words = [" ".join(text.split()) for text in listed]
    gaps = gaps_before(listed, language)
    return "".join(f"{gap}{word}" for gap, word in zip(gaps, words, strict=True)).strip()


def gaps_before(texts: Sequence[str], language: str | None = None) -> list[str]:
    """Return what stands before each word of a line: a space, or nothing.

    Args:
        texts: The words.
        language: Their language, where it is known, as a code or a name.
    """
    spaced = any(text[:1].isspace() for text in texts[1:])
    code = language_code(language)
    dense = is_dense(texts)
    gaps: list[str] = []
    before, opened = "", False
    for text, quote in zip(texts, plain_quotes(texts), strict=True):
        word = text.strip()
        if not before or not word or opened or quote == "closes":
            gap = ""
        elif spaced:
            gap = " " if text[:1].isspace() else ""
        else:
            gap = _gap(before, word, code, dense=dense)
        gaps.append(gap)
        opened = quote == "opens" or (opened and not word)
        before = word or before
    return gaps


def respaced(text: str, words: Sequence[str], language: str | None = None) -> str:
    """Return a text without the spaces that a model set between words of a script that has none.

    Args:
        text: What the model wrote.
        words: Its words; a text that is not these, with a space between each, stays as it is.
        language: Its language, where it is known, as a code or a name.
    """
    text = text.strip()
    spaceless = DENSE.search(text) or UNSPACED.search(text)
    if not spaceless or text.split() != " ".join(words).split():
        return text
    return join_words([word.strip() for word in words], language)


def _gap(left: str, right: str, code: str | None, *, dense: bool) -> str:
    last, first = left[-1], right[0]
    if ONLY_AFTER.fullmatch(right) and not (code == "de" and right in "\u00bb\u203a"):
        french = code == "fr" and _FRENCH_AFTER.fullmatch(right) and not FULL_MARK.match(right)
        return " " if french else ""
    if code == "de" and right in {"\u201c", "\u00ab"}:
        return ""
    if _opens(left, code):
        return " " if code == "fr" and last == "\u00ab" else ""
    if code in {"fr", "it", "ca"} and _ELISION.search(left):
        return ""
    if FULL_MARK.match(last) or FULL_MARK.match(first):
        return ""
    return _between(last, first, dense=dense)


def _opens(left: str, code: str | None) -> bool:
    """Tell whether a word ends with a mark that belongs to the next one."""
    last = left[-1]
    if code == "de" and last in "\u201c\u00ab":
        return False
    if ONLY_BEFORE.fullmatch(left) or _OPENER.match(last):
        return True
    return bool(_DENSE_OPENER.search(left))


def _between(last: str, first: str, *, dense: bool) -> str:
    sides = DENSE.match(last), DENSE.match(first)
    if any(sides):
        other = first if sides[0] else last
        if HANGUL.match(other) or UNSPACED.match(other):
            return " "
        # A Chinese word in an English sentence has spaces like any other.
        return "" if dense or all(sides) else " "
    unspaced = UNSPACED.match(last) and UNSPACED.match(first)
    return "" if unspaced else " "
