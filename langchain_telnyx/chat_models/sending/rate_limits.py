"""The place of a chat request at a rate limiter that counts tokens."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.rate_limiters import BaseRateLimiter

from langchain_telnyx.chat_models.history_adapter.tokens import (
    Calibration,
    calibrated,
    request_tokens,
)
from langchain_telnyx.chat_models.repair.token_usage import usage_metadata
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import ResponseBody
from langchain_telnyx.client.errors import APIConnectionError, APIStatusError, RateLimitError

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

_CAPS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_SERVER_ERROR = 500


@runtime_checkable
class TokenLimiter(Protocol):
    """A rate limiter that counts tokens, such as `TelnyxRateLimiter`."""

    @property
    def reserve(self) -> Any:
        """Returns a reservation for a call; see `TelnyxRateLimiter.reserve`."""
        ...

    @property
    def note_output(self) -> Any:
        """Adds an answer to the mean of output tokens."""
        ...


def limit_of(
    limiter: BaseRateLimiter, fields: Mapping[str, Any], telnyx: Telnyx
) -> "RequestLimit | None":
    """Return the place of a request at a limiter; `None` if it counts only requests.

    Args:
        limiter: The limiter.
        fields: The request body of a chat completion.
        telnyx: The client, whose counts calibrate the estimate.

    Raises:
        RequestOverLimitError: The request needs more than a minute admits.
    """
    return RequestLimit(limiter, fields, telnyx) if isinstance(limiter, TokenLimiter) else None


class RequestLimit:
    """The place of a chat request at a limiter: a `CallLimit` for its attempts.

    As a context manager, sync or async, it ends with the request.

    Args:
        limiter: The limiter.
        fields: The request body of a chat completion.
        telnyx: The client, whose counts calibrate the estimate.

    Raises:
        RequestOverLimitError: The request needs more than a minute admits.
    """

    def __init__(self, limiter: TokenLimiter, fields: Mapping[str, Any], telnyx: Telnyx) -> None:
        model = str(fields["model"])
        estimate = request_tokens(fields["messages"], fields.get("tools"))
        caps = [cap for name in _CAPS if isinstance(cap := fields.get(name), int)]
        self._model = model
        self._limiter = limiter
        # Of the last response, until it is settled.
        self._headers: Mapping[str, str] | None = None
        self._answered_at = 0.0
        self._usage: UsageMetadata | None = None
        self._reservation = limiter.reserve(
            model,
            input_tokens=calibrated(estimate, telnyx.server_state.get(Calibration), model),
            max_tokens=min(caps, default=None),
            answers=fields.get("best_of") or fields.get("n") or 1,
        )

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
        """Keep the usage and headers of a response; a stream has no usage yet."""
        whole = isinstance(result, ResponseBody)
        self._usage = usage_metadata(result.get("usage")) if whole else None
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

    def complete(self, answer: BaseMessage) -> None:
        """Keep the usage of an answer that was streamed, until the request ends.

        Args:
            answer: Its last chunk.
        """
        if isinstance(answer, AIMessage):
            self._usage = answer.usage_metadata or self._usage

    def release(self) -> None:
        """End the request, whatever its outcome."""
        self._settle()
        self._reservation.release()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.release()

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        if self.is_local:
            self.release()
        else:
            await asyncio.to_thread(self.release)

    def _settle(self) -> None:
        """Teach the limiter the last response, if there is one."""
        headers, usage, self._headers = self._headers, self._usage, None
        if headers is None:
            return
        age = monotonic() - self._answered_at
        if usage is None:
            self._reservation.learn(headers, age)
            self._reservation.keep()
            return
        details = usage.get("input_token_details") or {}
        self._limiter.note_output(self._model, usage["output_tokens"])
        self._reservation.settle(
            input_tokens=usage["input_tokens"],
            output_tokens=usage["output_tokens"],
            cached_tokens=details.get("cache_read", 0),
            headers=headers,
            age=age,
        )
