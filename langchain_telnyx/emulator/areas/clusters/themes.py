"""Passages grouped by theme: communities in the graph of similar passages.

Each passage is linked to the few most similar ones, and the Louvain method partitions the graph.
Density-based clustering, the usual choice, finds almost nothing here: in 1,024 dimensions all
distances between texts are nearly equal, and only their order is informative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.search.vectors import Vectors

if TYPE_CHECKING:
    import networkx as nx

_NEIGHBOURS = 15
_LEAST_LIKENESS = 0.1
"""The cosine below which the similarity of two passages may be chance."""
_RESOLUTIONS = (1.0, 0.5, 0.25)
"""The resolutions to try: the first, then coarser ones until a theme is large enough."""
_BLOCK = 1024
_SEED = 0


@dataclass(frozen=True)
class Theme:
    """A group of passages.

    Attributes:
        members: Their row numbers, most central first.
        parts: The subgroups; not every member is in one.
    """

    members: tuple[int, ...]
    parts: tuple["Theme", ...] = ()


def meanings(vectors: Vectors) -> Vectors:
    """Return unit vectors without the component that all embeddings share.

    Args:
        vectors: The results of `search.vectors.embed`, as rows.
    """
    bare = vectors[:, 1:]
    lengths = np.linalg.norm(bare, axis=1, keepdims=True)
    rows: Vectors = (bare / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return rows


def find(rows: Vectors, *, least: int, least_part: int) -> list[Theme]:
    """Group passages by theme, largest group first.

    Args:
        rows: Their `meanings`.
        least: The minimum number of passages in a theme; smaller groups are left out.
        least_part: The minimum number of passages in a subgroup.
    """
    graph = _graph(rows)
    coarser = (_communities(graph, least, resolution) for resolution in _RESOLUTIONS)
    themes = []
    for members in next(filter(None, coarser), []):
        parts = _communities(graph.subgraph(members), least_part, _RESOLUTIONS[0])
        # Skip a part that is equal to its theme.
        parts = [part for part in parts if len(part) < len(members)]
        themes.append(
            Theme(
                _by_centrality(rows, members),
                tuple(Theme(_by_centrality(rows, part)) for part in parts),
            )
        )
    return themes


def _graph(rows: Vectors) -> "nx.Graph[int]":
    import networkx as nx  # noqa: PLC0415 - slow to load, and needed only here

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(rows)))
    count = min(_NEIGHBOURS, len(rows) - 1)
    if count < 1:
        return graph
    for start in range(0, len(rows), _BLOCK):
        likeness = rows[start : start + _BLOCK] @ rows.T
        block = np.arange(len(likeness))
        likeness[block, start + block] = -1  # exclude the passage itself
        nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        weights = np.take_along_axis(likeness, nearest, axis=1)
        for row, found, close in zip(block + start, nearest, weights, strict=True):
            near = close > _LEAST_LIKENESS
            graph.add_weighted_edges_from(
                (int(row), int(other), float(weight))
                for other, weight in zip(found[near], close[near], strict=True)
            )
    return graph


def _communities(graph: Any, least: int, resolution: float) -> list[list[int]]:
    import networkx as nx  # noqa: PLC0415 - loaded already, by `_graph`

    found = nx.community.louvain_communities(
        graph, weight="weight", resolution=resolution, seed=_SEED
    )
    large = [sorted(members) for members in found if len(members) >= least]
    return sorted(large, key=lambda members: (-len(members), members))


def _by_centrality(rows: Vectors, members: Sequence[int]) -> tuple[int, ...]:
    chosen = rows[list(members)]
    closeness: npt.NDArray[np.float32] = chosen @ chosen.mean(axis=0)
    return tuple(members[at] for at in np.argsort(-closeness, kind="stable"))
