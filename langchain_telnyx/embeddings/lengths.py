"""How long texts are, how long models take them, and where a text too long is cut.

No embedding model publishes its vocabulary through the API, so lengths are estimates. They never
depend on what is installed or cached, as tiktoken's counts do: a text cut today must be cut alike
on another machine, or its vector will not be found again.
"""

import math
import string
from collections.abc import Mapping
from typing import Literal, TypeAlias

from langchain_telnyx._shared.vocabulary import pieces
from langchain_telnyx.client.errors import TextTooLongError

OnLongText: TypeAlias = Literal["error", "truncate", "average"]

# The publishers' figures; the first two were seen to refuse more with 400.
LIMITS = {
    "thenlper/gte-large": 512,
    "intfloat/multilingual-e5-large": 512,
    "Qwen/Qwen3-Embedding-8B": 32_768,
}
# Models put a mark before and after each text, and count them.
MARKS = 2
_LETTERS = string.ascii_letters.encode()
# How far back from its end a part may be cut, so as not to cut a word in two.
_LONGEST_WORD = 8
# Positions that an error message names.
_SHOWN = 5


def tokens(text: str) -> int:
    """Return about how many tokens a text has, marks included."""
    return MARKS + len(pieces(text))


def tokens_or_more(text: str, few: int) -> int:
    """Return `tokens`, or a number above it that is not above `few`: bounds cost less than counts.

    Args:
        text: The text.
        few: Up to here it does not matter how many there are exactly.
    """
    for bound in (_by_length, _by_signs):
        if (most := bound(text)) <= few:
            return most
    return tokens(text)


def _by_length(text: str) -> int:
    return MARKS + len(text)


def _by_signs(text: str) -> int:
    # A run of letters begins with a space, which is a part of its first piece, or after another
    # sign, which is a piece of its own; and it goes on for a piece each eight letters.
    data = text.encode("utf-8", "replace")
    signs = data.translate(None, _LETTERS)
    spaces = signs.count(b" ")
    return MARKS + 1 + spaces + 2 * (len(signs) - spaces) + (len(data) - len(signs)) // 8


def start_of(text: str, limit: int) -> str:
    """Return as much of a text's beginning as has `limit` tokens, marks included."""
    found = pieces(text)
    return "".join(found[: _end(found, 0, limit - MARKS)])


def parts_of(text: str, limit: int) -> list[str]:
    """Return a text in parts of about equal length, of `limit` tokens at most, marks included."""
    found = pieces(text)
    room = limit - MARKS
    parts: list[str] = []
    start = 0
    while start < len(found):
        left = len(found) - start
        end = _end(found, start, math.ceil(left / math.ceil(left / room)))
        parts.append("".join(found[start:end]))
        start = end
    return parts


def too_long(
    found: Mapping[int, int],
    model: str,
    limit: int | None,
    *,
    refused: bool = False,
    also: str = "",
) -> TextTooLongError:
    """Return the error for texts that are too long.

    Args:
        found: Position to about how many tokens the text there has.
        model: The model.
        limit: What it takes, as far as that is known.
        refused: Whether the server said so; else nothing was sent.
        also: A sentence on other texts.
    """
    shown = [f"{count} at position {position}" for position, count in found.items()]
    if len(shown) > _SHOWN:
        shown[_SHOWN:] = [f"{len(shown) - _SHOWN} more"]
    takes = "" if limit is None else f", which takes {limit}"
    what = (
        f"The server refused {len(found)} of the texts as too long for model {model!r}{takes}"
        if refused
        else f"{len(found)} of the texts are too long for model {model!r}{takes} tokens"
    )
    sent = "" if refused else " Nothing was sent."
    return TextTooLongError(
        f"{what}: by estimate they have {', '.join(shown)}.{sent} Split them, or choose "
        f'`on_long_text="truncate"` or `"average"`; where the estimate is off, say with '
        f"`max_input_tokens` what to allow.{also and f' {also}'}",
        [*found],
        [*found.values()],
        limit,
    )


def _end(found: list[str], start: int, room: int) -> int:
    """Return where a part ends that begins at `start`: before a space, where there is one near."""
    end = start + room
    if end >= len(found):
        return len(found)
    for earlier in range(end, max(end - _LONGEST_WORD, start), -1):
        if found[earlier][0].isspace():
            return earlier
    return end
