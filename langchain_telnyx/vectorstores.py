"""`TelnyxVectorStore`: a LangChain vector store on a bucket that Telnyx embeds and searches."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from langchain_telnyx._buckets.batch import Batch, described
from langchain_telnyx._buckets.bucket import Bucket
from langchain_telnyx._buckets.deleting import delete, drop
from langchain_telnyx._buckets.docstore import Docstore
from langchain_telnyx._buckets.reading import read
from langchain_telnyx._buckets.search import Searcher
from langchain_telnyx._buckets.searching import Searchable
from langchain_telnyx._buckets.writing import write
from langchain_telnyx._connect import connect
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.client.call import Flow

DEFAULT_EMBEDDING_MODEL = "thenlper/gte-large"


class TelnyxVectorStore(Searchable):
    """Documents in a Telnyx bucket, embedded and searched by the service.

    Each document is an object of the bucket. Its id and metadata travel in the object's key, so
    that every passage found carries them exactly; `langchain_telnyx._buckets.documents` documents
    the form. Objects that other programs put into the bucket are found too, as documents without id
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
        docstore: Where to keep metadata that is too large for a key, under the document's id: any
            LangChain `BaseStore`. Without one such metadata is refused.
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
        docstore: Docstore | None = None,
        client: Telnyx | None = None,
        **options: Any,
    ) -> None:
        telnyx = connect(client, **options)
        self._bucket = Bucket(
            telnyx.calls,
            checked_bucket_name(bucket),
            embedding_model,
            chunk_size,
            chunk_overlap,
            max_concurrency,
            wait_timeout,
            docstore,
        )
        # The answer is the same for a bucket that is empty and for one that is misspelt: look.
        searcher = Searcher(telnyx.calls, [bucket], docstore, unembedded=self._bucket.check)
        super().__init__(telnyx, searcher, embedding_model)
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
            **kwargs: `ids`: their ids, over those they have themselves. Others are made of text and
                metadata, so that adding the same again changes nothing.

        Returns:
            The ids.

        Raises:
            ValueError: Metadata would not come back exactly, or is too long; nothing was stored.
            PartialError: Some could not be stored; `done` and `failed` have their ids.
            TaskError: The service could not embed some; `reasons` tells which and why.
        """
        batch = self._batch(documents, **kwargs)
        self._telnyx.send(self._write(batch))
        return batch.ids

    async def aadd_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Store documents, replacing those of the same ids; see `add_documents`."""
        batch = self._batch(documents, **kwargs)
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
            ids: Their ids; those that are missing or `None` are made of text and metadata.
            **kwargs: None.
        """
        return self.add_documents(described(texts, metadatas), ids=ids, **kwargs)

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Store texts; see `add_texts`."""
        return await self.aadd_documents(described(texts, metadatas), ids=ids, **kwargs)

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
        """Return whole documents, in the order of the ids; missing ones are left out.

        Args:
            ids: Which.

        Raises:
            PartialError: Some could not be fetched; `partial` holds the others, and `failed` has
                the ids of those with the reasons.
        """
        return self._telnyx.send(read(self._bucket, ids))

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return whole documents, in the order of the ids; see `get_by_ids`."""
        return await self._telnyx.aio.send(read(self._bucket, ids))

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Delete documents.

        Args:
            ids: Which; those that are not there are no error. `None` deletes every object.

        Returns:
            True.

        Raises:
            PartialError: Some could not be deleted; `done` and `failed` have their ids.
        """
        self._telnyx.send(delete(self._bucket, ids, wait=self._wait))
        return True

    async def adelete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Delete documents; see `delete`."""
        await self._telnyx.aio.send(delete(self._bucket, ids, wait=self._wait))
        return True

    def create_bucket(self) -> None:
        """Create the bucket unless it is there; the first write does so too.

        Raises:
            ConflictError: The name belongs to another customer.
        """
        self._telnyx.send(self._bucket.ensure())

    async def acreate_bucket(self) -> None:
        """Create the bucket unless it is there; see `create_bucket`."""
        await self._telnyx.aio.send(self._bucket.ensure())

    def delete_bucket(self) -> None:
        """Delete the bucket with all its objects and embeddings; it may be gone already."""
        self._telnyx.send(drop(self._bucket))

    async def adelete_bucket(self) -> None:
        """Delete the bucket with all its objects and embeddings; it may be gone already."""
        await self._telnyx.aio.send(drop(self._bucket))

    @classmethod
    def from_existing(cls, bucket: str, **options: Any) -> Self:
        """Open the store of a bucket that is there.

        Args:
            bucket: The bucket.
            **options: Options of the store.

        Raises:
            NotFoundError: There is no such bucket.
        """
        store = cls(bucket, **options)
        store._telnyx.send(store._bucket.check())
        return store

    @classmethod
    async def afrom_existing(cls, bucket: str, **options: Any) -> Self:
        """Open the store of a bucket that is there; see `from_existing`."""
        store = cls(bucket, **options)
        await store._telnyx.aio.send(store._bucket.check())
        return store

    @classmethod
    def from_documents(
        cls,
        documents: list[Document],
        embedding: Embeddings | None = None,
        *,
        bucket: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make a store of documents.

        Args:
            documents: The documents; any iterable.
            embedding: Must be `None`: the service embeds; see `embedding_model`.
            bucket: The bucket; one with a name made up is created by default.
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
        """Make a store of documents; see `from_documents`."""
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

    def _batch(self, documents: Iterable[Document], **kwargs: Any) -> Batch:
        return Batch(documents, docstore=self._bucket.docstore is not None, **kwargs)

    def _write(self, batch: Batch) -> Flow[None]:
        return write(
            self._bucket,
            batch.contents,
            apart=batch.apart,
            fresh=batch.fresh,
            wait=self._wait,
            show_progress=self._show_progress,
        )

    def _write_files(self, files: Mapping[str, Path | str]) -> Flow[None]:
        return write(
            self._bucket,
            {key: Path(file) for key, file in files.items()},
            apart={},
            fresh=True,
            wait=self._wait,
            show_progress=self._show_progress,
        )

    def __repr__(self) -> str:
        return f"TelnyxVectorStore({self.bucket!r})"
