"""What came of asking for insights: results, errors, and the answers that cannot be used."""

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
        """Return the result of an answer."""
        made = cls(insight_id=insight_id, result=answer.text)
        made._instance = answer.instance
        return made

    @property
    def value(self) -> Any:
        """The instance; once written down and read again, what the text says."""
        return super().value if self._instance is None else self._instance


@dataclass(frozen=True)
class Outcome:
    """What came of some insights.

    Attributes:
        results: What was found.
        errors: By id, why the others were not.
        raw: By id, what the model answered where the answer cannot be used.
    """

    results: list[InsightResult]
    errors: dict[str, Exception]
    raw: dict[str, str]


def outcome_of(answers: Iterable[tuple[Insight, Answer | Exception]]) -> Outcome:
    """Return what came of some insights.

    Raises:
        Exception: There is no answer at all, not even one that cannot be used; this is the first
            insight's error.
    """
    pairs = list(answers)
    errors = {one.id: answer for one, answer in pairs if isinstance(answer, Exception)}
    # What a model said may be empty: it was paid for, too.
    raw = {
        id_: str(getattr(error, "llm_output", None) or "")
        for id_, error in errors.items()
        if isinstance(error, OutputParserException) or getattr(error, "llm_output", None)
    }
    if len(errors) == len(pairs) and not raw:
        raise next(iter(errors.values()))  # nothing is lost: nothing was answered
    found = [_result(one, answer) for one, answer in pairs if isinstance(answer, Answer)]
    return Outcome(found, errors, raw)


def _result(insight: Insight, answer: Answer) -> InsightResult:
    if answer.instance is None:
        return InsightResult(insight_id=insight.id, result=answer.text)
    return ClassResult.of(insight.id, answer)
