"""The place of a request for vectors at a rate limiter: each attempt waits for its admission."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, Protocol, runtime_checkable

from langchain_core.rate_limiters import BaseRateLimiter

from langchain_telnyx.client.call import Call, Flow, ResponseBody, Steps
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIStatusError,
    RateLimitError,
    TelnyxError,
)
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.embeddings.lengths import tokens

_SERVER_ERROR = 500
# Seconds between two questions to a limiter that does not tell how long to wait.
_PAUSE = 0.1


@runtime_checkable
class TokenLimiter(Protocol):
    """A rate limiter that counts tokens, such as `TelnyxRateLimiter`."""

    @property
    def reserve(self) -> Any:
        """Returns a reservation for a call; see `TelnyxRateLimiter.reserve`."""
        ...

    @property
    def limits_of(self) -> Any:
        """Returns the limits of a model; see `TelnyxRateLimiter.limits_of`."""
        ...


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


class _Tokens:
    """The place of a request at a limiter that counts tokens."""

    def __init__(self, limiter: TokenLimiter, model: str, estimate: int) -> None:
        self._reservation = limiter.reserve(model, input_tokens=estimate, max_tokens=0)
        # Of the last response, until it is settled.
        self._headers: Mapping[str, str] | None = None
        self._answered_at = 0.0
        self._counted: int | None = None

    @property
    def is_local(self) -> bool:
        """Whether the methods do no I/O."""
        local: bool = self._reservation.is_local
        return local

    def wait(self) -> float:
        """Ask for admission of an attempt; see `CallLimit`."""
        seconds: float = self._reservation.wait()
        return seconds

    def answered(self, result: ResponseBody) -> None:
        """Keep the usage and headers of a response."""
        usage = result.get("usage")
        counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        self._counted = counted if isinstance(counted, int) else None
        self._headers, self._answered_at = result.headers, monotonic()

    def failed(self, error: Exception) -> None:
        """Note the error of an attempt: what was refused used no tokens."""
        if isinstance(error, APIConnectionError) and not error.sent:
            self._reservation.refuse(pause=False)
        elif isinstance(error, APIStatusError) and error.status_code < _SERVER_ERROR:
            is_rate = isinstance(error, RateLimitError)
            self._reservation.refuse(error.response.headers, error.retry_after, pause=is_rate)
        else:
            self._reservation.keep()

    def ended(self) -> Flow[None]:
        """End the request, in a thread for an async caller if that does I/O."""
        if self.is_local:
            self.release()
        else:
            yield from run_external(self.release)

    def release(self) -> None:
        """End the request, whatever its outcome."""
        headers, self._headers = self._headers, None
        if headers is not None and self._counted is not None:
            age = monotonic() - self._answered_at
            self._reservation.settle(input_tokens=self._counted, headers=headers, age=age)
        elif headers is not None:
            self._reservation.learn(headers, monotonic() - self._answered_at)
        self._reservation.release()
