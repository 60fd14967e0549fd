"""Surrogates of a character, joined over the deltas in which they came.

JSON spells an emoji as two escapes, and an engine that cuts between them sends two halves, of which
neither is text.
"""

import re

_HALF = re.compile(r"[\ud800-\udfff]")


class Surrogates:
    """Joins the halves in one text; what stays a half becomes U+FFFD."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = ""

    def feed(self, text: str) -> str:
        """Return a piece as far as it is text."""
        if text.isascii() and not self.held:
            return text
        if not self.held and _HALF.search(text) is None:
            return text
        text, self.held = self.held + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.held = text[:-1], text[-1]
        return joined(text)

    def end(self) -> str:
        """Return what stands for a half that stayed one."""
        held, self.held = self.held, ""
        return joined(held)


def joined(text: str) -> str:
    """Return a text without halves."""
    if text.isascii() or _HALF.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_text(text: str) -> bool:
    """Whether a text has no halves."""
    return text.isascii() or _HALF.search(text) is None
