"""Joins words to a line, with spaces and punctuation by the rules of their script."""

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
    """Join words to a line.

    Chinese and Japanese have no spaces; Thai, Lao, Khmer and Burmese have none between words;
    Korean and all others have spaces. Separate marks are joined to their word. If words include
    their own spaces (`" there"`), these are used.

    Args:
        texts: The words.
        language: Their language as a code or a name, if known.
    """
    listed = list(texts)
    words = [" ".join(text.split()) for text in listed]
    gaps = gaps_before(listed, language)
    return "".join(f"{gap}{word}" for gap, word in zip(gaps, words, strict=True)).strip()


def gaps_before(texts: Sequence[str], language: str | None = None) -> list[str]:
    """Return the gap before each word of a line: a space, or nothing.

    Args:
        texts: The words.
        language: Their language as a code or a name, if known.
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
    """Remove spaces between words if the script has none.

    Args:
        text: The model's text.
        words: Its words; a text that is not these, with a space between each, stays as it is.
        language: Its language as a code or a name, if known.
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
    """Return whether a word ends with a mark that belongs to the next one."""
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
