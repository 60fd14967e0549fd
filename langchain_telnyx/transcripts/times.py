"""Valid times of words: finite, not negative, in order."""

import math
from bisect import bisect_right
from collections.abc import Sequence


def in_order(times: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return non-decreasing times, each with an end that is not before its start.

    The longest non-decreasing subsequence of starts stays unchanged. Other starts are moved between
    their neighbours.

    Args:
        times: The start and the end of each word, in seconds, in the order of the words.
    """
    trusted = set(_longest([start for start, _ in times]))
    starts: list[float] = []
    for place, (start, _) in enumerate(times):
        starts.append(start if place in trusted else (starts[-1] if starts else math.nan))
    first = next((start for start in starts if not math.isnan(start)), 0.0)
    starts = [first if math.isnan(start) else start for start in starts]
    ends = [*starts[1:], math.inf]
    found: list[tuple[float, float]] = []
    for start, (_, end), limit in zip(starts, times, ends, strict=True):
        usable = end if math.isfinite(end) else start
        found.append((start, max(start, min(usable, limit))))
    return found


def _longest(starts: Sequence[float]) -> list[int]:
    """Return the indices of the longest non-decreasing subsequence."""
    heads: list[float] = []
    places: list[int] = []
    before: dict[int, int] = {}
    for place, start in enumerate(starts):
        if not math.isfinite(start) or start < 0:
            continue
        at = bisect_right(heads, start)
        if at:
            before[place] = places[at - 1]
        heads[at : at + 1] = [start]
        places[at : at + 1] = [place]
    series: list[int] = []
    place_or_none = places[-1] if places else None
    while place_or_none is not None:
        series.append(place_or_none)
        place_or_none = before.get(place_or_none)
    return series
