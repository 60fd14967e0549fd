"""JSON found in what a model wrote: bare, in a Markdown fence, amid prose, or not finished yet."""

import json
import re
from typing import Any

from pydantic_core import from_json

_FENCE = re.compile(r"```[\w-]*\s*\n?(.*?)```", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_decode = json.JSONDecoder().raw_decode


class NoJSON:
    """What `json_in` returns where there is no JSON; its one instance is `NO_JSON`."""

    def __repr__(self) -> str:
        return "NO_JSON"


NO_JSON = NoJSON()


def json_in(text: str, *, amid_prose: bool = True) -> Any:
    """Return the JSON value in a text, or `NO_JSON`.

    The whole text counts first, then the content of a fence, then the longest object or array that
    stands somewhere in it.

    Args:
        text: The text.
        amid_prose: Whether to look for it amid prose, too.
    """
    candidates = (text, *_FENCE.findall(text)) if "```" in text else (text,)
    for candidate in candidates:
        try:
            return from_json(candidate)
        except ValueError:
            continue
    return _amid_prose(text) if amid_prose else NO_JSON


def partial_json_in(text: str) -> Any:
    """Return what the beginning of a JSON value says so far, or `NO_JSON`."""
    opening = _OPENING.search(text)
    if opening is None:
        return NO_JSON
    written = text[opening.start() :].partition("```")[0]
    try:
        return from_json(written, allow_partial="trailing-strings")
    except ValueError:
        return NO_JSON


def _amid_prose(text: str) -> Any:
    found, longest = NO_JSON, 0
    opening = _OPENING.search(text)
    while opening is not None:
        begin = opening.start()
        try:
            value, end = _decode(text, begin)
        except (ValueError, RecursionError):
            end = begin + 1
        else:
            # What stands inside an object that is broken itself is not the answer, but a part.
            if end - begin > longest and _balanced(text[:begin]):
                found, longest = value, end - begin
        opening = _OPENING.search(text, end)
    return found


def _balanced(text: str) -> bool:
    return text.count("{") == text.count("}") and text.count("[") == text.count("]")
