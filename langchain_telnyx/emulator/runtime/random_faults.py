"""Reproducible random faults, for `Script.flaky`."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Literal

FaultKind = int | Literal["drop"]


@dataclass(slots=True)
class RandomFaults:
    """Decides which requests fail.

    The decision depends on the seed, the method, the path, and the number of earlier requests with
    the same method and path. It does not depend on other requests, so the order of threads does not
    matter.

    Attributes:
        share: The share of requests that fail, 0 to 1.
        seed: The same seed selects the same requests.
        faults: The possible faults, equally likely: a status, or `drop`.
        path: Only requests whose path contains this text fail.
        retry_after: Seconds for the `retry-after` header of statuses.
    """

    share: float
    seed: int
    faults: tuple[FaultKind, ...]
    path: str | None
    retry_after: float | None
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"`share` must be between 0 and 1, not {self.share}.")
        if not self.faults:
            raise ValueError("No fault is possible: pass a status, or allow `drops`.")

    def next(self, method: str, path: str) -> FaultKind | None:
        """Return the fault of the next request with this method and path, or None."""
        if self.path is not None and self.path not in path:
            return None
        self._counts[method, path] += 1
        random = Random(f"{self.seed} {method} {path} {self._counts[method, path]}")  # noqa: S311 - no secret
        return random.choice(self.faults) if random.random() < self.share else None
