"""`TelnyxVectorStore`: documents in Telnyx buckets."""

from langchain_telnyx.vectorstores.base import (
    DEFAULT_EMBEDDING_MODEL,
    ListedDocument,
    TelnyxVectorStore,
    VectorStoreOptions,
)

__all__ = [
    "DEFAULT_EMBEDDING_MODEL",
    "ListedDocument",
    "TelnyxVectorStore",
    "VectorStoreOptions",
]
