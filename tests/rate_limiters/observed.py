"""What tests of limiters observe: responses of the emulator, and what a limiter counts."""

from langchain_telnyx import TelnyxRateLimiter
from langchain_telnyx.emulator import TelnyxEmulator


def statuses(emulator: TelnyxEmulator) -> list[int]:
    """Return the statuses of all responses."""
    return [record.response.status for record in emulator.requests if record.response]


def counts(limiter: TelnyxRateLimiter, model: str) -> tuple[float, ...]:
    """Return the requests and tokens that count: requests, input, output."""
    usage = limiter.usage()
    names = ("requests", f"{model} input tokens", f"{model} output tokens")
    return tuple(usage.get(name, 0) for name in names)
