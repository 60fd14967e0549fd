"""The place of a chat request at a rate limiter that counts tokens."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.rate_limiters import BaseRateLimiter

from langchain_telnyx._shared.token_limits import TokenLimit, TokenLimiter
from langchain_telnyx.chat_models.history_adapter.tokens import (
    Calibration,
    calibrated,
    request_tokens,
)
from langchain_telnyx.chat_models.repair.token_usage import usage_metadata
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import ResponseBody

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

_CAPS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


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


class RequestLimit(TokenLimit):
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
        super().__init__(
            limiter.reserve(
                model,
                input_tokens=calibrated(estimate, telnyx.server_state.get(Calibration), model),
                max_tokens=min(caps, default=None),
                answers=fields.get("best_of") or fields.get("n") or 1,
            )
        )
        self._model = model
        self._limiter = limiter
        self._usage: UsageMetadata | None = None

    def answered(self, result: Any) -> None:
        """Store the usage and headers of a response; a stream has no usage yet."""
        super().answered(result)
        whole = isinstance(result, ResponseBody)
        self._usage = usage_metadata(result.get("usage")) if whole else None

    def complete(self, answer: BaseMessage) -> None:
        """Store the usage of an answer that was streamed, until the request ends.

        Args:
            answer: Its last chunk.
        """
        if isinstance(answer, AIMessage):
            self._usage = answer.usage_metadata or self._usage

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

    def _used(self) -> dict[str, float] | None:
        if (usage := self._usage) is None:
            return None
        self._limiter.note_output(self._model, usage["output_tokens"])
        return {
            "input_tokens": usage["input_tokens"],
            "output_tokens": usage["output_tokens"],
            "cached_tokens": (usage.get("input_token_details") or {}).get("cache_read", 0),
        }
