"""Every endpoint once, on both faces, against the emulator."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call
from langchain_telnyx.client.decode import nothing
from langchain_telnyx.client.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    TaskError,
    TaskTimeoutError,
)
from langchain_telnyx.emulator.pace import after_polls
from langchain_telnyx.emulator.server import TelnyxEmulator

MODEL = "moonshotai/Kimi-K2.6"
HELLO = [{"role": "user", "content": "What is the capital of France?"}]
CAT = b"The cat sat on the mat."
DOGS = b"Dogs bark at night in the garden."


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(sockets=False) as emulator:
        yield emulator


@pytest.fixture
def api(face: Callable[[Telnyx], Any], emulator: TelnyxEmulator) -> Any:
    return face(Telnyx(**emulator.options()))


def last_path(emulator: TelnyxEmulator) -> str:
    return emulator.requests[-1].path


def last_json(emulator: TelnyxEmulator) -> Any:
    return json.loads(emulator.requests[-1].body)


# --- chat and models -----------------------------------------------------------------------------


async def test_chat_is_answered_whole(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("Paris.")
    answer = await api.chat.create(HELLO, model=MODEL, temperature=0.0, seed=None)
    assert answer["choices"][0]["message"]["content"] == "Paris."
    assert answer["model"] == MODEL
    assert answer["usage"]["total_tokens"] > 0
    assert answer.headers["x-request-id"]
    assert last_path(emulator) == "/v2/ai/openai/chat/completions"
    assert last_json(emulator) == {"messages": HELLO, "model": MODEL, "temperature": 0.0}


async def test_chat_is_answered_in_chunks(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("It is Paris.")
    chunks = await api.chat.stream(HELLO, model=MODEL)
    deltas = [choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta or "" for delta in deltas) == "It is Paris."
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert last_json(emulator) == {"messages": HELLO, "model": MODEL, "stream": True}


async def test_chat_answers_on_the_deprecated_path(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("Paris.")
    answer = await api.chat.create_deprecated(HELLO, model=MODEL)
    assert answer["choices"][0]["message"]["content"] == "Paris."
    assert last_path(emulator) == "/v2/ai/chat/completions"
    emulator.say("Paris.")
    chunks = await api.chat.stream_deprecated(HELLO, model=MODEL)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert last_path(emulator) == "/v2/ai/chat/completions"


async def test_fields_without_a_keyword_are_sent_too(api: Any, emulator: TelnyxEmulator) -> None:
    await api.chat.create(HELLO, model=MODEL, max_tokens=5, extra_body={"novelty": [1]})
    assert last_json(emulator) == {
        "messages": HELLO,
        "model": MODEL,
        "max_tokens": 5,
        "novelty": [1],
    }


async def test_half_a_surrogate_pair_can_be_said(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("Odd.")
    await api.chat.create([{"role": "user", "content": "cut \ud83d"}], model=MODEL)
    assert last_json(emulator)["messages"][0]["content"] == "cut \ud83d"


async def test_the_models_are_listed_on_both_paths(api: Any, emulator: TelnyxEmulator) -> None:
    models = {model.id: model for model in await api.models.list()}
    assert models[MODEL].context_length == 262144
    assert isinstance(models[MODEL].created, datetime)
    assert last_path(emulator) == "/v2/ai/openai/models"
    assert {model.id for model in await api.models.list_deprecated()} == models.keys()
    assert last_path(emulator) == "/v2/ai/models"


async def test_texts_become_vectors(api: Any) -> None:
    answer = await api.text_embeddings.create(["a", "b"], model="thenlper/gte-large")
    assert [row["index"] for row in answer["data"]] == [0, 1]
    assert [len(row["embedding"]) for row in answer["data"]] == [1024, 1024]
    one = await api.text_embeddings.create(
        "a", model="thenlper/gte-large", encoding_format="base64"
    )
    assert isinstance(one["data"][0]["embedding"], str)


async def test_the_embedding_models_are_listed(api: Any) -> None:
    models = await api.text_embeddings.models()
    assert "thenlper/gte-large" in [model.id for model in models]


async def test_a_call_that_nothing_wraps_can_be_sent(api: Any, emulator: TelnyxEmulator) -> None:
    assert await api.send(Call("GET", "/ai/openai/models", nothing, query=(("a", "b c"),))) is None
    assert last_path(emulator) == "/v2/ai/openai/models"


async def test_a_wrong_key_is_refused(
    face: Callable[[Telnyx], Any], emulator: TelnyxEmulator
) -> None:
    api = face(Telnyx(**{**emulator.options(), "api_key": "KEY_wrong"}))
    with pytest.raises(AuthenticationError) as caught:
        await api.models.list()
    assert caught.value.code == "10009"
    assert "KEY_wrong" not in repr(caught.value)


async def test_a_busy_server_is_asked_again(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.fail(429, times=2, retry_after=0)
    emulator.say("Paris.")
    answer = await api.chat.create(HELLO, model=MODEL)
    assert answer["choices"][0]["message"]["content"] == "Paris."


# --- storage -------------------------------------------------------------------------------------


@pytest.fixture
async def bucket(api: Any) -> str:
    """A bucket with two texts in it."""
    await api.storage.create_bucket("docs-bucket")
    await api.storage.put_object("docs-bucket", "cats/a b+c ä?.txt", CAT, content_type="text/plain")
    await api.storage.put_object("docs-bucket", "dogs.txt", DOGS, content_type="text/plain")
    return "docs-bucket"


async def test_buckets_are_made_listed_checked_and_deleted(api: Any) -> None:
    await api.storage.create_bucket("one-bucket")
    await api.storage.head_bucket("one-bucket")
    assert [bucket.name for bucket in await api.storage.list_buckets()] == ["one-bucket"]
    await api.storage.delete_bucket("one-bucket")
    assert await api.storage.list_buckets() == []
    with pytest.raises(NotFoundError):
        await api.storage.head_bucket("one-bucket")


async def test_a_bucket_made_twice_is_a_conflict(api: Any, bucket: str) -> None:
    with pytest.raises(ConflictError) as caught:
        await api.storage.create_bucket(bucket)
    assert caught.value.code == "BucketAlreadyOwnedByYou"


async def test_a_bucket_that_is_not_empty_is_not_deleted(api: Any, bucket: str) -> None:
    with pytest.raises(ConflictError) as caught:
        await api.storage.delete_bucket(bucket)
    assert caught.value.code == "BucketNotEmpty"


@pytest.mark.parametrize(
    "name",
    ["", "ab", "Capitals", "under_score", "-a-b", "a-b-", "a..b", "a/b", "x" * 64, "ä-bucket"],
)
async def test_a_name_that_no_bucket_can_have_is_refused(
    api: Any, emulator: TelnyxEmulator, name: str
) -> None:
    with pytest.raises(ValueError, match="cannot name a bucket"):
        await api.storage.create_bucket(name)
    assert not emulator.requests


async def test_an_object_comes_back_as_it_was_put(api: Any, bucket: str) -> None:
    key = "cats/a b+c ä?.txt"
    assert await api.storage.get_object(bucket, key) == CAT
    found = await api.storage.head_object(bucket, key)
    assert (found.key, found.size, found.content_type) == (key, 23, "text/plain")
    assert found.etag == hashlib.md5(CAT, usedforsecurity=False).hexdigest()
    assert found.last_modified == datetime(2026, 1, 1, tzinfo=UTC)


async def test_an_object_is_replaced_and_deleted(api: Any, bucket: str) -> None:
    etag = await api.storage.put_object(bucket, "dogs.txt", b"")
    assert etag == "d41d8cd98f00b204e9800998ecf8427e"
    assert await api.storage.get_object(bucket, "dogs.txt") == b""
    await api.storage.delete_object(bucket, "dogs.txt")
    await api.storage.delete_object(bucket, "dogs.txt")
    with pytest.raises(NotFoundError) as caught:
        await api.storage.get_object(bucket, "dogs.txt")
    assert caught.value.code == "NoSuchKey"


async def test_a_file_is_streamed_from_disk(api: Any, bucket: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 12_000
    file = tmp_path / "big.bin"
    file.write_bytes(content)
    assert await api.storage.put_object(bucket, "big.bin", file) == (
        hashlib.md5(content, usedforsecurity=False).hexdigest()
    )
    assert await api.storage.get_object(bucket, "big.bin") == content


async def test_a_file_that_is_not_there_is_told_as_such(
    api: Any, bucket: str, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await api.storage.put_object(bucket, "x", tmp_path / "missing")


async def test_an_upload_is_repeated_from_its_beginning(
    api: Any, emulator: TelnyxEmulator, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(CAT * 1000)
    emulator.fail(503, retry_after=0)
    await api.storage.put_object(bucket, "a.txt", file)
    assert await api.storage.get_object(bucket, "a.txt") == CAT * 1000


async def test_a_key_that_is_too_long_is_refused(api: Any, bucket: str) -> None:
    await api.storage.put_object(bucket, "ä" * 512, b"x")
    with pytest.raises(ValueError, match="1026 bytes long, 1024 are allowed"):
        await api.storage.put_object(bucket, "ä" * 513, b"x")


async def test_a_missing_bucket_is_told_from_a_missing_object(api: Any) -> None:
    with pytest.raises(NotFoundError) as caught:
        await api.storage.get_object("no-bucket", "x")
    assert caught.value.code == "NoSuchBucket"
    with pytest.raises(NotFoundError):
        await api.storage.list_objects("no-bucket")


async def test_objects_are_listed_page_after_page(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    names = ["cats/a b+c ä?.txt", "dogs.txt"]
    for number in range(5):
        await api.storage.put_object(bucket, f"more/{number}", b"x" * number)
        names.append(f"more/{number}")
    before = len(emulator.requests)
    objects = await api.storage.list_objects(bucket, page_size=3)
    assert [each.key for each in objects] == names
    assert [each.size for each in objects] == [23, 33, 0, 1, 2, 3, 4]
    assert len(emulator.requests) - before == 3


async def test_objects_are_listed_by_prefix(api: Any, bucket: str) -> None:
    (found,) = await api.storage.list_objects(bucket, prefix="cats/a b+")
    assert found.key == "cats/a b+c ä?.txt"
    assert await api.storage.list_objects(bucket, prefix="cows/") == []


async def test_an_empty_bucket_lists_nothing(api: Any) -> None:
    await api.storage.create_bucket("empty-bucket")
    assert await api.storage.list_objects("empty-bucket") == []


async def test_a_presigned_url_comes_from_the_api(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    url = await api.storage.presigned_url(bucket, "cats/a b+c ä?.txt", ttl=60)
    assert last_path(emulator).startswith("/v2/storage/buckets/docs-bucket/cats")
    assert url.presigned_url.startswith("http://telnyx.emulator/docs-bucket/cats")
    assert url.token is not None
    assert emulator.api_key not in url.presigned_url
    assert emulator.http_client.get(url.presigned_url).content == CAT
    with pytest.raises(NotFoundError):
        await api.storage.presigned_url(bucket, "missing.txt")


# --- embedded buckets ----------------------------------------------------------------------------


@pytest.fixture
async def embedded(api: Any, bucket: str) -> str:
    """A bucket that is embedded."""
    task = await api.bucket_embeddings.embed(bucket, embedding_model="thenlper/gte-large")
    await api.bucket_embeddings.wait(task.task_id)
    return bucket


async def test_a_bucket_is_embedded(api: Any, emulator: TelnyxEmulator, bucket: str) -> None:
    emulator.backend.jobs.pace = after_polls(1)
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


async def test_waiting_tells_how_far_it_is(api: Any, bucket: str) -> None:
    told: list[Any] = []
    task = await api.bucket_embeddings.embed(bucket)
    await api.bucket_embeddings.wait(task.task_id, bucket_name=bucket, on_progress=told.append)
    assert told[-1].task.status == "success"
    assert (told[-1].done, told[-1].total) == (2, 2)


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


async def test_a_task_fails_as_such_when_its_reasons_cannot_be_fetched(
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


async def test_a_task_that_takes_too_long_is_told_with_its_status(
    api: Any, emulator: TelnyxEmulator, bucket: str
) -> None:
    emulator.backend.jobs.pace = after_polls(9)
    task = await api.bucket_embeddings.embed(bucket)
    with pytest.raises(TaskTimeoutError, match="wait again with a longer `timeout`") as caught:
        await api.bucket_embeddings.wait(task.task_id, timeout=0)
    assert caught.value.status == "queued"


async def test_tasks_are_listed_by_status(api: Any, embedded: str) -> None:
    assert await api.bucket_embeddings.tasks() == []
    (task,) = await api.bucket_embeddings.tasks(status=["success", "failure"])
    assert task.bucket == embedded
    assert (await api.bucket_embeddings.task(task.task_id)).status == "success"


async def test_a_task_that_is_not_there_is_told(api: Any) -> None:
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.task("no-task")


async def test_the_files_of_an_embedded_bucket_are_listed(api: Any, embedded: str) -> None:
    files = await api.bucket_embeddings.files(embedded)
    assert [(file.filename, file.status) for file in files] == [
        ("cats/a b+c ä?.txt", "success"),
        ("dogs.txt", "success"),
    ]


async def test_a_search_gives_the_passages_best_first(api: Any, embedded: str) -> None:
    hits = await api.bucket_embeddings.similarity_search(embedded, "Do dogs bark?", num_of_docs=2)
    assert [hit.document_chunk for hit in hits] == [DOGS.decode(), CAT.decode()]
    assert hits[0].distance < hits[1].distance
    assert hits[0].metadata.filename == "dogs.txt"
    assert hits[0].certainty == pytest.approx(1 - hits[0].distance / 2)
    one = await api.bucket_embeddings.similarity_search(embedded, "mat", num_of_docs=1)
    assert [hit.metadata.filename for hit in one] == ["cats/a b+c ä?.txt"]


async def test_a_bucket_no_longer_embedded_cannot_be_searched(api: Any, embedded: str) -> None:
    await api.bucket_embeddings.disable(embedded)
    assert await api.bucket_embeddings.buckets() == []
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.similarity_search(embedded, "dogs")
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.files(embedded)
    with pytest.raises(NotFoundError):
        await api.bucket_embeddings.disable(embedded)
    assert len(await api.storage.list_objects(embedded)) == 2


async def test_a_bucket_that_is_not_there_cannot_be_embedded(api: Any) -> None:
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


async def test_an_idempotency_key_is_kept_over_the_retries_of_a_call(
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
