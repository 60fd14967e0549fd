"""Positions of passages on a plane: the two directions of the largest variance of the themes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.areas.clusters.themes import Theme
from langchain_telnyx.emulator.search.vectors import Vectors

_SAMPLE = 512
_FEWEST = 3
"""With fewer themes, the directions come from the passages instead of the themes' centres."""


def places(rows: Vectors, themes: Sequence[Theme]) -> npt.NDArray[np.float64]:
    """Return x and y of each passage.

    Args:
        rows: The passages' vectors.
        themes: The groups they are in.
    """
    if len(rows) == 0:
        return np.empty((0, 2))
    if len(themes) >= _FEWEST:
        spanning = np.stack([rows[list(theme.members)].mean(axis=0) for theme in themes])
    else:
        # A sample yields about the same directions as all passages, and much faster.
        spanning = rows[:: -(-len(rows) // _SAMPLE)]
    centre = spanning.mean(axis=0)
    on_plane: npt.NDArray[np.float64] = (rows - centre).astype(np.float64) @ _axes(
        (spanning - centre).astype(np.float64)
    )
    return on_plane


def _axes(centred: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    axes = np.zeros((centred.shape[1], 2))
    found = min(2, len(directions))  # a single passage has no direction, and is at the origin
    axes[:, :found] = directions[:found].T
    # Fix the sign, which is arbitrary, so that the picture is the same on every machine.
    return axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
