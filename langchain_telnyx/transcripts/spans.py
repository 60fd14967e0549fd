"""Times that models leave out or get wrong: placed between those that they give.

A time below zero is zero. An end before its beginning is no end. What has no time shares the gap
between its neighbours, by the length of the texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

# How long what nothing bounds is taken to be: about as fast as people speak.
_SECONDS_A_SIGN = 0.06


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds.

    Attributes:
        start: Where it begins.
        end: Where it ends; never before `start`.
        estimated: Whether the model gave no usable beginning or end.
    """

    start: float
    end: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Timed:
    """What is to be placed.

    Attributes:
        start: Where it begins, as the model gives it.
        end: Where it ends, as the model gives it.
        length: The length of its text: its share of a gap.
    """

    start: float | None
    end: float | None
    length: int = 1


def usable(start: float | None, end: float | None) -> tuple[float | None, float | None]:
    """Return a beginning and an end as far as they can be right.

    Args:
        start: The beginning, in seconds.
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
    """Return a span for each item; those with usable times keep them.

    Args:
        items: The items, in the order in which they are said.
        begin: Where the first begins at the earliest. Default: 0, or the first known time.
        end: Where the last ends at the latest. Default: the last known time.
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
            # Where its neighbours overlap, it must not sort behind the next one.
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
    """Place a run of items of which none has both times; one of the two may be known."""
    # Corners are the times between two items: known ones stay, the others lie on a line.
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
        spoken = _SECONDS_A_SIGN * sum(lengths)
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
