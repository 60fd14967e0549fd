"""Similarity search: each bucket's chunk vectors as one matrix, in sync with the store.

Each search first updates the matrix. Chunk ids only grow, so new chunks are those after the last
id seen; a trigger records deleted ones (see `schema`). The cost of both does not grow with the
bucket.
"""

import json
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.search.lexical import Collection
from langchain_telnyx.emulator.search.vectors import COMMON_SHARE, DIMENSIONS, Keys, embed_query
from langchain_telnyx.emulator.storage.database import Store

_BATCH = 2000
_NO_ID = 2**63 - 1
"""Larger than any id of a chunk."""
_STEEPNESS = 2.5
"""The exponent by which `certainties` raises small lexical similarities."""
_LEAST_CANDIDATES = 250
_CANDIDATES_PER_HIT = 2
"""How many passages nearest by their vectors are compared term by term."""


@dataclass(frozen=True)
class Hit:
    """A search result.

    Attributes:
        text: The chunk's text.
        filename: The key of its object.
        checksum: The MD5 of that object when it was embedded.
        certainty: `1 - distance / 2`.
        distance: The cosine distance: 0 for the same, 2 for the opposite.
        loader_metadata: The metadata from the bucket's loader.
    """

    text: str
    filename: str
    checksum: str
    certainty: float
    distance: float
    loader_metadata: dict[str, Any]


class Index:
    """A search index over the chunks of all embedded buckets.

    Args:
        store: The database.
        delay: Seconds until a new chunk is searchable.
    """

    def __init__(self, store: Store, *, delay: float = 0.0) -> None:
        self._store = store
        self._delay = delay
        self._lock = threading.Lock()
        self._matrices: dict[str, _Matrix] = {}

    def search(self, bucket: str, query: str, limit: int) -> list[Hit]:
        """Return the chunks of a bucket nearest to a query, best first."""
        with self._lock:
            matrix = self._matrices.get(bucket)
            if matrix is None:
                matrix = self._matrices[bucket] = _Matrix(self._store, bucket)
            matrix.refresh(self._delay)
            found = matrix.nearest(query, limit)
        hits = []
        for chunk, certainty in found:
            row = self._store.row(
                # The checksum at the time of embedding: the object may have been replaced since.
                "SELECT text, key, json_extract(recipe, '$[0]') AS checksum, loader_metadata "
                "FROM chunks JOIN embedded_files USING (bucket, key) WHERE id = ?",
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
    """The vectors of one bucket, and the number of its chunks in which each term occurs.

    The row of a deleted chunk is marked, and removed once half of the rows are marked.
    """

    def __init__(self, store: Store, bucket: str) -> None:
        self._store = store
        self._bucket = bucket
        self._last = 0  # the last id read
        self._used = 0
        # The first `_used` rows of each are in use, ordered by id; the rest is spare capacity.
        self._ids = np.empty(0, np.int64)
        self._vectors = np.empty((0, DIMENSIONS), np.float32)
        self._alive = np.empty(0, np.bool_)
        self._keys: list[Keys] = []
        self._gone = 0
        self._collection = Collection()
        store.execute("INSERT OR IGNORE INTO searched_buckets VALUES (?)", bucket)

    def refresh(self, delay: float) -> None:
        """Add new chunks, and drop deleted ones.

        Args:
            delay: The minimum age of a new chunk, in seconds.
        """
        with self._store.transaction() as sql:
            gone = sql.execute(
                "SELECT id FROM gone_chunks WHERE bucket = ? ORDER BY id", (self._bucket,)
            ).fetchall()
            if gone:
                sql.execute("DELETE FROM gone_chunks WHERE bucket = ?", (self._bucket,))
                self._drop(np.array([row["id"] for row in gone], np.int64))
            self._read_new(self._first_too_new(delay) if delay else None)

    def _read_new(self, before: int | None) -> None:
        row = self._store.row(
            "SELECT count(*) FROM chunks WHERE bucket = ? AND id > ?", self._bucket, self._last
        )
        if row and row[0] > _BATCH:
            # At once: to grow by doubling would need up to four times the memory of the vectors.
            self._reserve(self._used + row[0])
        while rows := self._store.rows(
            "SELECT id, vector, keys FROM chunks WHERE bucket = ? AND id > ? AND id < ? "
            "ORDER BY id LIMIT ?",
            self._bucket,
            self._last,
            _NO_ID if before is None else before,
            _BATCH,
        ):
            self._append(
                np.array([row["id"] for row in rows], np.int64),
                np.frombuffer(b"".join(row["vector"] for row in rows), np.float32),
                [np.frombuffer(row["keys"], np.uint64) for row in rows],
            )
            self._last = rows[-1]["id"]

    def _first_too_new(self, delay: float) -> int | None:
        """Return the id of the first chunk below the minimum age, if any."""
        days = delay / 86_400
        self._store.execute(
            "DELETE FROM young_chunks WHERE bucket = ? AND day <= julianday('now') - ?",
            self._bucket,
            days,
        )
        row = self._store.row(
            "SELECT min(id) FROM young_chunks WHERE bucket = ?",
            self._bucket,
        )
        return None if row is None else row[0]

    def nearest(self, query: str, limit: int) -> list[tuple[int, float]]:
        """Return ids and certainties, best first; the older chunk first among equals."""
        embedded = embed_query(query, self._collection.rarity)
        cosines = self._vectors[: self._used] @ embedded.vector
        if self._gone:
            cosines[~self._alive[: self._used]] = -np.inf
        limit = min(limit, self._used - self._gone)
        if not limit:
            return []
        candidates = _largest(cosines, max(_LEAST_CANDIDATES, _CANDIDATES_PER_HIT * limit))
        candidates = candidates[np.isfinite(cosines[candidates])]
        keys = [self._keys[row] for row in candidates.tolist()]
        similarities = self._collection.similarities(embedded, keys, cosines[candidates])
        best = np.argsort(-similarities, kind="stable")[:limit]
        found = certainties(similarities[best])
        return list(zip(self._ids[candidates[best]].tolist(), found.tolist(), strict=True))

    def _append(
        self, ids: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32], keys: list[Keys]
    ) -> None:
        start = self._used
        end = start + len(ids)
        if end > len(self._ids):
            self._reserve(max(end, 2 * len(self._ids)))
        self._ids[start:end] = ids
        self._vectors[start:end] = vectors.reshape(-1, DIMENSIONS)
        self._alive[start:end] = True
        self._used = end
        self._keys += keys
        self._collection.add(keys)

    def _reserve(self, room: int) -> None:
        """Make room for rows, if there is too little."""
        if room > len(self._ids):
            self._move(np.arange(self._used), room=room)

    def _drop(self, gone: npt.NDArray[np.int64]) -> None:
        ids = self._ids[: self._used]
        places = np.searchsorted(ids, gone)
        valid = places < self._used
        rows = places[valid]
        rows = rows[ids[rows] == gone[valid]]
        self._collection.remove([self._keys[row] for row in rows.tolist()])
        self._alive[rows] = False
        self._gone += len(rows)
        if 2 * self._gone > self._used:
            staying = np.flatnonzero(self._alive[: self._used])
            self._keys = [self._keys[row] for row in staying]
            self._move(staying, room=2 * len(staying))
            self._gone = 0

    def _move(self, staying: npt.NDArray[np.intp], *, room: int) -> None:
        """Copy the remaining rows to new arrays with spare capacity."""
        ids = np.empty(room, np.int64)
        vectors = np.empty((room, DIMENSIONS), np.float32)
        alive = np.empty(room, np.bool_)
        self._used = len(staying)
        ids[: self._used] = self._ids[staying]
        vectors[: self._used] = self._vectors[staying]
        alive[: self._used] = self._alive[staying]
        self._ids, self._vectors, self._alive = ids, vectors, alive


def _largest(values: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.intp]:
    """Return the indices of the largest values, in ascending order; of equals the first ones."""
    if count >= len(values):
        return np.arange(len(values))
    least = np.partition(values, len(values) - count)[len(values) - count]
    larger = np.flatnonzero(values > least)
    equal = np.flatnonzero(values == least)[: count - len(larger)]
    return np.sort(np.concatenate([larger, equal]))


def certainties(similarities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Map lexical similarities, from 0 to 1, to the certainties of real models.

    A query shares few words with a chunk, so even a good hit has a small lexical similarity. This
    raises it into the range of good hits, 0.9 to 1, and preserves the order.
    """
    lifted = (1 - np.exp(-_STEEPNESS * similarities)) / (1 - np.exp(-_STEEPNESS))
    found: npt.NDArray[np.float64] = (1 + COMMON_SHARE + (1 - COMMON_SHARE) * lifted) / 2
    return found
