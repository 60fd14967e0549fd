"""The place of a request at a rate limiter that counts tokens."""

from abc import ABC, abstractmethod
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from langchain_telnyx.client.errors import APIConnectionError, APIStatusError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SERVER_ERROR = 500


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

    @property
    def note_output(self) -> Any:
        """Adds an answer to the mean of output tokens; see `TelnyxRateLimiter.note_output`."""
        ...


class TokenLimit(ABC):
    """A `CallLimit` for the attempts of one request.

    Args:
        reservation: The reservation for the request.
    """

    def __init__(self, reservation: Any) -> None:
        self._reservation = reservation
        # Of the last response, until it is settled.
        self._headers: Mapping[str, str] | None = None
        self._answered_at = 0.0

    @property
    def is_local(self) -> bool:
        """Whether the methods do no I/O."""
        local: bool = self._reservation.is_local
        return local

    def wait(self) -> float:
        """Ask for admission of an attempt; see `CallLimit`."""
        self._settle()
        seconds: float = self._reservation.wait()
        return seconds

    def answered(self, result: Any) -> None:
        """Store the headers of a response, or of an open stream."""
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

    def release(self) -> None:
        """End the request, whatever its outcome."""
        self._settle()
        self._reservation.release()

    @abstractmethod
    def _used(self) -> dict[str, float] | None:
        """Return the tokens of the last response, as for `settle`; `None` if they are unknown."""

    def _settle(self) -> None:
        """Teach the limiter the last response, if there is one."""
        headers, self._headers = self._headers, None
        if headers is None:
            return
        age = monotonic() - self._answered_at
        used = self._used()
        if used is None:
            self._reservation.learn(headers, age)
            self._reservation.keep()
        else:
            self._reservation.settle(**used, headers=headers, age=age)
