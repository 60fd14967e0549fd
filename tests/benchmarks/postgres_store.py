"""`PGVector` of langchain-postgres on a local server, which is a process of its own."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import postgres_server
from fixed_embeddings import FixedEmbeddings
from langchain_core.documents import Document
from store_responses import PASSAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

# Installed in the contender's environment only, as type checkers do not know.
langchain_postgres: Any = import_module("langchain_postgres")

# The server's search takes time of its process, which is not measured.
_SEARCHED = 100


class PostgresStore:
    """Stores and finds documents; the caller embeds, here without work."""

    def __init__(self, bucket: str, *, base_url: str, api_key: str) -> None:
        del base_url, api_key
        self._name = bucket
        self._filled = False

    @cached_property
    def _store(self) -> Any:
        server = ExitStack()
        atexit.register(server.close)
        folder = server.enter_context(postgres_server.running())
        return langchain_postgres.PGVector(
            FixedEmbeddings(),
            connection=f"postgresql+psycopg://postgres@/postgres?host={folder}",
            collection_name=self._name,
            async_mode=True,
        )

    async def aadd_documents(self, documents: Sequence[Any]) -> list[str]:
        """Add documents to an empty collection, as the benchmark server's bucket is empty."""
        await self._store.adelete_collection()
        await self._store.acreate_collection()
        added: list[str] = await self._store.aadd_documents(list(documents))
        return added

    async def asimilarity_search(self, query: str, k: int) -> list[Any]:
        """Search; the first search adds what is found, and is not counted."""
        if not self._filled:
            await self.aadd_documents([Document(PASSAGE) for _ in range(_SEARCHED)])
            self._filled = True
        found: list[Any] = await self._store.asimilarity_search(query, k=k)
        return found
