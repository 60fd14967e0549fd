"""What the server says about its limits: headers of responses, and refusals."""

from typing import NamedTuple, Self

from langchain_telnyx.client.call import JSON

# Seconds of a pause after a refusal without a time: doubled by each further one.
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# A quota of the server that no header confirms any more expires after so many of its periods.
_UNCONFIRMED = 10
# Seconds after which it expires at the earliest.
_CONFIRMED_FOR = 60.0
# Resets that differ by no more than this are the same one: headers have whole seconds.
_SAME_RESET = 1.5
_LEAST_WAIT = 0.02
_ROUNDING = 1e-6


class Quota:
    """What the headers say: how much is left until when.

    Attributes:
        limit: The limit of the server's window.
        left: What is left of it.
        until: When the window ends.
        period: How long it is, as far as it was seen.
        seen: When a header said so.
    """

    def __init__(self, limit: float, left: float, until: float, period: float, seen: float) -> None:
        self.limit = limit
        self.left = left
        self.until = until
        self.period = period
        self.seen = seen


class _Pause(NamedTuple):
    """A pause of a model: its end, and how long it was."""

    end: float
    seconds: float


class ServerLimits:
    """Quotas by dimension, and pauses by model. The caller passes the time."""

    def __init__(self) -> None:
        self._quotas: dict[str, Quota] = {}
        self._pauses: dict[str, _Pause] = {}

    def learn(self, dimension: str, seen: Quota, sent: float) -> None:
        """Store what headers say.

        Args:
            dimension: What the limit counts.
            seen: What they say.
            sent: What is on its way: the server may have counted none of it.
        """
        known = self._quotas.get(dimension)
        if known is None:
            seen.left = max(0.0, seen.left - sent)
            seen.period = max(seen.period, 1.0)
            self._quotas[dimension] = seen
            return
        if abs(known.until - seen.until) <= _SAME_RESET:
            known.left = min(known.left, seen.left)
        elif seen.until > known.until:
            known.left, known.until = seen.left, seen.until
        known.limit, known.seen = seen.limit, seen.seen
        known.period = max(known.period, seen.period)

    def pause(self, now: float, scope: str, seconds: float | None) -> None:
        """Store a refusal; see `Ledger.pause`."""
        end, last = self._pauses.get(scope, _Pause(0.0, 0.0))
        if seconds is None:
            if end > now:
                return  # a request that was sent before the pause
            seconds = last = min(_LONGEST_PAUSE, last * 2 or _FIRST_PAUSE)
        self._pauses[scope] = _Pause(max(end, now + seconds), last)

    def answered(self, now: float, scope: str) -> None:
        """Store an answer; see `Ledger.answered`."""
        if scope in self._pauses and self._pauses[scope].end <= now:
            del self._pauses[scope]

    def wait_for_pause(self, now: float, scope: str) -> float:
        """Return the seconds until a pause ends; 0 or less without one."""
        return self._pauses[scope].end - now if scope in self._pauses else 0.0

    def wait_for_quota(self, now: float, dimension: str, ahead: float, amount: float) -> float:
        """Return the seconds until a quota suffices for a request, and for those ahead of it."""
        quota = self._quotas.get(dimension)
        if quota is None:
            return 0.0
        lacking = ahead + amount - quota.left
        # A request that is larger than a whole quota is sent at the beginning of one.
        if lacking <= _ROUNDING or (not ahead and quota.left >= quota.limit):
            return 0.0
        later = quota.period * max(0.0, lacking // max(quota.limit, 1.0))
        return max(quota.until - now + later, _LEAST_WAIT)

    def take(self, dimension: str, amount: float) -> None:
        """Take what was admitted from its quota."""
        if dimension in self._quotas:
            self._quotas[dimension].left -= amount

    def advance(self, now: float) -> None:
        """Renew quotas whose window has ended, and drop those that no header confirms."""
        for dimension, quota in list(self._quotas.items()):
            if now - quota.seen > max(_CONFIRMED_FOR, _UNCONFIRMED * quota.period):
                del self._quotas[dimension]
            elif quota.until <= now:
                quota.until += quota.period * (1 + (now - quota.until) // quota.period)
                quota.left = quota.limit

    def to_json(self) -> JSON:
        """Return the limits as JSON."""
        return {
            "quotas": {name: list(vars(quota).values()) for name, quota in self._quotas.items()},
            "pauses": self._pauses,
        }

    @classmethod
    def of_json(cls, stored: JSON) -> Self:
        """Return the limits in JSON."""
        limits = cls()
        limits._quotas = {name: Quota(*quota) for name, quota in stored["quotas"].items()}
        limits._pauses = {name: _Pause(*pause) for name, pause in stored["pauses"].items()}
        return limits
