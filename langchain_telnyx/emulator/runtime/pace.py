"""How fast background jobs move on, so that a test can see each of their states.

```python
with TelnyxEmulator() as telnyx:
    telnyx.account.jobs.pace = after_polls(1)  # queued, then processing, then the result
```
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """When a job leaves the state it is in.

    Attributes:
        polls: How often a state must have been shown by the API.
        seconds: How long a state must have lasted.
    """

    polls: int = 0
    seconds: float = 0.0

    def lets_go(self, polls: int, seconds: float) -> bool:
        """Tell whether a state that was asked for `polls` times in `seconds` is over."""
        return (not self.polls or polls > self.polls) and seconds >= self.seconds


def immediately() -> Pace:
    """Let jobs run as soon as they can; the default."""
    return Pace()


def after_polls(n: int) -> Pace:
    """Let the API show each of `queued` and `processing` `n` times before the job moves on.

    The move then happens within the poll that brings it about: the states that a test sees do not
    depend on timing.

    Raises:
        ValueError: `n` is not positive.
    """
    if n < 1:
        raise ValueError(f"`n` must be at least 1, not {n}.")
    return Pace(polls=n)


def after_seconds(t: float) -> Pace:
    """Let jobs stay `t` seconds in each of `queued` and `processing`.

    Raises:
        ValueError: `t` is negative.
    """
    if t < 0:
        raise ValueError(f"`t` must not be negative, but is {t}.")
    return Pace(seconds=t)
