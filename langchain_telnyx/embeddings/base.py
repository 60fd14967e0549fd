"""`TelnyxEmbeddings`: vectors for texts, for any LangChain vector store."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Literal

from langchain_core.embeddings import Embeddings
from langchain_core.load.serializable import Serializable
from langchain_core.rate_limiters import BaseRateLimiter
from pydantic import AliasChoices, Field, PrivateAttr

from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx._shared.connect import Serialised
from langchain_telnyx._shared.errors import model_errors
from langchain_telnyx._shared.migration.embeddings import EMBEDDINGS
from langchain_telnyx._shared.migration.options import DEFAULT_API_BASE, OldOptionsMixin
from langchain_telnyx._shared.migration.rules import OldNames
from langchain_telnyx._shared.options import UnknownOptionsMixin
from langchain_telnyx._shared.refused_options import refuse
from langchain_telnyx.client.call import JSON, ResponseBody, Steps
from langchain_telnyx.embeddings.dimensions import Length
from langchain_telnyx.embeddings.jobs import EmbedJob, EmbedOptions
from langchain_telnyx.embeddings.lengths import LIMITS, OnLongText
from langchain_telnyx.embeddings.outcome import outcome, partial_on_interrupt
from langchain_telnyx.embeddings.rate_limits import limited, most_tokens
from langchain_telnyx.embeddings.validation import as_list

__all__ = ["DEFAULT_API_BASE", "DEFAULT_MODEL", "TelnyxEmbeddings"]

DEFAULT_MODEL = "thenlper/gte-large"


class TelnyxEmbeddings(Serialised, OldOptionsMixin, UnknownOptionsMixin, Serializable, Embeddings):
    """An embedding model served by Telnyx.

    Texts are sent as strings, each distinct one once, in concurrent batches. Vectors are returned
    in the order of the texts, each as a list of its own.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/embeddings.md

    API page: https://developers.telnyx.com/api-reference/openai-embeddings/create-embeddings

    Example:
        ```python
        from langchain_telnyx import TelnyxEmbeddings

        embeddings = TelnyxEmbeddings(model="thenlper/gte-large")
        len(embeddings.embed_query("What is a moon?"))  # 1024
        ```

    Raises:
        ConfigurationError: The key is missing, or an option is invalid.
        TypeError: At a call: a single text where a list is expected.
        InvalidTextError: At a call: texts are blank, not `str`, or have half of a surrogate pair.
            These are not sent; all others are.
        TextTooLongError: At a call: texts are longer than the model allows, by estimate before
            anything is sent, or because the server refuses them.
        DimensionError: At a call: vectors have another length than `dimensions`, or than
            earlier vectors of this object.
        APIResponseError: At a call: the response has no usable vector: none, or one with NaN, an
            infinite value or only zeros.
        PartialEmbeddingsError: At a call: some texts could not be embedded; `vectors` has the
            vectors of the others, by position, and `failed` the errors, each of the classes above.
            If no text could be embedded, their error is raised itself.
    """

    _old_names: ClassVar[OldNames] = EMBEDDINGS

    model: str = Field(default=DEFAULT_MODEL, validation_alias=AliasChoices("model", "model_name"))
    """The model."""

    dimensions: int | None = Field(default=None, ge=1)
    """The length of the vectors, for models that can shorten them."""

    on_long_text: OnLongText = "error"
    """How to embed a text longer than the model allows: raise an error before anything is sent,
    embed its beginning (`"truncate"`), or the mean of its parts (`"average"`), weighted by
    tokens."""

    max_input_tokens: int | None = Field(
        default=None,
        ge=16,
        validation_alias=AliasChoices("max_input_tokens", "embedding_ctx_length"),
    )
    """The most tokens of a text. Default: the limit of the model if known, else none."""

    chunk_size: int = Field(default=64, ge=1)
    """The most texts of a request."""

    max_batch_tokens: int = Field(default=32_768, ge=1)
    """The most tokens of a request, by estimate; a text that has more is sent alone."""

    max_concurrency: int = Field(default=8, ge=1)
    """The most concurrent requests."""

    rate_limiter: BaseRateLimiter | None = Field(default=None, exclude=True, repr=False)
    """Admits each attempt at a request. `TelnyxRateLimiter` also counts its tokens, and learns from
    responses; with another limiter, requests are counted."""

    show_progress: bool = Field(
        default=False, validation_alias=AliasChoices("show_progress", "show_progress_bar")
    )
    """Whether to show a progress bar; needs the extra `progress`."""

    user: str | None = None
    """The id of an end user, sent with each request."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further fields of the request, such as new ones of the API."""

    on_usage: Callable[[int], None] | None = Field(default=None, exclude=True, repr=False)
    """Called after each call with the tokens that the server counted."""

    _seen: dict[tuple[str, ...], int] = PrivateAttr(default_factory=dict)

    @property
    def model_name(self) -> str:
        """The model; an alias of `model`."""
        return self.model

    @property
    def _llm_type(self) -> str:
        return "telnyx-embedding"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in their order.

        Args:
            texts: The texts; any ordered iterable, such as a generator.

        Raises:
            KeyboardInterrupt: Ctrl-C; its `partial` has the finished vectors, by position.
        """
        job = self._job(texts)
        with model_errors(), partial_on_interrupt(job):
            self.telnyx.send(job.run())
            self._report_usage(job)
            return outcome(job)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in their order.

        Args:
            texts: The texts; any ordered iterable, such as a generator.
        """
        job = self._job(texts)
        with model_errors():
            await self.telnyx.aio.send(job.run())
            self._report_usage(job)
            return outcome(job)

    def embed_query(self, text: str) -> list[float]:
        """Return a vector for a query."""
        return self.embed_documents([text])[0]

    async def aembed_query(self, text: str) -> list[float]:
        """Return a vector for a query."""
        return (await self.aembed_documents([text]))[0]

    def forget_refusals(self) -> None:
        """Clear the cached capabilities of this server, for example after an upgrade of it.

        Whether a server supports base64 is cached for the life of the process, for all objects
        that use it. The capabilities that `ChatTelnyx` cached for the server are cleared too.
        """
        self.telnyx.server_state.get(CapabilityCache).clear()

    def _report_usage(self, job: EmbedJob) -> None:
        if self.on_usage is not None and job.token_counts:
            self.on_usage(sum(job.token_counts))

    def _job(self, texts: Iterable[Any]) -> EmbedJob:
        telnyx = self.telnyx
        which = (telnyx.config.base_url, self.model, str(self.dimensions))
        options = EmbedOptions(
            create=self._create,
            model=self.model,
            capabilities=telnyx.server_state.get(CapabilityCache),
            on_long_text=self.on_long_text,
            limit=self.max_input_tokens or LIMITS.get(self.model),
            batch_size=self.chunk_size,
            batch_tokens=most_tokens(self.rate_limiter, self.model, self.max_batch_tokens),
            width=self.max_concurrency,
            length=Length(self.dimensions, self._seen, which),
            show_progress=self.show_progress,
        )
        return EmbedJob(as_list(texts), options)

    def _create(
        self, texts: Sequence[str], *, encoding_format: Literal["base64"] | None
    ) -> Steps[ResponseBody]:
        extra: JSON = self.model_kwargs
        refuse(extra, type(self), "field")  # it may have changed since validation
        call = self.telnyx.calls.text_embeddings.create(
            texts,
            model=self.model,
            dimensions=self.dimensions,
            encoding_format=encoding_format,
            user=self.user,
            extra_body=extra,
        )
        if self.rate_limiter is None:
            return call
        return limited(call, self.rate_limiter, self.model, texts)

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        # A callback belongs to this process, as `on_retry` does.
        return {**state, "__dict__": {**state["__dict__"], "on_usage": None}}
