"""Limits the rate of requests to one bucket, learned from its 429s and shared by all threads.

A bucket accepts a number of requests per second, and refuses the others. Retries of each request
alone do not help: while one waits, the others are still too fast. So the requests to a bucket take
turns, at a rate that falls with a refusal and grows between refusals (CUBIC, as in TCP and in
botocore's adaptive mode). It grows by at least a fixed amount each second, so that clients that
share a bucket converge to equal shares. A bucket without refusals is not limited.

This module only calculates: its caller passes the time, and waits.
"""

import os
import threading

# The factor of the rate after a refusal, and how fast it grows back: CUBIC's usual values.
_LEFT = 0.7
_GROWTH = 0.4
# The least growth per second: the same for all clients of a bucket. A low rate grows slower.
_STEADY_GROWTH = 20.0
_STEADY_SHARE = 0.5
# The rate does not fall below this, so that the end of a limit is detected within a second.
_LEAST = 2.0
# Seconds of turns that may be taken at once after a pause: threads do not wake up exactly on time.
_BURST = 0.1
# Seconds over which the rate of requests is measured.
_SPAN = 0.5
# Seconds of only refusals after which calls stop waiting for a bucket.
_PATIENCE = 30.0
# The same for a status that may mean that the server is down; it must have accepted one before.
_PATIENCE_WHEN_DOWN = 10.0
_WHEN_HOPELESS = 20.0
# Turns: less than this is an error of floating-point arithmetic.
_ROUNDING = 1e-6

_lock = threading.Lock()


class Limiter:
    """The rate limit of requests to one bucket. All methods are thread-safe.

    Times are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self._limited = False
        self._rate = 0.0
        # CUBIC: the rate at the last refusal, when that was, and the seconds to get back there.
        self._ceiling = 0.0
        self._cut_at = 0.0
        self._way_back = 0.0
        # Turns are numbered. Turn n is due when the position, which moves at the rate, reaches n.
        self._position = 0.0
        self._moved_at = 0.0
        self._next_turn = 0
        # The number of requests in the current time span, and in the one before.
        self._span_began = 0.0
        self._in_span = 0
        self._in_last_span = 0.0
        self._accepted_at: float | None = None
        self._refused_since: float | None = None

    @property
    def rate(self) -> float | None:
        """Requests per second, or `None` before the first refusal."""
        return self._rate if self._limited else None

    def turn(self, now: float) -> int | None:
        """Take the next turn; `None` if there is no need to wait for one."""
        if not self._limited:
            return None
        with _lock:
            self._move(now)
            # Turns that were not taken expire, except a few.
            self._position = min(self._position, self._next_turn + max(1.0, self._rate * _BURST))
            turn = self._next_turn
            self._next_turn += 1
            return turn

    def wait(self, turn: int, now: float) -> float:
        """Return the seconds until a turn is due, by the current rate; 0 once it is."""
        with _lock:
            self._move(now)
            ahead = turn + 1 - self._position
            # A remainder too small to change the clock would be waited for without end.
            return ahead / self._pace(now) if ahead > _ROUNDING else 0.0

    def sent(self, now: float) -> None:
        """Count a request."""
        with _lock:
            self._count(now)
            self._in_span += 1

    def accepted(self, now: float) -> None:
        """Note a response that is not a refusal for the rate."""
        with _lock:
            self._accepted_at = now
            self._refused_since = None

    def refused(self, sent_at: float, now: float) -> None:
        """Lower the rate after a refusal.

        Args:
            sent_at: When the refused request was sent: one that was sent before the rate fell does
                not lower it again.
            now: When it was refused.
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
        """Whether a request was accepted in the last second."""
        return self._accepted_at is not None and now - self._accepted_at < 1.0

    def is_worth_waiting(self, now: float, *, may_be_down: bool) -> bool:
        """Whether a refused request should wait for its turn beyond its retries.

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
        """Move the position to `now`, and update the rate."""
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
        # Requests fail after refusals for long enough; they must not wait for that in a long queue.
        hopeless = self._refused_since is not None and now - self._refused_since > _PATIENCE
        return _WHEN_HOPELESS if hopeless else _LEAST

    def _count(self, now: float) -> None:
        spans = int((now - self._span_began) / _SPAN)
        if spans > 0:
            self._in_last_span = self._in_span if spans == 1 else 0.0
            self._in_span = 0
            self._span_began = now if spans > 1 else self._span_began + _SPAN

    def _measured(self, now: float) -> float:
        """Return the recent rate of requests."""
        self._count(now)
        current = now - self._span_began
        if not self._in_last_span:
            return self._in_span / max(current, _SPAN / 5)
        return (self._in_last_span + self._in_span) / (_SPAN + current)


def _after_fork() -> None:
    # A thread of the parent may have held the lock.
    global _lock  # noqa: PLW0603 - the parent's lock is of no use to the child
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
