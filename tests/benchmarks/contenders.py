"""How each contender's chat model is built, with the options a user would give.

Contenders are imported by name and on demand: every one lives in an environment of its own
(`environments.py`), where the others do not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from store_answers import BUCKET

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

OURS = "ours"
BASELINE = "openai"  # ratios are taken to this one
RAW = "httpx"  # but for the rows of the store: to this one

_MODEL = "moonshotai/Kimi-K2.6"


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
    """A chat model class and where it wants to be pointed.

    Attributes:
        title: The name that tables print.
        module: Where the class is imported from.
        class_name: The class.
        base_path: What follows the server's address in `base_url`.
        store: Its vector store; `None` where it takes no part in the rows of stores.
    """

    title: str
    module: str
    class_name: str
    base_path: str = "/v1"
    store: StoreClass | None = None


CONTENDERS = {
    OURS: Contender(
        "ChatTelnyx",
        "langchain_telnyx.chat_models",
        "ChatTelnyx",
        base_path="/v2",
        store=StoreClass("TelnyxVectorStore", "langchain_telnyx.vectorstores", "TelnyxVectorStore"),
    ),
    BASELINE: Contender("ChatOpenAI", "langchain_openai", "ChatOpenAI"),
    "telnyx-1.0.0": Contender(
        "ChatTelnyx 1.0.0", "langchain_telnyx.chat_models", "ChatTelnyx", base_path="/v2/ai"
    ),
    "mistral": Contender("ChatMistralAI", "langchain_mistralai", "ChatMistralAI"),
    "floor": Contender("langchain-core alone", "floor", "FloorChatModel"),
    RAW: Contender(
        "raw httpx",
        "raw_store",
        "RawStore",
        base_path="/v2",
        store=StoreClass("raw httpx", "raw_store", "RawStore"),
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
    def store(self) -> Any:
        """The vector store that rows write to and search, built once."""
        known = self._contender.store
        if known is None:
            raise ValueError(f"{self._contender.title} takes no part in rows of stores.")
        store_class: Any = getattr(import_module(known.module), known.class_name)
        return store_class(BUCKET, base_url=self._base_url, api_key="KEYbench")
