"""The class methods of `TelnyxVectorStore` that create a store and add documents to it."""

import uuid
from abc import ABC
from typing import Any, Self

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore


class CreationMixin(VectorStore, ABC):
    """Class methods that create a vector store from documents or texts."""

    @classmethod
    def from_documents(
        cls,
        documents: list[Document],
        embedding: Embeddings | None = None,
        *,
        bucket: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store and add documents to it.

        Args:
            documents: The documents; any iterable.
            embedding: Must be `None`: the service embeds; see `embedding_model`.
            bucket: The bucket. Default: a new bucket with a generated name.
            **kwargs: `ids`: their ids; options of the store.
        """
        ids = kwargs.pop("ids", None)
        store = cls._for(embedding, bucket, kwargs)
        store.add_documents(documents, ids=ids)
        return store

    @classmethod
    async def afrom_documents(
        cls,
        documents: list[Document],
        embedding: Embeddings | None = None,
        *,
        bucket: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store and add documents to it; see `from_documents`."""
        ids = kwargs.pop("ids", None)
        store = cls._for(embedding, bucket, kwargs)
        await store.aadd_documents(documents, ids=ids)
        return store

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        bucket: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store and add texts to it.

        Args:
            texts: The texts.
            embedding: Must be `None`: the service embeds; see `embedding_model`.
            metadatas: Their metadata.
            ids: Their ids.
            bucket: The bucket. Default: a new bucket with a generated name.
            **kwargs: Options of the store.
        """
        store = cls._for(embedding, bucket, kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    @classmethod
    async def afrom_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        bucket: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store and add texts to it; see `from_texts`."""
        store = cls._for(embedding, bucket, kwargs)
        await store.aadd_texts(texts, metadatas, ids=ids)
        return store

    @classmethod
    def _for(cls, embedding: Embeddings | None, bucket: str | None, options: Any) -> Self:
        if embedding is not None:
            raise ValueError(
                "Telnyx embeds the documents itself: pass `embedding=None`, and select the model "
                "with `embedding_model=`."
            )
        build: Any = cls
        store: Self = build(bucket or f"langchain-{uuid.uuid4().hex}", **options)
        return store
