"""Errors for answers of models that an agent cannot use."""

from collections.abc import Sequence
from typing import Any

from langchain_telnyx.client.errors import TelnyxError


class UnusableAnswerError(TelnyxError):
    """Every answer of a model was empty, or had tool calls that cannot be run.

    Attributes:
        answers: The model's answers, the last one last; each is an `AIMessage`.
        reasons: What is wrong with each of them.
    """

    def __init__(
        self, message: str, answers: Sequence[Any] = (), reasons: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.args = (message, answers, reasons)
        self.answers = list(answers)
        self.reasons = list(reasons)
