"""Reciprocal rank fusion: merge rankings whose scores cannot be compared."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)

# The constant of Cormack, Clarke and Büttcher (2009): how much the first ranks differ.
_K = 60


def fuse(rankings: Iterable[tuple[float, Sequence[Item]]]) -> list[Item]:
    """Return all items of several rankings, best first; ties are in the order of appearance.

    Args:
        rankings: Pairs of a weight and a ranking, best item first. An item adds
            `weight / (60 + rank)` for each ranking that contains it.
    """
    scores: dict[Item, float] = {}
    for weight, ranking in rankings:
        for rank, item in enumerate(dict.fromkeys(ranking), 1):
            scores[item] = scores.get(item, 0.0) + weight / (_K + rank)
    return sorted(scores, key=lambda item: -scores[item])
