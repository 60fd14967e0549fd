"""Rank a few texts by their similarity to a query, without an index."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from langchain_telnyx.emulator.search.lexical import Collection
from langchain_telnyx.emulator.search.vectors import Keys, Vectors, embed_query, embed_with_keys


def ranked(query: str, texts: Sequence[str]) -> list[tuple[int, float]]:
    """Return the indices of the texts with their scores, best first; ties keep their order.

    A score is 0 for a text that shares no word with the query, and 1 for an identical one.

    Args:
        query: The query.
        texts: The texts.
    """
    if not texts:
        return []
    vectors, keys = zip(*(_embedded(text) for text in texts), strict=True)
    collection = Collection()
    collection.add(keys)
    embedded = embed_query(query, collection.rarity)
    cosines = np.stack(vectors) @ embedded.vector
    shared = np.clip(collection.similarities(embedded, keys, cosines), 0, 1)
    # Even a good answer shares few words with a question; the root raises such scores.
    scores = np.round(np.sqrt(shared), 4)
    order = np.argsort(-scores, kind="stable")
    return [(int(position), float(scores[position])) for position in order]


@lru_cache(maxsize=4096)
def _embedded(text: str) -> tuple[Vectors, Keys]:
    vectors, [keys] = embed_with_keys([text])
    return vectors[0], keys
