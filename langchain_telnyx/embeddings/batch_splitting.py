"""Split a batch that a server refused because of some of its texts, to send it again."""

import re
from collections.abc import Sequence

from langchain_telnyx.client.errors import APIStatusError, ContextOverflowError, TelnyxError
from langchain_telnyx.embeddings.lengths import tokens

_TOO_LARGE = 413
_REFUSALS = {400, 422}
# After this number of texts refused as too long, longer ones are not sent again.
_ENOUGH = 8
# How servers refer to a text: `/input/3`, `["body", "input", 3]`, `input[3]`, "at position 3".
_NAMED = re.compile(r"(?:inputs?|texts?|position|index|item)\W{1,4}(\d+)\b", re.IGNORECASE)


class BatchSplitter:
    """Splits refused batches, and records which texts of a call are refused.

    Args:
        limit: The most tokens of a text; `None` where unknown.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._long: list[int] = []
        self._named: set[str] = set()
        self._names_are_reliable = True

    def is_about_length(self, error: TelnyxError, texts: Sequence[str]) -> bool:
        """Return whether a refusal is, or may be, about the length of texts."""
        # If the server gives no reason, length is likely if a text is near the limit.
        return is_length_refusal(error) or (
            self._limit is not None and 2 * max(map(tokens, texts)) > self._limit
        )

    def note_too_long(self, text: str) -> None:
        """Record that a single text was refused as too long."""
        self._long.append(tokens(text))

    def note_success(self, texts: Sequence[str]) -> None:
        """Record that texts were embedded."""
        if not self._named.isdisjoint(texts):
            self._names_are_reliable = False

    def split(
        self, error: TelnyxError, texts: Sequence[str], *, few: bool
    ) -> tuple[list[Sequence[str]], Sequence[str]]:
        """Split refused texts into batches to send again, and texts not to send again.

        Args:
            error: The refusal.
            texts: The refused batch.
            few: Whether to give up on texts that are probably too long, once enough of them were
                refused, to save requests.

        Returns:
            The batches, of which the last is to be sent first; and the texts given up on.
        """
        if few and len(self._long) >= _ENOUGH and self.is_about_length(error, texts):
            shortest = min(self._long)
            long = [text for text in texts if tokens(text) >= shortest]
            if long:
                others = [text for text in texts if tokens(text) < shortest]
                return [others] if others else [], long
        named = self._named_by(error, len(texts))
        if named:
            # Each alone, as a server may number texts differently.
            self._named |= {texts[position] for position in named}
            others = [text for position, text in enumerate(texts) if position not in named]
            return [others, *([texts[position]] for position in sorted(named, reverse=True))], []
        # The refused text is often a long one, so the shorter half is likely to succeed.
        ordered = sorted(texts, key=tokens)
        half = len(ordered) // 2
        return [ordered[half:], ordered[:half]], []

    def _named_by(self, error: TelnyxError, count: int) -> set[int]:
        """Return the positions that a refusal names, if they narrow down the batch."""
        if not self._names_are_reliable or not isinstance(error, APIStatusError):
            return set()
        named = {int(number) for number in _NAMED.findall(str(error.body))}
        named = {position for position in named if position < count}
        return named if len(named) < count else set()


def is_refusal(error: TelnyxError) -> bool:
    """Return whether a server refused the request, rather than failed."""
    return is_length_refusal(error) or (
        isinstance(error, APIStatusError) and error.status_code in _REFUSALS
    )


def is_length_refusal(error: TelnyxError) -> bool:
    """Return whether a refusal states that the request is too long."""
    return isinstance(error, ContextOverflowError) or (
        isinstance(error, APIStatusError) and error.status_code == _TOO_LARGE
    )
