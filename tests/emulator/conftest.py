"""Fixtures of the emulator's tests: an account without sockets, its clients, and boto3."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import pytest
from botocore.config import Config

from langchain_telnyx.emulator import TelnyxEmulator
from tests.emulator.openai_sdk import post, sdk, served

__all__ = ["api", "bearer", "emulator", "post", "s3", "sdk", "served", "storage_account"]

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[TelnyxEmulator]:
    """An account without sockets; an indirect parameter sets its quirks."""
    with TelnyxEmulator(sockets=False, quirks=getattr(request, "param", None)) as running:
        yield running


@pytest.fixture
def bearer(emulator: TelnyxEmulator) -> dict[str, str]:
    return {"authorization": f"Bearer {emulator.api_key}"}


class Api:
    """Sends plain requests to the API, with the key."""

    def __init__(self, emulator: TelnyxEmulator) -> None:
        self.emulator = emulator

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.emulator.http_client.request(
            method,
            self.emulator.base_url + path,
            headers={"authorization": f"Bearer {self.emulator.api_key}"},
            **options,
        )

    def asend(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request by the async client, on a new event loop."""
        return asyncio.run(
            self.emulator.http_async_client.request(
                method,
                self.emulator.base_url + path,
                headers={"authorization": f"Bearer {self.emulator.api_key}"},
                **options,
            )
        )

    def data(self, method: str, path: str, **options: Any) -> Any:
        answer = self.send(method, path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def put(self, bucket: str, key: str, body: bytes | str, content_type: str = "") -> None:
        """Store an object, and create its bucket if it does not exist."""
        objects = self.emulator.account.objects
        if not objects.has_bucket(bucket):
            objects.create_bucket(bucket)
        headers = {
            "authorization": (
                f"AWS4-HMAC-SHA256 Credential={self.emulator.api_key}/20260101/us-central-1/s3/"
                "aws4_request, SignedHeaders=host, Signature=0"
            ),
            **({"content-type": content_type} if content_type else {}),
        }
        answer = self.emulator.http_client.put(
            f"{self.emulator.storage_url}/{bucket}/{key}",
            content=body.encode() if isinstance(body, str) else body,
            headers=headers,
        )
        assert answer.status_code == 200, answer.text

    def embed(self, bucket: str, **options: Any) -> str:
        """Embed a bucket, and return the final status of the task."""
        task = self.data("POST", "/ai/embeddings", json={"bucket_name": bucket, **options})
        return self.finished(task["task_id"])

    def finished(self, task_id: str) -> str:
        def status() -> str | None:
            found: str = self.data("GET", f"/ai/embeddings/{task_id}")["status"]
            return None if found in {"queued", "processing"} else found

        return self.eventually(status)

    def search(self, bucket: str, query: str, limit: int = 3) -> list[Any]:
        found: list[Any] = self.data(
            "POST",
            "/ai/embeddings/similarity-search",
            json={"bucket_name": bucket, "query": query, "num_of_docs": limit},
        )
        return found

    @staticmethod
    def eventually(get: Callable[[], T | None], within: float = 10.0) -> T:
        """Return the first result of `get` that is not None."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            found = get()
            if found:
                return found
            time.sleep(0.005)
        pytest.fail(f"nothing came within {within} s")


@pytest.fixture
def api(emulator: TelnyxEmulator) -> Api:
    return Api(emulator)


@pytest.fixture(scope="session", params=["when_required", "when_supported"])
def storage_account(request: pytest.FixtureRequest) -> Iterator[tuple[TelnyxEmulator, Any]]:
    """An account and boto3, configured as in the vendor's docs, and with boto3's defaults."""
    with TelnyxEmulator() as running:
        client = boto3.client(
            "s3",
            endpoint_url=running.storage_url,
            aws_access_key_id=running.api_key,
            aws_secret_access_key="placeholder",
            region_name="us-central-1",
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation=request.param,
                response_checksum_validation=request.param,
                retries={"total_max_attempts": 1},
            ),
        )
        yield running, client
        client.close()


@pytest.fixture
def s3(storage_account: tuple[TelnyxEmulator, Any]) -> Any:
    """boto3 with an empty account; creating a client takes a third of a second."""
    emulator, client = storage_account
    emulator.reset()
    return client
