"""The similarity of texts by their terms, as it is before terms are hashed to dimensions.

In the vectors of `vectors`, terms share dimensions: 100 terms in 1,024 dimensions make a passage
seem similar to queries with which it shares nothing. So the vectors select the candidates of a
search, and the terms of these few are compared exactly.

A term has a large weight in a query if few passages have it, and in a passage if it occurs several
times there, with the saturation of BM25.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.search.vectors import COMMON_SHARE, Keys, Query, stop_weights

_SATURATION = 1.2
"""BM25's k1: a term's weight is 1 for one occurrence, and at most 2.2."""
_TYPICAL_SHARE = 0.25
"""How much the length of a typical passage counts beside a passage's own."""
_SHORTEST = 1e-9
"""The squared length of a passage without words."""
_DENSE_SHARE = 0.1
"""The share of the vectors' similarity, which includes the letter sequences of words."""


class Collection:
    """In how many of a collection's passages each term occurs."""

    def __init__(self) -> None:
        self._frequencies: Counter[int] = Counter()
        self._passages = 0
        self._terms = 0  # the sum of all frequencies

    def add(self, passages: Sequence[Keys]) -> None:
        """Count the terms of new passages, given their keys from `embed_with_keys`."""
        self._count(passages, 1)

    def remove(self, passages: Sequence[Keys]) -> None:
        """Undo `add`."""
        self._count(passages, -1)

    def rarity(self, keys: Keys) -> npt.NDArray[np.float64]:
        """Return the weight of each term of a query: high when few passages have it."""
        seen = np.array([self._frequencies[key] for key in keys.tolist()], np.float64)
        rarity: npt.NDArray[np.float64] = np.log1p(max(1, self._passages) / (1 + seen))
        return rarity

    def similarities(
        self, query: Query, passages: Sequence[Keys], cosines: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float64]:
        """Return the similarity of passages to a query, from 0 to 1.

        Args:
            query: The query, embedded with `rarity`.
            passages: The keys of each passage.
            cosines: The cosines of their vectors to the query's.
        """
        dense = np.clip((cosines.astype(np.float64) - COMMON_SHARE) / (1 - COMMON_SHARE), 0, 1)
        length = np.linalg.norm(query.weights)
        if not passages or not length:
            return dense
        keys, owners, counts = _distinct(passages)
        weights = stop_weights(keys) * counts * (1 + _SATURATION) / (counts + _SATURATION)
        squares = np.bincount(owners, weights**2, minlength=len(passages))
        order = np.argsort(query.keys)
        places = np.searchsorted(query.keys, keys, sorter=order)
        matching = order[np.minimum(places, len(order) - 1)]
        products = np.where(query.keys[matching] == keys, query.weights[matching] * weights, 0.0)
        shared = np.bincount(owners, products, minlength=len(passages))
        # A share of a typical length is added: the cosine alone prefers short passages.
        typical = _TYPICAL_SHARE * self._terms / max(1, self._passages)
        lengths = np.sqrt(np.maximum(squares + typical, _SHORTEST))
        exact = shared / (length * lengths)
        similarities: npt.NDArray[np.float64] = (1 - _DENSE_SHARE) * exact + _DENSE_SHARE * dense
        return similarities

    def _count(self, passages: Sequence[Keys], sign: int) -> None:
        if not passages:
            return
        different, counts = np.unique(_distinct(passages)[0], return_counts=True)
        for key, count in zip(different.tolist(), counts.tolist(), strict=True):
            self._frequencies[key] += sign * count
            if not self._frequencies[key]:
                del self._frequencies[key]
        self._passages += sign * len(passages)
        self._terms += sign * int(counts.sum())


def _distinct(
    passages: Sequence[Keys],
) -> tuple[Keys, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the distinct keys of each passage, with its position and their numbers in it."""
    keys = np.concatenate(passages)
    owners = np.repeat(np.arange(len(passages)), [len(each) for each in passages])
    # The keys of a passage are sorted.
    begins = np.ones(len(keys), np.bool_)
    begins[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    starts = np.flatnonzero(begins)
    return keys[starts], owners[starts], np.diff(np.append(starts, len(keys)))
