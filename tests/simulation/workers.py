"""Workers that call one model at once, on the emulator's limits, in simulated time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from langchain_telnyx.emulator.serving.model_rates import ModelRateLimits, ModelRates
from langchain_telnyx.rate_limiters.ledger import Ledger
from langchain_telnyx.rate_limiters.limits import Tokens, by_dimension, published_limits

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds of the simulation; the first minute, in which the limits fill up, is not measured.
_SECONDS = 300.0
_MEASURED_FROM = 60.0
# As the client retries a 429 without headers: `max_retries=2`, from 0.5 s on, at random.
_MAX_RETRIES = 2
_FIRST_DELAY = 0.5


class Workload(NamedTuple):
    """The requests of a kind: tokens of the input, of it cached, of the answer, and at most."""

    input: int
    cached: int
    output: int
    max_tokens: int


class Model(NamedTuple):
    """A model: its class, and how fast it answers, which is assumed."""

    name: str
    tier: str
    first_token_seconds: float
    tokens_per_second: float


WORKLOADS = {
    "insights": Workload(3000, 0, 300, 600),
    "chat": Workload(8000, 7000, 400, 800),
}
MODELS = {
    "small": Model("zai-org/GLM-5.3-Flash", "small", 0.4, 150),
    "medium": Model("moonshotai/Kimi-K2.6", "medium", 0.6, 100),
    "large": Model("moonshotai/Kimi-K3", "large", 0.8, 60),
}


@dataclass
class Result:
    """What a simulation measured.

    Attributes:
        answered: Requests that were answered.
        refused: Requests that were refused with 429.
        failed: Calls that ended in an error, after all retries.
        waits: Seconds of each answered call before its last attempt was sent.
        minutes: The time that was measured.
    """

    answered: int = 0
    refused: int = 0
    failed: int = 0
    waits: list[float] = field(default_factory=list)
    minutes: float = (_SECONDS - _MEASURED_FROM) / 60

    @property
    def per_minute(self) -> float:
        """Answered requests per minute."""
        return self.answered / self.minutes

    @property
    def refused_share(self) -> float:
        """The share of all requests that were refused."""
        return self.refused / max(1, self.refused + self.answered)

    @property
    def failed_share(self) -> float:
        """The share of all calls that failed."""
        return self.failed / max(1, self.failed + self.answered)

    def wait(self, percent: int) -> float:
        """Return a percentile of the waits, in seconds."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


class _Simulation:
    """Workers, each of which begins a call when its last one has ended."""

    def __init__(self, workers: int, model: Model, load: Workload, seed: int) -> None:
        self.now = 0.0
        self.result = Result()
        self.model = model
        self.load = load
        self.random = Random(seed)
        self.rates = ModelRates(ModelRateLimits(), lambda: self.now)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        for _ in range(workers):
            self.after(self.random.random(), self.call)

    def run(self) -> Result:
        """Run to the end of the time, and return what was measured."""
        while self._events and self._events[0][0] < _SECONDS:
            self.now, _, event = heapq.heappop(self._events)
            event()
        return self.result

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Run an event later."""
        self._number += 1
        heapq.heappush(self._events, (self.now + seconds, self._number, event))

    def call(self) -> None:
        """Begin a call."""
        size = self.random.uniform(0.8, 1.2)
        tokens = Tokens(
            round(self.load.input * size),
            round(self.load.output * self.random.uniform(0.8, 1.2)),
            round(self.load.cached * size),
        )
        self.attempt(tokens, self.now, 0)

    def attempt(self, tokens: Tokens, begun: float, retries: int) -> None:
        """Send a request, which is answered or refused."""
        if self.send(tokens, begun):
            return
        if retries == _MAX_RETRIES:
            self.count(failed=1)
            self.call()
            return
        delay = _FIRST_DELAY * 2**retries * self.random.random()
        self.after(delay, lambda: self.attempt(tokens, begun, retries + 1))

    def send(self, tokens: Tokens, begun: float, identity: str = "") -> bool:
        """Send a request; return whether it is accepted."""
        accepted = self.rates.accept(
            self.model.name,
            self.model.tier,
            prompt=int(tokens.input),
            cached=int(tokens.cached),
        ).allowed
        if not accepted:
            self.count(refused=1)
            return False
        waited = self.now - begun
        seconds = self.model.first_token_seconds + tokens.output / self.model.tokens_per_second
        self.after(seconds, lambda: self.answer(tokens, waited, identity))
        return True

    def answer(self, tokens: Tokens, waited: float, _identity: str) -> None:
        """End a call."""
        self.rates.count_output(self.model.name, int(tokens.output))
        self.count(answered=1)
        if self.now >= _MEASURED_FROM:
            self.result.waits.append(waited)
        self.call()

    def count(self, *, answered: int = 0, refused: int = 0, failed: int = 0) -> None:
        """Count what happens after the first minute."""
        if self.now >= _MEASURED_FROM:
            self.result.answered += answered
            self.result.refused += refused
            self.result.failed += failed


class _Limited(_Simulation):
    """The same with `TelnyxRateLimiter`: its ledger admits each request first."""

    def __init__(self, workers: int, model: Model, load: Workload, seed: int) -> None:
        super().__init__(workers, model, load, seed)
        self.ledger = Ledger()
        self.limits = by_dimension(published_limits(model.name), model.name)
        self.numbers = 0

    def attempt(self, tokens: Tokens, begun: float, retries: int) -> None:
        """Wait for admission, and send the request."""
        if retries:
            super().attempt(tokens, begun, retries)
            return
        self.numbers += 1
        self.ask(tokens, begun, str(self.numbers))

    def ask(self, tokens: Tokens, begun: float, identity: str) -> None:
        """Ask for admission."""
        reserved = Tokens(tokens.input, self.load.max_tokens)
        wait = self.ledger.reserve(
            self.now,
            identity=identity,
            amounts=reserved.amounts(self.model.name),
            limits=self.limits,
        )
        if wait.look_again > 0:
            self.after(wait.look_again, lambda: self.ask(tokens, begun, identity))
        elif not self.send(tokens, begun, identity):
            self.ledger.release(self.now, identity=identity)
            super().attempt(tokens, begun, 1)

    def answer(self, tokens: Tokens, waited: float, identity: str) -> None:
        """End a call, and settle what it used."""
        amounts = tokens.amounts(self.model.name)
        self.ledger.settle(self.now, identity=identity, amounts=amounts)
        super().answer(tokens, waited, identity)


def simulate(workers: int, tier: str, workload: str, *, limiter: bool, seed: int = 0) -> Result:
    """Run workers for five simulated minutes.

    Args:
        workers: How many.
        tier: The class of their model.
        workload: The kind of their requests.
        limiter: Whether they share a `TelnyxRateLimiter`.
        seed: The same seed gives the same result.
    """
    kind = _Limited if limiter else _Simulation
    return kind(workers, MODELS[tier], WORKLOADS[workload], seed).run()
