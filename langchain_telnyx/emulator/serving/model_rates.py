"""Limits of requests and tokens per minute, by model and its class."""

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_WINDOW = 60.0
REQUESTS = "requests"
INPUT = "input"
UNCACHED = "uncached input"
OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class ModelRateLimit:
    """What one model accepts in any 60 seconds; beyond it responds with 429. `None` is no limit.

    Attributes:
        input_tokens: Input tokens.
        uncached_input_tokens: Input tokens that are not cached.
        output_tokens: Output tokens. A request is accepted as long as some are left.
        requests: Requests; none are documented.
    """

    input_tokens: int | None = None
    uncached_input_tokens: int | None = None
    output_tokens: int | None = None
    requests: int | None = None


def _published() -> dict[str, ModelRateLimit]:
    return {
        "small": ModelRateLimit(100_000_000, 20_000_000, 1_000_000),
        "medium": ModelRateLimit(40_000_000, 8_000_000, 400_000),
        "large": ModelRateLimit(20_000_000, 4_000_000, 200_000),
    }


@dataclass(frozen=True, slots=True)
class ModelRateLimits:
    """The limits of all models; the defaults are the published ones of October 2026.

    Attributes:
        by_tier: The limit by class: `small`, `medium`, `large`, `unlisted`; others have none.
        by_model: The limit of a model, instead of that of its class.
    """

    by_tier: Mapping[str, ModelRateLimit] = field(default_factory=_published)
    by_model: Mapping[str, ModelRateLimit] = field(default_factory=dict)

    def of(self, model: str, tier: str) -> ModelRateLimit:
        """Return the limit of a model.

        Args:
            model: The model.
            tier: Its class.
        """
        return self.by_model.get(model) or self.by_tier.get(tier) or ModelRateLimit()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a model still accepts, of the limit that headers describe.

    Attributes:
        allowed: Whether the request is accepted.
        limit: The limit.
        remaining: What is left of it.
        reset: Seconds until all of it is left again.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: int


class _Usage:
    """What one model accepted in the last minute."""

    def __init__(self) -> None:
        self.log: deque[tuple[float, str, int]] = deque()
        self.sums: dict[str, int] = dict.fromkeys((REQUESTS, INPUT, UNCACHED, OUTPUT), 0)
        self.last: dict[str, float] = {}

    def add(self, now: float, kind: str, amount: int) -> None:
        self.log.append((now, kind, amount))
        self.sums[kind] += amount
        self.last[kind] = now

    def forget(self, before: float) -> None:
        while self.log and self.log[0][0] <= before:
            _, kind, amount = self.log.popleft()
            self.sums[kind] -= amount

    def reset(self, kind: str, now: float) -> int:
        return max(1, math.ceil(self.last.get(kind, now) + _WINDOW - now))


class ModelRates:
    """Counts what each model accepts, in a window that slides; refused requests do not count.

    Args:
        limits: The limits.
        clock: Returns seconds.
    """

    def __init__(self, limits: ModelRateLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._models: dict[str, _Usage] = {}
        self._kinds: dict[str, list[tuple[str, int]]] = {}

    def accept(self, model: str, tier: str, *, prompt: int, cached: int) -> Allowance:
        """Count a request, if its model accepts it.

        Args:
            model: The model.
            tier: Its class.
            prompt: The tokens of the request.
            cached: Those of them that are cached.
        """
        limit = self._numbers(model, tier)
        needs: dict[str, int] = {REQUESTS: 1, INPUT: prompt, UNCACHED: prompt - cached, OUTPUT: 1}
        with self._lock:
            now, used = self._now(model)
            exceeded = [kind for kind, most in limit if used.sums[kind] + needs[kind] > most]
            if not exceeded:
                for kind in (REQUESTS, INPUT, UNCACHED):
                    used.add(now, kind, needs[kind])
            return self._allowance(limit, used, now, exceeded)

    def count_output(self, model: str, tokens: int) -> None:
        """Count the tokens of an answer.

        Args:
            model: The model.
            tokens: How many.
        """
        with self._lock:
            now, used = self._now(model)
            used.add(now, OUTPUT, tokens)

    def state(self, model: str, tier: str) -> Allowance:
        """Return what a model still accepts.

        Args:
            model: The model.
            tier: Its class.
        """
        with self._lock:
            now, used = self._now(model)
            return self._allowance(self._numbers(model, tier), used, now, [])

    def _numbers(self, model: str, tier: str) -> list[tuple[str, int]]:
        """Return the limits that there are; the first is what headers describe."""
        if model not in self._kinds:
            limit = self._limits.of(model, tier)
            numbers = (
                (REQUESTS, limit.requests),
                (INPUT, limit.input_tokens),
                (UNCACHED, limit.uncached_input_tokens),
                (OUTPUT, limit.output_tokens),
            )
            self._kinds[model] = [(kind, most) for kind, most in numbers if most is not None]
        return self._kinds[model]

    def _now(self, model: str) -> tuple[float, _Usage]:
        now, used = self._clock(), self._models.setdefault(model, _Usage())
        used.forget(now - _WINDOW)
        return now, used

    def _allowance(
        self, limit: list[tuple[str, int]], used: _Usage, now: float, exceeded: list[str]
    ) -> Allowance:
        kind, most = next(
            (each for each in limit if not exceeded or each[0] == exceeded[0]), (INPUT, 0)
        )
        left = 0 if exceeded else max(0, most - used.sums[kind])
        return Allowance(not exceeded, most, left, used.reset(kind, now))
