"""A small deterministic tokeniser; the tokens of a text add up to the text.

Its counts approximate a byte-pair vocabulary for English prose and code (about four characters per
token), which is enough for the emulator's usage figures and output caps.
"""

import re

# A token is: up to seven letters with the space before them, up to three digits, one other
# character with its space, or a run of white space. Characters outside Latin, Greek and Cyrillic
# are tokens of their own.
_TOKEN = re.compile(r" ?[A-Za-z\u00c0-\u052f]{1,7}| ?\d{1,3}| ?[^\sA-Za-z\u00c0-\u052f\d]|\s+")


def tokenise(text: str) -> list[str]:
    """Split text into tokens; joined, they are the text."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """Count the tokens of a text."""
    return sum(1 for _ in _TOKEN.finditer(text))


def cut(text: str, limit: int) -> str:
    """Return the first `limit` tokens of a text."""
    return "".join(tokenise(text)[: max(limit, 0)])


def deltas(text: str) -> list[str]:
    """Split text into the pieces that a stream delivers: words with the space before them."""
    pieces: list[str] = []
    for token in tokenise(text):
        if pieces and not token[0].isspace():
            pieces[-1] += token
        else:
            pieces.append(token)
    return pieces
