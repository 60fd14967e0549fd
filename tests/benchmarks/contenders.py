"""The contenders, and how their models are built: with the options of a typical user.

Contenders are imported by name and on demand: each has an environment of its own
(`environments.py`), without the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from store_responses import BUCKET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

# "text" is a prompt in and text out; "model" is a chat model of LangChain, with all it can do.
Part = Literal["text", "model", "embeddings", "store"]

OURS = "ours"
FAST = "ours-fast"  # the same, with the extra `fast`
BASELINE = "openai"  # the denominator of ratios
RAW = "httpx"  # the denominator in the rows of the store

_MODEL = "moonshotai/Kimi-K2.6"
_EMBEDDING_MODEL = "thenlper/gte-large"
# By default langchain-openai sends token ids, which Telnyx does not accept.
_SEND_TEXTS = {"check_embedding_ctx_length": False}


@dataclass(frozen=True)
class EmbeddingsClass:
    """A contender's embeddings.

    Attributes:
        module: The module of the class.
        class_name: The name of the class.
        options: The options that make it send texts instead of token ids.
    """

    module: str
    class_name: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreClass:
    """A contender's vector store.

    Attributes:
        title: The name in tables.
        module: The module of the class.
        class_name: The name of the class.
        not_compared: Why rows are not measured, by row.
        metrics: The metrics that can be compared.
    """

    title: str
    module: str
    class_name: str
    not_compared: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ("cpu", "wall", "rss", "modules")


@dataclass(frozen=True)
class Contender:
    """A package to measure.

    Attributes:
        title: The name in tables.
        module: The module of its chat model; empty without one.
        class_name: The class of the chat model.
        base_path: The path after the server's address in `base_url`.
        options: Further options of the chat model.
        is_langchain: Whether the class is a chat model of LangChain.
        embeddings: Its embeddings; `None` without.
        store: Its vector store; `None` without.
    """

    title: str
    module: str = ""
    class_name: str = ""
    base_path: str = "/v1"
    options: Mapping[str, object] = field(default_factory=dict)
    is_langchain: bool = True
    embeddings: EmbeddingsClass | None = None
    store: StoreClass | None = None

    def refusal(self, row: str, part: Part) -> str:
        """Return why a row is not measured; empty if it is.

        Args:
            row: The name of the row.
            part: The part of a contender that it measures.
        """
        if part == "store":
            return self.store.not_compared.get(row, "") if self.store else "has no vector store"
        if part == "embeddings":
            return "" if self.embeddings else "its embeddings are not compared"
        if not self.module:
            return "has no chat model"
        return "" if part == "text" or self.is_langchain else "not a chat model of LangChain"


CONTENDERS = {
    OURS: Contender(
        "ChatTelnyx",
        "langchain_telnyx.chat_models",
        "ChatTelnyx",
        base_path="/v2",
        embeddings=EmbeddingsClass("langchain_telnyx.embeddings", "TelnyxEmbeddings"),
        store=StoreClass("TelnyxVectorStore", "langchain_telnyx.vectorstores", "TelnyxVectorStore"),
    ),
    FAST: Contender(
        "with `fast`",
        "langchain_telnyx.chat_models",
        "ChatTelnyx",
        base_path="/v2",
        embeddings=EmbeddingsClass("langchain_telnyx.embeddings", "TelnyxEmbeddings"),
        store=StoreClass("with `fast`", "langchain_telnyx.vectorstores", "TelnyxVectorStore"),
    ),
    BASELINE: Contender(
        "ChatOpenAI",
        "langchain_openai",
        "ChatOpenAI",
        embeddings=EmbeddingsClass("langchain_openai", "OpenAIEmbeddings", _SEND_TEXTS),
    ),
    "telnyx-1.0.0": Contender(
        "ChatTelnyx 1.0.0",
        "langchain_telnyx.chat_models",
        "ChatTelnyx",
        base_path="/v2/ai",
        embeddings=EmbeddingsClass("langchain_telnyx.embeddings", "TelnyxEmbeddings", _SEND_TEXTS),
    ),
    "mistral": Contender("ChatMistralAI", "langchain_mistralai", "ChatMistralAI"),
    "fireworks": Contender("ChatFireworks", "langchain_fireworks", "ChatFireworks"),
    "groq": Contender("ChatGroq", "langchain_groq", "ChatGroq", base_path=""),
    "openrouter": Contender("ChatOpenRouter", "langchain_openrouter", "ChatOpenRouter"),
    "litellm": Contender(
        "ChatLiteLLM",
        "langchain_litellm",
        "ChatLiteLLM",
        options={"custom_llm_provider": "openai"},
    ),
    "telnyx-sdk": Contender(
        "Telnyx SDK", "raw_sdk", "SDKChat", base_path="/v2", is_langchain=False
    ),
    "httpx2": Contender("raw httpx2", "raw_httpx2", "RawChat", is_langchain=False),
    "floor": Contender("langchain-core alone", "floor", "FloorChatModel"),
    RAW: Contender(
        "raw httpx", base_path="/v2", store=StoreClass("raw httpx", "raw_store", "RawStore")
    ),
    "qdrant": Contender(
        "QdrantVectorStore",
        store=StoreClass(
            "QdrantVectorStore",
            "qdrant_store",
            "QdrantStore",
            not_compared=dict.fromkeys(
                ("search", "search_wide"), "searches in the calling process"
            ),
            metrics=("cpu",),
        ),
    ),
    "postgres": Contender(
        "PGVector",
        store=StoreClass(
            "PGVector",
            "postgres_store",
            "PostgresStore",
            not_compared={"search_wide": "its server does not wait 50 ms for a search"},
            metrics=("cpu",),
        ),
    ),
}

# The contenders of the table of peers.
CHAT_PEERS = (
    BASELINE,
    OURS,
    FAST,
    "telnyx-1.0.0",
    "mistral",
    "fireworks",
    "groq",
    "openrouter",
    "litellm",
    "telnyx-sdk",
    "httpx2",
    "floor",
)
STORE_PEERS = (RAW, "qdrant", "postgres")


class Subject:
    """A contender with the address of a server; the argument of every row."""

    def __init__(self, contender: Contender, server: str) -> None:
        self._contender = contender
        self._base_url = server + contender.base_path

    def build(self) -> BaseChatModel:
        """Build a new model; import its package on first use."""
        model_class: Any = getattr(
            import_module(self._contender.module), self._contender.class_name
        )
        model: BaseChatModel = model_class(
            model=_MODEL,
            base_url=self._base_url,
            api_key="KEYbench",
            max_retries=2,
            **self._contender.options,
        )
        return model

    @cached_property
    def model(self) -> BaseChatModel:
        """The model that rows call, built once."""
        return self.build()

    @cached_property
    def embeddings(self) -> Embeddings:
        """The embeddings that rows call, built once."""
        known = self._contender.embeddings
        if known is None:
            raise ValueError(f"{self._contender.title} has no embeddings.")
        embeddings_class: Any = getattr(import_module(known.module), known.class_name)
        embeddings: Embeddings = embeddings_class(
            model=_EMBEDDING_MODEL,
            base_url=self._base_url,
            api_key="KEYbench",
            max_retries=2,
            **known.options,
        )
        return embeddings

    @cached_property
    def store(self) -> Any:
        """The vector store that rows write to and search, built once."""
        known = self._contender.store
        if known is None:
            raise ValueError(f"{self._contender.title} has no vector store.")
        store_class: Any = getattr(import_module(known.module), known.class_name)
        return store_class(BUCKET, base_url=self._base_url, api_key="KEYbench")
