"""Errors of rate limiters on this side, before a request is sent."""

from langchain_telnyx.client.errors import TelnyxError


class RequestOverLimitError(TelnyxError):
    """One request needs more than a rate limiter admits in a whole window, so it was not sent.

    Attributes:
        dimension: What is limited, such as `moonshotai/Kimi-K2.6 input tokens`.
        amount: What the request needs.
        limit: What a window of a minute admits.
    """

    def __init__(self, message: str, dimension: str, amount: float, limit: float) -> None:
        super().__init__(message)
        self.args = (message, dimension, amount, limit)
        self.dimension = dimension
        self.amount = amount
        self.limit = limit
