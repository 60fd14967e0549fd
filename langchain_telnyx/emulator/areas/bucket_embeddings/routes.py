"""Embedded buckets: start, list and end the embedding of a bucket, and search it.

`text_embeddings` serves the OpenAI-style `/ai/openai/embeddings`.
"""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from langchain_telnyx.emulator.account import EMBEDDING_JOBS, Account
from langchain_telnyx.emulator.areas.bucket_embeddings.filenames import spelt
from langchain_telnyx.emulator.areas.bucket_embeddings.state import Recipe
from langchain_telnyx.emulator.areas.bucket_embeddings.tasks import EMBED_BUCKET, EMBED_URL
from langchain_telnyx.emulator.areas.odd_rows import with_odd_row
from langchain_telnyx.emulator.reading.crawl import may_crawl
from langchain_telnyx.emulator.runtime.jobs import Job
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, BucketNotFound, resource_not_found
from langchain_telnyx.emulator.serving.ranges import at_least
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/ai/embeddings")


class EmbedBucket(RequestBody):
    """The body of `POST /ai/embeddings`; sizes count characters (see `chunks`)."""

    bucket_name: str
    document_chunk_size: int = 1024
    document_chunk_overlap_size: int = 512
    embedding_model: str = "thenlper/gte-large"
    loader: Literal["default", "intercom"] = "default"

    def recipe(self) -> Recipe:
        """Return the settings for embedding the bucket.

        Raises:
            ApiError: A size is out of range.
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
            # Only the size is given, below the default overlap: use the default's proportion.
            overlap = size // 2
        return Recipe(
            chunk_size=size, overlap=overlap, model=self.embedding_model, loader=self.loader
        )


class EmbedUrl(RequestBody):
    """The body of `POST /ai/embeddings/url`."""

    url: str
    bucket_name: str


class Search(RequestBody):
    """The body of `POST /ai/embeddings/similarity-search`."""

    bucket_name: str
    query: str
    num_of_docs: int = 3


@router.post("")
def embed_bucket(body: EmbedBucket, account: CurrentAccount) -> dict[str, Any]:
    """Start to embed a bucket, including unchanged files unless a quirk excludes them."""
    recipe = body.recipe()
    if not account.objects.has_bucket(body.bucket_name):
        raise BucketNotFound
    account.embedded.enable(body.bucket_name, recipe)
    _, last = account.embedded.due_in(body.bucket_name)
    job = account.embedding_tasks.start(EMBED_BUCKET, body.bucket_name, after=last)
    return {"data": _started(job, account)}


@router.post("/url")
def embed_url(body: EmbedUrl, account: CurrentAccount) -> dict[str, Any]:
    """Start to crawl a site into a bucket and embed it."""
    if not account.objects.has_bucket(body.bucket_name):
        raise BucketNotFound
    anywhere, hosts = account.settings.allow_crawl, account.settings.crawl_hosts
    if not may_crawl(body.url, anywhere=True):
        raise ApiError(400, "10015", None, f"{body.url!r} is not the address of a web page.")
    if not may_crawl(body.url, anywhere=anywhere, hosts=hosts):
        raise ApiError(
            400,
            "10015",
            None,
            f"The emulator crawls loopback addresses only, and {body.url!r} is not one. Start it "
            "with `--crawl-host HOST` (or `crawl_hosts=[…]`) to crawl that one, or with "
            "`--allow-crawl` (or `allow_crawl=True`) to crawl any host.",
        )
    if account.embedded.recipe(body.bucket_name) is None:
        account.embedded.enable(body.bucket_name, Recipe())
    job = account.embedding_tasks.start(
        EMBED_URL,
        body.bucket_name,
        after=0.0,
        url=body.url,
        anywhere=anywhere,
        hosts=hosts,
    )
    return {"data": _started(job, account)}


@router.get("")
def list_tasks(
    account: CurrentAccount, status: Annotated[list[str] | None, Query()] = None
) -> dict[str, Any]:
    """List the tasks by status; `status` may repeat, and may separate values by commas."""
    requested = status if status is not None else ["queued", "processing"]
    statuses = {name.strip() for value in requested for name in value.split(",")}
    rows = [
        {**_state(job, account), "bucket": job.subject, "user_id": account.user_id}
        for job in account.embedding_tasks.all(statuses)
    ]
    return {"data": with_odd_row(account.settings.quirks, "tasks", rows)}


@router.get("/buckets")
def list_buckets(account: CurrentAccount) -> dict[str, Any]:
    """List the embedded buckets."""
    return {"data": {"buckets": account.embedded.names()}}


@router.get("/buckets/{bucket_name}")
def list_files(bucket_name: str, account: CurrentAccount) -> Response:
    """List the files of an embedded bucket with their states."""
    _need_embedded(bucket_name, account)
    account.jobs.poll(subject=bucket_name, kinds=EMBEDDING_JOBS)
    # Bytes, since FastAPI would spend most of the time on validating 10,000 entries.
    files = account.file_lists.json(bucket_name)
    return Response(b'{"data":' + files + b"}", media_type="application/json")


@router.delete("/buckets/{bucket_name}")
def disable_bucket(bucket_name: str, account: CurrentAccount) -> Response:
    """Delete the embeddings of a bucket; its objects stay."""
    if not account.embedded.disable(bucket_name):
        raise BucketNotFound
    return Response()


@router.post("/similarity-search")
def similarity_search(body: Search, request: Request, account: CurrentAccount) -> dict[str, Any]:
    """Return the chunks nearest to a query, best first."""
    at_least(1, num_of_docs=body.num_of_docs)
    quirks = account.settings.quirks
    limit = body.num_of_docs
    if quirks.search_cap is not None and limit > quirks.search_cap:
        if quirks.search_cap_form == "refused":
            raise _too_many(quirks.search_cap)
        limit = quirks.search_cap
    hits = account.search(body.bucket_name, body.query, limit)
    recipe = account.embedded.recipe(body.bucket_name) or Recipe()
    return {
        "data": [
            {
                "document_chunk": hit.text,
                "distance": hit.distance,
                "metadata": {
                    "source": f"{request.base_url}{body.bucket_name}/{quote(hit.filename)}",
                    "checksum": hit.checksum,
                    "embedding": recipe.model,
                    "filename": spelt(quirks.filename_form, body.bucket_name, hit.filename),
                    "certainty": hit.certainty,
                    "loader_metadata": hit.loader_metadata,
                },
            }
            for hit in hits
        ]
    }


# After the fixed paths, which it would match too.
@router.get("/{task_id}")
def get_task(task_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return the state of a task."""
    job = account.embedding_tasks.poll(task_id)
    if job is None:
        raise resource_not_found()
    return {"data": _state(job, account)}


def _need_embedded(bucket: str, account: Account) -> None:
    if account.embedded.recipe(bucket) is None:
        raise BucketNotFound


def _too_many(cap: int) -> RequestValidationError:
    """Return the error for too many requested chunks, in the form of FastAPI and pydantic."""
    return RequestValidationError(
        [
            {
                "loc": ("body", "num_of_docs"),
                "msg": f"ensure this value is less than or equal to {cap}",
                "type": "value_error.number.not_le",
            }
        ]
    )


def _started(job: Job, account: Account) -> dict[str, Any]:
    return {**_state(job, account), "finished_at": None, "user_id": account.user_id}


def _state(job: Job, account: Account) -> dict[str, Any]:
    state = {
        "task_id": job.id,
        "task_name": job.kind,
        "status": account.embedding_tasks.status_name(job.status),
        "created_at": job.created_at,
    }
    # Left out when empty: it is not nullable in the schema.
    return state if job.finished_at is None else {**state, "finished_at": job.finished_at}
