"""Divides the agent's words into the pieces that are sent."""

import re
from typing import Literal

# The end of a sentence, followed by a space: "3.5" and "example.com" have none.
_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]+[\"'\u201d\u2019)\]]*(?=\s)|\n+")


class Flusher:
    """Passes tokens on as they come, or collects them until a sentence is complete.

    Args:
        by: `token` or `sentence`.
    """

    def __init__(self, by: Literal["token", "sentence"]) -> None:
        self._by_sentence = by == "sentence"
        self._text = ""

    def feed(self, token: str) -> str:
        """Add a token, and return what can be sent now, or an empty text."""
        if not self._by_sentence:
            return token
        self._text += token
        end = max((match.end() for match in _END.finditer(self._text)), default=0)
        ready, self._text = self._text[:end], self._text[end:]
        return ready

    def rest(self) -> str:
        """Return what was not sent yet."""
        rest, self._text = self._text, ""
        return rest
