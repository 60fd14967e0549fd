"""Embedding buckets and searching them, sync and async, against the emulator."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, TaskError, TaskTimeoutError
from langchain_telnyx.emulator.runtime.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator

CAT = b"The cat sat on the mat."
DOGS = b"Dogs bark at night in the garden."


def last_json(emulator: TelnyxEmulator) -> Any:
    return json.loads(emulator.requests[-1].body)


@pytest.fixture
async def embedded(api: Any, bucket: str) -> str:
    """A bucket that is embedded."""
    task = await api.bucket_embeddings.embed(bucket, embedding_model="thenlper/gte-large")
    await api.bucket_embeddings.wait(task.task_id)
    return bucket


async def test_a_bucket_is_embedded(api: Any, emulator: TelnyxEmulator, bucket: str) -> None:
    emulator.account.jobs.pace = after_polls(1)
    task = await api.bucket_embeddings.embed(
        bucket,
        document_chunk_size=512,
        document_chunk_overlap_size=64,
        embedding_model="thenlper/gte-large",
        loader="default",
    )
    assert last_json(emulator) == {
        "bucket_name": bucket,
        "document_chunk_size": 512,
        "document_chunk_overlap_size": 64,
        "embedding_model": "thenlper/gte-large",
        "loader": "default",
    }
    assert not task.settled
    done = await api.bucket_embeddings.wait(task.task_id)
    assert (done.status, done.settled) == ("success", True)
    assert await api.bucket_embeddings.buckets() == [bucket]


async def test_waiting_reports_progress(api: Any, bucket: str) -> None:
    updates: list[Any] = []
    task = await api.bucket_embeddings.embed(bucket)
    await api.bucket_embeddings.wait(task.task_id, bucket_name=bucket, on_progress=updates.append)
    assert updates[-1].task.status == "success"
    assert (updates[-1].done, updates[-1].total) == (2, 2)


async def test_a_task_that_fails_names_the_files_and_why(api: Any, bucket: str) -> None:
    await api.storage.put_object(bucket, "broken.pdf", b"%PDF-1.4 no")
    task = await api.bucket_embeddings.embed(bucket)
    with pytest.raises(TaskError) as caught:
        await api.bucket_embeddings.wait(task.task_id, bucket_name=bucket)
    assert caught.value.task_id == task.task_id
    assert caught.value.status == "partial_success"
    assert list(caught.value.reasons) == ["broken.pdf"]
    assert f"'broken.pdf': {caught.value.reasons['broken.pdf'].rstrip('.')}" in str(caught.value)
    with pytest.raises(TaskError, match="list the bucket's files for the reasons"):
        await api.bucket_embeddings.wait(task.task_id)


async def test_a_failed_task_is_reported_even_without_its_reasons(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    await api.storage.put_object(bucket, "broken.pdf", b"%PDF-1.4 no")
    task = await api.bucket_embeddings.embed(bucket)
    with pytest.raises(TaskError):
        await api.bucket_embeddings.wait(task.task_id)
    emulator.fail(403, path="/embeddings/buckets/")
    with pytest.raises(TaskError) as caught:
        await api.bucket_embeddings.wait(task.task_id, bucket_name=bucket)
    assert caught.value.reasons == {}


async def test_the_error_of_a_slow_task_has_its_status(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    emulator.account.jobs.pace = after_polls(9)
    task = await api.bucket_embeddings.embed(bucket)
    with pytest.raises(TaskTimeoutError, match="wait again with a longer `timeout`") as caught:
        await api.bucket_embeddings.wait(task.task_id, timeout=0)
    assert caught.value.status == "queued"


async def test_tasks_are_listed_by_status(api: Any, embedded: str) -> None:
    assert await api.bucket_embeddings.tasks() == []
    (task,) = await api.bucket_embeddings.tasks(status=["success", "failure"])
    assert task.bucket == embedded
    assert (await api.bucket_embeddings.task(task.task_id)).status == "success"


async def test_a_missing_task_is_reported(api: Any) -> None:
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.task("no-task")


async def test_the_files_of_an_embedded_bucket_are_listed(api: Any, embedded: str) -> None:
    files = await api.bucket_embeddings.files(embedded)
    assert [(file.filename, file.status) for file in files] == [
        ("cats/a b+c ä?.txt", "success"),
        ("dogs.txt", "success"),
    ]


async def test_a_search_returns_the_best_passages_first(api: Any, embedded: str) -> None:
    hits = await api.bucket_embeddings.similarity_search(embedded, "Do dogs bark?", num_of_docs=2)
    assert [hit.document_chunk for hit in hits] == [DOGS.decode(), CAT.decode()]
    assert hits[0].distance < hits[1].distance
    assert hits[0].metadata.filename == "dogs.txt"
    assert hits[0].certainty == pytest.approx(1 - hits[0].distance / 2)
    one = await api.bucket_embeddings.similarity_search(embedded, "mat", num_of_docs=1)
    assert [hit.metadata.filename for hit in one] == ["cats/a b+c ä?.txt"]


async def test_a_bucket_whose_embeddings_were_removed_cannot_be_searched(
    api: Any, embedded: str
) -> None:
    await api.bucket_embeddings.disable(embedded)
    assert await api.bucket_embeddings.buckets() == []
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.similarity_search(embedded, "dogs")
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.files(embedded)
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.disable(embedded)
    assert len(await api.storage.list_objects(embedded)) == 2


async def test_a_missing_bucket_cannot_be_embedded(api: Any) -> None:
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.embed("no-bucket")


async def test_a_web_page_is_embedded(
    api: Any, bucket: str, serve: Callable[[Callable[..., Any]], str]
) -> None:
    page = b"<html><title>Cows</title><body><p>Cows give milk.</p></body></html>"
    url = serve(lambda *_: (200, {"content-type": "text/html"}, page))
    task = await api.bucket_embeddings.embed_url(f"{url}/cows", bucket_name=bucket)
    await api.bucket_embeddings.wait(task.task_id)
    (hit,) = await api.bucket_embeddings.similarity_search(bucket, "milk", num_of_docs=1)
    assert "Cows give milk." in hit.document_chunk


async def test_retries_have_the_same_idempotency_key(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    emulator.fail(503, times=2, retry_after=0)
    await api.bucket_embeddings.embed(bucket)
    await api.bucket_embeddings.embed(bucket)
    keys = [
        request.headers["idempotency-key"]
        for request in emulator.requests
        if request.path == "/v2/ai/embeddings"
    ]
    assert keys[0] == keys[1] == keys[2] != keys[3]


@pytest.fixture
def answering(
    as_async: Callable[[Telnyx], Any], serve: Callable[[Callable[..., Any]], str]
) -> Callable[[Any], Any]:
    """A client, sync or async, of a server that responds to everything with the same JSON."""

    def api(body: Any) -> Any:
        sent = json.dumps(body).encode()
        url = serve(lambda *_: (200, {"content-type": "application/json"}, sent))
        return as_async(Telnyx(api_key="KEY1", base_url=url))

    return api


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"buckets": ["a", "b"]}},
        {"data": [{"id": "a"}, {"id": "b"}]},
        {"data": {"buckets": [{"id": "a"}, {"id": "b"}]}},
    ],
)
async def test_buckets_are_listed_by_name_or_as_objects(
    answering: Callable[[Any], Any], body: Any
) -> None:
    # Names in the schema, objects in the vendor's examples.
    assert await answering(body).bucket_embeddings.buckets() == ["a", "b"]


# `failure` and `success` in the schema; `failed` in its text, `completed` in the vendor's tools.
@pytest.mark.parametrize("status", ["success", "completed"])
async def test_either_status_means_success(answering: Callable[[Any], Any], status: str) -> None:
    api = answering({"data": {"task_id": "t", "status": status}})
    assert (await api.bucket_embeddings.wait("t")).status == status


@pytest.mark.parametrize("status", ["failure", "failed", "partial_success"])
async def test_either_status_means_failure(answering: Callable[[Any], Any], status: str) -> None:
    api = answering({"data": {"task_id": "t", "status": status}})
    with pytest.raises(TaskError, match=f"ended in '{status}'"):
        await api.bucket_embeddings.wait("t")


# 0 to 1 in the text; but `certainty = 1 - distance / 2`, which makes it 0 to 2.
@pytest.mark.parametrize(("distance", "certainty"), [(0.0, 1.0), (0.5, 0.75), (1.8, 0.1)])
async def test_a_distance_of_up_to_two_is_a_certainty(
    answering: Callable[[Any], Any], distance: float, certainty: float
) -> None:
    hit = {"document_chunk": "x", "distance": distance, "metadata": {"loader_metadata": None}}
    [found] = await answering({"data": [hit]}).bucket_embeddings.similarity_search("b", "q")
    assert found.certainty == pytest.approx(certainty)


async def test_a_request_may_have_an_idempotency_key(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    first = await api.bucket_embeddings.embed(bucket, idempotency_key="embed-1")
    again = await api.bucket_embeddings.embed(bucket, idempotency_key="embed-1")
    assert again.task_id == first.task_id
    await api.bucket_embeddings.embed(bucket)
    keys = [request.headers["idempotency-key"] for request in [*emulator.requests][-3:]]
    assert keys[:2] == ["embed-1", "embed-1"]
    assert len(keys[2]) == 32


async def test_a_site_without_a_response_is_an_error(api: Any, bucket: str) -> None:
    task = await api.bucket_embeddings.embed_url("http://127.0.0.1:1/", bucket_name=bucket)
    with pytest.raises(TaskError):
        await api.bucket_embeddings.wait(task.task_id, bucket_name=bucket)


async def test_the_embedding_models_are_listed(api: Any) -> None:
    models = await api.text_embeddings.models()
    assert "thenlper/gte-large" in [model.id for model in models]
    assert all(isinstance(model.created, int) for model in models)
