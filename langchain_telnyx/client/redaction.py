"""Redacts the key in errors: servers and gateways quote what they receive.

Successful responses are unchanged. Everything in an error (its message, body, headers, causes) has
`***` in place of the key, in every spelling of it.
"""

import html
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

HIDDEN = "***"
# A shorter key is from a test, such as "K" or "test", and part of ordinary words; real keys have
# 50 characters and more.
SHORTEST_KEY = 7
# Messages quote the beginning of a body, which may end in the middle of the key.
_SHORTEST_PART = 12


class Redactor:
    """Replaces a key by `***`. Its repr and its pickle are empty.

    It finds the key as it is, percent-encoded, and with the escapes of JSON, Python or HTML. It
    also finds the beginning of the key, from 12 characters on, because messages are truncated.

    Args:
        key: The key. Shorter than 7 characters, it is not redacted; shorter than 12, it is not
            redacted inside longer words, which would be garbled.
    """

    __slots__ = ("_in_bytes", "_in_text", "_key", "_run", "_shortest")

    def __init__(self, key: str = "") -> None:
        self._key = key if len(key) >= SHORTEST_KEY else ""
        self._run = max(re.findall("[A-Za-z0-9]*", self._key[:_SHORTEST_PART]), key=len)
        # The length of the shortest text that can have it.
        self._shortest = min(len(key), _SHORTEST_PART) if self._key else sys.maxsize
        self._in_text: re.Pattern[str] | None = None
        self._in_bytes: re.Pattern[bytes] | None = None

    def __repr__(self) -> str:
        return "Redactor()"

    def __reduce__(self) -> tuple[type["Redactor"], tuple[()]]:
        return Redactor, ()

    def text(self, text: str) -> str:
        """Return a text without the key."""
        if len(text) < self._shortest:
            return text
        if self._in_text is None:
            self._in_text = re.compile(_pattern(self._key))
        return self._in_text.sub(HIDDEN, text)

    def data(self, data: bytes) -> bytes:
        """Return bytes without the key."""
        if not self._key:
            return data
        if self._in_bytes is None:
            self._in_bytes = re.compile(_pattern(self._key).encode())
        return self._in_bytes.sub(HIDDEN.encode(), data)

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return headers without the key."""
        # Called for every response: letters and digits, which are never escaped, are a fast test.
        if not self._key or self._run not in "\n".join(headers.values()):
            return headers
        return {name.lower(): self.text(value) for name, value in headers.items()}

    def value(self, value: Any) -> Any:
        """Return a JSON value, or an object of this package, without the key."""
        kind, shown = type(value), value
        if kind in _WITHOUT_TEXT or not self._key:
            return value
        if kind is str:
            shown = self.text(value)
        elif kind is bytes:
            shown = self.data(value)
        elif isinstance(value, dict):
            shown = {self.value(name): self.value(each) for name, each in value.items()}
        elif kind in _CONTAINERS:
            shown = kind(map(self.value, value))
        elif isinstance(value, BaseModel):
            changed = {name: self.value(each) for name, each in vars(value).items()}
            shown = value.model_copy(update=changed)
        elif (redacted := getattr(value, "redacted", None)) is not None:  # a reply
            shown = redacted(self)
        return shown

    def error(self, error: Any) -> Any:
        """Return an error without the key, in all its attributes and in its whole chain.

        It is the same object, changed, if possible; of pydantic's errors the text is returned.

        Args:
            error: The error.
        """
        if not self._key:
            return error
        return self._error(error, {})

    def _error(self, error: Any, seen: dict[int, Any]) -> Any:
        if id(error) in seen:
            return seen[id(error)]
        if isinstance(error, ValidationError):
            shown = f"{error}{error.errors()!r}"
            stand_in = error if self.text(shown) == shown else ValueError(self.text(str(error)))
            seen[id(error)] = stand_in
            return stand_in
        seen[id(error)] = error
        error.args = self.value(error.args)
        for name, value in vars(error).items():
            vars(error)[name] = self._redact_value(value, seen)
        if isinstance(error, UnicodeDecodeError):
            error.object = self.data(error.object)
        for name in ("__cause__", "__context__"):
            below = getattr(error, name)
            if below is not None and (clean := self._error(below, seen)) is not below:
                quiet = error.__suppress_context__
                setattr(error, name, clean)
                error.__suppress_context__ = quiet  # setting a cause changes it
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                self._error(each, seen)
        return error

    def _redact_value(self, value: Any, seen: dict[int, Any]) -> Any:
        if isinstance(value, BaseException):
            return self._error(value, seen)
        if isinstance(value, dict) and any(isinstance(e, BaseException) for e in value.values()):
            return {name: self._redact_value(each, seen) for name, each in value.items()}
        # An HTTP library's exception has the request, whose headers have the key.
        headers: Any = getattr(value, "headers", None)
        if "authorization" in (headers or ()) and hasattr(headers, "__setitem__"):
            for name in {*headers} - _HARMLESS_HEADERS:
                headers[name] = HIDDEN
        return self.value(value)


NO_REDACTION = Redactor()
_HARMLESS_HEADERS = {"accept", "accept-encoding", "content-length", "content-type", "host"}
# The end of an escape, such as `\n` or `%22`, is not a letter of a word.
_NO_WORD_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f]{2})|(?<=u00[0-9A-Fa-f]{2}))"
_CONTAINERS = {list, tuple, set, frozenset}
_WITHOUT_TEXT = {bool, float, int, type(None)}


@lru_cache(maxsize=16)
def redactor(key: str) -> Redactor:
    """Return the redactor of a key: always the same object, because creating one is slow."""
    return Redactor(key)


def _pattern(key: str) -> str:
    spelt = [_spellings(character) for character in key]
    needed = min(len(spelt), _SHORTEST_PART)
    rest = ""
    for each in reversed(spelt[needed:]):
        rest = f"(?:{each}{rest})?"
    whole = "".join(spelt[:needed]) + rest
    return whole if len(key) >= _SHORTEST_PART else f"{_NO_WORD_BEFORE}{whole}(?![A-Za-z0-9])"


def _spellings(character: str) -> str:
    """Return a pattern of the ways to write a character."""
    code = f"{ord(character):02x}"
    digits = "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in code)
    # Escaped once or several times, like JSON in JSON, and HTML in XML.
    ways = [f"%(?:25)*{digits}", rf"\\{{1,16}}u00{digits}"]
    if not character.isalnum():
        if (entity := html.escape(character)) != character:
            ways.append(f"&(?:amp;)*{re.escape(entity[1:])}")
        ways.append(f"&(?:amp;)*#(?:{ord(character)}|[xX]{digits});")
        # Each of them with the backslashes of JSON or Python before it.
        ways = [rf"\\{{0,16}}(?:{'|'.join([*ways, re.escape(character)])})"]
    # The longest first, because the rest is optional.
    return f"(?:{'|'.join([*ways, re.escape(character)])})"
