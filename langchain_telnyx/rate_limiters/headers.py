"""What the rate limit headers of a response say."""

from collections.abc import Mapping
from time import time
from typing import NamedTuple

from langchain_telnyx.rate_limiters.limits import INPUT, REQUESTS

# The documentation has seconds on one page, and a point in time on another.
_EPOCH = 1e9
# It does not say what the headers count. Nobody admits so many requests a minute, and no published
# limit of tokens is lower.
_LEAST_OF_TOKENS = 100_000


class HeaderQuota(NamedTuple):
    """A limit of the server, by the headers of a response.

    Attributes:
        dimension: What it counts.
        limit: The limit of the server's window.
        remaining: What is left.
        reset: Seconds until the window ends.
    """

    dimension: str
    limit: float
    remaining: float
    reset: float


def quota_in(headers: Mapping[str, str], model: str, age: float = 0.0) -> HeaderQuota | None:
    """Return the limit in the headers of a response; `None` if they are absent or unreadable.

    Args:
        headers: The headers.
        model: The model of the request.
        age: Seconds since the headers arrived.
    """
    values = [headers.get(f"x-ratelimit-{name}") for name in ("limit", "remaining", "reset")]
    try:
        limit, remaining, reset = (float(value or "") for value in values)
    except ValueError:
        return None
    reset -= time() if reset > _EPOCH else age
    # Also false for NaN.
    if not (0 < limit < float("inf") and 0 <= remaining <= limit and 0 < reset < float("inf")):
        return None
    dimension = f"{model} {INPUT}" if limit >= _LEAST_OF_TOKENS else REQUESTS
    return HeaderQuota(dimension, limit, remaining, reset)
