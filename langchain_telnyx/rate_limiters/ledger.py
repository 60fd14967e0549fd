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
from heapq import merge
from typing import NamedTuple

from langchain_telnyx.client.call import JSON
from langchain_telnyx.rate_limiters.server_limits import Quota, ServerLimits

Amounts = Mapping[str, float]

# The window is counted in this many parts.
_PARTS = 120
# Seconds until a waiting request looks again: half of the expected wait, but at least this, and at
# most a second, or a part of a long wait: what was reserved is often more than what is used.
_SOONEST = 0.02
_LATEST = 1.0
_PART_OF_LONG_WAIT = 0.1
_LATEST_OF_LONG_WAIT = 10.0
# Seconds after which a request that has not looked again loses its place.
_GRACE = 5.0
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


class _Place:
    """A place in the queue.

    Attributes:
        amounts: What the request needs.
        ahead: What the requests before it need, and what all need that have left the queue.
        until: When it loses its place, unless it looks again.
    """

    def __init__(self, amounts: Amounts, ahead: dict[str, float], until: float) -> None:
        self.amounts = dict(amounts)
        self.ahead = ahead
        self.until = until


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
        # Sums of both.
        self._used: dict[str, float] = {}
        # Waiting, in order; sums of what they need, and of what those need that have left it; and
        # when to look for places that are lost.
        self._queue: dict[str, _Place] = {}
        self._needed: dict[str, float] = {}
        self._left: dict[str, float] = {}
        self._check_queue_at = 0.0
        self._server = ServerLimits()

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
            for dimension, amount in self._close(replaces).items():
                self._server.take(dimension, -amount)
        place = self._queue.get(identity)
        if place is not None:
            amounts = place.amounts
        expected = max(
            self._server.wait_for_pause(self._now, scope), self._expected(place, amounts, limits)
        )
        if expected <= 0:
            self._leave(identity)
            self._admit(identity, dict(amounts))
            return ADMITTED
        longest = max(_LATEST, min(expected * _PART_OF_LONG_WAIT, _LATEST_OF_LONG_WAIT))
        look_again = min(max(expected / 2, _SOONEST), longest)
        if queued:
            until = self._now + look_again + _GRACE
            if place is None:
                self._join(identity, amounts, until)
            else:
                place.until = until
            self._check_queue_at = min(self._check_queue_at, until)
        return Wait(look_again, expected)

    def settle(self, now: float, *, identity: str, amounts: Amounts) -> None:
        """Replace what a request reserved by what it used, which counts for a window from now.

        Args:
            now: The time.
            identity: The request.
            amounts: What it used, by dimension.
        """
        self._advance(now)
        self._leave(identity)
        self._close(identity)
        _add(self._settled.setdefault(self._part(self._now), {}), amounts)
        _add(self._used, amounts)

    def release(self, now: float, *, identity: str) -> None:
        """Remove a request that was not sent.

        Args:
            now: The time.
            identity: The request, waiting or admitted.
        """
        self._advance(now)
        self._leave(identity)
        self._close(identity)

    def learn(
        self,
        now: float,
        *,
        dimension: str,
        limit: float,
        remaining: float,
        reset: float,
        identity: str = "",
    ) -> None:
        """Store what the headers of a response say.

        Args:
            now: The time.
            dimension: What the server's limit counts.
            limit: The limit of the server's window.
            remaining: What is left in it.
            reset: Seconds until it ends.
            identity: The request of the response, if it is not settled yet: the server counted it.
        """
        self._advance(now)
        sent = sum(held.get(dimension, 0.0) for held in self._held.values())
        if identity in self._open:
            sent -= self._open[identity][1].get(dimension, 0.0)
        quota = Quota(limit, remaining, self._now + reset, reset, self._now)
        self._server.learn(dimension, quota, sent)

    def pause(self, now: float, *, scope: str, seconds: float | None) -> None:
        """Admit nothing for a while, after a refusal.

        Args:
            now: The time.
            scope: The model that refused.
            seconds: How long, if the server says so; default: longer after each refusal.
        """
        self._advance(now)
        self._server.pause(self._now, scope, seconds)

    def answered(self, now: float, *, scope: str) -> None:
        """Note an answer: the next pause is short again.

        Args:
            now: The time.
            scope: The model that answered.
        """
        self._advance(now)
        self._server.answered(self._now, scope)

    def used(self, now: float) -> dict[str, float]:
        """Return what counts now, by dimension.

        Args:
            now: The time.
        """
        self._advance(now)
        return {name: amount for name, amount in self._used.items() if amount > _ROUNDING}

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
            "queue": [(name, place.amounts, place.until) for name, place in self._queue.items()],
            "server": self._server.to_json(),
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
        for sums in (*ledger._settled.values(), *ledger._held.values()):
            _add(ledger._used, sums)
        for name, amounts, until in stored["queue"]:
            ledger._join(name, amounts, until)
        ledger._server = ServerLimits.of_json(stored["server"])
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
            # In the order of time, so the oldest is first.
            while sums and self._expiry(part := next(iter(sums))) <= now:
                _subtract(self._used, sums.pop(part))
        # By admission, so the oldest is first.
        while self._open:
            oldest = next(iter(self._open))
            if self._open[oldest][0] in self._held:
                break
            del self._open[oldest]
        if now > self._check_queue_at:
            for name in [name for name, place in self._queue.items() if place.until < now]:
                self._leave(name)
            ends = (place.until for place in self._queue.values())
            self._check_queue_at = min(ends, default=now + _GRACE)
        self._server.advance(now)

    def _part(self, now: float) -> int:
        return int(now * _PARTS // self.window)

    def _expiry(self, part: int) -> float:
        return (part + 1) * self.window / _PARTS + self.window

    def _admit(self, identity: str, amounts: dict[str, float]) -> None:
        part = self._part(self._now)
        self._open[identity] = (part, amounts)
        _add(self._held.setdefault(part, {}), amounts)
        _add(self._used, amounts)
        for dimension, amount in amounts.items():
            self._server.take(dimension, amount)

    def _close(self, identity: str) -> Amounts:
        part, amounts = self._open.pop(identity, (0, {}))
        if part in self._held:
            _subtract(self._held[part], amounts)
            _subtract(self._used, amounts)
        return amounts

    def _expected(self, place: _Place | None, amounts: Amounts, limits: Amounts) -> float:
        """Return the seconds until a request fits beside those before it; 0 if it does now."""
        expected = 0.0
        for dimension, amount in amounts.items():
            ahead = self._needed.get(dimension, 0.0)
            if place is not None:
                ahead = place.ahead.get(dimension, 0.0) - self._left.get(dimension, 0.0)
            limit = limits.get(dimension)
            if limit is not None:
                expected = max(expected, self._wait(dimension, ahead + amount, limit))
            by_server = self._server.wait_for_quota(self._now, dimension, ahead, amount)
            expected = max(expected, by_server)
        return expected

    def _join(self, identity: str, amounts: Amounts, until: float) -> None:
        """Add a request to the queue."""
        ahead = dict(self._needed)
        _add(ahead, self._left)
        self._queue[identity] = _Place(amounts, ahead, until)
        _add(self._needed, amounts)

    def _leave(self, identity: str) -> None:
        """Remove a request from the queue; those behind it move up."""
        left = self._queue.get(identity)
        if left is None:
            return
        # All others move up, but those before it: mostly few, and seldom many.
        for place in self._queue.values():
            if place is left:
                break
            _add(place.ahead, left.amounts)
        del self._queue[identity]
        _add(self._left, left.amounts)
        _subtract(self._needed, left.amounts)
        if not self._queue:
            self._left = {}

    def _wait(self, dimension: str, need: float, limit: float) -> float:
        """Return the seconds until an amount fits under a limit."""
        excess = self._used.get(dimension, 0.0) + need - limit
        if excess <= _ROUNDING:
            return 0.0
        latest = self._now
        parts = merge(self._amounts(self._settled, dimension), self._amounts(self._held, dimension))
        for part, amount in parts:
            latest = self._expiry(part)
            excess -= amount
            if excess <= _ROUNDING:
                return max(latest - self._now, _SOONEST)
        # It needs what those before it will use.
        return latest - self._now + max(excess / limit * self.window, _SOONEST)

    @staticmethod
    def _amounts(
        parts: Mapping[int, dict[str, float]], dimension: str
    ) -> Iterator[tuple[int, float]]:
        for part, sums in parts.items():
            if dimension in sums:
                yield part, sums[dimension]


def _add(total: dict[str, float], amounts: Amounts) -> None:
    for name, amount in amounts.items():
        total[name] = total.get(name, 0.0) + amount


def _subtract(total: dict[str, float], amounts: Amounts) -> None:
    for name, amount in amounts.items():
        left = total.get(name, 0.0) - amount
        if left > _ROUNDING:
            total[name] = left
        else:
            total.pop(name, None)
