"""Arguments of tool calls: encoded twice, in a fence, or followed by markup."""

import json
import re
from typing import Any

from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.surrogates import joined

_FENCE = re.compile(r"\s*```[\w-]*\s*")
# Permitted text after arguments: special tokens, tags, the end of a fence.
_BEHIND = re.compile(r"(?:\s|```|<[|｜][^|｜<>\n]{1,40}[|｜]>|</?[A-Za-z_][\w:.\-]*>)*")
_MAX_ENCODINGS = 3  # observed: 2
_OUTSIDE = re.compile(r'["{}\[\]]')
_INSIDE = re.compile(r'["\\]')
_decoder = json.JSONDecoder(strict=False)


class JSONScanner:
    """Finds the end of a JSON object or array, incrementally.

    Attributes:
        is_over: Whether the end is found.
        is_inside: Whether the text so far ends in a string.
    """

    __slots__ = ("_escapes", "_open", "is_inside", "is_over")

    def __init__(self) -> None:
        self._open = 0
        self._escapes = False
        self.is_inside = False
        self.is_over = False

    def feed(self, text: str, place: int = 0) -> int | None:
        """Return the offset after the end in a piece; `None` if the piece does not contain it."""
        if self._escapes and place < len(text):
            place, self._escapes = place + 1, False
        while match := (_INSIDE if self.is_inside else _OUTSIDE).search(text, place):
            place, found = match.end(), match[0]
            if found == "\\":
                if place == len(text):
                    self._escapes = True
                place += 1
            elif found == '"':
                self.is_inside = not self.is_inside
            elif found in "{[":
                self._open += 1
            else:
                self._open -= 1
                if self._open <= 0:
                    self.is_over = True
                    return place
        return None


def read_arguments(text: str) -> tuple[dict[str, Any], str] | None:
    """Return the arguments as an object, and its JSON; `None` if they are not an object.

    Args:
        text: The arguments. Empty text and null are an empty object.
    """
    for _ in range(_MAX_ENCODINGS):
        if fence := _FENCE.match(text):
            text = text[fence.end() :]  # its end is permitted after the arguments
        text = text.strip().lstrip("\ufeff")
        try:
            value, end = _decoder.raw_decode(text) if text else (None, 0)
        except (ValueError, RecursionError):
            return None
        if not _BEHIND.fullmatch(text, end):
            return None
        match value:
            case None:
                return {}, "{}"
            case dict():
                return value, text[:end]
            case str():
                text = value
            case _:
                return None
    return None


def arguments_error(text: str) -> str:
    """Return why arguments are not an object."""
    try:
        loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        return str(error)
    return "the arguments are not a JSON object"


def compact_json(value: Any) -> str:
    """Return a value as JSON."""
    return joined(json.dumps(value, ensure_ascii=False))
