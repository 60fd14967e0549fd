"""`TelnyxEmbeddings`: vectors for texts, for any LangChain vector store."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Literal

from langchain_core.embeddings import Embeddings
from langchain_core.load.serializable import Serializable
from pydantic import AliasChoices, Field, PrivateAttr

from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx._shared.connect import Serialised
from langchain_telnyx._shared.errors import model_errors
from langchain_telnyx._shared.migration.embeddings import EMBEDDINGS
from langchain_telnyx._shared.migration.options import DEFAULT_API_BASE, KeepsOldNames
from langchain_telnyx._shared.migration.rules import OldNames
from langchain_telnyx._shared.options import KeepsUnknown
from langchain_telnyx._shared.refused_options import refuse
from langchain_telnyx.client.call import JSON, ResponseBody, Steps
from langchain_telnyx.embeddings.dimensions import Length
from langchain_telnyx.embeddings.jobs import EmbedJob, EmbedOptions
from langchain_telnyx.embeddings.lengths import LIMITS, OnLongText
from langchain_telnyx.embeddings.outcome import kept_when_interrupted, outcome
from langchain_telnyx.embeddings.texts import listed

__all__ = ["DEFAULT_API_BASE", "DEFAULT_MODEL", "TelnyxEmbeddings"]

DEFAULT_MODEL = "thenlper/gte-large"


class TelnyxEmbeddings(Serialised, KeepsOldNames, KeepsUnknown, Serializable, Embeddings):
    """An embedding model served by Telnyx.

    Texts go over the wire as strings, each distinct one once, in concurrent batches; vectors come
    back in the order of the texts, and no two of them are the same list.

    API page: https://developers.telnyx.com/api-reference/openai-embeddings/create-embeddings

    Example:
        ```python
        from langchain_telnyx import TelnyxEmbeddings

        embeddings = TelnyxEmbeddings(model="thenlper/gte-large")
        len(embeddings.embed_query("What is a moon?"))  # 1024
        ```

    Raises:
        ConfigurationError: There is no key, or an option cannot work.
        TypeError: At a call: one text came where a list is expected.
        InvalidTextError: At a call: texts are blank, not `str`, or have half of a surrogate pair.
            These are not sent; all others are.
        TextTooLongError: At a call: texts are longer than the model takes, by estimate and before
            anything is sent, or because the server says so.
        DimensionError: At a call: vectors have another length than `dimensions`, or than those
            that this object gave before.
        APIResponseError: At a call: no vector came that can be used: none, or one that holds NaN
            or an infinite value or nothing but zeros.
        PartialEmbeddingsError: At a call: some texts could not be embedded; `vectors` has those
            that could, by position, and `failed` the errors of the others, each of the classes
            above. Where no text could be embedded, the error is theirs.
    """

    _old_names: ClassVar[OldNames] = EMBEDDINGS

    model: str = Field(default=DEFAULT_MODEL, validation_alias=AliasChoices("model", "model_name"))
    """The model to ask."""

    dimensions: int | None = Field(default=None, ge=1)
    """Length of the vectors, for models that can shorten them."""

    on_long_text: OnLongText = "error"
    """What becomes of a text longer than the model takes: an error before anything is sent, its
    beginning (`"truncate"`), or the mean of its parts (`"average"`), weighted by their tokens."""

    max_input_tokens: int | None = Field(
        default=None,
        ge=16,
        validation_alias=AliasChoices("max_input_tokens", "embedding_ctx_length"),
    )
    """Tokens of a text at most. Default: what is known of the model, else any number."""

    chunk_size: int = Field(default=64, ge=1)
    """Texts in one request at most."""

    max_batch_tokens: int = Field(default=32_768, ge=1)
    """Tokens in one request at most, by estimate; a text that has more goes alone."""

    max_concurrency: int = Field(default=8, ge=1)
    """Requests at a time."""

    show_progress: bool = Field(
        default=False, validation_alias=AliasChoices("show_progress", "show_progress_bar")
    )
    """Whether to show a progress bar; it needs the extra `progress`."""

    user: str | None = None
    """An end user's id, to send along."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Fields of the request that the vendor added since."""

    on_usage: Callable[[int], None] | None = Field(default=None, exclude=True, repr=False)
    """Called after each call with the tokens that the server counted, to add up what it costs."""

    _seen: dict[tuple[str, ...], int] = PrivateAttr(default_factory=dict)

    @property
    def model_name(self) -> str:
        """The model to ask, by its other name."""
        return self.model

    @property
    def _llm_type(self) -> str:
        return "telnyx-embedding"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in their order.

        Args:
            texts: The texts; any iterable that keeps an order will do, such as a generator.

        Raises:
            KeyboardInterrupt: Ctrl-C; its `partial` has the vectors that came before, by position.
        """
        work = self._work(texts)
        with model_errors(), kept_when_interrupted(work):
            self.telnyx.send(work.run())
            self._tell(work)
            return outcome(work)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in their order.

        Args:
            texts: The texts; any iterable that keeps an order will do, such as a generator.
        """
        work = self._work(texts)
        with model_errors():
            await self.telnyx.aio.send(work.run())
            self._tell(work)
            return outcome(work)

    def embed_query(self, text: str) -> list[float]:
        """Return a vector for a query."""
        return self.embed_documents([text])[0]

    async def aembed_query(self, text: str) -> list[float]:
        """Return a vector for a query."""
        return (await self.aembed_documents([text]))[0]

    def forget_refusals(self) -> None:
        """Forget what this server was found to refuse, for it may have learnt it since.

        Whether a server gives base64 is remembered for the life of the process, for all models
        that ask it. What `ChatTelnyx` found out about the same server is forgotten too.
        """
        self.telnyx.server_state.get(CapabilityCache).clear()

    def _tell(self, work: EmbedJob) -> None:
        if self.on_usage is not None and work.counted:
            self.on_usage(sum(work.counted))

    def _work(self, texts: Iterable[Any]) -> EmbedJob:
        telnyx = self.telnyx
        which = (telnyx.config.base_url, self.model, str(self.dimensions))
        rules = EmbedOptions(
            create=self._create,
            model=self.model,
            capabilities=telnyx.server_state.get(CapabilityCache),
            on_long_text=self.on_long_text,
            limit=self.max_input_tokens or LIMITS.get(self.model),
            batch_size=self.chunk_size,
            batch_tokens=self.max_batch_tokens,
            width=self.max_concurrency,
            length=Length(self.dimensions, self._seen, which),
            show_progress=self.show_progress,
        )
        return EmbedJob(listed(texts), rules)

    def _create(
        self, texts: Sequence[str], *, encoding_format: Literal["base64"] | None
    ) -> Steps[ResponseBody]:
        extra: JSON = self.model_kwargs
        refuse(extra, type(self), "field")  # which may have been changed since it was checked
        return self.telnyx.calls.text_embeddings.create(
            texts,
            model=self.model,
            dimensions=self.dimensions,
            encoding_format=encoding_format,
            user=self.user,
            extra_body=extra,
        )

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        # As `on_retry` it is of this process.
        return {**state, "__dict__": {**state["__dict__"], "on_usage": None}}
