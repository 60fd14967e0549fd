"""Errors of cost limits."""

from typing import Any

from langchain_telnyx.client.errors import TelnyxError


class CostLimitError(TelnyxError):
    """A job is estimated to cost more than its `max_cost`, or has spent it.

    Before a job it is raised, and nothing was sent. During a job it is the error of each row that
    is not processed any more.

    Attributes:
        max_cost: The limit in USD.
        estimate: The `Estimate` of the job; `None` during it.
    """

    def __init__(self, message: str, max_cost: float = 0.0, estimate: Any = None) -> None:
        super().__init__(message)
        self.args = (message, max_cost, estimate)
        self.max_cost = max_cost
        self.estimate = estimate
