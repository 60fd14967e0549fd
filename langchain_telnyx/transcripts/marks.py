"""Punctuation marks, and scripts without spaces between words.

What ends a sentence is Unicode's property Sentence_Terminal of UAX #29 (of all scripts), as the
library `regex` has it.
"""

from collections.abc import Iterator, Sequence

import regex

# Chinese and Japanese: no spaces; full-width marks include their space.
DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u30fc\u3005\u3006\u303c]")
FULL_MARK = regex.compile(
    r"[\u3000-\u3004\u3008-\u303b\u303d-\u303f\u30fb\uff00-\uff0f\uff1a-\uff20"
    r"\uff3b-\uff40\uff5b-\uff65]"
)
# Thai, Lao, Khmer, Burmese and related scripts: a space separates phrases, not words.
UNSPACED = regex.compile(
    r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tai_Le}\p{New_Tai_Lue}\p{Tai_Tham}\p{Tibetan}\u200b]"
)
_FOREIGN = regex.compile(rf"(?V1)[\p{{L}}--{DENSE.pattern}]+")
HANGUL = regex.compile(r"\p{Hangul}")

# The Greek question mark looks like a semicolon, and Armenian uses a colon as a full stop.
END = (
    r"(?:[\p{Sentence_Terminal}\u2026\u22ef\u2025\u203d]"
    r"|(?<=\p{Greek}[\p{M}]*)[;\u037e]|\u037e|(?<=\p{Armenian}):)"
)
# The same quotation marks open in some languages and close in others.
QUOTES = (
    "\"'\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
    "\u2039\u203a\u300c-\u300f\uff02\uff07"
)
CLOSER = rf"[\p{{Pe}}\p{{Pf}}{QUOTES}\u201c]"
# Marks that follow a word.
AFTER = (
    r"[\p{Pe}\p{Pf},;:.!?\u2026\u22ef\u2025\u203c-\u203d\u2047-\u2049\u037e\u0387"
    r"\u060c\u061b\u061f\u066a-\u066c\u06d4\u0589\u05c3\u0964\u0965\u104a\u104b\u1361-\u1368"
    r"\u17d4-\u17d6"
    r"\u0e2f\u0e46\u3001\u3002\uff01\uff05\uff0c\uff0e\uff1a\uff1b\uff1f\uff61\uff64\u30fb]"
)
BEFORE = r"[\p{Ps}\p{Pi}\u00bf\u00a1]"

ONLY_AFTER = regex.compile(rf"{AFTER}+")
ONLY_BEFORE = regex.compile(rf"{BEFORE}+")
# A mark that no word starts with, if the model put it on the wrong side.
STRAY_AFTER = regex.compile(
    r"(?!\p{Ps})[\u060c\u061b\u061f\u06d4\u0589\u0964\u0965\u104a\u104b\u1362-\u1368\u17d4\u17d5"
    r"\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f\uff61\uff64\u3009\u300b\u300d\u300f\u3011"
    r"\u3015\u3017\u3019\uff09\uff3d\uff5d\uff63][\p{Pe}\p{Pf}\p{Sentence_Terminal}\u3001\u2026]*"
)
STRAY_BEFORE = regex.compile(
    r"(?:[\p{Ps}\u00bf\u00a1]|(?<=[\p{Han}\u3000-\u303f\uff00-\uffef])[\u2018\u201c])+$"
)


def is_dense(texts: Sequence[str]) -> bool:
    """Return whether words are Chinese or Japanese, with at most a few foreign ones."""
    line = " ".join(texts)
    dense = len(DENSE.findall(line))
    return dense > len(_FOREIGN.findall(line)) if dense else False


def plain_quotes(texts: Sequence[str]) -> Iterator[str]:
    """Yield for each word whether it is a plain quotation mark that opens or closes, or neither."""
    count = 0
    for text in texts:
        alone = text.strip() == '"'
        yield ("closes" if count % 2 else "opens") if alone else ""
        count += text.count('"')
