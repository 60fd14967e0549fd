"""A minimal vector store with httpx: the same requests and nothing else.

It has no retry, no error mapping, no metadata in keys and no shared client.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 16  # uploads at a time, the default of `TelnyxVectorStore`
_CONNECTIONS = 100
# Telnyx reads only the key in the credential.
_SIGNED = "AWS4-HMAC-SHA256 Credential={}/20221129/us-central-1/s3/aws4_request, Signature=0"


class RawStore:
    """Puts texts into a bucket, has it embedded, and searches it."""

    def __init__(self, bucket: str, *, base_url: str, api_key: str) -> None:
        self._bucket = bucket
        self._api = base_url
        address = urlsplit(base_url)
        self._storage = f"{address.scheme}://{address.netloc}"
        self._bearer = {"authorization": f"Bearer {api_key}"}
        self._signed = {
            "authorization": _SIGNED.format(api_key),
            "content-type": "text/plain; charset=utf-8",
        }
        # Keep all connections alive: otherwise concurrent calls would reconnect often.
        limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        self._client = httpx.AsyncClient(limits=limits, timeout=60)

    async def aadd_documents(self, documents: Sequence[Any]) -> list[str]:
        """Put every document, have the bucket embedded, and wait for it."""
        bucket = await self._client.head(f"{self._storage}/{self._bucket}", headers=self._signed)
        bucket.raise_for_status()
        turns = asyncio.Semaphore(_WIDTH)

        async def put(document: Any) -> str:
            name = uuid.uuid4().hex
            async with turns:
                response = await self._client.put(
                    f"{self._storage}/{self._bucket}/{name}.txt",
                    content=document.page_content.encode(),
                    headers=self._signed,
                )
            response.raise_for_status()
            return name

        names = await asyncio.gather(*[put(document) for document in documents])
        begun = await self._client.post(
            f"{self._api}/ai/embeddings", json={"bucket_name": self._bucket}, headers=self._bearer
        )
        task = begun.raise_for_status().json()["data"]
        while True:
            polled = await self._client.get(
                f"{self._api}/ai/embeddings/{task['task_id']}", headers=self._bearer
            )
            if polled.raise_for_status().json()["data"]["status"] == "success":
                return names
            await asyncio.sleep(1)

    async def asimilarity_search(self, query: str, k: int) -> list[Any]:
        """Return the most similar passages, as the API returns them."""
        response = await self._client.post(
            f"{self._api}/ai/embeddings/similarity-search",
            json={"bucket_name": self._bucket, "query": query, "num_of_docs": k},
            headers=self._bearer,
        )
        hits: list[Any] = response.raise_for_status().json()["data"]
        return hits
