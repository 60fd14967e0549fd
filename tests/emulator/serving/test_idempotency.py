"""`Idempotency-Key`: a repeated request is executed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator.runtime.clock import FakeClock

if TYPE_CHECKING:
    import httpx

    from langchain_telnyx.emulator import TelnyxEmulator

BODY = {"bucket_name": "bucket"}


@pytest.fixture
def bucket(emulator: TelnyxEmulator) -> str:
    emulator.account.objects.create_bucket("bucket")
    return "bucket"


def embed(
    emulator: TelnyxEmulator, key: str, body: Any = None, path: str = "/ai/embeddings"
) -> httpx.Response:
    return emulator.http_client.post(
        emulator.base_url + path,
        headers={"authorization": f"Bearer {emulator.api_key}", "idempotency-key": key},
        json=BODY if body is None else body,
    )


def tasks(emulator: TelnyxEmulator) -> int:
    return len(emulator.account.jobs.all({"embed-bucket"}))


@pytest.mark.usefixtures("bucket")
def test_a_repeated_request_gets_the_first_response_and_has_no_effect(
    emulator: TelnyxEmulator,
) -> None:
    first, second = embed(emulator, "key-1"), embed(emulator, "key-1")
    assert second.json() == first.json()
    assert second.headers["content-type"] == "application/json"
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert tasks(emulator) == 1


@pytest.mark.usefixtures("bucket")
def test_another_key_is_another_request(emulator: TelnyxEmulator) -> None:
    ids = {embed(emulator, key).json()["data"]["task_id"] for key in ("one", "two")}
    assert len(ids) == 2


@pytest.mark.usefixtures("bucket")
def test_a_key_sent_with_another_request_is_refused(emulator: TelnyxEmulator) -> None:
    embed(emulator, "key-1")
    other = embed(emulator, "key-1", {**BODY, "document_chunk_size": 100})
    assert other.status_code == 422
    assert other.json()["errors"][0]["code"] == "10027"
    assert tasks(emulator) == 1


def test_a_failure_is_not_stored(emulator: TelnyxEmulator) -> None:
    assert embed(emulator, "key-1").status_code == 404
    emulator.account.objects.create_bucket("bucket")
    assert embed(emulator, "key-1").status_code == 200


@pytest.mark.usefixtures("bucket")
def test_a_key_expires_after_a_day(emulator: TelnyxEmulator) -> None:
    embed(emulator, "key-1")
    assert isinstance(emulator.account.clock, FakeClock)
    emulator.account.clock.advance(24 * 3600)
    assert "idempotent-replayed" not in embed(emulator, "key-1").headers
    assert tasks(emulator) == 2


@pytest.mark.parametrize("key", ["", "a b", "a.b", "x" * 256])
def test_an_invalid_key_is_refused(emulator: TelnyxEmulator, key: str) -> None:
    answer = embed(emulator, key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "10015"


@pytest.mark.usefixtures("bucket")
def test_other_operations_ignore_a_key(emulator: TelnyxEmulator) -> None:
    search = {**BODY, "query": "anything"}
    embed(emulator, "key-1")
    path = "/ai/embeddings/similarity-search"
    assert embed(emulator, "key-1", search, path).status_code == 200
    assert "idempotent-replayed" not in embed(emulator, "key-1", search, path).headers


@pytest.mark.usefixtures("bucket")
def test_parallel_requests_are_executed_once(emulator: TelnyxEmulator) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: embed(emulator, "key-1"), range(24)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert tasks(emulator) == 1
