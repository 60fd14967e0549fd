"""`TelnyxVectorStore`: a LangChain vector store on a bucket that Telnyx embeds and searches."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Self, Unpack

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.connect import connect
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.types import Files, ListedDocument, TelnyxOptions
from langchain_telnyx.vectorstores.batch import Batch, batch_of, to_documents
from langchain_telnyx.vectorstores.bucket import (
    EMBED_AFTER,
    Adaptations,
    Bucket,
    StatusMeaning,
)
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.creation_mixin import CreationMixin
from langchain_telnyx.vectorstores.files import batch_of_files
from langchain_telnyx.vectorstores.keys import LONGEST_KEY
from langchain_telnyx.vectorstores.management_mixin import ManagementMixin
from langchain_telnyx.vectorstores.ranked_search import RankedSearch
from langchain_telnyx.vectorstores.resolver_cache import ResolverCache
from langchain_telnyx.vectorstores.settings import DEFAULT_EMBEDDING_MODEL, read_settings
from langchain_telnyx.vectorstores.sidecar import Docstore
from langchain_telnyx.vectorstores.splitting import TextSplitter, split_batch, split_function
from langchain_telnyx.vectorstores.writes import write

__all__ = ["DEFAULT_EMBEDDING_MODEL", "ListedDocument", "TelnyxVectorStore"]


class VectorStoreOptions(TelnyxOptions, total=False):
    """The options of a `TelnyxVectorStore` for `from_existing`, without the bucket."""

    embedding_model: str | None
    """The model that embeds the bucket. Default: the service's."""

    chunk_size: int | None
    """The most characters of a chunk. Default: the service's."""

    chunk_overlap: int | None
    """The characters that neighbouring chunks share. Default: the service's."""

    wait: bool
    """Whether writes wait until the documents are embedded. Default: yes."""

    wait_timeout: float | None
    """The most seconds that a write waits for the embedding. Default: 600."""

    max_concurrency: int
    """The most concurrent requests. Default: 16."""

    show_progress: bool
    """Whether writes show progress bars; needs the extra `progress`."""

    metadata_bucket: str | None
    """The bucket that holds metadata too large for a key. Default: `<bucket>-metadata`."""

    docstore: Docstore | None
    """A LangChain `BaseStore` that holds such metadata in place of a bucket."""

    text_splitter: TextSplitter | None
    """Splits documents into chunks, each an object of its own. Default: the service splits."""

    embed_after: float | None
    """Seconds after which a write starts to embed new objects itself; `None`: never. Default: 5."""

    search_delay: float
    """Seconds that a write waits after the embedding. Default: 0."""

    status_words: Mapping[str, StatusMeaning] | None
    """Further names of the service's states, with their meanings."""

    max_key_bytes: int
    """The most bytes of a document's key. Default: 255."""

    client: Telnyx | None
    """A `Telnyx` to use instead of the options of the client."""


class TelnyxVectorStore(Closing, CreationMixin, ManagementMixin):
    """Documents in a Telnyx bucket, embedded and searched by the service.

    Each version of a document is an object of the bucket. Its id and metadata are in the object's
    key, so every passage found has them exactly; metadata that does not fit is stored in a second
    bucket. A version is removed only after a newer one can be found, so an update never hides a
    document. Files, and objects that other programs put into the bucket, are found too: as
    documents whose id is the object key and whose metadata is `{"source": key}`.

    Building a store does no I/O. The first write creates the bucket unless it exists. The
    model and chunk sizes of a bucket that is embedded already do not change.

    Scores are certainties: `1 - distance / 2`, from 0 to 1, higher is better. They are close
    together: for real questions, useful passages score above 0.85 and unrelated ones not much
    below, so compare scores rather than set thresholds such as 0.5.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/vectorstores.md

    API pages: https://developers.telnyx.com/docs/inference/embeddings,
    https://developers.telnyx.com/docs/cloud-storage/quick-start

    Args:
        bucket: The bucket: 3 to 63 lower-case letters, digits, dots and hyphens.
        embedding_model: The model that embeds the bucket. Default: the bucket's own, and for a new
            bucket `thenlper/gte-large`.
        chunk_size: The size of the passages that a document is split into. Default: the bucket's
            own, and for a new bucket the service's.
        chunk_overlap: The overlap of neighbouring passages. Default: as for `chunk_size`.
        wait: Whether writes return only when the written documents can be found. With `False` the
            older version of a document remains until a later write of the document that waits.
        wait_timeout: The most seconds to wait; `None` waits without limit.
        max_concurrency: The most concurrent uploads and deletions.
        show_progress: Whether writes show progress bars; needs the extra `progress`.
        metadata_bucket: The bucket that holds metadata too large for a key. It is created on
            demand and is not embedded. Default: `<bucket>-metadata`.
        docstore: Any LangChain `BaseStore` that holds such metadata in place of a bucket.
        text_splitter: Splits documents into chunks before they are stored, each as an object of its
            own: a `TextSplitter` of LangChain, or a function that returns the chunks of a text.
            Passages then have numbers, exact places and real neighbours. The texts of such
            documents as a whole are stored beside the metadata. Default: the service splits.
        embed_after: Seconds after which a write starts to embed new objects of an embedded bucket
            itself, which may be charged, because the service has not; 0 to start at once, `None`
            for never.
        search_delay: Seconds that a write waits after the service reports documents as embedded,
            before it removes older versions and returns.
        status_words: Further names of the states of files and tasks: name to `success`, `failure`,
            `processing` or `deleted`.
        max_key_bytes: The most bytes of a document's key, from 128 to 255; metadata that does not
            fit is stored in the metadata bucket.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`, `storage_url`, `region`: see `Telnyx`.

    Raises:
        TypeError: `text_splitter` is of another type.
        ValueError: The bucket's name breaks the rules, or an option is out of range.
        ConfigurationError: An option of the client is invalid.

    Warns:
        AssumptionWarning: The service behaves differently than assumed; once for each assumption.

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
        embedding_model: str | None = None,
        chunk_size: int | None = None,
        chunk_overlap: int | None = None,
        wait: bool = True,
        wait_timeout: float | None = 600.0,
        max_concurrency: int = 16,
        show_progress: bool = False,
        metadata_bucket: str | None = None,
        docstore: Docstore | None = None,
        text_splitter: TextSplitter | None = None,
        embed_after: float | None = EMBED_AFTER,
        search_delay: float = 0.0,
        status_words: Mapping[str, StatusMeaning] | None = None,
        max_key_bytes: int = LONGEST_KEY,
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        telnyx = connect(client, **options)
        names = {}
        if metadata_bucket is not None:
            if docstore is not None:
                raise ValueError("Give one of `metadata_bucket` and `docstore`, not both.")
            names[bucket] = checked_bucket_name(metadata_bucket)
        resolvers = ResolverCache(telnyx.calls, docstore, names)
        resolver = resolvers.get(checked_bucket_name(bucket))
        self._bucket = Bucket(
            telnyx.calls,
            bucket,
            embedding_model,
            chunk_size,
            chunk_overlap,
            max_concurrency,
            wait_timeout,
            resolver.sidecar,
            resolver.cache,
            Adaptations(embed_after, search_delay, dict(status_words or {}), max_key_bytes),
        )
        # The service returns the same response for an empty and for a missing bucket: check which.
        searcher = BucketSearch(telnyx.calls, [bucket], resolvers, on_missing=self._bucket.check)
        model = embedding_model or DEFAULT_EMBEDDING_MODEL
        super().__init__(telnyx, RankedSearch(telnyx, searcher, model))
        self._own = None if client is not None else telnyx
        self._splitter = text_splitter
        if text_splitter is not None:
            split_function(text_splitter)
        self._wait = wait
        self._show_progress = show_progress

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._bucket.name

    @property
    def embeddings(self) -> Embeddings | None:
        """`None`: the service embeds the documents."""
        return None

    def add_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Store documents, replacing those of the same ids.

        Args:
            documents: The documents; any iterable.
            **kwargs: `ids`: ids that override those of the documents. A missing id is derived from
                text and metadata, so that adding the same document again changes nothing.

        Returns:
            The ids.

        Raises:
            TypeError: A single document or text where a list is expected.
            InvalidDocumentsError: Texts are blank, ids are not text, metadata cannot be stored
                exactly, or the `text_splitter` fails; nothing is sent.
            ConfigurationError: The bucket is embedded with other settings than the store has.
            PartialWriteError: Some documents are not stored or not embedded; it lists the outcome
                of each.
            WriteTimeoutError: Some documents are not embedded within `wait_timeout`.
        """
        return self._telnyx.send(self._write_documents(batch_of(documents, **kwargs)))

    async def aadd_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Store documents, replacing those of the same ids; see `add_documents`."""
        batch = batch_of(documents, **kwargs)
        return await self._telnyx.aio.send(self._write_documents(batch))

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
            ids: Their ids; a missing or `None` id is derived from text and metadata.
            **kwargs: None.
        """
        return self.add_documents(to_documents(texts, metadatas), ids=ids, **kwargs)

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Store texts; see `add_texts`."""
        return await self.aadd_documents(to_documents(texts, metadatas), ids=ids, **kwargs)

    def add_files(self, files: Files) -> list[str]:
        """Store files as they are: the service reads text, Markdown, HTML, PDF, JSON, CSV, audio.

        Passages of a file come back as documents whose id is the object key and whose metadata is
        `{"source": key}`.

        Args:
            files: A file, a folder, a pattern such as `notes/**/*.md`, a list of them, or a mapping
                of object key to file or folder. The key of a file is its name; of a file in a
                folder or of a pattern, its path below that folder. Names that begin with a dot are
                skipped in folders. Files are streamed from disk.

        Returns:
            The object keys, which are the ids of the files.

        Raises:
            TypeError: `files` is of another type.
            OSError: None of the files can be read, or no file matches a pattern; nothing is sent.
            InvalidDocumentsError: A name cannot be an object key; nothing is sent.
            PartialWriteError: Some files cannot be read, are not stored, or are not embedded.
        """
        return self._telnyx.send(self._write_files(files))

    async def aadd_files(self, files: Files) -> list[str]:
        """Store files as they are; see `add_files`."""
        return await self._telnyx.aio.send(self._write_files(files))

    @classmethod
    def from_existing(cls, bucket: str, **options: Unpack[VectorStoreOptions]) -> Self:
        """Open the store of an existing bucket, with the settings it is embedded with.

        Costs one search, whose result includes the bucket's model.

        Args:
            bucket: The bucket.
            **options: Options of the store.

        Raises:
            NotFoundError: The bucket does not exist.
            ConfigurationError: The bucket is embedded with other settings than the options.
        """
        store = cls(bucket, **options)
        store._telnyx.send(store._open())
        return store

    @classmethod
    async def afrom_existing(cls, bucket: str, **options: Unpack[VectorStoreOptions]) -> Self:
        """Open the store of an existing bucket; see `from_existing`."""
        store = cls(bucket, **options)
        await store._telnyx.aio.send(store._open())
        return store

    def _open(self) -> Flow[None]:
        yield from self._bucket.check()
        yield from read_settings(self._bucket)

    def _write(self, batch: Batch) -> Flow[list[str]]:
        with self._bucket.cache.written.changing():
            yield from write(
                self._bucket, batch, wait=self._wait, show_progress=self._show_progress
            )
        return batch.ids

    def _write_documents(self, batch: Batch) -> Flow[list[str]]:
        if self._splitter is not None:
            # It takes long for large documents, and may use a model, so it runs outside of the
            # event loop.
            batch = yield from run_external(partial(split_batch, batch, self._splitter))
        return (yield from self._write(batch))

    def _write_files(self, files: Files) -> Flow[list[str]]:
        # A folder may be large, so it is walked outside of the event loop.
        batch = yield from run_external(partial(batch_of_files, files))
        return (yield from self._write(batch))

    def __repr__(self) -> str:
        return f"TelnyxVectorStore({self.bucket!r})"
