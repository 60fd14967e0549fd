"""Rank a few texts by their similarity to a query, without an index."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.search.vectors import (
    COMMON_SHARE,
    Keys,
    Vectors,
    embed_query,
    embed_with_keys,
)


def ranked(query: str, texts: Sequence[str]) -> list[tuple[int, float]]:
    """Return the indices of the texts with their scores, best first; ties keep their order.

    A score is 0 for a text that shares no word with the query, and 1 for an identical one.

    Args:
        query: The query.
        texts: The texts.
    """
    if not texts:
        return []
    embedded = [_embedded(text) for text in texts]
    seen = Counter(key for _, keys in embedded for key in keys.tolist())

    def rarity(keys: Keys) -> npt.NDArray[np.float64]:
        # As in the index: a term in few of the texts has a large weight.
        shares = np.array([seen[key] for key in keys.tolist()], np.float64)
        weights: npt.NDArray[np.float64] = np.sqrt(
            np.log1p(len(texts) / (1 + shares)) / np.log1p(len(texts))
        )
        return weights

    cosines = np.stack([vector for vector, _ in embedded]) @ embed_query(query, rarity)
    shared = np.clip((cosines.astype(np.float64) - COMMON_SHARE) / (1 - COMMON_SHARE), 0, 1)
    # Even a good answer shares few words with a question; the root raises such scores.
    scores = np.round(np.sqrt(shared), 4)
    order = np.argsort(-scores, kind="stable")
    return [(int(position), float(scores[position])) for position in order]


@lru_cache(maxsize=4096)
def _embedded(text: str) -> tuple[Vectors, Keys]:
    vectors, [keys] = embed_with_keys([text])
    return vectors[0], keys
