"""Errors of a search."""

from collections.abc import Sequence
from typing import Any

from langchain_telnyx.client.errors import TelnyxError


class RerankError(TelnyxError):
    """The passages of a search could not be reranked; the cause is the reranker's error.

    Attributes:
        partial: The passages that the search found, in the order of the service.
    """

    def __init__(self, message: str, partial: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.args = (message, partial)
        self.partial: list[Any] = list(partial)
