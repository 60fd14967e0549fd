"""Embedded buckets: start, watch and end the embedding of a bucket, and search in it.

Not to be confused with the OpenAI-style `/ai/openai/embeddings` of `text_embeddings.py`.
"""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from langchain_telnyx.emulator.backend import (
    EMBED_BUCKET,
    EMBED_URL,
    EMBEDDING_JOBS,
    Backend,
)
from langchain_telnyx.emulator.jobs import Job
from langchain_telnyx.emulator.reading.crawl import may_crawl
from langchain_telnyx.emulator.routes import CurrentBackend
from langchain_telnyx.emulator.search.embedded import Recipe
from langchain_telnyx.emulator.serving.asked import Asked
from langchain_telnyx.emulator.serving.envelopes import ApiError, BucketNotFound, resource_not_found
from langchain_telnyx.emulator.serving.ranges import at_least

router = APIRouter(prefix="/ai/embeddings")

_TASKS = (EMBED_BUCKET, EMBED_URL)


class EmbedBucket(Asked):
    """The body of `POST /ai/embeddings`; sizes count characters (see `chunks`)."""

    bucket_name: str
    document_chunk_size: int = 1024
    document_chunk_overlap_size: int = 512
    embedding_model: str = "thenlper/gte-large"
    loader: Literal["default", "intercom"] = "default"

    def recipe(self) -> Recipe:
        """Return how to embed the bucket.

        Raises:
            ApiError: A size cannot be.
        """
        size, overlap = self.document_chunk_size, self.document_chunk_overlap_size
        at_least(1, document_chunk_size=size)
        at_least(0, document_chunk_overlap_size=overlap)
        if overlap >= size:
            if "document_chunk_overlap_size" in self.model_fields_set:
                raise ApiError(
                    400,
                    "10033",
                    None,
                    "`document_chunk_overlap_size` must be less than `document_chunk_size`.",
                )
            # Only the size was given, and it is below the default overlap: keep its proportion.
            overlap = size // 2
        return Recipe(
            chunk_size=size, overlap=overlap, model=self.embedding_model, loader=self.loader
        )


class EmbedUrl(Asked):
    """The body of `POST /ai/embeddings/url`."""

    url: str
    bucket_name: str


class Search(Asked):
    """The body of `POST /ai/embeddings/similarity-search`."""

    bucket_name: str
    query: str
    num_of_docs: int = 3


@router.post("")
def embed_bucket(asked: EmbedBucket, backend: CurrentBackend) -> dict[str, Any]:
    """Start to embed a bucket; what is embedded already, the same way, is left alone."""
    recipe = asked.recipe()
    if not backend.objects.has_bucket(asked.bucket_name):
        raise BucketNotFound
    backend.embedded.enable(asked.bucket_name, recipe)
    job = backend.jobs.submit(EMBED_BUCKET, asked.bucket_name, id=backend.ids.uuid("task"))
    return {"data": _started(job, backend)}


@router.post("/url")
def embed_url(asked: EmbedUrl, backend: CurrentBackend) -> dict[str, Any]:
    """Start to crawl a site into a bucket, and to embed it."""
    if not backend.objects.has_bucket(asked.bucket_name):
        raise BucketNotFound
    anywhere, hosts = backend.settings.allow_crawl, backend.settings.crawl_hosts
    if not may_crawl(asked.url, anywhere=True):
        raise ApiError(400, "10015", None, f"{asked.url!r} is not the address of a web page.")
    if not may_crawl(asked.url, anywhere=anywhere, hosts=hosts):
        raise ApiError(
            400,
            "10015",
            None,
            f"The emulator crawls loopback addresses only, and {asked.url!r} is none. Start it "
            "with `--crawl-host HOST` (or `crawl_hosts=[…]`) to crawl that one, or with "
            "`--allow-crawl` (or `allow_crawl=True`) to crawl any host.",
        )
    if backend.embedded.recipe(asked.bucket_name) is None:
        backend.embedded.enable(asked.bucket_name, Recipe())
    job = backend.jobs.submit(
        EMBED_URL,
        asked.bucket_name,
        id=backend.ids.uuid("task"),
        url=asked.url,
        anywhere=anywhere,
        hosts=hosts,
    )
    return {"data": _started(job, backend)}


@router.get("")
def list_tasks(
    backend: CurrentBackend, status: Annotated[list[str] | None, Query()] = None
) -> dict[str, Any]:
    """List the tasks in some states; the states are repeated, or separated by commas."""
    asked = status if status is not None else ["queued", "processing"]
    statuses = {name.strip() for value in asked for name in value.split(",")}
    if statuses & {"failure", "failed"}:
        statuses |= {"failure", "failed"}  # the docs have both words
    backend.jobs.poll(kinds=EMBEDDING_JOBS)
    return {
        "data": [
            {**_state(job), "bucket": job.subject, "user_id": backend.user_id}
            for job in backend.jobs.all(_TASKS)
            if job.status in statuses
        ]
    }


@router.get("/buckets")
def list_buckets(backend: CurrentBackend) -> dict[str, Any]:
    """List the embedded buckets."""
    return {"data": {"buckets": backend.embedded.names()}}


@router.get("/buckets/{bucket_name}")
def list_files(bucket_name: str, backend: CurrentBackend) -> dict[str, Any]:
    """List the files of an embedded bucket with their states."""
    _need_embedded(bucket_name, backend)
    backend.jobs.poll(subject=bucket_name, kinds=EMBEDDING_JOBS)
    files = []
    for file in backend.embedded.files(bucket_name):
        # What there is nothing to say about is left out: the schema's strings are not nullable.
        state = {
            "filename": file.key,
            "status": file.status,
            "created_at": file.created_at,
            "updated_at": file.updated_at,
            "last_embedded_at": file.last_embedded_at,
            "error_reason": file.error_reason if file.status == "failure" else None,
        }
        files.append({name: value for name, value in state.items() if value is not None})
    return {"data": files}


@router.delete("/buckets/{bucket_name}")
def disable_bucket(bucket_name: str, backend: CurrentBackend) -> Response:
    """Delete the embeddings of a bucket; its objects stay."""
    if not backend.embedded.disable(bucket_name):
        raise BucketNotFound
    return Response()


@router.post("/similarity-search")
def similarity_search(asked: Search, request: Request, backend: CurrentBackend) -> dict[str, Any]:
    """Return the chunks that are nearest to a query, the best first."""
    at_least(1, num_of_docs=asked.num_of_docs)
    hits = backend.search(asked.bucket_name, asked.query, asked.num_of_docs)
    recipe = backend.embedded.recipe(asked.bucket_name) or Recipe()
    return {
        "data": [
            {
                "document_chunk": hit.text,
                "distance": hit.distance,
                "metadata": {
                    "source": f"{request.base_url}{asked.bucket_name}/{quote(hit.filename)}",
                    "checksum": hit.checksum,
                    "embedding": recipe.model,
                    "filename": hit.filename,
                    "certainty": hit.certainty,
                    "loader_metadata": hit.loader_metadata,
                },
            }
            for hit in hits
        ]
    }


# Below the fixed paths, which it would match, too.
@router.get("/{task_id}")
def get_task(task_id: str, backend: CurrentBackend) -> dict[str, Any]:
    """Return the state of a task."""
    backend.jobs.poll(id=task_id)
    job = backend.jobs.find(task_id, _TASKS)
    if job is None:
        raise resource_not_found()
    return {"data": _state(job)}


def _need_embedded(bucket: str, backend: Backend) -> None:
    if backend.embedded.recipe(bucket) is None:
        raise BucketNotFound


def _started(job: Job, backend: Backend) -> dict[str, Any]:
    return {**_state(job), "finished_at": None, "user_id": backend.user_id}


def _state(job: Job) -> dict[str, Any]:
    state = {
        "task_id": job.id,
        "task_name": job.kind,
        "status": job.status,
        "created_at": job.created_at,
    }
    # Not nullable in the schema, so it comes when there is one.
    return state if job.finished_at is None else {**state, "finished_at": job.finished_at}
