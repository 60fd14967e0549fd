"""`TelnyxRateLimiter`: a rate limiter of LangChain's that knows Telnyx's limits."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from langchain_core.rate_limiters import BaseRateLimiter

from langchain_telnyx.client.deadlines import current_deadline, deadline_error
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.rate_limiters.file_state import FileRateLimitState
from langchain_telnyx.rate_limiters.limits import (
    ModelLimits,
    Tokens,
    by_dimension,
    published_limits,
)
from langchain_telnyx.rate_limiters.reservations import Reservation
from langchain_telnyx.rate_limiters.states import LocalRateLimitState, RateLimitState

# Output tokens of a request without a limit, before the first answer of its model.
_FIRST_OUTPUT = 1000.0
# The weight of a new answer in the mean of output tokens.
_WEIGHT = 0.1

# The request that `acquire` admitted last, in this thread or task: the call that langchain-core
# makes next is the same request.
_permit: ContextVar["tuple[object, Reservation] | None"] = ContextVar("telnyx_permit", default=None)


class TelnyxRateLimiter(BaseRateLimiter):
    """Limits requests and tokens per minute, by the limits of each model.

    With `ChatTelnyx`, every attempt reserves its estimated tokens before it is sent; the usage in
    the answer corrects them, and the headers of answers and refusals teach the limiter. With other
    models it counts requests. Threads and event loops share a limiter; processes and machines share
    its `state`. It can be pickled.

    Amounts count from the admission of a request until a minute after its answer, so that no minute
    of the service has more, however the service counts. Requests are admitted in their order.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/scale.md#rate-limits

    Args:
        requests_per_minute: Requests of all models together. Default: what the server's headers
            say, else no limit.
        input_tokens_per_minute: Input tokens of each model. Default: the published limit of the
            model, else what the server's headers say, else no limit.
        uncached_input_tokens_per_minute: Those that are not cached, likewise.
        output_tokens_per_minute: Output tokens of each model, likewise.
        share: The share of the limits that this limiter may use, above 0 and at most 1: for workers
            that do not share a `state`.
        max_wait: Seconds that a request may wait, then a `DeadlineError`. Default: the deadline of
            the call only.
        reserve_max_tokens: Whether a request with `max_tokens` reserves all of them until it is
            answered. Without, and for requests without `max_tokens`, it reserves the mean of the
            earlier answers, so that more requests run at once, and the limit may be exceeded.
        state: Where the counts are. Default: in this process. A path is a file for all processes of
            this machine; `RedisRateLimitState` and `RayRateLimitState` serve several machines.

    Raises:
        ConfigurationError: A value is not valid.

    Example:
        ```python
        from langchain_telnyx import ChatTelnyx, TelnyxRateLimiter

        limiter = TelnyxRateLimiter(requests_per_minute=600)
        model = ChatTelnyx(rate_limiter=limiter)
        model.batch(["Name a moon of Saturn.", "Name a moon of Mars."])
        ```
    """

    def __init__(
        self,
        *,
        requests_per_minute: float | None = None,
        input_tokens_per_minute: float | None = None,
        uncached_input_tokens_per_minute: float | None = None,
        output_tokens_per_minute: float | None = None,
        share: float = 1.0,
        max_wait: float | None = None,
        reserve_max_tokens: bool = True,
        state: RateLimitState | str | os.PathLike[str] | None = None,
    ) -> None:
        self._set = ModelLimits(
            _positive("requests_per_minute", requests_per_minute),
            _positive("input_tokens_per_minute", input_tokens_per_minute),
            _positive("uncached_input_tokens_per_minute", uncached_input_tokens_per_minute),
            _positive("output_tokens_per_minute", output_tokens_per_minute),
        )
        self._share = _positive("share", share) or 1.0
        if self._share > 1:
            raise ConfigurationError(f"`share` is {share!r}: pass a number of at most 1.")
        if self._set.requests is not None and self._set.requests * self._share < 1:
            raise ConfigurationError(
                f"`requests_per_minute={requests_per_minute!r}` with `share={share!r}` admits "
                f"less than one request a minute: raise one of them."
            )
        self._max_wait = _positive("max_wait", max_wait)
        self._reserve_max_tokens = reserve_max_tokens
        self._state: RateLimitState
        if state is None:
            self._state = LocalRateLimitState()
        elif isinstance(state, str | os.PathLike):
            self._state = FileRateLimitState(Path(state))
        else:
            self._state = state
        self._lock = threading.Lock()
        self._outputs: dict[str, float] = {}

    def limits_of(self, model: str) -> ModelLimits:
        """Return what this limiter admits per minute, without what it learns from headers.

        Args:
            model: The model.
        """
        published = published_limits(model)
        pairs = zip(self._set.of_tokens(), published.of_tokens(), strict=True)
        tokens = (theirs if own is None else own for own, theirs in pairs)
        limits = (self._set.requests, *tokens)
        return ModelLimits(*(None if limit is None else limit * self._share for limit in limits))

    def usage(self) -> dict[str, float]:
        """Return what counts now: an amount for each thing that is limited."""
        used: dict[str, float] = self._state.apply("used", {})
        return used

    def acquire(self, *, blocking: bool = True) -> bool:
        """Wait until one more request may be sent, and count it.

        Args:
            blocking: Whether to wait.

        Returns:
            Whether the request may be sent.

        Raises:
            DeadlineError: `max_wait` seconds, or the deadline of the surrounding code, have passed.
        """
        permit = self._request(queued=blocking)
        try:
            while (seconds := permit.wait()) > 0:
                if not blocking:
                    return False
                time.sleep(_within_deadline(seconds))
        except BaseException:
            permit.release()
            raise
        _permit.set((self._lock, permit))
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        """Wait until one more request may be sent, and count it; see `acquire`.

        Args:
            blocking: Whether to wait.
        """
        permit = self._request(queued=blocking)
        try:
            while (seconds := await self._run(permit, permit.wait)) > 0:
                if not blocking:
                    return False
                await asyncio.sleep(_within_deadline(seconds))
        except BaseException:
            permit.release()
            raise
        _permit.set((self._lock, permit))
        return True

    def reserve(
        self,
        model: str,
        *,
        input_tokens: float,
        max_tokens: float | None = None,
        answers: int = 1,
    ) -> Reservation:
        """Return a reservation for a call, which `ChatTelnyx` makes by itself.

        The request that `acquire` admitted before in this thread or task becomes a part of it.

        Args:
            model: The model.
            input_tokens: The estimated tokens of the request.
            max_tokens: The limit of an answer's tokens, if the request has one.
            answers: How many answers are requested.

        Raises:
            RequestOverLimitError: It needs more than a minute admits.
        """
        limits = self.limits_of(model)
        output = self._outputs.get(model, _FIRST_OUTPUT)
        if limits.output_tokens is not None:
            output = min(output, limits.output_tokens / answers)
        if max_tokens is not None:
            output = max_tokens if self._reserve_max_tokens else min(output, max_tokens)
        acquired = _permit.get()
        _permit.set(None)
        return Reservation(
            self._state,
            model,
            Tokens(input_tokens, output * answers),
            by_dimension(limits, model),
            max_wait=self._max_wait,
            permit=acquired[1] if acquired is not None and acquired[0] is self._lock else None,
        )

    def note_output(self, model: str, tokens: float) -> None:
        """Add an answer to the mean that requests without `max_tokens` reserve.

        Args:
            model: The model.
            tokens: The tokens of the answer.
        """
        with self._lock:
            mean = self._outputs.get(model, tokens)
            self._outputs[model] = mean + _WEIGHT * (tokens - mean)

    def _request(self, *, queued: bool) -> Reservation:
        limits = by_dimension(self.limits_of(""), "")
        return Reservation(
            self._state, "", Tokens(), limits, max_wait=self._max_wait, queued=queued
        )

    async def _run(self, permit: Reservation, run: Callable[[], float]) -> float:
        return run() if permit.is_local else await asyncio.to_thread(run)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(state={self._state!r})"


def _positive(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < float("inf"):
        raise ConfigurationError(f"`{name}` is {value!r}: pass a number above 0.")
    return value


def _within_deadline(seconds: float) -> float:
    """Return the seconds to wait, at most until the deadline of the surrounding code."""
    end = current_deadline()
    if end is None:
        return seconds
    left = end - time.monotonic()
    if left <= 0:
        raise deadline_error("a request", "queue")
    return min(seconds, left)
