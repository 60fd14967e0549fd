"""What a server's refusal of a batch says of its texts, and in which parts to send it again."""

import re
from collections.abc import Sequence

from langchain_telnyx.client.errors import APIStatusError, ContextOverflowError, TelnyxError
from langchain_telnyx.embeddings.lengths import tokens

_TOO_LARGE = 413
_REFUSALS = {400, 422}
# Texts that a server refused as too long, after which no longer ones are singled out.
_ENOUGH = 8
# How servers name a text: `/input/3`, `["body", "input", 3]`, `input[3]`, "at position 3".
_NAMED = re.compile(r"(?:inputs?|texts?|position|index|item)\W{1,4}(\d+)\b", re.IGNORECASE)


class Refusals:
    """What a call learns of the texts that a server refuses.

    Args:
        limit: The most tokens of a text; `None` where that is not known.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._long: list[int] = []
        self._named: set[str] = set()
        self._names_rightly = True

    def is_about_length(self, error: TelnyxError, texts: Sequence[str]) -> bool:
        """Return whether a refusal is about the length of texts, or may be."""
        # Where the server does not say, length is likely if a text is anywhere near the limit.
        return speaks_of_length(error) or (
            self._limit is not None and 2 * max(map(tokens, texts)) > self._limit
        )

    def too_long(self, text: str) -> None:
        """Note that a text alone was refused as too long."""
        self._long.append(tokens(text))

    def answered(self, texts: Sequence[str]) -> None:
        """Note that texts were taken."""
        if not self._named.isdisjoint(texts):
            self._names_rightly = False

    def parts(
        self, error: TelnyxError, texts: Sequence[str], *, few: bool
    ) -> tuple[list[Sequence[str]], Sequence[str]]:
        """Return in which parts to send refused texts again, and which not to send again.

        Args:
            error: The refusal.
            texts: What was sent.
            few: Whether to give up on texts that are probably too long, once enough of them were
                refused: they are not worth the requests.

        Returns:
            The parts, of which the last is to be sent first; and the texts given up on.
        """
        if few and len(self._long) >= _ENOUGH and self.is_about_length(error, texts):
            shortest = min(self._long)
            long = [text for text in texts if tokens(text) >= shortest]
            if long:
                others = [text for text in texts if tokens(text) < shortest]
                return [others] if others else [], long
        named = self._named_by(error, len(texts))
        if named:
            # Each alone, as a server may count otherwise.
            self._named |= {texts[position] for position in named}
            others = [text for position, text in enumerate(texts) if position not in named]
            return [others, *([texts[position]] for position in sorted(named, reverse=True))], []
        # It is often one of the longer ones; so the others are soon out of this.
        ordered = sorted(texts, key=tokens)
        half = len(ordered) // 2
        return [ordered[half:], ordered[:half]], []

    def _named_by(self, error: TelnyxError, count: int) -> set[int]:
        """Return the positions that a refusal names, if that helps."""
        if not self._names_rightly or not isinstance(error, APIStatusError):
            return set()
        named = {int(number) for number in _NAMED.findall(str(error.body))}
        named = {position for position in named if position < count}
        return named if len(named) < count else set()


def is_refusal(error: TelnyxError) -> bool:
    """Return whether a server refused what was sent, rather than failed."""
    return speaks_of_length(error) or (
        isinstance(error, APIStatusError) and error.status_code in _REFUSALS
    )


def speaks_of_length(error: TelnyxError) -> bool:
    """Return whether a refusal says that it is about the length of what was sent."""
    return isinstance(error, ContextOverflowError) or (
        isinstance(error, APIStatusError) and error.status_code == _TOO_LARGE
    )
