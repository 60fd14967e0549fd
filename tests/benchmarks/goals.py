"""The "must" of figures with the extra `fast`, and goals that are not reached yet.

The "must" without the extra is in the rows themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contenders import FAST, OURS
from rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rows import Metric

# Rows that are not here have the same "must" as without the extra.
_FAST: Mapping[str, Mapping[Metric, float]] = {
    "invoke": {"cpu": 0.32},
    "ainvoke": {"cpu": 0.28},
    "stream": {"cpu": 0.11},
    "astream": {"cpu": 0.10},
    "abatch_100_wide": {"cpu": 0.18, "wall": 0.22},
    "paced_astream": {"cpu": 0.27},
    "call_stream": {"cpu": 0.14},
    "astream_events": {"cpu": 0.27},
    "first_token": {"cpu": 0.25, "wall": 0.28},
    "ainvoke_400_at_once": {"cpu": 0.20},
    "aembed_documents": {"cpu": 0.50, "rss": 1.2},
}
_GOALS: Mapping[str, Mapping[Metric, float]] = {
    "invoke": {"cpu": 0.26},
    "first_token": {"cpu": 0.20, "wall": 0.20},
    "invoke_with_history": {"cpu": 0.05},
    "structured_by_function": {"cpu": 0.30},
    "structured_by_schema": {"cpu": 0.25},
    "embed_documents": {"cpu": 0.50},
    "first_model": {"modules": 0.60},
}


def must(contender: str, row: str, metric: Metric) -> float | None:
    """Return the maximum ratio of a contender at a row; `None` if it has none."""
    if contender == FAST:
        return _FAST.get(row, ROWS[row].must).get(metric)
    return ROWS[row].must.get(metric) if contender == OURS else None


def goal(row: str, metric: Metric) -> float | None:
    """Return the goal of a figure with the extra `fast`; `None` if its "must" is the goal."""
    return _GOALS.get(row, {}).get(metric)
