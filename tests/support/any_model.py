"""Both models of 1.0.0 with a server that records requests, for tests of both."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import httpx
import pytest

from langchain_telnyx import ChatTelnyx, TelnyxEmbeddings

Model: TypeAlias = "type[ChatTelnyx | TelnyxEmbeddings]"

KEY = "KEY0199_mine"
BASE = "http://127.0.0.1:9/v2"
COMPLETION = {
    "id": "c1",
    "model": "m",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}
    ],
}
VECTORS = {"data": [{"index": 0, "embedding": [0.5] * 4}], "usage": {"prompt_tokens": 1}}

both = pytest.mark.parametrize("model", [ChatTelnyx, TelnyxEmbeddings])


class Server:
    """Answers and records every request, and repeats its key in a header."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        transport = httpx.MockTransport(self._answer)
        self.clients: dict[str, Any] = {
            "http_client": httpx.Client(transport=transport),
            "http_async_client": httpx.AsyncClient(transport=transport),
        }

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = VECTORS if "embeddings" in request.url.path else COMPLETION
        key = request.headers["authorization"].removeprefix("Bearer ")
        return httpx.Response(200, json=body, headers={"x-served-by": "a7", "x-echo": key})

    @property
    def body(self) -> dict[str, Any]:
        """The body of the last request."""
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body


def built(model: Model, **options: Any) -> Any:
    """Build a model with options that are unknown to type checkers."""
    return model(**{"api_key": KEY, "base_url": BASE, **options})
