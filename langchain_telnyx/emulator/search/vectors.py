"""Hash texts to unit vectors; a text has the same vector on every machine and run.

There is no neural model. Each term (see `words`) adds to a few dimensions that a hash selects:
fully to two, and a little to those of its letter sequences, so that compounds and misspellings are
similar. Terms are weighted by the logarithm of their count, and in a query by their rarity in a
collection, too; stop words have little weight. So texts that share rare words are similar; the
vectors contain nothing else of the meaning.

All vectors share one constant part, as those of real models do: unrelated texts have a certainty
near 0.85, and only larger values are significant.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.search.words import STOP_WORDS, terms

Vectors: TypeAlias = npt.NDArray[np.float32]
Keys: TypeAlias = npt.NDArray[np.uint64]
Rarity: TypeAlias = Callable[[Keys], npt.NDArray[np.float64]]


class Query(NamedTuple):
    """An embedded query.

    Attributes:
        vector: Its unit vector.
        keys: The keys of its distinct terms.
        weights: Their weights.
    """

    vector: Vectors
    keys: Keys
    weights: npt.NDArray[np.float64]


DIMENSIONS = 1024
COMMON_SHARE = 0.7
"""The cosine of two texts without common terms; 0.7 is a certainty of 0.85."""

_FULL = 2
_SEQUENCES = 6
_SEQUENCE_LENGTH = 4
_SEQUENCE_SHARE = 0.16
"""The share of a term's weight for its letter sequences."""
_STOP_WEIGHT = 0.05
_MAX_TERMS = 1 << 16
_MAX_REPEATS = 32
"""How often a term of one text is counted at most."""


class _Lexicon:
    """The terms seen so far, each with the hashes and weights of its dimensions."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._lock = Lock()
        self.hashes = np.zeros((1024, _FULL + _SEQUENCES), np.uint64)
        self.weights = np.zeros((1024, _FULL + _SEQUENCES), np.float64)

    def rows(self, words: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return the row of each term, and add new terms."""
        try:
            return np.fromiter((self._rows[word] for word in words), np.intp, len(words))
        except KeyError:
            with self._lock:
                for word in words:
                    if word not in self._rows:
                        self._add(word)
        return self.rows(words)

    def __len__(self) -> int:
        return len(self._rows)

    def _add(self, term: str) -> None:
        row = len(self._rows)
        if row == len(self.hashes):
            self.hashes = np.concatenate([self.hashes, np.zeros_like(self.hashes)])
            self.weights = np.concatenate([self.weights, np.zeros_like(self.weights)])
        weight = _STOP_WEIGHT if term in STOP_WORDS else 1.0
        full = [_hash(f"{term}/{n}") for n in range(_FULL)]
        sequences = [] if term in STOP_WORDS else [_hash(part) for part in _sequences(term)]
        self.hashes[row, :_FULL] = full
        self.hashes[row, _FULL : _FULL + len(sequences)] = sequences
        share = _SEQUENCE_SHARE if sequences else 0.0
        self.weights[row, :_FULL] = weight * np.sqrt((1 - share) / _FULL)
        if sequences:
            self.weights[row, _FULL : _FULL + len(sequences)] = weight * np.sqrt(
                share / len(sequences)
            )
        # Last, as readers do not lock: a row is published when it is complete.
        self._rows[term] = row


_lexicon = _Lexicon()


def embed(texts: Sequence[str], dimensions: int = DIMENSIONS) -> Vectors:
    """Return one unit vector for each text, as rows.

    Args:
        texts: The texts; one without words has the constant part only.
        dimensions: The length of the vectors, at least 2.
    """
    return embed_with_keys(texts, dimensions)[0]


def embed_with_keys(
    texts: Sequence[str], dimensions: int = DIMENSIONS
) -> tuple[Vectors, list[Keys]]:
    """Return the vectors of `embed`, and for each text the keys of its terms.

    The keys serve to compare terms and to count them in a collection (see `lexical`). They are
    sorted, and a term that occurs several times has its key several times.
    """
    vectors = np.empty((len(texts), dimensions), np.float32)
    keys: list[Keys] = []
    for row, text in enumerate(texts):
        counts = Counter(terms(text))
        vectors[row], distinct, _ = _vector(counts, dimensions, None)
        repeats = np.minimum(list(counts.values()), _MAX_REPEATS).astype(np.intp)
        keys.append(np.sort(np.repeat(distinct, repeats)))
    return vectors, keys


def embed_query(text: str, rarity: Rarity, dimensions: int = DIMENSIONS) -> Query:
    """Embed a query, with terms weighted by their rarity in a collection.

    Args:
        text: The query.
        rarity: Returns a weight for each key.
        dimensions: The length of the vector.
    """
    return Query(*_vector(Counter(terms(text)), dimensions, rarity))


def stop_weights(keys: Keys) -> npt.NDArray[np.float64]:
    """Return a weight for each key: 1, or little for a stop word."""
    places = np.minimum(np.searchsorted(_STOP_KEYS, keys), len(_STOP_KEYS) - 1)
    return np.where(_STOP_KEYS[places] == keys, _STOP_WEIGHT, 1.0)


def _vector(
    counts: Counter[str], dimensions: int, rarity: Rarity | None
) -> tuple[Vectors, Keys, npt.NDArray[np.float64]]:
    """Return the unit vector of some terms, with their keys and weights."""
    keys: Keys = np.empty(0, np.uint64)
    strength = np.empty(0, np.float64)
    vector = np.zeros(dimensions, np.float64)
    if counts:
        lexicon = _current()
        rows = lexicon.rows(list(counts))
        strength = 1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))
        hashes = lexicon.hashes[rows]
        keys = hashes[:, 0].copy()  # not a view, which would hold all hashes
        if rarity is not None:
            strength *= rarity(keys)
        signs = np.where(hashes >> np.uint64(63), -1.0, 1.0)
        dimension_indices = 1 + (hashes % np.uint64(dimensions - 1)).astype(np.intp)
        parts = lexicon.weights[rows] * signs * strength[:, None]
        sums = np.bincount(dimension_indices.ravel(), parts.ravel(), minlength=dimensions)
        vector = sums.astype(np.float64, copy=False)
    length = np.linalg.norm(vector)
    if length == 0:
        vector[0] = 1
        return vector.astype(np.float32), keys, strength
    vector *= np.sqrt(1 - COMMON_SHARE) / length
    vector[0] = np.sqrt(COMMON_SHARE)
    return vector.astype(np.float32), keys, strength * stop_weights(keys)


def _current() -> _Lexicon:
    """Return the lexicon, or a new one if the old one is too large."""
    global _lexicon  # noqa: PLW0603 - a cache without effect on results
    if len(_lexicon) > _MAX_TERMS:
        _lexicon = _Lexicon()
    return _lexicon


def _sequences(term: str) -> list[str]:
    """Return some letter sequences of a term, spread over its length."""
    padded = f"<{term}>"
    found = [padded[at : at + _SEQUENCE_LENGTH] for at in range(len(padded) - _SEQUENCE_LENGTH + 1)]
    step = max(1, -(-len(found) // _SEQUENCES))
    return found[::step]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


_STOP_KEYS = np.sort(np.array([_hash(f"{word}/0") for word in STOP_WORDS], np.uint64))
