"""Passages on a plane: the two directions along which their themes lie farthest apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from langchain_telnyx.emulator.areas.clusters.themes import Theme
from langchain_telnyx.emulator.search.vectors import Vectors

_SAMPLE = 512
_FEWEST = 3
"""With fewer themes than this, their middles span no plane, and the passages must."""


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
        # A sample shows the directions as well as all passages do, and much sooner.
        spanning = rows[:: -(-len(rows) // _SAMPLE)]
    centre = spanning.mean(axis=0)
    on_plane: npt.NDArray[np.float64] = (rows - centre).astype(np.float64) @ _axes(
        (spanning - centre).astype(np.float64)
    )
    return on_plane


def _axes(centred: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    axes = np.zeros((centred.shape[1], 2))
    found = min(2, len(directions))  # a single passage spans no plane, and stands at its middle
    axes[:, :found] = directions[:found].T
    # Either sign is right; the picture must not depend on which one the machine finds.
    return axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
