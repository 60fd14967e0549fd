"""The ledger of a rate limiter: what was admitted in the last minute, and who waits.

It only calculates: its caller passes the time, and waits. A *dimension* is what a limit counts,
such as requests, or output tokens of a model. Amounts count from their admission until one window
after their settlement, because it is not documented when the service counts a request: any moment
between sending and answer is covered, and so are fixed and sliding windows.

A request is admitted if it fits beside all that wait before it, so that nobody overtakes by taking
what an earlier request needs. An admitted amount that is never settled, because its process ended,
expires one window after its admission; a place in the queue, shortly after its holder stops
looking.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_telnyx.client.call import JSON

Amounts = Mapping[str, float]

# The window is counted in this many parts.
_PARTS = 120
# Seconds until a waiting request looks again: half of the expected wait, within these limits.
_SOONEST = 0.02
_LATEST = 1.0
# Seconds after which a request that has not looked again loses its place.
_GRACE = 5.0
# Seconds of a pause after a refusal without a time: doubled by each further one.
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# A quota of the server that no header confirms any more expires after so many of its periods.
_UNCONFIRMED = 10
# Resets that differ by no more than this are the same one: headers have whole seconds.
_SAME_RESET = 1.5
_ROUNDING = 1e-6


class Wait(NamedTuple):
    """The answer to a request that wants to be sent.

    Attributes:
        look_again: Seconds until it should ask again; 0 if it is admitted.
        expected: Seconds until it will probably be admitted.
    """

    look_again: float
    expected: float


ADMITTED = Wait(0.0, 0.0)


class _Quota:
    """What the server's headers say: what is left until when."""

    def __init__(self, limit: float, left: float, until: float, period: float, seen: float) -> None:
        self.limit = limit
        self.left = left
        self.until = until
        self.period = period
        self.seen = seen

    def to_json(self) -> list[float]:
        return [self.limit, self.left, self.until, self.period, self.seen]


class Ledger:
    """What counts against limits in a window of time, and who waits.

    Args:
        window: Seconds for which an amount counts.
    """

    def __init__(self, window: float = 60.0) -> None:
        self.window = window
        self._now = 0.0
        # Sums by part of the window: of settled amounts, and of amounts that are not settled.
        self._settled: dict[int, dict[str, float]] = {}
        self._held: dict[int, dict[str, float]] = {}
        # Admitted and not settled: the part of the window, and the amounts.
        self._open: dict[str, tuple[int, dict[str, float]]] = {}
        # Waiting, in order: the amounts, and when it looks again.
        self._queue: dict[str, tuple[dict[str, float], float]] = {}
        self._quotas: dict[str, _Quota] = {}
        # By scope: the end of the pause, and its length.
        self._pauses: dict[str, tuple[float, float]] = {}

    def reserve(
        self,
        now: float,
        *,
        identity: str,
        amounts: Amounts,
        limits: Amounts,
        scope: str = "",
        replaces: str | None = None,
        queued: bool = True,
    ) -> Wait:
        """Admit a request, or put it into the queue.

        Args:
            now: The time.
            identity: The request; the same one each time that it asks.
            amounts: What it needs, by dimension.
            limits: The limit of a window, by dimension; others are unlimited.
            scope: What a pause stops: the model.
            replaces: A request that was admitted before, and is part of this one.
            queued: Whether it waits, if it cannot be admitted now.
        """
        self._advance(now)
        if identity in self._open:
            return ADMITTED
        if replaces is not None:
            self._close(replaces)
        if identity in self._queue:
            amounts = self._queue[identity][0]
        ahead = self._ahead(identity)
        expected = self._pause(scope)
        for dimension, amount in amounts.items():
            limit = limits.get(dimension)
            before = ahead.get(dimension, 0.0)
            if limit is not None:
                expected = max(expected, self._wait(dimension, before + amount, limit))
            if (quota := self._quotas.get(dimension)) is not None:
                expected = max(expected, self._wait_for_quota(quota, before, amount))
        if expected <= 0:
            self._queue.pop(identity, None)
            self._admit(identity, dict(amounts))
            return ADMITTED
        look_again = min(max(expected / 2, _SOONEST), _LATEST)
        if queued:
            self._queue[identity] = (dict(amounts), now + look_again + _GRACE)
        return Wait(look_again, expected)

    def settle(self, now: float, *, identity: str, amounts: Amounts) -> None:
        """Replace what a request reserved by what it used, which counts for a window from now.

        Args:
            now: The time.
            identity: The request.
            amounts: What it used, by dimension.
        """
        self._advance(now)
        self._queue.pop(identity, None)
        self._close(identity)
        _add(self._settled.setdefault(self._part(now), {}), amounts)

    def release(self, now: float, *, identity: str) -> None:
        """Remove a request that was not sent.

        Args:
            now: The time.
            identity: The request, waiting or admitted.
        """
        self._advance(now)
        self._queue.pop(identity, None)
        self._close(identity)

    def learn(
        self, now: float, *, dimension: str, limit: float, remaining: float, reset: float
    ) -> None:
        """Store what the headers of a response say.

        Args:
            now: The time.
            dimension: What the server's limit counts.
            limit: The limit of the server's window.
            remaining: What is left in it.
            reset: Seconds until it ends.
        """
        self._advance(now)
        until, known = now + reset, self._quotas.get(dimension)
        if known is None:
            # Of the requests that are on their way, the server may have counted none.
            on_the_way = sum(held.get(dimension, 0.0) for held in self._held.values())
            left = max(0.0, remaining - on_the_way)
            self._quotas[dimension] = _Quota(limit, left, until, max(reset, 1.0), now)
            return
        if abs(known.until - until) <= _SAME_RESET:
            known.left = min(known.left, remaining)
        elif until > known.until:
            known.left, known.until = remaining, until
        known.limit, known.period, known.seen = limit, max(known.period, reset), now

    def pause(self, now: float, *, scope: str, seconds: float | None) -> None:
        """Admit nothing for a while, after a refusal.

        Args:
            now: The time.
            scope: The model that refused.
            seconds: How long, if the server says so; default: longer after each refusal.
        """
        self._advance(now)
        end, last = self._pauses.get(scope, (0.0, 0.0))
        if seconds is None:
            if end > now:
                return  # a request that was sent before the pause
            seconds = min(_LONGEST_PAUSE, last * 2 or _FIRST_PAUSE)
            last = seconds
        self._pauses[scope] = (max(end, now + seconds), last)

    def answered(self, now: float, *, scope: str) -> None:
        """Note an answer: the next pause is short again.

        Args:
            now: The time.
            scope: The model that answered.
        """
        self._advance(now)
        end, _ = self._pauses.get(scope, (0.0, 0.0))
        if end <= now:
            self._pauses.pop(scope, None)

    def used(self, now: float) -> dict[str, float]:
        """Return what counts now, by dimension.

        Args:
            now: The time.
        """
        self._advance(now)
        total: dict[str, float] = {}
        for sums in (*self._settled.values(), *self._held.values()):
            _add(total, sums)
        return {dimension: amount for dimension, amount in total.items() if amount > _ROUNDING}

    def waiting(self, now: float) -> int:
        """Return how many requests wait.

        Args:
            now: The time.
        """
        self._advance(now)
        return len(self._queue)

    def run_all(self, now: float, *, commands: Sequence[tuple[str, JSON]]) -> None:
        """Run several commands at once.

        Args:
            now: The time.
            commands: The names of methods, and their keyword arguments but `now`.
        """
        for name, arguments in commands:
            getattr(self, name)(now, **arguments)

    def to_json(self) -> JSON:
        """Return the ledger as JSON."""
        return {
            "window": self.window,
            "now": self._now,
            "settled": list(self._settled.items()),
            "held": list(self._held.items()),
            "open": self._open,
            "queue": list(self._queue.items()),
            "quotas": {name: quota.to_json() for name, quota in self._quotas.items()},
            "pauses": self._pauses,
        }

    @classmethod
    def of_json(cls, stored: JSON) -> "Ledger":
        """Return the ledger in JSON.

        Args:
            stored: The result of `to_json`.
        """
        ledger = cls(stored["window"])
        ledger._now = stored["now"]
        ledger._settled = {int(part): sums for part, sums in stored["settled"]}
        ledger._held = {int(part): sums for part, sums in stored["held"]}
        ledger._open = {name: (part, sums) for name, (part, sums) in stored["open"].items()}
        ledger._queue = {name: (sums, until) for name, (sums, until) in stored["queue"]}
        ledger._quotas = {name: _Quota(*quota) for name, quota in stored["quotas"].items()}
        ledger._pauses = {name: (end, last) for name, (end, last) in stored["pauses"].items()}
        return ledger

    def _advance(self, now: float) -> None:
        """Drop what no longer counts."""
        if now < self._now - self.window:
            # The clock began anew, such as that of a machine: what is stored is of another time.
            self.__dict__.update(Ledger(self.window).__dict__)
            self._now = now
        # A clock that was corrected stands still until then.
        now = self._now = max(now, self._now)
        for sums in (self._settled, self._held):
            for part in [part for part in sums if self._expiry(part) <= now]:
                del sums[part]
        # By admission, so the oldest is first.
        while self._open:
            oldest = next(iter(self._open))
            if self._open[oldest][0] in self._held:
                break
            del self._open[oldest]
        for name in [name for name, (_, until) in self._queue.items() if until < now]:
            del self._queue[name]
        for dimension, quota in list(self._quotas.items()):
            if now - quota.seen > max(self.window, _UNCONFIRMED * quota.period):
                del self._quotas[dimension]
            elif quota.until <= now:
                quota.until += quota.period * (1 + (now - quota.until) // quota.period)
                quota.left = quota.limit

    def _part(self, now: float) -> int:
        return int(now * _PARTS // self.window)

    def _expiry(self, part: int) -> float:
        return (part + 1) * self.window / _PARTS + self.window

    def _admit(self, identity: str, amounts: dict[str, float]) -> None:
        part = self._part(self._now)
        self._open[identity] = (part, amounts)
        _add(self._held.setdefault(part, {}), amounts)
        for dimension, amount in amounts.items():
            if (quota := self._quotas.get(dimension)) is not None:
                quota.left -= amount

    def _close(self, identity: str) -> None:
        part, amounts = self._open.pop(identity, (0, {}))
        if part in self._held:
            _add(self._held[part], {name: -amount for name, amount in amounts.items()})

    def _ahead(self, identity: str) -> dict[str, float]:
        """Return what the requests that wait before this one need."""
        total: dict[str, float] = {}
        for name, (amounts, _) in self._queue.items():
            if name == identity:
                break
            _add(total, amounts)
        return total

    def _pause(self, scope: str) -> float:
        end, _ = self._pauses.get(scope, (0.0, 0.0))
        return end - self._now

    def _wait(self, dimension: str, need: float, limit: float) -> float:
        """Return the seconds until an amount fits under a limit."""
        expiries = sorted(self._expiries(dimension))
        excess = sum(amount for _, amount in expiries) + need - limit
        if excess <= _ROUNDING:
            return 0.0
        latest = self._now
        for latest, amount in expiries:
            excess -= amount
            if excess <= _ROUNDING:
                return max(latest - self._now, _SOONEST)
        # It needs what those before it will use.
        return latest - self._now + max(excess / limit * self.window, _SOONEST)

    def _expiries(self, dimension: str) -> Iterator[tuple[float, float]]:
        for sums in (self._settled, self._held):
            for part, amounts in sums.items():
                if (amount := amounts.get(dimension, 0.0)) > 0:
                    yield self._expiry(part), amount

    def _wait_for_quota(self, quota: _Quota, ahead: float, amount: float) -> float:
        lacking = ahead + amount - quota.left
        # A request that is larger than a whole quota is sent at the beginning of one.
        if lacking <= _ROUNDING or (not ahead and quota.left >= quota.limit):
            return 0.0
        later = quota.period * max(0.0, lacking // max(quota.limit, 1.0))
        return max(quota.until - self._now + later, _SOONEST)


def _add(total: dict[str, float], amounts: Mapping[str, Any]) -> None:
    for name, amount in amounts.items():
        total[name] = total.get(name, 0.0) + amount
