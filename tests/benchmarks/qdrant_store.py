"""`QdrantVectorStore` on qdrant-client's local mode, in the memory of the calling process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fixed_embeddings import VECTOR, FixedEmbeddings
from langchain_qdrant import QdrantVectorStore
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, VectorParams

if TYPE_CHECKING:
    from collections.abc import Sequence


class QdrantStore:
    """Stores documents; the caller embeds, here without work."""

    def __init__(self, bucket: str, *, base_url: str, api_key: str) -> None:
        del base_url, api_key
        self._name = bucket
        self._client = QdrantClient(":memory:")

    async def aadd_documents(self, documents: Sequence[Any]) -> list[str]:
        """Add documents to an empty collection, as the benchmark server's bucket is empty."""
        self._client.delete_collection(self._name)
        vectors = VectorParams(size=len(VECTOR), distance=Distance.COSINE)
        self._client.create_collection(self._name, vectors_config=vectors)
        store = QdrantVectorStore(self._client, self._name, FixedEmbeddings())
        return await store.aadd_documents(list(documents))
