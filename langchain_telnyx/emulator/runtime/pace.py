"""The pace of background jobs, so that a test can observe each of their states.

```python
from langchain_telnyx.emulator import TelnyxEmulator, after_polls

with TelnyxEmulator() as telnyx:
    telnyx.account.jobs.pace = after_polls(1)  # queued, then processing, then the result
```
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """When a job leaves its state.

    Attributes:
        polls: How often the API must have returned the state.
        seconds: How long the state must have lasted.
    """

    polls: int = 0
    seconds: float = 0.0

    def is_over(self, polls: int, seconds: float) -> bool:
        """Return whether a state is over after `polls` polls and `seconds` seconds."""
        return (not self.polls or polls > self.polls) and seconds >= self.seconds


def immediately() -> Pace:
    """Run jobs as soon as possible; the default."""
    return Pace()


def after_polls(n: int) -> Pace:
    """Return each of `queued` and `processing` from `n` polls before the job moves on.

    The job moves within the poll that ends the state, so the states that a test observes do not
    depend on timing.

    Raises:
        ValueError: `n` is not positive.
    """
    if n < 1:
        raise ValueError(f"`n` must be at least 1, not {n}.")
    return Pace(polls=n)


def after_seconds(t: float) -> Pace:
    """Keep jobs `t` seconds in each of `queued` and `processing`.

    Raises:
        ValueError: `t` is negative.
    """
    if t < 0:
        raise ValueError(f"`t` must not be negative, but is {t}.")
    return Pace(seconds=t)
