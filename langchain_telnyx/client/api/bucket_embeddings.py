"""Embedded buckets: the service splits, embeds and searches the objects of a bucket.

API page: https://developers.telnyx.com/api-reference/embeddings/embed-documents
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from langchain_telnyx.client.call import Call, Flow, Reply, given, once, path, query
from langchain_telnyx.client.decode import Model, data, nothing, unwrapped
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.client.waiting import settled

# The schema says `failure`, the text `failed`; users have tested for `completed`. All are final.
_SUCCEEDED = {"success", "completed"}
_FAILED = {"failure", "failed", "partial_success"}


class EmbeddingTask(Model):
    """A background task that embeds a bucket.

    Attributes:
        task_id: Its id.
        status: `queued`, `processing`, `success`, `failure` (or `failed`), `partial_success`.
        finished_at: When it ended.
        bucket: Its bucket, where the API says.
        task_name: What kind of work it is.
        created_at: When it was created.
        user_id: The account that began it.
    """

    task_id: str
    task_name: str | None = None
    status: str | None = None
    bucket: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    user_id: str | None = None

    @property
    def settled(self) -> bool:
        """Whether the task has ended."""
        return self.status in _SUCCEEDED | _FAILED


class EmbeddedFile(Model):
    """How far one object of a bucket is.

    Attributes:
        filename: The object's key.
        status: A free word: `success`, `processing`, `failure`, …
        error_reason: Why it failed.
        created_at: When it was created.
        updated_at: When it was last changed.
        last_embedded_at: When it was last embedded.
    """

    filename: str
    status: str | None = None
    error_reason: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_embedded_at: datetime | None = None


class EmbeddingProgress(NamedTuple):
    """How far an embedding task is.

    Attributes:
        task: The task.
        done: Objects of the bucket that are embedded, or have failed.
        total: Objects of the bucket known so far; 0 where no bucket was named.
    """

    task: EmbeddingTask
    done: int
    total: int


class HitMetadata(Model):
    """Where a passage comes from.

    Attributes:
        filename: The object's key.
        source: The object's address.
        checksum: A checksum of the object.
        certainty: `1 - distance / 2`.
        embedding: The model that embedded it.
        loader_metadata: Filled by the `intercom` loader only.
    """

    filename: str | None = None
    source: str | None = None
    checksum: str | None = None
    embedding: str | None = None
    certainty: float | None = None
    loader_metadata: dict[str, Any] | None = None


class Hit(Model):
    """A passage found by similarity.

    Attributes:
        document_chunk: The passage.
        distance: Cosine distance, 0 (same) to 2 (opposite).
        metadata: Where it comes from.
    """

    document_chunk: str
    distance: float
    metadata: HitMetadata

    @property
    def certainty(self) -> float:
        """How alike passage and query are, 0 to 1. Useful hits lie above 0.85."""
        told = self.metadata.certainty
        return min(1.0, max(0.0, 1 - self.distance / 2 if told is None else told))


class BucketEmbeddings(Resource[M]):
    """`telnyx.bucket_embeddings`: embed buckets and search them."""

    @endpoint
    def embed(
        self,
        bucket_name: str,
        *,
        document_chunk_size: int | None = None,
        document_chunk_overlap_size: int | None = None,
        embedding_model: str | None = None,
        loader: Literal["default", "intercom"] | None = None,
        idempotency_key: str | None = None,
    ) -> Call[EmbeddingTask]:
        """Begin to embed every object of a bucket; later changes are followed automatically.

        Operation: `PostEmbedding`.

        Args:
            bucket_name: The bucket.
            document_chunk_size: Size of a passage; the unit is not documented.
            document_chunk_overlap_size: How much passages share with their neighbours.
            embedding_model: Send it: the documentation contradicts itself about the default.
            loader: `intercom` for articles exported from Intercom.
            idempotency_key: Names the request, so that repeating it begins nothing anew.

        Returns:
            The task, to be waited for with `wait`.
        """
        request = given(
            bucket_name=bucket_name,
            document_chunk_size=document_chunk_size,
            document_chunk_overlap_size=document_chunk_overlap_size,
            embedding_model=embedding_model,
            loader=loader,
        )
        return Call(
            "POST",
            "/ai/embeddings",
            data(EmbeddingTask),
            json=request,
            headers=once(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def embed_url(
        self, url: str, *, bucket_name: str, idempotency_key: str | None = None
    ) -> Call[EmbeddingTask]:
        """Begin to fetch a web page and those below it into a bucket, and embed them.

        Operation: `PostEmbeddingUrl`.

        Args:
            url: The page to begin with; its own domain is followed, five levels deep.
            bucket_name: A bucket that exists.
            idempotency_key: Names the request, so that repeating it begins nothing anew.
        """
        return Call(
            "POST",
            "/ai/embeddings/url",
            data(EmbeddingTask),
            json={"url": url, "bucket_name": bucket_name},
            headers=once(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def tasks(self, *, status: Iterable[str] | None = None) -> Call[list[EmbeddingTask]]:
        """List tasks.

        Operation: `GetTasksByStatus`.

        Args:
            status: Which; the API's default is `queued` and `processing`.
        """
        return Call("GET", "/ai/embeddings", data(list[EmbeddingTask]), query=query(status=status))

    @endpoint
    def task(self, task_id: str) -> Call[EmbeddingTask]:
        """Fetch a task.

        Operation: `GetEmbeddingTask`.

        Args:
            task_id: Its id.
        """
        return _task(task_id)

    @endpoint
    def wait(
        self,
        task_id: str,
        *,
        bucket_name: str | None = None,
        timeout: float | None = 600.0,
        on_progress: Callable[[EmbeddingProgress], None] | None = None,
    ) -> Flow[EmbeddingTask]:
        """Wait until a task has ended well.

        Args:
            task_id: The task.
            bucket_name: Its bucket: for progress by file, and the files that failed in the error.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Told at every poll.

        Raises:
            TaskError: It ended in `failure` or `partial_success`; `reasons` has the files.
            TaskTimeoutError: It had not ended in time.
        """
        return _wait(task_id, bucket_name, timeout, on_progress)

    @endpoint
    def buckets(self) -> Call[list[str]]:
        """List the embedded buckets.

        Operation: `GetEmbeddingBuckets`.
        """
        return Call("GET", "/ai/embeddings/buckets", _names)

    @endpoint
    def files(self, bucket_name: str) -> Call[list[EmbeddedFile]]:
        """List how far each object of an embedded bucket is.

        Operation: `GetBucketName`.

        Args:
            bucket_name: The bucket.
        """
        return _files(bucket_name)

    @endpoint
    def disable(self, bucket_name: str) -> Call[None]:
        """Remove a bucket's embeddings; its objects stay.

        Operation: `embedding_bucket_files_public_embedding_buckets__bucket_name__delete`.

        Args:
            bucket_name: The bucket.

        Raises:
            NotFoundError: It is not embedded.
        """
        return Call("DELETE", path("/ai/embeddings/buckets/{}", bucket_name), nothing)

    @endpoint
    def similarity_search(
        self, bucket_name: str, query: str, *, num_of_docs: int | None = None
    ) -> Call[list[Hit]]:
        """Find the passages of an embedded bucket that are most like a query.

        Operation: `PostEmbeddingSimilaritySearch`.

        Args:
            bucket_name: The bucket.
            query: What to look for.
            num_of_docs: How many passages; the API's default is 3.

        Returns:
            The passages, best first.

        Raises:
            NotFoundError: The bucket is not embedded or does not exist.
        """
        request = given(bucket_name=bucket_name, query=query, num_of_docs=num_of_docs)
        return Call(
            "POST",
            "/ai/embeddings/similarity-search",
            _hits,
            json=request,
            repeatable=True,
        )


def _task(task_id: str) -> Call[EmbeddingTask]:
    return Call("GET", path("/ai/embeddings/{}", task_id), data(EmbeddingTask))


def _files(bucket_name: str) -> Call[list[EmbeddedFile]]:
    return Call("GET", path("/ai/embeddings/buckets/{}", bucket_name), data(list[EmbeddedFile]))


def _progress(task_id: str, bucket_name: str | None) -> Flow[EmbeddingProgress]:
    task = yield from _task(task_id)
    if bucket_name is None:
        return EmbeddingProgress(task, 0, 0)
    try:
        files = yield from _files(bucket_name)
    except NotFoundError:
        # The first embedding of a bucket is queued before the service knows the bucket.
        files = []
    done = sum(file.status in _SUCCEEDED | _FAILED for file in files)
    return EmbeddingProgress(task, done, len(files))


def _wait(
    task_id: str,
    bucket_name: str | None,
    timeout: float | None,
    on_progress: Callable[[EmbeddingProgress], None] | None,
) -> Flow[EmbeddingTask]:
    counted = bucket_name if on_progress is not None else None
    progress = yield from settled(
        lambda: _progress(task_id, counted),
        what="Embedding task",
        id=task_id,
        status=lambda progress: progress.task.status,
        succeeded=_SUCCEEDED,
        failed=_FAILED,
        timeout=timeout,
        on_progress=on_progress,
        reasons=lambda _: _reasons(bucket_name),
        advice="list the bucket's files for the reasons",
    )
    return progress.task


def _reasons(bucket_name: str | None) -> Flow[Mapping[str, str]]:
    if bucket_name is None:
        return {}
    files = yield from _files(bucket_name)
    return {
        file.filename: file.error_reason or file.status or ""
        for file in files
        if file.status in _FAILED
    }


def _names(reply: Reply) -> list[str]:
    # Names by the schema; objects with an `id` in the vendor's own examples.
    listed = unwrapped(unwrapped(reply.json()), "buckets")
    return [bucket if isinstance(bucket, str) else str(bucket["id"]) for bucket in listed]


def _hits(reply: Any) -> list[Hit]:
    # The order is implied, not promised.
    return sorted(_decode_hits(reply), key=lambda hit: hit.distance)


_decode_hits = data(list[Hit])
