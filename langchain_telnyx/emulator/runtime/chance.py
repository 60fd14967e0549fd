"""Mishaps at random that come out the same every time: the dice of `Script.flaky`."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Mishap = int | Literal["drop"]


@dataclass(slots=True)
class Dice:
    """Decides which requests meet a mishap.

    A request's fate hangs on the seed, its method and path, and how often the same was asked
    before; not on what others ask meanwhile. So the same requests fail, however threads take turns.

    Attributes:
        share: The share of requests that meet one, 0 to 1.
        seed: Same seed, same fates.
        mishaps: What may befall them, each as likely as the others: a status, or `drop`.
        path: Only requests whose path contains this text are at risk.
        retry_after: Seconds for the `retry-after` header of statuses.
    """

    share: float
    seed: int
    mishaps: tuple[Mishap, ...]
    path: str | None
    retry_after: float | None
    _asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"A share lies between 0 and 1, {self.share} does not.")
        if not self.mishaps:
            raise ValueError("Nothing can go wrong: name a status, or allow `drops`.")

    def throw(self, method: str, path: str) -> Mishap | None:
        """Return what befalls the next such request, or None when nothing does."""
        if self.path is not None and self.path not in path:
            return None
        self._asked[method, path] += 1
        fate = Random(f"{self.seed} {method} {path} {self._asked[method, path]}")  # noqa: S311 - no secret
        return fate.choice(self.mishaps) if fate.random() < self.share else None
