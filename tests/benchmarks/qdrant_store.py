"""`QdrantVectorStore` on qdrant-client's local mode, in the memory of the calling process."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fixed_embeddings import VECTOR, FixedEmbeddings

if TYPE_CHECKING:
    from collections.abc import Sequence

# Installed in the contender's environment only, as type checkers do not know.
langchain_qdrant: Any = import_module("langchain_qdrant")
qdrant_client: Any = import_module("qdrant_client")


class QdrantStore:
    """Stores documents; the caller embeds, here without work."""

    def __init__(self, bucket: str, *, base_url: str, api_key: str) -> None:
        del base_url, api_key
        self._name = bucket
        self._client = qdrant_client.QdrantClient(":memory:")

    async def aadd_documents(self, documents: Sequence[Any]) -> list[str]:
        """Add documents to an empty collection, as the benchmark server's bucket is empty."""
        self._client.delete_collection(self._name)
        models = qdrant_client.models
        vectors = models.VectorParams(size=len(VECTOR), distance=models.Distance.COSINE)
        self._client.create_collection(self._name, vectors_config=vectors)
        store = langchain_qdrant.QdrantVectorStore(self._client, self._name, FixedEmbeddings())
        added: list[str] = await store.aadd_documents(list(documents))
        return added
