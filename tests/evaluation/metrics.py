"""Figures of retrieval: hit rate, MRR, nDCG and AUROC, with intervals by bootstrap."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SAMPLES = 2000
_SEED = 20
_CUT = 10


@dataclass(frozen=True)
class Outcome:
    """What a search found for a question.

    Attributes:
        question: The question.
        relevant: The files that answer it; none where the corpus does not answer it.
        found: The files found, best first, each once.
        certainty: The highest certainty of a passage, if the service was asked.
        score: The score of the first passage that the ranking added, if any.
    """

    question: str
    relevant: tuple[str, ...]
    found: tuple[str, ...]
    certainty: float | None = None
    score: float | None = None

    @property
    def rank(self) -> int | None:
        """The rank of the first file that answers the question, from 1, if it was found."""
        ranks = (rank for rank, name in enumerate(self.found, 1) if name in self.relevant)
        return next(ranks, None)


def hit_rate(outcomes: Sequence[Outcome], at: int) -> float:
    """Return the share of questions with an answering file among the first `at`."""
    return sum(each.rank is not None and each.rank <= at for each in outcomes) / len(outcomes)


def mean_reciprocal_rank(outcomes: Sequence[Outcome]) -> float:
    """Return the mean of 1 / rank, where a file that was not found counts 0."""
    return sum(1 / each.rank for each in outcomes if each.rank is not None) / len(outcomes)


def ndcg(outcomes: Sequence[Outcome]) -> float:
    """Return the mean nDCG of the first 10 files, where all answering files count the same."""
    return sum(map(_ndcg, outcomes)) / len(outcomes)


def _ndcg(outcome: Outcome) -> float:
    gained = sum(
        1 / math.log2(rank + 1)
        for rank, name in enumerate(outcome.found[:_CUT], 1)
        if name in outcome.relevant
    )
    most = min(_CUT, len(outcome.relevant))
    return gained / sum(1 / math.log2(rank + 1) for rank in range(1, most + 1))


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return how often an answerable question has a higher score than another; ties count half."""
    pairs = [(one > other) + (one == other) / 2 for one in answerable for other in unanswerable]
    return sum(pairs) / len(pairs)


def interval(
    outcomes: Sequence[Outcome], figure: Callable[[Sequence[Outcome]], float]
) -> tuple[float, float]:
    """Return the 95 % interval of a figure: questions are drawn again, 2,000 times.

    The result is the same on every run.
    """
    draw = random.Random(_SEED)
    figures = sorted(figure(draw.choices(outcomes, k=len(outcomes))) for _ in range(_SAMPLES))
    return figures[round(0.025 * _SAMPLES)], figures[round(0.975 * _SAMPLES) - 1]
