"""How each contender's models are built, with the options a user would give.

Contenders are imported by name and on demand: every one lives in an environment of its own
(`environments.py`), where the others do not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from store_answers import BUCKET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

Part = Literal["model", "embeddings", "store"]

OURS = "ours"
BASELINE = "openai"  # ratios are taken to this one
RAW = "httpx"  # but for the rows of the store: to this one

_MODEL = "moonshotai/Kimi-K2.6"
_EMBEDDING_MODEL = "thenlper/gte-large"
# Else langchain-openai sends token ids, which Telnyx does not take.
_TEXTS_AS_THEY_ARE = {"check_embedding_ctx_length": False}


@dataclass(frozen=True)
class EmbeddingsClass:
    """A contender's embeddings.

    Attributes:
        module: Where the class is imported from.
        class_name: The class.
        options: What it needs to be told to send the texts as they are.
    """

    module: str
    class_name: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreClass:
    """A contender's vector store.

    Attributes:
        title: The name that tables print.
        module: Where the class is imported from.
        class_name: The class.
    """

    title: str
    module: str
    class_name: str


@dataclass(frozen=True)
class Contender:
    """What is measured, and where it wants to be pointed.

    Attributes:
        title: The name that tables print.
        module: Where its chat model is imported from; empty where it has none.
        class_name: The class of that.
        base_path: What follows the server's address in `base_url`.
        embeddings: Its embeddings; `None` where it does not take part in their rows.
        store: Its vector store; `None` where it takes no part in the rows of stores.
    """

    title: str
    module: str = ""
    class_name: str = ""
    base_path: str = "/v1"
    embeddings: EmbeddingsClass | None = None
    store: StoreClass | None = None

    def has(self, part: Part) -> bool:
        """Whether it has what rows of a kind measure."""
        parts = {"model": self.module, "embeddings": self.embeddings, "store": self.store}
        return bool(parts[part])


CONTENDERS = {
    OURS: Contender(
        "ChatTelnyx",
        "langchain_telnyx.chat_models",
        "ChatTelnyx",
        base_path="/v2",
        embeddings=EmbeddingsClass("langchain_telnyx.embeddings", "TelnyxEmbeddings"),
        store=StoreClass("TelnyxVectorStore", "langchain_telnyx.vectorstores", "TelnyxVectorStore"),
    ),
    BASELINE: Contender(
        "ChatOpenAI",
        "langchain_openai",
        "ChatOpenAI",
        embeddings=EmbeddingsClass("langchain_openai", "OpenAIEmbeddings", _TEXTS_AS_THEY_ARE),
    ),
    "telnyx-1.0.0": Contender(
        "ChatTelnyx 1.0.0",
        "langchain_telnyx.chat_models",
        "ChatTelnyx",
        base_path="/v2/ai",
        embeddings=EmbeddingsClass(
            "langchain_telnyx.embeddings", "TelnyxEmbeddings", _TEXTS_AS_THEY_ARE
        ),
    ),
    "mistral": Contender("ChatMistralAI", "langchain_mistralai", "ChatMistralAI"),
    "floor": Contender("langchain-core alone", "floor", "FloorChatModel"),
    RAW: Contender(
        "raw httpx", base_path="/v2", store=StoreClass("raw httpx", "raw_store", "RawStore")
    ),
}


class Subject:
    """A contender pointed at a server: what every row is a function of."""

    def __init__(self, contender: Contender, server: str) -> None:
        self._contender = contender
        self._base_url = server + contender.base_path

    def build(self) -> BaseChatModel:
        """Build one more model, importing its package first where that has not happened yet."""
        model_class: Any = getattr(
            import_module(self._contender.module), self._contender.class_name
        )
        model: BaseChatModel = model_class(
            model=_MODEL,
            base_url=self._base_url,
            api_key="KEYbench",
            max_retries=2,
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
            raise ValueError(f"{self._contender.title} takes no part in rows of embeddings.")
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
            raise ValueError(f"{self._contender.title} takes no part in rows of stores.")
        store_class: Any = getattr(import_module(known.module), known.class_name)
        return store_class(BUCKET, base_url=self._base_url, api_key="KEYbench")
