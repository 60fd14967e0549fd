"""One reading of a text while values are filled from it: what was found, and what is used up."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.model import units
from langchain_telnyx.emulator.model.facts import Fact, Facts, Kind

# How surely the text states a value. An optional field is only filled when the text states it.
STATED = 2
LIKELY = 1
MADE_UP = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """A value, and how surely the text states it."""

    value: Any
    evidence: int = MADE_UP


class Reading:
    """The facts of a text that no value has used yet.

    Args:
        text: The text.
        today: What "tomorrow" is counted from.
    """

    def __init__(self, text: str, today: dt.date) -> None:
        self.text = text
        self.today = today
        self.facts = Facts(text)
        self.sentences = units.sentences(" ".join(text.split()))
        self._used: set[Fact] = set()
        self._told: set[str] = set()

    def free(self, *kinds: Kind) -> list[Fact]:
        """List the facts of these kinds that are not used yet."""
        return [fact for fact in self.facts.of(*kinds) if fact not in self._used]

    def take(self, fact: Fact) -> None:
        """Use up a fact, and every other that shares its words."""
        self._used.update(
            other
            for kind in self.facts.kinds
            for other in self.facts.of(kind)
            if other.start < fact.end and fact.start < other.end
        )

    def untold(self) -> list[str]:
        """List the sentences that no value repeats yet."""
        return [sentence for sentence in self.sentences if sentence not in self._told]

    def tell(self, sentence: str) -> None:
        """Use up a sentence."""
        self._told.add(sentence)

    def mark(self) -> tuple[frozenset[Fact], frozenset[str]]:
        """Remember what is used up now, for `rewind`."""
        return frozenset(self._used), frozenset(self._told)

    def rewind(self, mark: tuple[frozenset[Fact], frozenset[str]]) -> None:
        """Go back to a moment that `mark` remembered."""
        self._used, self._told = set(mark[0]), set(mark[1])
