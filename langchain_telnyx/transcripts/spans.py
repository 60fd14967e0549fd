"""Estimates missing and invalid times from the times around them.

Times below zero become zero. An end before its start is ignored. Items without times share the gap
between their neighbours, by the length of the texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

# Seconds per character without a time limit: a typical rate of speech.
_SECONDS_PER_CHARACTER = 0.06


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds.

    Attributes:
        start: Its start.
        end: Its end, not before `start`.
        estimated: Whether a time is estimated, because the model returned no usable one.
    """

    start: float
    end: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Timed:
    """An item with optional times.

    Attributes:
        start: The model's start.
        end: The model's end.
        length: The length of its text, for its share of a gap.
    """

    start: float | None
    end: float | None
    length: int = 1


def usable(start: float | None, end: float | None) -> tuple[float | None, float | None]:
    """Return the start and the end if they are valid.

    Args:
        start: The start in seconds.
        end: The end.
    """
    begins = None if start is None or not isfinite(start) else max(0.0, start)
    ends = None if end is None or not isfinite(end) or end < 0 else end
    if begins is not None and ends is not None and ends < begins:
        ends = None
    return begins, ends


def placed(
    items: Sequence[Timed], begin: float | None = None, end: float | None = None
) -> list[Span]:
    """Return a span for each item; usable times stay unchanged.

    Args:
        items: The items in order.
        begin: The earliest start. Default: 0, or the first known time.
        end: The latest end. Default: the last known time.
    """
    known = [usable(item.start, item.end) for item in items]
    spans: list[Span | None] = [
        Span(start, ends) if start is not None and ends is not None else None
        for start, ends in known
    ]
    at = 0
    while at < len(items):
        if spans[at] is not None:
            at += 1
            continue
        stop = next((to for to in range(at, len(items)) if spans[to] is not None), len(items))
        before = spans[at - 1] if at else None
        after = spans[stop] if stop < len(items) else None
        lower = before.end if before else (begin or 0.0)
        upper = after.start if after else end
        if after:
            # If its neighbours overlap, it must not sort after the next one.
            lower = min(lower, after.start)
        spans[at:stop] = _gap(items[at:stop], known[at:stop], lower, upper)
        at = stop
    return [span for span in spans if span is not None]


def _gap(
    items: Sequence[Timed],
    known: Sequence[tuple[float | None, float | None]],
    lower: float,
    upper: float | None,
) -> list[Span]:
    """Estimate the times of a run of items, each with at most one known time."""
    # Corners are the times between two items: known ones stay, others are interpolated.
    size = len(items)
    corners: list[float | None] = [None] * (size + 1)
    for at, (start, end) in enumerate(known):
        if start is not None:
            corners[at] = start
        if end is not None:
            corners[at + 1] = end
    first, last = corners[0], corners[size]
    corners[0] = lower if first is None else first
    highest = max((corner for corner in corners if corner is not None), default=lower)
    lengths = [max(1, item.length) for item in items]
    if last is None:
        spoken = _SECONDS_PER_CHARACTER * sum(lengths)
        last = max(highest, highest + spoken if upper is None else upper)
    corners[size] = last
    fixed = [at for at, corner in enumerate(corners) if corner is not None]
    line: list[float] = [0.0] * (size + 1)
    for left, right in pairwise(fixed):
        begin, stop = corners[left] or 0.0, corners[right] or 0.0
        total = sum(lengths[left:right])
        for at in range(left, right + 1):
            line[at] = begin + (stop - begin) * sum(lengths[left:at]) / total
    spans: list[Span] = []
    for at, (start, end) in enumerate(known):
        begins = line[at] if start is None else start
        ends = max(begins, line[at + 1] if end is None else end)
        spans.append(Span(round(begins, 3), round(max(begins, ends), 3), estimated=True))
    return spans
