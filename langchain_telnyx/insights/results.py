"""Results, errors and invalid answers of insights."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel, PrivateAttr

from langchain_telnyx.client.api.conversation_results import InsightResult
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.insights.prompts import Answer


class ClassResult(InsightResult):
    """A result of a template that is a pydantic class: `value` is an instance of it."""

    _instance: BaseModel | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, insight_id: str, answer: Answer) -> "ClassResult":
        """Create the result of an answer."""
        result = cls(insight_id=insight_id, result=answer.text)
        result._instance = answer.instance
        return result

    @property
    def value(self) -> Any:
        """The instance; after a round trip through JSON, the parsed text."""
        return super().value if self._instance is None else self._instance


@dataclass(frozen=True)
class Outcome:
    """The outcome of several insights.

    Attributes:
        results: The results of the insights that succeeded.
        errors: The errors of the others, by insight id.
        raw: The invalid answers of the model, by insight id.
    """

    results: list[InsightResult]
    errors: dict[str, Exception]
    raw: dict[str, str]


def collect_outcome(answers: Iterable[tuple[Insight, Answer | Exception]]) -> Outcome:
    """Collect the results and errors of several insights.

    Raises:
        Exception: All insights failed without an answer. This is the error of the first one.
    """
    pairs = list(answers)
    errors = {one.id: answer for one, answer in pairs if isinstance(answer, Exception)}
    # An invalid answer may be empty.
    raw = {
        id_: str(getattr(error, "llm_output", None) or "")
        for id_, error in errors.items()
        if isinstance(error, OutputParserException) or getattr(error, "llm_output", None)
    }
    if len(errors) == len(pairs) and not raw:
        raise next(iter(errors.values()))  # there is no answer to lose
    found = [_result(one, answer) for one, answer in pairs if isinstance(answer, Answer)]
    return Outcome(found, errors, raw)


def _result(insight: Insight, answer: Answer) -> InsightResult:
    if answer.instance is None:
        return InsightResult(insight_id=insight.id, result=answer.text)
    return ClassResult.of(insight.id, answer)
