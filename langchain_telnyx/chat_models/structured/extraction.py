"""Extraction of JSON from text: bare, in a Markdown fence, within prose, or incomplete."""

import json
import re
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from pydantic_core import from_json

_FENCE = re.compile(r"```[\w-]*\s*\n?(.*?)```", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_decode = json.JSONDecoder().raw_decode


class NoJSON:
    """The type of `NO_JSON`, which `json_in` returns if the text contains no JSON."""

    def __repr__(self) -> str:
        return "NO_JSON"


NO_JSON = NoJSON()


def json_in(
    text: str, *, amid_prose: bool = True, fits: Callable[[Any], bool] | None = None
) -> Any:
    """Return the JSON value in a text, or `NO_JSON`.

    Candidates are the whole text, then the content of fences, then objects and arrays anywhere in
    it. Of several the last one that fits is returned; if none fits, the first fence or the longest
    object.

    Args:
        text: The text.
        amid_prose: Whether to search within prose, too.
        fits: Returns whether a value is acceptable.
    """
    try:
        return from_json(text)
    except ValueError:
        pass
    fenced = [value for each in _FENCE.findall(text) if (value := _read(each)) is not NO_JSON]
    if fenced:
        return _last_fitting(fenced, fits, fenced[0])
    found = _amid_prose(text) if amid_prose else []
    if not found:
        return NO_JSON
    return _last_fitting([value for value, _ in found], fits, max(found, key=itemgetter(1))[0])


def partial_json_in(text: str) -> Any:
    """Parse an incomplete JSON value as far as possible, or return `NO_JSON`."""
    opening = _OPENING.search(text)
    if opening is None:
        return NO_JSON
    written = text[opening.start() :].partition("```")[0]
    try:
        return from_json(written, allow_partial="trailing-strings")
    except ValueError:
        return NO_JSON


def _read(text: str) -> Any:
    try:
        return from_json(text)
    except ValueError:
        return NO_JSON


def _last_fitting(values: list[Any], fits: Callable[[Any], bool] | None, default: Any) -> Any:
    if fits is None or len(values) == 1:
        return default
    return next((value for value in reversed(values) if fits(value)), default)


def _amid_prose(text: str) -> list[tuple[Any, int]]:
    """Return the objects and arrays in a text, each with its length."""
    found: list[tuple[Any, int]] = []
    opening = _OPENING.search(text)
    while opening is not None:
        begin = opening.start()
        try:
            value, end = _decode(text, begin)
        except (ValueError, RecursionError):
            end = begin + 1
        else:
            # A value inside a broken object is only a part of the answer.
            if _balanced(text[:begin]):
                found.append((value, end - begin))
        opening = _OPENING.search(text, end)
    return found


def _balanced(text: str) -> bool:
    return text.count("{") == text.count("}") and text.count("[") == text.count("]")
