"""How fast requests may go to one bucket: found out from its refusals, and shared by all workers.

A bucket takes so many requests a second, and refuses those beyond. Retries of each request alone do
not help: while one waits, the others go on too fast. So the requests to a bucket take turns, at a
rate that falls at a refusal and grows between them (CUBIC, as in TCP and in botocore's adaptive
mode), and at least by so many requests a second each second, by which clients that share a bucket
come to share it evenly. Until its first refusal a bucket is not slowed at all.

This is arithmetic only: the caller brings the time, and does the waiting.
"""

import os
import threading

# What is left of the rate after a refusal, and how fast it grows back: CUBIC's usual numbers.
_LEFT = 0.7
_GROWTH = 0.4
# The least it grows by each second: the same for all who share a bucket. A low rate grows slower.
_STEADY_GROWTH = 20.0
_STEADY_SHARE = 0.5
# The rate does not fall below this, so that what has passed is noticed within a second.
_LEAST = 2.0
# Seconds of turns that may be taken at once after a pause: threads do not wake up on the dot.
_BURST = 0.1
# Seconds over which the rate of requests is counted.
_SPAN = 0.5
# Seconds of nothing but refusals after which waiting for a bucket is no use.
_PATIENCE = 30.0
# The same for a status that may mean that the server is down; it must have answered before.
_PATIENCE_WHEN_DOWN = 10.0
_WHEN_HOPELESS = 20.0
# Turns: less than this is an error of floating-point arithmetic.
_ROUNDING = 1e-6

_lock = threading.Lock()


class Limiter:
    """The pace of requests to one bucket. All methods may be called from any thread.

    Times are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self._limited = False
        self._rate = 0.0
        # CUBIC: the rate at the last refusal, when that was, and the seconds to get back there.
        self._ceiling = 0.0
        self._cut_at = 0.0
        self._way_back = 0.0
        # Turns are numbered. Turn n comes when the position, which moves at the rate, reaches n.
        self._position = 0.0
        self._moved_at = 0.0
        self._next_turn = 0
        # How many requests went out in the current span of time, and in the one before.
        self._span_began = 0.0
        self._in_span = 0
        self._in_last_span = 0.0
        self._accepted_at: float | None = None
        self._refused_since: float | None = None

    @property
    def rate(self) -> float | None:
        """Requests a second, or `None` as long as nothing has been refused."""
        return self._rate if self._limited else None

    def turn(self, now: float) -> int | None:
        """Take the next turn; `None` where there is no need to wait for one."""
        if not self._limited:
            return None
        with _lock:
            self._move(now)
            # Turns that nobody took are lost, but for a few.
            self._position = min(self._position, self._next_turn + max(1.0, self._rate * _BURST))
            turn = self._next_turn
            self._next_turn += 1
            return turn

    def wait(self, turn: int, now: float) -> float:
        """Return the seconds until a turn comes, as far as can be seen; 0 once it has."""
        with _lock:
            self._move(now)
            ahead = turn + 1 - self._position
            # A rest too small to move a clock would be waited for without end.
            return ahead / self._pace(now) if ahead > _ROUNDING else 0.0

    def sent(self, now: float) -> None:
        """Count a request that goes out."""
        with _lock:
            self._count(now)
            self._in_span += 1

    def accepted(self, now: float) -> None:
        """Note an answer that is no refusal for rate."""
        with _lock:
            self._accepted_at = now
            self._refused_since = None

    def refused(self, sent_at: float, now: float) -> None:
        """Slow down for a refusal.

        Args:
            sent_at: When the refused request was sent: one that was under way when the rate fell
                says nothing about the rate since.
            now: When the refusal came.
        """
        with _lock:
            if self._refused_since is None:
                self._refused_since = now
            if self._limited and sent_at <= self._cut_at:
                return
            measured = self._measured(now)
            if self._limited:
                self._move(now)
                self._ceiling = min(self._rate, max(measured, _LEAST))
            else:
                self._limited = True
                self._ceiling = max(measured, _LEAST)
                self._position = float(self._next_turn)
            self._moved_at = self._cut_at = now
            self._rate = max(_LEAST, self._ceiling * _LEFT)
            self._way_back = (self._ceiling * (1 - _LEFT) / _GROWTH) ** (1 / 3)

    def is_answering(self, now: float) -> bool:
        """Whether something was accepted in the last second."""
        return self._accepted_at is not None and now - self._accepted_at < 1.0

    def is_worth_waiting(self, now: float, *, may_be_down: bool) -> bool:
        """Whether a refused request should wait for its turn beyond the retries it has.

        Args:
            now: The time.
            may_be_down: Whether the refusal may mean that the server is down, rather than busy.
        """
        with _lock:
            if may_be_down and self._accepted_at is None:
                return False
            timeouts = _PATIENCE_WHEN_DOWN if may_be_down else _PATIENCE
            return self._refused_since is None or now - self._refused_since <= timeouts

    def _move(self, now: float) -> None:
        """Move the position on to now, and the rate with it."""
        gone = now - self._moved_at
        if gone <= 0:
            return
        before = self._rate
        since = now - self._cut_at
        cubic = self._ceiling + _GROWTH * (since - self._way_back) ** 3
        steady = min(_STEADY_GROWTH, _STEADY_SHARE * self._ceiling)
        self._rate = max(before, cubic, self._ceiling * _LEFT + steady * since)
        self._position += gone * max((before + self._rate) / 2, self._least(now))
        self._moved_at = now

    def _pace(self, now: float) -> float:
        return max(self._rate, self._least(now))

    def _least(self, now: float) -> float:
        # What is refused for long fails; it must not wait for that in a long queue.
        hopeless = self._refused_since is not None and now - self._refused_since > _PATIENCE
        return _WHEN_HOPELESS if hopeless else _LEAST

    def _count(self, now: float) -> None:
        spans = int((now - self._span_began) / _SPAN)
        if spans > 0:
            self._in_last_span = self._in_span if spans == 1 else 0.0
            self._in_span = 0
            self._span_began = now if spans > 1 else self._span_began + _SPAN

    def _measured(self, now: float) -> float:
        """Return the rate at which requests went out lately."""
        self._count(now)
        current = now - self._span_began
        if not self._in_last_span:
            return self._in_span / max(current, _SPAN / 5)
        return (self._in_last_span + self._in_span) / (_SPAN + current)


def _after_fork() -> None:
    # A thread that was not forked along may have held the lock.
    global _lock  # noqa: PLW0603 - the parent's lock is of no use to the child
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
