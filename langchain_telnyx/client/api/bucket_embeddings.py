"""Embedded buckets: the service splits, embeds and searches the objects of a bucket.

API page: https://developers.telnyx.com/api-reference/embeddings/embed-documents
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from langchain_telnyx.client.api.bucket_embedding_results import (
    EmbeddedFile,
    EmbeddingProgress,
    EmbeddingTask,
    Hit,
    HitMetadata,
)
from langchain_telnyx.client.call import (
    Call,
    Flow,
    Reply,
    idempotency_headers,
    omit_none,
    path,
    query,
)
from langchain_telnyx.client.decode import (
    check_empty,
    data,
    log_unreadable,
    read_rows,
    rows,
    unwrap,
)
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.client.rows import Rows, UnreadableRow
from langchain_telnyx.client.waiting import wait_until_done

__all__ = [
    "BucketEmbeddings",
    "EmbeddedFile",
    "EmbeddingProgress",
    "EmbeddingTask",
    "Hit",
    "HitMetadata",
]

# Polls at which a new task may be unknown to the service.
_INVISIBLE_POLLS = 5


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
        """Start to embed every object of a bucket; later changes are embedded automatically.

        Operation: `PostEmbedding`.

        Args:
            bucket_name: The bucket.
            document_chunk_size: Size of a passage; the unit is not documented.
            document_chunk_overlap_size: The overlap of adjacent passages.
            embedding_model: Always pass it: the documentation contradicts itself about the default.
            loader: `intercom` for articles exported from Intercom.
            idempotency_key: Identifies the request: a repetition starts nothing new.

        Returns:
            The task, to be waited for with `wait`.
        """
        request = omit_none(
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
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def embed_url(
        self, url: str, *, bucket_name: str, idempotency_key: str | None = None
    ) -> Call[EmbeddingTask]:
        """Start to load a web page and those below it into a bucket, and embed them.

        Operation: `PostEmbeddingUrl`.

        Args:
            url: The first page; links in its domain are followed, five levels deep.
            bucket_name: A bucket that exists.
            idempotency_key: Identifies the request: a repetition starts nothing new.
        """
        return Call(
            "POST",
            "/ai/embeddings/url",
            data(EmbeddingTask),
            json={"url": url, "bucket_name": bucket_name},
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def tasks(self, *, status: Iterable[str] | None = None) -> Call[Rows[EmbeddingTask]]:
        """List tasks.

        Operation: `GetTasksByStatus`.

        Args:
            status: Their states; the API's default is `queued` and `processing`.
        """
        return Call("GET", "/ai/embeddings", rows(EmbeddingTask), query=query(status=status))

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
        """Wait until a task has succeeded.

        Args:
            task_id: The task.
            bucket_name: Its bucket: for progress by file, and the files that failed in the error.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Called with the result of every poll.

        Raises:
            TaskError: It ended in `failure` or `partial_success`; `reasons` has the files.
            TaskTimeoutError: It has not ended in time.
        """
        return _wait(task_id, bucket_name, timeout, on_progress)

    @endpoint
    def buckets(self) -> Call[Rows[str]]:
        """List the embedded buckets.

        Operation: `GetEmbeddingBuckets`.
        """
        return Call("GET", "/ai/embeddings/buckets", _names)

    @endpoint
    def files(
        self, bucket_name: str, *, select: Callable[[str], bool] | None = None
    ) -> Call[Rows[EmbeddedFile]]:
        """List the progress of each object of an embedded bucket.

        Operation: `GetBucketName`.

        Args:
            bucket_name: The bucket.
            select: Which file names to return. The API returns all of them; the others are not
                validated, which takes most of the time for a large bucket.
        """
        return _files(bucket_name, select)

    @endpoint
    def disable(self, bucket_name: str) -> Call[None]:
        """Delete a bucket's embeddings, but not its objects.

        Operation: `embedding_bucket_files_public_embedding_buckets__bucket_name__delete`.

        Args:
            bucket_name: The bucket.

        Raises:
            NotFoundError: It is not embedded.
        """
        return Call("DELETE", path("/ai/embeddings/buckets/{}", bucket_name), check_empty)

    @endpoint
    def similarity_search(
        self, bucket_name: str, query: str, *, num_of_docs: int | None = None
    ) -> Call[Rows[Hit]]:
        """Find the passages of an embedded bucket that are most similar to a query.

        Operation: `PostEmbeddingSimilaritySearch`.

        Args:
            bucket_name: The bucket.
            query: The query.
            num_of_docs: The number of passages; the API's default is 3.

        Returns:
            The passages, best first.

        Raises:
            NotFoundError: The bucket is not embedded or does not exist.
        """
        request = omit_none(bucket_name=bucket_name, query=query, num_of_docs=num_of_docs)
        return Call(
            "POST",
            "/ai/embeddings/similarity-search",
            _hits,
            json=request,
            repeatable=True,
        )


def _task(task_id: str) -> Call[EmbeddingTask]:
    return Call("GET", path("/ai/embeddings/{}", task_id), data(EmbeddingTask))


def _files(
    bucket_name: str, select: Callable[[str], bool] | None = None
) -> Call[Rows[EmbeddedFile]]:
    place = path("/ai/embeddings/buckets/{}", bucket_name)
    if select is None:
        return Call("GET", place, rows(EmbeddedFile))
    chosen = select

    def decode(reply: Reply) -> Rows[EmbeddedFile]:
        listed = unwrap(reply.json())
        if isinstance(listed, list):
            listed = [row for row in listed if _is_selected(row, chosen)]
        return read_rows(EmbeddedFile, listed, reply)

    return Call("GET", place, decode)


def _is_selected(row: object, select: Callable[[str], bool]) -> bool:
    name = row.get("filename") if isinstance(row, dict) else None
    return isinstance(name, str) and select(name)


def _progress(task_id: str, bucket_name: str | None, *, first: bool) -> Flow[EmbeddingProgress]:
    try:
        task = yield from _task(task_id)
    except NotFoundError:
        if not first:
            raise
        # A new task may not be visible at once.
        task = EmbeddingTask(task_id=task_id)
    if bucket_name is None:
        return EmbeddingProgress(task, 0, 0)
    try:
        files = yield from _files(bucket_name)
    except NotFoundError:
        # The first embedding of a bucket is queued before the service has the bucket.
        files = Rows()
    done = sum(file.succeeded or file.failed for file in files)
    return EmbeddingProgress(task, done, len(files))


def _wait(
    task_id: str,
    bucket_name: str | None,
    timeout: float | None,
    on_progress: Callable[[EmbeddingProgress], None] | None,
) -> Flow[EmbeddingTask]:
    counted = bucket_name if on_progress is not None else None
    polls = itertools.count()
    progress = yield from wait_until_done(
        lambda: _progress(task_id, counted, first=next(polls) < _INVISIBLE_POLLS),
        what="Embedding task",
        id=task_id,
        status=lambda progress: progress.task.status,
        outcome=lambda progress: progress.task.succeeded if progress.task.settled else None,
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
    return {file.filename: file.error_reason or file.status or "" for file in files if file.failed}


def _names(reply: Reply) -> Rows[str]:
    # Names by the schema; objects with an `id` in the vendor's examples.
    listed = unwrap(unwrap(reply.json()), "buckets")
    if not isinstance(listed, list):
        raise TypeError(f"the body is not a list of buckets, but {type(listed).__name__}")
    names: Rows[str] = Rows()
    for position, bucket in enumerate(listed):
        name = bucket.get("id") if isinstance(bucket, dict) else bucket
        if isinstance(name, str) and name:
            names.append(name)
        else:
            names.unreadable.append(UnreadableRow(position, bucket, "it has no name"))
    log_unreadable(reply, (), names.unreadable)
    return names


def _hits(reply: Reply) -> Rows[Hit]:
    # The API does not guarantee the order.
    hits = _decode_hits(reply)
    return Rows(sorted(hits, key=lambda hit: hit.distance), hits.unreadable)


_decode_hits = rows(Hit)
