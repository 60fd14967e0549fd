"""The place of a request for vectors at a rate limiter: each attempt waits for its admission."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langchain_core.rate_limiters import BaseRateLimiter

from langchain_telnyx._shared.token_limits import TokenLimit, TokenLimiter
from langchain_telnyx.client.call import Call, Flow, ResponseBody, Steps
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.embeddings.lengths import tokens

# Seconds between two questions to a limiter that does not tell how long to wait.
_PAUSE = 0.1


def most_tokens(limiter: BaseRateLimiter | None, model: str, at_most: int) -> int:
    """Return the most tokens of a request, so that a minute of the limiter admits it.

    Args:
        limiter: The limiter.
        model: The model.
        at_most: The most tokens without a limiter.
    """
    if limiter is None or not isinstance(limiter, TokenLimiter):
        return at_most
    limits = limiter.limits_of(model)
    amounts = (limits.input_tokens, limits.uncached_input_tokens)
    return min([at_most, *(max(1, int(each)) for each in amounts if each is not None)])


def limited(
    call: Steps[ResponseBody], limiter: BaseRateLimiter, model: str, texts: Sequence[str]
) -> Flow[ResponseBody]:
    """Send a request for vectors, each attempt of which a limiter admits.

    Args:
        call: The request.
        limiter: The limiter.
        model: The model.
        texts: The texts of the request.

    Raises:
        RequestOverLimitError: The request needs more than a minute admits.
    """
    assert isinstance(call, Call)  # noqa: S101 - the endpoint is one request
    if not isinstance(limiter, TokenLimiter):
        answer: ResponseBody = yield from replace(call, limit=_Requests(limiter))
        return answer
    limit = _Tokens(limiter, model, sum(map(tokens, texts)))
    try:
        body: ResponseBody = yield from replace(call, limit=limit)
    except TelnyxError:
        yield from limit.ended()
        raise
    except BaseException:
        limit.release()  # nothing may wait while a task is cancelled
        raise
    yield from limit.ended()
    return body


class _Requests:
    """The place of a request at a limiter that counts only requests."""

    is_local = False  # of a limiter that is not ours nothing is known

    def __init__(self, limiter: BaseRateLimiter) -> None:
        self._limiter = limiter

    def wait(self) -> float:
        """Ask for admission of an attempt; see `CallLimit`."""
        return 0.0 if self._limiter.acquire(blocking=False) else _PAUSE

    def answered(self, result: Any) -> None:
        """Do nothing: the limiter learns nothing."""

    def failed(self, error: Exception) -> None:
        """Do nothing: the limiter learns nothing."""


class _Tokens(TokenLimit):
    """The place of a request at a limiter that counts tokens."""

    def __init__(self, limiter: TokenLimiter, model: str, estimate: int) -> None:
        super().__init__(limiter.reserve(model, input_tokens=estimate, max_tokens=0))
        self._counted: int | None = None

    def answered(self, result: ResponseBody) -> None:
        """Store the usage and headers of a response."""
        super().answered(result)
        usage = result.get("usage")
        counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        self._counted = counted if isinstance(counted, int) else None

    def ended(self) -> Flow[None]:
        """End the request, in a thread for an async caller if that does I/O."""
        if self.is_local:
            self.release()
        else:
            yield from run_external(self.release)

    def _used(self) -> dict[str, float] | None:
        return None if self._counted is None else {"input_tokens": self._counted}
