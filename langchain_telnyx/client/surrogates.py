"""Joins surrogate pairs that are split over deltas.

JSON escapes an emoji as two surrogates, and an engine that splits between them sends two halves,
neither of which is valid text.
"""

import json
import re
from typing import Any

_HALF = re.compile(r"[\ud800-\udfff]")
# An escape in JSON: a pair of halves, or a first half at which the text may end; an escape that is
# cut off; a second half alone; and any other.
_ESCAPE = re.compile(
    r"\\(?:"
    r"u[dD][89abAB][0-9a-fA-F]{2}(?:(?P<pair>\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<first>(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?\Z))?"
    r"|(?P<cut>(?:u[0-9a-fA-F]{0,3})?\Z)"
    r"|u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<other>.))",
    re.DOTALL,
)
_FIRST_HALF = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}")
_NO_CHARACTER = "\\ufffd"
# `json.dumps` makes one for each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


class Surrogates:
    """Joins the halves in one text; an unpaired half becomes U+FFFD."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = ""

    def feed(self, text: str) -> str:
        """Return a piece up to its last complete character."""
        if text.isascii() and not self.held:
            return text
        if not self.held and _HALF.search(text) is None:
            return text
        text, self.held = self.held + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.held = text[:-1], text[-1]
        return joined(text)

    def end(self) -> str:
        """Return U+FFFD for an unpaired half at the end."""
        held, self.held = self.held, ""
        return joined(held)


class JSONHalves:
    """Joins the halves in a JSON text, as characters or escapes, split at any point.

    Parsed as JSON, an escape would put a half into a value. An unpaired half becomes U+FFFD.
    """

    __slots__ = ("_characters", "_held")

    def __init__(self) -> None:
        self._characters = Surrogates()
        self._held = ""

    def feed(self, text: str) -> str:
        """Return a piece of JSON up to its last complete escape."""
        text = self._characters.feed(text)
        if not self._held and "\\" not in text:
            return text
        text, self._held = self._held + text, ""
        return _ESCAPE.sub(self._replaced, text)

    def end(self) -> str:
        """Return the rest: an unpaired half, or an escape that is cut off."""
        rest, self._held = self._held + self._characters.end(), ""
        return _FIRST_HALF.sub(lambda _: _NO_CHARACTER, rest)

    def _replaced(self, match: re.Match[str]) -> str:
        if match["first"] is not None or match["cut"] is not None:
            self._held = match[0]
            return ""
        return match[0] if match["pair"] or match["other"] else _NO_CHARACTER


def joined_escapes(text: str) -> str:
    """Return a JSON text without halves, as characters or escapes."""
    if "\\" not in text:
        return joined(text)
    halves = JSONHalves()
    return halves.feed(text) + halves.end()


def joined_in(value: Any) -> Any:
    """Return a JSON value, or a list of calls, without halves in any of its texts.

    It is the same object if it has none: halves cannot be encoded or stored as text.
    """
    if not value:
        return value
    try:
        _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        return _joined_in(value)
    except RecursionError:  # too deep to be serialized anyway
        return value
    return value


def _joined_in(value: Any) -> Any:
    if isinstance(value, str):
        return joined(value)
    if isinstance(value, dict):
        return {_joined_in(name): _joined_in(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_joined_in(held) for held in value]
    return value


def joined(text: str) -> str:
    """Return a text without halves."""
    if text.isascii() or _HALF.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_text(text: str) -> bool:
    """Whether a text has no halves."""
    return text.isascii() or _HALF.search(text) is None
