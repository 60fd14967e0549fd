"""What `TelnyxInsights` returns: the service's form, with errors and the answers they are of."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from langchain_core.exceptions import OutputParserException
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    WithJsonSchema,
)

from langchain_telnyx._insights.asking import Answer, NotesOverflowError
from langchain_telnyx.client.api.conversation_results import (
    COMPLETED,
    FAILED,
    ConversationInsights,
    InsightResult,
)
from langchain_telnyx.client.api.insights import Insight

# Written down, and in a schema, an error is its text.
_Shown = Annotated[
    Exception,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string"}),
]


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


class TranscriptInsights(ConversationInsights):
    """What was found out about a transcript: what `conversations.insights` returns, and errors.

    Attributes:
        errors: The id of an insight to why it could not be found; `status` is then `failed`.
        raw: The id of such an insight to what the model answered last, where it answered.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    errors: dict[str, _Shown] = Field(default_factory=dict)
    raw: dict[str, str] = Field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """What was found, by the insight's id.

        Instances where a template is a pydantic class, objects where it has a schema, else text.
        An insight that failed is not among them: it is in `errors`.
        """
        return {found.insight_id: found.value for found in self.conversation_insights}

    def raise_for_status(self) -> "TranscriptInsights":
        """Return this, if all was found.

        Raises:
            Exception: The first error in `errors`.
        """
        for error in self.errors.values():
            raise error
        return self


def results_of(
    answers: Iterable[tuple[Insight, Answer | Exception]], group_id: str | None
) -> TranscriptInsights:
    """Return the answers to some insights, with the errors of those that have none.

    Raises:
        Exception: There is no answer at all, not even one that cannot be used; this is the first
            insight's error.
    """
    pairs = list(answers)
    errors = {one.id: answer for one, answer in pairs if isinstance(answer, Exception)}
    # What a model said may be empty: it was paid for, too.
    raw = {
        id_: str(error.llm_output or "")
        for id_, error in errors.items()
        if isinstance(error, OutputParserException | NotesOverflowError)
    }
    if len(errors) == len(pairs) and not raw:
        raise next(iter(errors.values()))  # nothing is lost: nothing was answered
    return TranscriptInsights(
        id=str(uuid.uuid4()),
        status=FAILED if errors else COMPLETED,
        created_at=datetime.now(UTC),
        conversation_insights=[
            _result(one, answer) for one, answer in pairs if isinstance(answer, Answer)
        ],
        insight_group_id=group_id,
        errors=errors,
        raw=raw,
    )


def _result(insight: Insight, answer: Answer) -> InsightResult:
    if answer.instance is None:
        return InsightResult(insight_id=insight.id, result=answer.text)
    return ClassResult.of(insight.id, answer)
