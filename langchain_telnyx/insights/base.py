"""`TelnyxInsights`: applies insight templates to any transcript, with a chat model."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Unpack, cast

from langchain_core.callbacks import (
    AsyncCallbackManagerForChainRun,
    CallbackManagerForChainRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import (
    RunnableConfig,
    RunnableLambda,
    RunnableSerializable,
    patch_config,
)
from pydantic import (
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    SkipValidation,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from langchain_telnyx._shared.connect import Connected
from langchain_telnyx.chat_models import ChatTelnyx
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.conversation_results import (
    COMPLETED,
    FAILED,
    Conversation,
    ConversationInsights,
)
from langchain_telnyx.client.api.insight_groups import InsightGroup
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.insights.prompts import (
    Answer,
    InsightRequests,
    OnLongTranscript,
    asend_requests,
    send_requests,
)
from langchain_telnyx.insights.results import collect_outcome
from langchain_telnyx.insights.templates import AnyInsight, normalize_insights
from langchain_telnyx.insights.transcripts import AnyTranscript, as_text
from langchain_telnyx.types import CommonOptions

# In JSON and in a schema, an error is its text.
_ErrorText = Annotated[
    Exception, PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string"})
]

__all__ = ["TelnyxInsights", "TranscriptInsights", "aanalyze_transcript", "analyze_transcript"]


class TranscriptInsights(ConversationInsights):
    """The insights of a transcript, in the form of `conversations.insights`, and errors.

    Attributes:
        errors: The errors of insights that failed, by insight id. `status` is then `failed`.
        raw: The last answer of the model for these insights, if any, by insight id.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    errors: dict[str, _ErrorText] = Field(default_factory=dict)
    raw: dict[str, str] = Field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """The results by insight id.

        A result is an instance if the template is a pydantic class, an object if it has a schema,
        else text. Failed insights are left out; see `errors`.
        """
        return {found.insight_id: found.value for found in self.conversation_insights}

    def raise_for_status(self) -> "TranscriptInsights":
        """Return this object if no insight failed.

        Raises:
            Exception: The first error in `errors`.
        """
        for error in self.errors.values():
            raise error
        return self


class InsightsOptions(CommonOptions, total=False):
    """The options of `TelnyxInsights` and `analyze_transcript`."""

    chat_model: BaseChatModel | None
    """The chat model, of any provider. Default: `ChatTelnyx()`."""

    on_long_transcript: OnLongTranscript
    """What to do with a transcript that exceeds the model's context: `error` or `parts`."""

    max_input_tokens: int | None
    """The model's context in tokens, answer included. Default: from its profile, if known."""

    max_attempts: int
    """Maximum number of requests per insight until the answer fits its schema."""

    max_concurrency: int
    """Number of insights to request at a time."""

    insight_group_id: str | None
    """The group id of the results. Default: the id of the group in `insights`."""

    name: str | None
    """The name of the run in a trace."""

    client: Telnyx | None
    """A `Telnyx` client to use instead of the other connection options."""

    timeout: float | None
    """Read timeout in seconds. Default: 180."""

    default_headers: Mapping[str, str] | None
    """Headers to send with every request."""

    default_query: Mapping[str, Any] | None
    """Query parameters to send with every request."""

    proxy: str | None
    """Proxy URL. Default: the environment's."""


class TelnyxInsights(Connected, RunnableSerializable[Any, TranscriptInsights]):
    """Applies insight templates to any transcript, with a chat model.

    The service only finds insights of its own conversations when they end. This class applies the
    same templates to transcribed recordings, to chats stored elsewhere and to documents, and
    returns results of the same form. An answer that does not fit the template's schema is
    requested again, up to `max_attempts` times; then the insight is `failed`.

    The transcript is data. The model receives it in a document that the transcript cannot close,
    so that its text is never among the instructions.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/insights.md
    API page: https://developers.telnyx.com/docs/inference/ai-insights/creating-insights

    Example:
        ```python
        from langchain_telnyx import TelnyxInsights

        found = TelnyxInsights(insights=["How many guests come?", "Is the caller angry?"])
        found.invoke("User: We are 4 guests.").values
        ```

    Raises:
        ValueError: An insight has no instructions, or has a schema that the API would refuse; on
            invocation: the transcript is empty.
        ContextOverflowError: On invocation: the transcript is too long for the model. The class is
            langchain-core's.
        NotFoundError: On invocation: a template with this id does not exist.
    """

    model_config = ConfigDict(extra="forbid")  # langchain-core's class resets it

    insights: SkipValidation[AnyInsight | Sequence[AnyInsight]]
    """One or several insights: templates, groups, pydantic classes (results are then instances),
    JSON schemas, dicts with `instructions`, ids of templates at Telnyx (fetched once), or plain
    instructions."""

    chat_model: BaseChatModel | None = None
    """The chat model, of any provider. Default: `ChatTelnyx()`."""

    on_long_transcript: OnLongTranscript = "error"
    """What to do with a transcript that exceeds the model's context: `error` raises; `parts` makes
    the model take notes on each part, and uses the notes. That costs one request per part and
    insight."""

    max_input_tokens: int | None = Field(default=None, ge=1)
    """The model's context in tokens, answer included. Default: from its profile, if known."""

    max_attempts: int = Field(default=3, ge=1)
    """Maximum number of requests per insight until the answer fits its schema. Each retry tells the
    model what is wrong. A truncated answer is not requested again."""

    max_concurrency: int = Field(default=8, ge=1)
    """Number of insights to request at a time, over all transcripts of a batch. `max_concurrency`
    of a `RunnableConfig` overrides it."""

    insight_group_id: str | None = None
    """The group id of the results. Default: the id of the group in `insights`."""

    _fetched: dict[str, Insight] = PrivateAttr(default_factory=dict)
    _concurrency: int | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _use_group_id(cls, values: Any) -> Any:
        insights = values.get("insights") if isinstance(values, dict) else None
        if isinstance(insights, InsightGroup) and not values.get("insight_group_id"):
            return {**values, "insight_group_id": insights.id}
        return values

    @field_validator("insights", mode="before")
    @classmethod
    def _normalize(cls, insights: Any) -> Any:
        return normalize_insights(insights)

    @property
    def telnyx(self) -> Telnyx:
        """The client. Default: the client of a `ChatTelnyx`, if no connection options are set."""
        model = self.chat_model
        own = self.model_fields_set & Connected.model_fields.keys()
        return model.telnyx if isinstance(model, ChatTelnyx) and not own else super().telnyx

    def invoke(
        self,
        input: AnyTranscript,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> TranscriptInsights:
        """Return the insights of a transcript.

        Args:
            input: Text, documents, messages, a transcription, or a conversation at Telnyx.
            config: See langchain-core.
            **kwargs: Not used.

        Returns:
            The insights. A failed insight is in `errors`, and the model's answer to it in `raw`;
            `raise_for_status` raises the error.

        Raises:
            Exception: All insights failed without an answer. This is the error of the first one.
        """
        return self._call_with_config(self._analyze, input, config, **kwargs)

    async def ainvoke(
        self,
        input: AnyTranscript,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> TranscriptInsights:
        """Return the insights of a transcript; see `invoke`."""
        return await self._acall_with_config(self._aanalyze, input, config, **kwargs)

    def batch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[TranscriptInsights]:
        """Return the insights of many transcripts, `max_concurrency` requests at a time."""
        bound, config = self._with_concurrency(config)
        return super(TelnyxInsights, bound).batch(
            inputs, config, return_exceptions=return_exceptions, **kwargs
        )

    async def abatch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[TranscriptInsights]:
        """Return the insights of many transcripts; see `batch`."""
        bound, config = self._with_concurrency(config)
        return await super(TelnyxInsights, bound).abatch(
            inputs, config, return_exceptions=return_exceptions, **kwargs
        )

    @property
    def _insights(self) -> tuple[Insight | str, ...]:
        return cast("tuple[Insight | str, ...]", self.insights)  # as the validator leaves them

    def _with_concurrency(
        self, config: RunnableConfig | list[RunnableConfig] | None
    ) -> tuple["TelnyxInsights", list[RunnableConfig] | RunnableConfig]:
        """Divide the concurrency between transcripts and the insights of each transcript."""
        configs = config if isinstance(config, list) else [config or {}]
        configured = (each.get("max_concurrency") for each in configs)
        total = next(filter(None, configured), self.max_concurrency)
        bound = self.model_copy()
        bound._concurrency = min(total, len(self._insights))  # noqa: SLF001 - a copy of this
        transcripts = max(1, total // bound._concurrency)  # noqa: SLF001 - likewise
        limited = [RunnableConfig(**{**each, "max_concurrency": transcripts}) for each in configs]
        return bound, limited if isinstance(config, list) else limited[0]

    def _analyze(
        self,
        transcript: AnyTranscript,
        run_manager: CallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> TranscriptInsights:
        insights, text = self.telnyx.send(self._prepare(transcript))
        requests = self._requests(insights, text)

        def find(insight: Insight, config: RunnableConfig) -> Answer:
            return send_requests(requests.steps(insight, text), config)

        configs = self._configs(insights, config)
        answers = RunnableLambda(find).batch(insights, configs, return_exceptions=True)
        return self._result(insights, answers)

    async def _aanalyze(
        self,
        transcript: AnyTranscript,
        run_manager: AsyncCallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> TranscriptInsights:
        insights, text = await self.telnyx.aio.send(self._prepare(transcript))
        requests = self._requests(insights, text)

        async def find(insight: Insight, config: RunnableConfig) -> Answer:
            return await asend_requests(requests.steps(insight, text), config)

        configs = self._configs(insights, config)
        answers = await RunnableLambda(find).abatch(insights, configs, return_exceptions=True)
        return self._result(insights, answers)

    def _prepare(self, transcript: AnyTranscript) -> Flow[tuple[list[Insight], str]]:
        """Fetch templates and messages, and return the templates and the transcript's text."""
        calls = self.telnyx.calls
        missing = [
            one for one in self._insights if isinstance(one, str) and one not in self._fetched
        ]
        results = yield from concurrently([partial(calls.insights.get, one) for one in missing])
        for id_, result in zip(missing, results, strict=True):
            if isinstance(result, TelnyxError):
                raise result
            self._fetched[id_] = result
        source: Any = transcript
        if isinstance(transcript, Conversation):
            source = yield from calls.conversations.transcript(transcript.id)
        templates = [self._fetched[one] if isinstance(one, str) else one for one in self._insights]
        return templates, as_text(source)

    def _requests(self, insights: Sequence[Insight], text: str) -> InsightRequests:
        model = self.chat_model or ChatTelnyx(client=self.telnyx)
        limit = self.max_input_tokens or (model.profile or {}).get("max_input_tokens")
        requests = InsightRequests(model, limit, self.on_long_transcript, self.max_attempts)
        requests.check(insights, text)
        return requests

    def _configs(self, insights: Sequence[Insight], config: RunnableConfig) -> list[RunnableConfig]:
        concurrency = self._concurrency or config.get("max_concurrency") or self.max_concurrency
        # Each insight is a run of its own, which has the insight's name in traces.
        return [
            patch_config(config, max_concurrency=concurrency, run_name=one.name or one.id)
            for one in insights
        ]

    def _result(
        self, insights: Sequence[Insight], answers: Sequence[Answer | Exception]
    ) -> TranscriptInsights:
        outcome = collect_outcome(zip(insights, answers, strict=True))
        return TranscriptInsights(
            id=str(uuid.uuid4()),
            status=FAILED if outcome.errors else COMPLETED,
            created_at=datetime.now(UTC),
            conversation_insights=outcome.results,
            insight_group_id=self.insight_group_id,
            errors=outcome.errors,
            raw=outcome.raw,
        )


def analyze_transcript(
    transcript: AnyTranscript,
    insights: AnyInsight | Sequence[AnyInsight],
    **options: Unpack[InsightsOptions],
) -> TranscriptInsights:
    """Return the insights of one transcript; see `TelnyxInsights`.

    Args:
        transcript: Text, documents, messages, a transcription, or a conversation at Telnyx.
        insights: One or several insights.
        **options: Fields of `TelnyxInsights`, such as `chat_model`, `max_attempts` and `api_key`.

    Raises:
        Exception: All insights failed without an answer. This is the error of the first one.
    """
    return TelnyxInsights.model_validate({"insights": insights, **options}).invoke(transcript)


async def aanalyze_transcript(
    transcript: AnyTranscript,
    insights: AnyInsight | Sequence[AnyInsight],
    **options: Unpack[InsightsOptions],
) -> TranscriptInsights:
    """Return the insights of one transcript; see `analyze_transcript`."""
    finder = TelnyxInsights.model_validate({"insights": insights, **options})
    return await finder.ainvoke(transcript)
