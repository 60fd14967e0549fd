"""Estimate the tokens of texts, and split texts that exceed the limit of their model.

Embedding models do not publish their vocabularies through the API, so counts are estimates. They do
not depend on installed or cached packages, as tiktoken's counts do: a text must be split alike on
every machine, or its vector cannot be found again.
"""

import math
import string
from collections.abc import Mapping
from typing import Literal, TypeAlias

from langchain_telnyx._shared.vocabulary import pieces
from langchain_telnyx.client.errors import TextTooLongError

OnLongText: TypeAlias = Literal["error", "truncate", "average"]

# The published limits; the first two models refuse longer texts with 400.
LIMITS = {
    "thenlper/gte-large": 512,
    "intfloat/multilingual-e5-large": 512,
    "Qwen/Qwen3-Embedding-8B": 32_768,
}
# Models add a special token before and after each text, and count them.
SPECIAL_TOKENS = 2
_LETTERS = string.ascii_letters.encode()
# The most tokens by which a part is shortened to end between words.
_LONGEST_WORD = 8
# The number of positions in an error message.
_SHOWN = 5


def tokens(text: str) -> int:
    """Estimate the tokens of a text, special tokens included."""
    return SPECIAL_TOKENS + len(pieces(text))


def tokens_or_more(text: str, few: int) -> int:
    """Return `tokens`, or a cheaper upper bound of it that is not above `few`.

    Args:
        text: The text.
        few: Up to this number an upper bound is enough.
    """
    for bound in (_by_length, _by_characters):
        if (most := bound(text)) <= few:
            return most
    return tokens(text)


def _by_length(text: str) -> int:
    return SPECIAL_TOKENS + len(text)


def _by_characters(text: str) -> int:
    # A run of letters begins with a space, which is a part of its first piece, or after another
    # character, which is a piece of its own; it has one more piece per eight letters.
    data = text.encode("utf-8", "replace")
    others = data.translate(None, _LETTERS)
    spaces = others.count(b" ")
    return SPECIAL_TOKENS + 1 + spaces + 2 * (len(others) - spaces) + (len(data) - len(others)) // 8


def start_of(text: str, limit: int) -> str:
    """Return the beginning of a text with `limit` tokens, special tokens included."""
    found = pieces(text)
    return "".join(found[: _end(found, 0, limit - SPECIAL_TOKENS)])


def parts_of(text: str, limit: int) -> list[str]:
    """Split a text into parts of similar length, with at most `limit` tokens each."""
    found = pieces(text)
    room = limit - SPECIAL_TOKENS
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
        found: Position to the estimated tokens of the text.
        model: The model.
        limit: The limit of the model, if known.
        refused: Whether the server refused the texts; otherwise nothing was sent.
        also: A sentence about other texts.
    """
    shown = [f"{count} at position {position}" for position, count in found.items()]
    if len(shown) > _SHOWN:
        shown[_SHOWN:] = [f"{len(shown) - _SHOWN} more"]
    allowed = "" if limit is None else f", which allows {limit}"
    what = (
        f"The server refused {len(found)} of the texts as too long for model {model!r}{allowed}"
        if refused
        else f"{len(found)} of the texts are too long for model {model!r}{allowed} tokens"
    )
    sent = "" if refused else " Nothing was sent."
    return TextTooLongError(
        f"{what}: by estimate they have {', '.join(shown)}.{sent} Split them, or choose "
        f'`on_long_text="truncate"` or `"average"`; if the estimate is wrong, set '
        f"`max_input_tokens`.{also and f' {also}'}",
        [*found],
        [*found.values()],
        limit,
    )


def _end(found: list[str], start: int, room: int) -> int:
    """Return the end of the part that begins at `start`: before a space, if one is near."""
    end = start + room
    if end >= len(found):
        return len(found)
    for earlier in range(end, max(end - _LONGEST_WORD, start), -1):
        if found[earlier][0].isspace():
            return earlier
    return end
