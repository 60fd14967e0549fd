"""`TelnyxVectorStore`: a LangChain vector store on a bucket that Telnyx embeds and searches."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from langchain_telnyx._bucket import Bucket
from langchain_telnyx._connect import connect
from langchain_telnyx._documents import found, object_key
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.bucket_embeddings import Hit
from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.client.call import Flow

DEFAULT_EMBEDDING_MODEL = "thenlper/gte-large"


class TelnyxVectorStore(VectorStore):
    """Documents in a Telnyx bucket, embedded and searched by the service.

    Each document is an object of the bucket. Its id and metadata travel in the object's key, so
    that every passage found carries them exactly; `langchain_telnyx._documents` documents the
    form. Objects that other programs put into the bucket are found too, as documents without id
    whose metadata is `{"source": key}`.

    Building a store does no I/O. The bucket is created by the first write, if it is not there.

    Scores are certainties: `1 - distance / 2`, from 0 to 1, higher is better. They lie close
    together: of real questions, useful passages score above 0.85 and unrelated ones not much
    below, so compare scores rather than set thresholds such as 0.5.

    API pages: https://developers.telnyx.com/docs/inference/embeddings,
    https://developers.telnyx.com/docs/cloud-storage/quick-start

    Args:
        bucket: The bucket: 3 to 63 lower-case letters, digits, dots and hyphens.
        embedding_model: The model that embeds the bucket.
        chunk_size: Size of the passages a document is split into. Default: the service's.
        chunk_overlap: What passages share with their neighbours. Default: the service's.
        wait: Whether writes return only when what they wrote can be found.
        wait_timeout: Seconds to wait at most; `None` waits for ever.
        max_concurrency: Uploads and deletions at a time.
        show_progress: Whether writes show progress bars; needs the extra `progress`.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`, `storage_url`, `region`: see `Telnyx`.

    Raises:
        ValueError: The bucket's name breaks the rules.
        ConfigurationError: An option cannot work.

    Example:
        ```python
        from langchain_core.documents import Document
        from langchain_telnyx import TelnyxVectorStore

        store = TelnyxVectorStore("my-documents")
        store.add_documents([Document("Titan is a moon of Saturn.", metadata={"page": 1})])
        store.similarity_search("Which moons does Saturn have?", k=1)
        ```
    """

    def __init__(
        self,
        bucket: str,
        *,
        embedding_model: str = DEFAULT_EMBEDDING_MODEL,
        chunk_size: int | None = None,
        chunk_overlap: int | None = None,
        wait: bool = True,
        wait_timeout: float | None = 600.0,
        max_concurrency: int = 16,
        show_progress: bool = False,
        client: Telnyx | None = None,
        **options: Any,
    ) -> None:
        self._telnyx = connect(client, **options)
        self._bucket = Bucket(
            self._telnyx.calls,
            checked_bucket_name(bucket),
            embedding_model,
            chunk_size,
            chunk_overlap,
            max_concurrency,
            wait_timeout,
        )
        self._wait = wait
        self._show_progress = show_progress

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._bucket.name

    @property
    def embeddings(self) -> Embeddings | None:
        """`None`: the service embeds, with a model of its own."""
        return None

    def add_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Store documents, replacing those of the same ids.

        Args:
            documents: The documents; any iterable.
            **kwargs: `ids`: their ids, over those they have themselves; others are made up.

        Returns:
            The ids.

        Raises:
            ValueError: Metadata would not come back exactly, or is too long; nothing was stored.
            PartialError: Some could not be stored; `done` and `failed` have their ids.
            TaskError: The service could not embed some; `reasons` tells which and why.
        """
        batch = _Batch(documents, **kwargs)
        self._telnyx.send(self._write(batch))
        return batch.ids

    async def aadd_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Store documents, replacing those of the same ids; see `add_documents`."""
        batch = _Batch(documents, **kwargs)
        await self._telnyx.aio.send(self._write(batch))
        return batch.ids

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Store texts; see `add_documents`.

        Args:
            texts: The texts; any iterable.
            metadatas: Their metadata.
            ids: Their ids; those that are missing or `None` are made up.
            **kwargs: None.
        """
        return self.add_documents(_documents(texts, metadatas), ids=ids, **kwargs)

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Store texts; see `add_texts`."""
        return await self.aadd_documents(_documents(texts, metadatas), ids=ids, **kwargs)

    def add_files(self, files: Mapping[str, Path | str]) -> list[str]:
        """Store files as they are: the service reads text, Markdown, HTML, PDF, JSON, CSV, audio.

        What is found in them comes back as documents without id, whose metadata is
        `{"source": key}`.

        Args:
            files: Object key to path. Files are streamed from disk.

        Returns:
            The keys.

        Raises:
            OSError: A file cannot be read.
            PartialError: Some could not be stored; `done` and `failed` have their keys.
            TaskError: The service could not embed some; `reasons` tells which and why.
        """
        self._telnyx.send(self._write_files(files))
        return list(files)

    async def aadd_files(self, files: Mapping[str, Path | str]) -> list[str]:
        """Store files as they are; see `add_files`."""
        await self._telnyx.aio.send(self._write_files(files))
        return list(files)

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return whole documents, in the order of the ids; missing ones are left out."""
        return self._telnyx.send(self._bucket.read(ids))

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return whole documents, in the order of the ids; missing ones are left out."""
        return await self._telnyx.aio.send(self._bucket.read(ids))

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Delete documents.

        Args:
            ids: Which; those that are not there are no error. `None` deletes every object.

        Returns:
            True.

        Raises:
            PartialError: Some could not be deleted; `done` and `failed` have their ids.
        """
        self._telnyx.send(self._bucket.delete(ids, wait=self._wait))
        return True

    async def adelete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Delete documents; see `delete`."""
        await self._telnyx.aio.send(self._bucket.delete(ids, wait=self._wait))
        return True

    def delete_bucket(self) -> None:
        """Delete the bucket with all its objects and embeddings; it may be gone already."""
        self._telnyx.send(self._bucket.drop())

    async def adelete_bucket(self) -> None:
        """Delete the bucket with all its objects and embeddings; it may be gone already."""
        await self._telnyx.aio.send(self._bucket.drop())

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the passages that are most like a query, best first.

        Args:
            query: What to look for.
            k: How many passages; several may be of one document.
            **kwargs: None.

        Raises:
            NotFoundError: There is no such bucket.
        """
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    async def asimilarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the passages that are most like a query; see `similarity_search`."""
        scored = await self.asimilarity_search_with_score(query, k, **kwargs)
        return [document for document, _ in scored]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return the passages that are most like a query with their certainty, best first.

        Args:
            query: What to look for.
            k: How many passages; several may be of one document.
            **kwargs: None.
        """
        _refuse(kwargs)
        return _scored(self._telnyx.send(self._bucket.search(query, k)))

    async def asimilarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Return the passages that are most like a query with their certainty, best first."""
        _refuse(kwargs)
        return _scored(await self._telnyx.aio.send(self._bucket.search(query, k)))

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        # The score is a relevance already: certainty lies between 0 and 1.
        return float

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
        """Make a store of texts.

        Args:
            texts: The texts.
            embedding: Must be `None`: the service embeds; see `embedding_model`.
            metadatas: Their metadata.
            ids: Their ids.
            bucket: The bucket; one with a name made up is created by default.
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
        """Make a store of texts; see `from_texts`."""
        store = cls._for(embedding, bucket, kwargs)
        await store.aadd_texts(texts, metadatas, ids=ids)
        return store

    @classmethod
    def _for(cls, embedding: Embeddings | None, bucket: str | None, options: Any) -> Self:
        if embedding is not None:
            raise ValueError(
                "Telnyx embeds on its side: pass `embedding=None`, and choose the model with "
                "`embedding_model=`."
            )
        return cls(bucket or f"langchain-{uuid.uuid4().hex}", **options)

    def _write(self, batch: "_Batch") -> Flow[None]:
        return self._bucket.write(
            batch.texts, fresh=batch.fresh, wait=self._wait, show_progress=self._show_progress
        )

    def _write_files(self, files: Mapping[str, Path | str]) -> Flow[None]:
        return self._bucket.write(
            {key: Path(file) for key, file in files.items()},
            fresh=True,
            wait=self._wait,
            show_progress=self._show_progress,
        )

    def __repr__(self) -> str:
        return f"TelnyxVectorStore({self.bucket!r})"


class _Batch:
    """Documents to be written, checked whole before the first is sent.

    Attributes:
        ids: The id of each document.
        texts: Object key to text; of documents with the same id the last one counts.
        fresh: Whether all ids were made up here, so that nothing can be superseded.
    """

    def __init__(
        self,
        documents: Iterable[Document],
        ids: Sequence[str | None] | None = None,
        batch_size: int | None = None,  # noqa: ARG002 - LangChain's indexing passes it
    ) -> None:
        listed = list(documents)
        asked = list(ids) if ids is not None else [document.id for document in listed]
        if len(asked) != len(listed):
            raise ValueError(f"{len(listed)} documents were given, but {len(asked)} ids.")
        self.fresh = not any(asked)
        self.ids = [id_ or uuid.uuid4().hex for id_ in asked]
        last = dict(zip(self.ids, listed, strict=True))
        self.texts = {
            object_key(id_, document.metadata): document.page_content
            for id_, document in last.items()
        }


def _documents(texts: Iterable[str], metadatas: list[dict[str, Any]] | None) -> list[Document]:
    # Listed first: a generator can be gone through only once.
    listed = list(texts)
    described = metadatas or [{} for _ in listed]
    if len(described) != len(listed):
        raise ValueError(f"{len(listed)} texts were given, but {len(described)} metadatas.")
    return [
        Document(page_content=text, metadata=metadata)
        for text, metadata in zip(listed, described, strict=True)
    ]


def _scored(hits: list[Hit]) -> list[tuple[Document, float]]:
    return [(found(hit), hit.certainty) for hit in hits]


def _refuse(kwargs: dict[str, Any]) -> None:
    if kwargs:
        names = ", ".join(f"`{name}`" for name in kwargs)
        raise NotImplementedError(
            f"The service's search takes a query and a number of passages, not {names}: filter "
            f"what it returns."
        )
