"""Embedded buckets: start, watch and end the embedding of a bucket, and search in it.

Not to be confused with the OpenAI-style `/ai/openai/embeddings` of `text_embeddings.py`.
"""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from langchain_telnyx.emulator.backend import EMBEDDING_JOBS, Backend
from langchain_telnyx.emulator.jobs import Job
from langchain_telnyx.emulator.reading.crawl import may_crawl
from langchain_telnyx.emulator.routes import CurrentBackend
from langchain_telnyx.emulator.search.embedded import Recipe
from langchain_telnyx.emulator.search.filenames import spelt
from langchain_telnyx.emulator.search.tasks import EMBED_BUCKET, EMBED_URL
from langchain_telnyx.emulator.serving.asked import Asked
from langchain_telnyx.emulator.serving.envelopes import ApiError, BucketNotFound, resource_not_found
from langchain_telnyx.emulator.serving.ranges import at_least

router = APIRouter(prefix="/ai/embeddings")


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
    """Start to embed a bucket, unchanged files included unless a quirk spares them."""
    recipe = asked.recipe()
    if not backend.objects.has_bucket(asked.bucket_name):
        raise BucketNotFound
    backend.embedded.enable(asked.bucket_name, recipe)
    _, last = backend.embedded.due_in(asked.bucket_name)
    job = backend.embedding_tasks.start(EMBED_BUCKET, asked.bucket_name, after=last)
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
    job = backend.embedding_tasks.start(
        EMBED_URL,
        asked.bucket_name,
        after=0.0,
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
    return {
        "data": [
            {**_state(job, backend), "bucket": job.subject, "user_id": backend.user_id}
            for job in backend.embedding_tasks.all(statuses)
        ]
    }


@router.get("/buckets")
def list_buckets(backend: CurrentBackend) -> dict[str, Any]:
    """List the embedded buckets."""
    return {"data": {"buckets": backend.embedded.names()}}


@router.get("/buckets/{bucket_name}")
def list_files(bucket_name: str, backend: CurrentBackend) -> Response:
    """List the files of an embedded bucket with their states."""
    _need_embedded(bucket_name, backend)
    backend.jobs.poll(subject=bucket_name, kinds=EMBEDDING_JOBS)
    # As bytes: FastAPI would take longer to look at 10,000 files than all else takes.
    files = backend.file_lists.json(bucket_name)
    return Response(b'{"data":' + files + b"}", media_type="application/json")


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
    quirks = backend.settings.quirks
    limit = asked.num_of_docs
    if quirks.search_cap is not None and limit > quirks.search_cap:
        if quirks.search_cap_form == "refused":
            raise _too_many(quirks.search_cap)
        limit = quirks.search_cap
    hits = backend.search(asked.bucket_name, asked.query, limit)
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
                    "filename": spelt(quirks.filename_form, asked.bucket_name, hit.filename),
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
    job = backend.embedding_tasks.look(task_id)
    if job is None:
        raise resource_not_found()
    return {"data": _state(job, backend)}


def _need_embedded(bucket: str, backend: Backend) -> None:
    if backend.embedded.recipe(bucket) is None:
        raise BucketNotFound


def _too_many(cap: int) -> RequestValidationError:
    """Return the refusal of a search for too many chunks, in the words of FastAPI and pydantic."""
    return RequestValidationError(
        [
            {
                "loc": ("body", "num_of_docs"),
                "msg": f"ensure this value is less than or equal to {cap}",
                "type": "value_error.number.not_le",
            }
        ]
    )


def _started(job: Job, backend: Backend) -> dict[str, Any]:
    return {**_state(job, backend), "finished_at": None, "user_id": backend.user_id}


def _state(job: Job, backend: Backend) -> dict[str, Any]:
    state = {
        "task_id": job.id,
        "task_name": job.kind,
        "status": backend.embedding_tasks.word(job.status),
        "created_at": job.created_at,
    }
    # Not nullable in the schema, so it comes when there is one.
    return state if job.finished_at is None else {**state, "finished_at": job.finished_at}
