"""Similarity search: each bucket's chunk vectors as one matrix, kept in step with the store.

Nobody tells the matrix of changes; it looks. Chunk ids only ever grow, so what is new is what lies
beyond the last id seen, and when the number of chunks then differs, some are gone.
"""

import json
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.search.vectors import COMMON_SHARE, DIMENSIONS, Keys, embed_query
from langchain_telnyx.emulator.store import Store

_BATCH = 2000
_STEEPNESS = 2.5
"""How strongly `certainties` lifts the small lexical similarities."""


@dataclass(frozen=True)
class Hit:
    """A chunk that was found.

    Attributes:
        text: The chunk.
        filename: The key of the object that it comes from.
        checksum: The MD5 of that object.
        certainty: `1 - distance / 2`.
        distance: 0 for the same, 2 for the opposite; as a real model's cosine distance.
        loader_metadata: What the bucket's loader knows about the chunk.
    """

    text: str
    filename: str
    checksum: str
    certainty: float
    distance: float
    loader_metadata: dict[str, Any]


class Index:
    """The chunks of all embedded buckets, searchable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._matrices: dict[str, _Matrix] = {}

    def search(self, bucket: str, query: str, limit: int) -> list[Hit]:
        """Return the chunks of a bucket that are nearest to a query, the best first."""
        with self._lock:
            matrix = self._matrices.setdefault(bucket, _Matrix(self._store, bucket))
            matrix.refresh()
            found = matrix.nearest(query, limit)
        hits = []
        for chunk, certainty in found:
            row = self._store.row(
                "SELECT text, key, checksum, loader_metadata "
                "FROM chunks JOIN objects USING (bucket, key) WHERE id = ?",
                chunk,
            )
            if row is not None:
                hits.append(
                    Hit(
                        text=row["text"],
                        filename=row["key"],
                        checksum=row["checksum"],
                        certainty=certainty,
                        distance=2 * (1 - certainty),
                        loader_metadata=json.loads(row["loader_metadata"]),
                    )
                )
        return hits


class _Matrix:
    """The vectors of one bucket, and in how many of its chunks each term occurs."""

    def __init__(self, store: Store, bucket: str) -> None:
        self._store = store
        self._bucket = bucket
        self._ids = np.empty(0, np.int64)
        self._rows = np.empty((0, DIMENSIONS), np.float32)  # with room to grow
        self._keys: list[Keys] = []
        self._frequencies: Counter[int] = Counter()

    def refresh(self) -> None:
        """Take in new chunks, and drop those that are gone."""
        last = int(self._ids[-1]) if len(self._ids) else 0
        while rows := self._store.rows(
            "SELECT id, vector, keys FROM chunks WHERE bucket = ? AND id > ? ORDER BY id LIMIT ?",
            self._bucket,
            last,
            _BATCH,
        ):
            self._append(
                np.array([row["id"] for row in rows], np.int64),
                np.frombuffer(b"".join(row["vector"] for row in rows), np.float32),
                [np.frombuffer(row["keys"], np.uint64) for row in rows],
            )
            last = rows[-1]["id"]
        count = self._store.row("SELECT count(*) FROM chunks WHERE bucket = ?", self._bucket)
        if count and count[0] != len(self._ids):
            alive = self._store.rows("SELECT id FROM chunks WHERE bucket = ?", self._bucket)
            self._keep(np.isin(self._ids, [row["id"] for row in alive]))

    def nearest(self, query: str, limit: int) -> list[tuple[int, float]]:
        """Return ids and certainties, the best first, the older chunk first among equals."""
        vectors = self._rows[: len(self._ids)]
        cosines = vectors @ embed_query(query, self._rarity)
        limit = min(limit, len(cosines))
        if not limit:
            return []
        # All that reach the limit's value, so that ties are settled by age and not by luck.
        threshold = np.partition(cosines, len(cosines) - limit)[len(cosines) - limit]
        candidates = np.flatnonzero(cosines >= threshold)
        best = candidates[np.argsort(-cosines[candidates], kind="stable")][:limit]
        found = certainties(cosines[best].astype(np.float64))
        return list(zip(self._ids[best].tolist(), found.tolist(), strict=True))

    def _append(
        self, ids: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32], keys: list[Keys]
    ) -> None:
        start = len(self._ids)
        end = start + len(ids)
        if end > len(self._rows):
            rows = np.empty((max(end, 2 * len(self._rows)), DIMENSIONS), np.float32)
            rows[:start] = self._rows[:start]
            self._rows = rows
        self._rows[start:end] = vectors.reshape(-1, DIMENSIONS)
        self._ids = np.concatenate([self._ids, ids])
        self._keys += keys
        different, counts = np.unique(np.concatenate(keys), return_counts=True)
        self._frequencies.update(dict(zip(different.tolist(), counts.tolist(), strict=True)))

    def _keep(self, alive: npt.NDArray[np.bool_]) -> None:
        for gone in np.flatnonzero(~alive):
            self._frequencies.subtract(self._keys[gone].tolist())
        self._frequencies = +self._frequencies
        self._rows = self._rows[: len(self._ids)][alive]
        self._ids = self._ids[alive]
        self._keys = [self._keys[row] for row in np.flatnonzero(alive)]

    def _rarity(self, keys: Keys) -> npt.NDArray[np.float64]:
        """Return how much each term of a query tells: much when few chunks have it."""
        count = len(self._ids) or 1
        seen = np.array([self._frequencies[key] for key in keys.tolist()], np.float64)
        # The root: unweighted, questions found the wrong topic more often, as with the full value.
        rarity: npt.NDArray[np.float64] = np.sqrt(np.log1p(count / (1 + seen)) / np.log1p(count))
        return rarity


def certainties(cosines: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return certainties as real models give them, from the cosines of hashed vectors.

    A question shares few of a passage's many words, so even a good hit has a small lexical
    similarity. This lifts it into the band of good hits, .9 to 1, and leaves the order as it is.
    """
    similarity = np.clip((cosines - COMMON_SHARE) / (1 - COMMON_SHARE), 0, 1)
    lifted = (1 - np.exp(-_STEEPNESS * similarity)) / (1 - np.exp(-_STEEPNESS))
    found: npt.NDArray[np.float64] = (1 + COMMON_SHARE + (1 - COMMON_SHARE) * lifted) / 2
    return found
