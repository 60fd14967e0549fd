"""A text from which values are filled, with the facts and sentences that are not used yet."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.emulator.model import units
from langchain_telnyx.emulator.model.facts import Fact, Facts, Kind

# How certain it is that the text states a value. An optional field is filled only from STATED.
STATED = 2
LIKELY = 1
MADE_UP = 0


@dataclass(frozen=True, slots=True)
class FilledValue:
    """A value, and how certain it is that the text states it."""

    value: Any
    evidence: int = MADE_UP


class SourceText:
    """A text with its facts and sentences; each can be used for one value.

    Args:
        text: The text.
        today: The date that "tomorrow" is relative to.
    """

    def __init__(self, text: str, today: dt.date) -> None:
        self.text = text
        self.today = today
        self.facts = Facts(text)
        self.sentences = units.sentences(" ".join(text.split()))
        self._used: set[Fact] = set()
        self._used_sentences: set[str] = set()

    def unused(self, *kinds: Kind) -> list[Fact]:
        """List the unused facts of these kinds."""
        return [fact for fact in self.facts.of(*kinds) if fact not in self._used]

    def use(self, fact: Fact) -> None:
        """Mark a fact, and every fact that overlaps it, as used."""
        self._used.update(
            other
            for kind in self.facts.kinds
            for other in self.facts.of(kind)
            if other.start < fact.end and fact.start < other.end
        )

    def unused_sentences(self) -> list[str]:
        """List the unused sentences."""
        return [sentence for sentence in self.sentences if sentence not in self._used_sentences]

    def use_sentence(self, sentence: str) -> None:
        """Mark a sentence as used."""
        self._used_sentences.add(sentence)

    def snapshot(self) -> tuple[frozenset[Fact], frozenset[str]]:
        """Return what is used so far, for `restore`."""
        return frozenset(self._used), frozenset(self._used_sentences)

    def restore(self, snapshot: tuple[frozenset[Fact], frozenset[str]]) -> None:
        """Reset what is used to a `snapshot`."""
        self._used, self._used_sentences = set(snapshot[0]), set(snapshot[1])
