"""A reservation: the requests and tokens of one call, from its admission to its settlement."""

import logging
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.errors import DeadlineError
from langchain_telnyx.rate_limiters.headers import quota_in
from langchain_telnyx.rate_limiters.limits import REQUESTS, Tokens, check_size
from langchain_telnyx.rate_limiters.states import RateLimitState

logger = logging.getLogger(__name__)


class Reservation:
    """The requests and tokens of one call. All methods are thread-safe.

    `wait` asks for admission, again and again until it returns 0. Then the call is sent, and
    `settle`, `refuse` or `keep` tells the limiter its outcome; the next `wait` begins another
    attempt. `release` ends it in any case. `settle`, `refuse`, `keep` and `release` never raise: a
    state that cannot be reached is logged, so that an answer is not lost.

    Args:
        state: The state of the limiter.
        model: The model; empty for a request alone.
        tokens: The estimate of its tokens.
        limits: The limits of a minute, by dimension.
        max_wait: Seconds that one attempt may wait; `None` for no end.
        permit: A reservation of the request alone, which this one replaces.
        queued: Whether an attempt that is not admitted keeps a place in the queue.

    Raises:
        RequestOverLimitError: It needs more than a minute admits.
    """

    def __init__(
        self,
        state: RateLimitState,
        model: str,
        tokens: Tokens,
        limits: dict[str, float],
        *,
        max_wait: float | None = None,
        permit: "Reservation | None" = None,
        queued: bool = True,
    ) -> None:
        self._state = state
        self._model = model
        self._amounts = tokens.amounts(model)
        check_size(self._amounts, limits)
        self._limits = limits
        self._max_wait = max_wait
        self._permit = permit
        self._queued = queued
        self._lock = threading.Lock()
        self._identity: str | None = None
        self._admitted = False
        self._released = False
        self._waited = 0.0

    @property
    def is_local(self) -> bool:
        """Whether the methods do no I/O."""
        return self._state.is_local

    def wait(self) -> float:
        """Ask for admission: seconds until it should ask again, or 0 once it is admitted.

        Raises:
            DeadlineError: It has waited for `max_wait` seconds.
        """
        with self._lock:
            if self._released:
                return 0.0
            if self._admitted:
                self._finish(self._amounts)
            if self._identity is None:
                self._identity, self._waited = uuid.uuid4().hex, 0.0
            wait = self._state.apply("reserve", self._request(self._identity))
            self._permit = None
            if wait[0] <= 0:
                self._admitted = True
                return 0.0
            seconds = self._seconds(wait[0], wait[1]) if self._queued else wait[0]
            self._waited += seconds
            return float(seconds)

    def learn(self, headers: Mapping[str, str], age: float = 0.0) -> None:
        """Learn from the headers of a response that is not complete, or has no usage.

        Args:
            headers: The headers.
            age: Seconds since they arrived.
        """
        with self._lock:
            self._report(self._answered(headers, age))

    def settle(
        self,
        *,
        input_tokens: float,
        output_tokens: float = 0,
        cached_tokens: float = 0,
        headers: Mapping[str, str] | None = None,
        age: float = 0.0,
    ) -> None:
        """Replace the estimate by what the call used.

        Args:
            input_tokens: Input tokens, cached and not.
            output_tokens: Output tokens.
            cached_tokens: Input tokens that were cached.
            headers: The headers of the response, unless `learn` had them.
            age: Seconds since they arrived.
        """
        used = Tokens(input_tokens, output_tokens, cached_tokens)
        with self._lock:
            self._finish(used.amounts(self._model), *self._answered(headers, age))

    def keep(self) -> None:
        """Count the estimate as used: the outcome is unknown."""
        with self._lock:
            self._finish(self._amounts)

    def refuse(
        self,
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
        *,
        pause: bool = True,
    ) -> None:
        """Count the request, but no tokens: the server refused it.

        Args:
            headers: The headers of the response.
            retry_after: Seconds after which to retry, if the server returns them.
            pause: Whether it was refused because of its rate.
        """
        commands = self._quota(headers)
        if pause:
            commands.append(("pause", {"scope": self._model, "seconds": retry_after}))
        with self._lock:
            self._finish({REQUESTS: 1.0}, *commands)

    def release(self) -> None:
        """End the reservation: free its place in the queue, or count an open one as used."""
        with self._lock:
            if self._released:
                return
            self._released = True
            if self._admitted:
                self._finish(self._amounts)
            elif self._identity is not None:
                self._report([("release", {"identity": self._identity})])

    def _request(self, identity: str) -> dict[str, Any]:
        permit = self._permit
        return {
            "identity": identity,
            "amounts": self._amounts,
            "limits": self._limits,
            "scope": self._model,
            "replaces": None if permit is None else permit._identity,  # noqa: SLF001 - own class
            "queued": self._queued,
        }

    def _seconds(self, look_again: float, expected: float) -> float:
        """Return the seconds to wait, no longer than this attempt may wait.

        Raises:
            DeadlineError: It may not wait any longer.
        """
        if self._max_wait is None:
            return look_again
        left = self._max_wait - self._waited
        if left > 0:
            return min(look_again, left)
        self._report([("release", {"identity": self._identity})])
        self._identity = None
        error = DeadlineError(
            f"The rate limiter did not admit the request within {self._max_wait:g} s, and expects "
            f"to do so in {expected:.0f} s: it was not sent. Raise `max_wait`, or send fewer "
            f"requests at once."
        )
        error.sent, error.phase = False, "queue"
        raise error

    def _finish(self, amounts: Mapping[str, float], *commands: tuple[str, dict[str, Any]]) -> None:
        if not self._admitted or self._identity is None:
            return
        settled = ("settle", {"identity": self._identity, "amounts": dict(amounts)})
        self._identity, self._admitted = None, False
        self._report([settled, *commands])

    def _answered(
        self, headers: Mapping[str, str] | None, age: float
    ) -> list[tuple[str, dict[str, Any]]]:
        return [*self._quota(headers, age), ("answered", {"scope": self._model})]

    def _quota(
        self, headers: Mapping[str, str] | None, age: float = 0.0
    ) -> list[tuple[str, dict[str, Any]]]:
        quota = quota_in(headers or {}, self._model, age)
        if quota is None:
            return []
        return [("learn", {**quota._asdict(), "identity": self._identity or ""})]

    def _report(self, commands: list[tuple[str, dict[str, Any]]]) -> None:
        try:
            self._state.apply("run_all", {"commands": commands})
        except Exception as error:  # noqa: BLE001 - of any library; the answer must not be lost
            logger.warning("The state of the rate limiter was not updated: %s", error)
