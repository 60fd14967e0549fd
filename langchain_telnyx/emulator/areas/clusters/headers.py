"""Headers and summaries of clusters, from the words that are frequent only in their passages."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_telnyx.emulator.search import words

_IN_HEADER = 3
_IN_SUMMARY = 8
_SHORTEST = 3
_TELLING = 1.5
"""The minimum ratio of a word's frequency in a cluster to that in the other passages."""


@dataclass(frozen=True)
class Wording:
    """The description of a cluster.

    Attributes:
        header: Its top words, short enough for a legend.
        summary: A sentence with more of them.
    """

    header: str
    summary: str


class Vocabulary:
    """The words of all passages, and the number of passages with each.

    Args:
        texts: The passages.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._spellings: dict[str, Counter[str]] = {}
        self._terms = [self._read(text) for text in texts]

    def describe(self, members: Sequence[int], among: Iterable[int], files: int) -> Wording:
        """Describe some passages in contrast to the others.

        Args:
            members: The passages' numbers.
            among: The passages to compare them to, including themselves.
            files: The number of their files.
        """
        inside = Counter(term for member in members for term in self._terms[member])
        every = set(among)
        overall = Counter(term for other in every for term in self._terms[other])
        outside = max(1, len(every) - len(members))

        def weight(term: str) -> float:
            share = inside[term] / len(members)
            # Add half a passage, so that a word absent from the rest has a large, finite weight.
            elsewhere = (overall[term] - inside[term] + 0.5) / (outside + 0.5)
            return share * math.log(share / elsewhere / _TELLING)

        telling = (term for term in inside if weight(term) > 0)
        best = sorted(telling, key=lambda term: (-weight(term), term))[:_IN_SUMMARY]
        named = [self._spelling(term) for term in best]
        counted = f"{_count(len(members), 'passage')} from {_count(files, 'file')}"
        return Wording(
            header=", ".join(name.capitalize() for name in named[:_IN_HEADER]) or "Other",
            summary=f"{counted} about {_listed(named)}."
            if named
            else f"{counted} on this and that.",
        )

    def _read(self, text: str) -> frozenset[str]:
        found: set[str] = set()
        for token in words.tokens(text):
            terms = words.terms_of(token)
            # Identifiers yield several terms, and are not shown.
            if len(terms) != 1 or token.lower() in words.STOP_WORDS:
                continue
            term = terms[0]
            if not term.isdigit() and (len(term) >= _SHORTEST or not term.isascii()):
                self._spellings.setdefault(term, Counter())[token.lower()] += 1
                found.add(term)
        return frozenset(found)

    def _spelling(self, term: str) -> str:
        spellings = self._spellings[term]
        return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
