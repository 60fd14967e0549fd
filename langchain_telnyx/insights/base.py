"""`TelnyxInsights`: what the service finds out about its conversations, about any transcript."""

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
from langchain_telnyx.insights.prompts import Answer, Asker, OnLongTranscript, arequest, request
from langchain_telnyx.insights.results import outcome_of
from langchain_telnyx.insights.templates import AnyInsight, normalised
from langchain_telnyx.insights.transcripts import AnyTranscript, as_text
from langchain_telnyx.types import CommonOptions

# Written down, and in a schema, an error is its text.
_Shown = Annotated[
    Exception,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string"}),
]


__all__ = ["TelnyxInsights", "TranscriptInsights", "aanalyze_transcript", "analyze_transcript"]


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


class InsightsOptions(CommonOptions, total=False):
    """The options of `TelnyxInsights`, which `analyze_transcript` passes on."""

    chat_model: BaseChatModel | None
    """The model to ask, of any provider. Default: `ChatTelnyx()`."""

    on_long_transcript: OnLongTranscript
    """What to do with a transcript that the model cannot take: `error`, or go by `parts`."""

    max_input_tokens: int | None
    """Tokens that the model takes, answer included. Default: what its profile says, if anything."""

    max_attempts: int
    """How often to ask for an insight at most until its answer fits its schema."""

    max_concurrency: int
    """Insights to ask for at a time."""

    insight_group_id: str | None
    """What the results name as their group. Default: the group that was given."""

    name: str | None
    """The name of the run in a trace."""

    client: Telnyx | None
    """A `Telnyx` to use instead of all the other options of a connection."""

    timeout: float | None
    """Seconds of silence to bear while waiting for the server. Default: 180."""

    default_headers: Mapping[str, str] | None
    """Headers to send with every request."""

    default_query: Mapping[str, Any] | None
    """Names and values to put into the query of every request."""

    proxy: str | None
    """Proxy URL. Default: the environment's."""


class TelnyxInsights(Connected, RunnableSerializable[Any, TranscriptInsights]):
    """Applies insight templates to any transcript, by a chat model.

    The service finds insights of its own conversations when they end, and of nothing else. This
    finds them in recordings that were transcribed, in chats kept elsewhere, in documents: by the
    same templates, with results of the same form. A result fits its template's schema; one that
    does not is asked for again, and is `failed` if it still does not.

    A transcript is data. It cannot end the document in which the model is shown it, so that what
    somebody said is never among the instructions.

    API page: https://developers.telnyx.com/docs/inference/ai-insights/creating-insights

    Example:
        ```python
        from langchain_telnyx import TelnyxInsights

        found = TelnyxInsights(insights=["How many guests come?", "Is the caller angry?"])
        found.invoke("User: We are 4 guests.").values
        ```

    Raises:
        ValueError: An insight says nothing of what to find out, or has a schema that the API would
            refuse; at a call: the transcript is empty.
        ContextOverflowError: At a call: the transcript is too long for the model. It is
            langchain-core's class.
        NotFoundError: At a call: there is no template of an id.
    """

    model_config = ConfigDict(extra="forbid")  # which langchain-core's class would undo

    insights: SkipValidation[AnyInsight | Sequence[AnyInsight]]
    """What to find out: templates, groups, pydantic classes, whose instances are then the results,
    JSON schemas, dicts with `instructions`, ids of templates at Telnyx, which are fetched once, or
    plain instructions; one or several."""

    chat_model: BaseChatModel | None = None
    """The model to ask, of any provider. Default: `ChatTelnyx()`."""

    on_long_transcript: OnLongTranscript = "error"
    """What to do with a transcript that the model cannot take: `error`; or `parts`, to have it note
    down what matters of each part, and go by the notes. That costs a request a part and insight."""

    max_input_tokens: int | None = Field(default=None, ge=1)
    """Tokens that the model takes, answer included. Default: what its profile says, if anything."""

    max_attempts: int = Field(default=3, ge=1)
    """How often to ask for an insight at most until the answer fits its schema. From the second
    time on, the model is shown what is wrong. An answer that was cut is not asked for again."""

    max_concurrency: int = Field(default=8, ge=1)
    """Insights to ask for at a time, over all transcripts of a batch; `max_concurrency` of a
    `RunnableConfig` comes before it."""

    insight_group_id: str | None = None
    """What the results name as their group. Default: the group that was given."""

    _fetched: dict[str, Insight] = PrivateAttr(default_factory=dict)
    _width: int | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _of_a_group(cls, values: Any) -> Any:
        given = values.get("insights") if isinstance(values, dict) else None
        if isinstance(given, InsightGroup) and not values.get("insight_group_id"):
            return {**values, "insight_group_id": given.id}
        return values

    @field_validator("insights", mode="before")
    @classmethod
    def _in_any_form(cls, given: Any) -> Any:
        return normalised(given)

    @property
    def telnyx(self) -> Telnyx:
        """The client; the chat model's, where that has one and no other was asked for."""
        model = self.chat_model
        own = self.model_fields_set & Connected.model_fields.keys()
        return model.telnyx if isinstance(model, ChatTelnyx) and not own else super().telnyx

    def invoke(
        self,
        input: AnyTranscript,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> TranscriptInsights:
        """Find out about a transcript.

        Args:
            input: Text, documents, messages, a transcription, or a conversation at Telnyx.
            config: See langchain-core.
            **kwargs: None are known.

        Returns:
            What was found. An insight that failed is in `errors`, beside the results of the
            others, and what the model answered in `raw`; `raise_for_status` raises the error.

        Raises:
            Exception: No insight got an answer at all; this is the first one's error.
        """
        return self._call_with_config(self._analyze, input, config, **kwargs)

    async def ainvoke(
        self,
        input: AnyTranscript,  # noqa: A002 - core's
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> TranscriptInsights:
        """Find out about a transcript; see `invoke`."""
        return await self._acall_with_config(self._aanalyze, input, config, **kwargs)

    def batch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[TranscriptInsights]:
        """Find out about many transcripts, `max_concurrency` insights at a time in all."""
        bound, config = self._bound(config)
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
        """Find out about many transcripts; see `batch`."""
        bound, config = self._bound(config)
        return await super(TelnyxInsights, bound).abatch(
            inputs, config, return_exceptions=return_exceptions, **kwargs
        )

    @property
    def _wanted(self) -> tuple[Insight | str, ...]:
        return cast("tuple[Insight | str, ...]", self.insights)  # as the validator leaves them

    def _bound(
        self, config: RunnableConfig | list[RunnableConfig] | None
    ) -> tuple["TelnyxInsights", list[RunnableConfig] | RunnableConfig]:
        """Share the width out: so many transcripts at a time, so many insights of each."""
        configs = config if isinstance(config, list) else [config or {}]
        asked = (each.get("max_concurrency") for each in configs)
        width = next(filter(None, asked), self.max_concurrency)
        bound = self.model_copy()
        bound._width = min(width, len(self._wanted))  # noqa: SLF001 - a copy of this
        outside = max(1, width // bound._width)  # noqa: SLF001 - likewise
        widened = [RunnableConfig(**{**each, "max_concurrency": outside}) for each in configs]
        return bound, widened if isinstance(config, list) else widened[0]

    def _analyze(
        self,
        transcript: AnyTranscript,
        run_manager: CallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> TranscriptInsights:
        insights, text = self.telnyx.send(self._prepared(transcript))
        asker = self._asker(insights, text)

        def ask(insight: Insight, config: RunnableConfig) -> Answer:
            return request(asker.result(insight, text), config)

        configs = self._configs(insights, config)
        answers = RunnableLambda(ask).batch(insights, configs, return_exceptions=True)
        return self._result(insights, answers)

    async def _aanalyze(
        self,
        transcript: AnyTranscript,
        run_manager: AsyncCallbackManagerForChainRun,  # noqa: ARG002 - core passes it
        config: RunnableConfig,
    ) -> TranscriptInsights:
        insights, text = await self.telnyx.aio.send(self._prepared(transcript))
        asker = self._asker(insights, text)

        async def ask(insight: Insight, config: RunnableConfig) -> Answer:
            return await arequest(asker.result(insight, text), config)

        configs = self._configs(insights, config)
        answers = await RunnableLambda(ask).abatch(insights, configs, return_exceptions=True)
        return self._result(insights, answers)

    def _prepared(self, transcript: AnyTranscript) -> Flow[tuple[list[Insight], str]]:
        """Fetch what is not here yet, and return the templates and the transcript's text."""
        calls = self.telnyx.calls
        wanted = [one for one in self._wanted if isinstance(one, str) and one not in self._fetched]
        answers = yield from concurrently([partial(calls.insights.get, one) for one in wanted])
        for known_as, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, TelnyxError):
                raise answer
            self._fetched[known_as] = answer
        said: Any = transcript
        if isinstance(transcript, Conversation):
            said = yield from calls.conversations.transcript(transcript.id)
        templates = [self._fetched[one] if isinstance(one, str) else one for one in self._wanted]
        return templates, as_text(said)

    def _asker(self, insights: Sequence[Insight], text: str) -> Asker:
        model = self.chat_model or ChatTelnyx(client=self.telnyx)
        limit = self.max_input_tokens or (model.profile or {}).get("max_input_tokens")
        asker = Asker(model, limit, self.on_long_transcript, self.max_attempts)
        asker.check(insights, text)
        return asker

    def _configs(self, insights: Sequence[Insight], config: RunnableConfig) -> list[RunnableConfig]:
        width = self._width or config.get("max_concurrency") or self.max_concurrency
        # Each a run of its own, which traces show by the insight's name.
        return [
            patch_config(config, max_concurrency=width, run_name=one.name or one.id)
            for one in insights
        ]

    def _result(
        self, insights: Sequence[Insight], answers: Sequence[Answer | Exception]
    ) -> TranscriptInsights:
        outcome = outcome_of(zip(insights, answers, strict=True))
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
    """Find out about one transcript; see `TelnyxInsights`.

    Args:
        transcript: Text, documents, messages, a transcription, or a conversation at Telnyx.
        insights: What to find out: one or several.
        **options: Fields of `TelnyxInsights`, such as `chat_model`, `max_attempts` and `api_key`.

    Raises:
        Exception: No insight got an answer at all; this is the first one's error.
    """
    return TelnyxInsights.model_validate({"insights": insights, **options}).invoke(transcript)


async def aanalyze_transcript(
    transcript: AnyTranscript,
    insights: AnyInsight | Sequence[AnyInsight],
    **options: Unpack[InsightsOptions],
) -> TranscriptInsights:
    """Find out about one transcript; see `analyze_transcript`."""
    finder = TelnyxInsights.model_validate({"insights": insights, **options})
    return await finder.ainvoke(transcript)
