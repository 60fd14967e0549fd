"""The same chat requests with httpx2 alone: POST, JSON and server-sent events, nothing else.

It has no retry, no validation, no messages, no callbacks and no tracing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_CONNECTIONS = 100
_DONE = "[DONE]"


class Text(NamedTuple):
    """A whole answer or a part of one, named as in a message of LangChain."""

    content: str


class RawChat:
    """Sends a prompt, and returns the text of the answer."""

    def __init__(self, *, model: str, base_url: str, api_key: str, max_retries: int) -> None:
        del max_retries  # httpx2 sends a request once
        self._model = model
        # Keep all connections alive: otherwise concurrent calls would reconnect often.
        limits = httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        settings: dict[str, Any] = {
            "base_url": base_url,
            "headers": {"authorization": f"Bearer {api_key}"},
            "limits": limits,
            "timeout": 60,
        }
        self._client = httpx2.Client(**settings)
        self._async_client = httpx2.AsyncClient(**settings)

    def invoke(self, prompt: str) -> Text:
        """Return the whole answer."""
        response = self._client.post("/chat/completions", json=self._body(prompt))
        return _whole(response.raise_for_status())

    async def ainvoke(self, prompt: str) -> Text:
        """Return the whole answer."""
        response = await self._async_client.post("/chat/completions", json=self._body(prompt))
        return _whole(response.raise_for_status())

    def stream(self, prompt: str) -> Iterator[Text]:
        """Yield the parts of the answer as they arrive."""
        body = self._body(prompt, stream=True)
        with self._client.stream("POST", "/chat/completions", json=body) as response:
            response.raise_for_status()
            for event in httpx2.EventSource(response):
                if event.data != _DONE:
                    yield _part(event.data)

    async def astream(self, prompt: str) -> AsyncIterator[Text]:
        """Yield the parts of the answer as they arrive."""
        body = self._body(prompt, stream=True)
        async with self._async_client.stream("POST", "/chat/completions", json=body) as response:
            response.raise_for_status()
            async for event in httpx2.EventSource(response):
                if event.data != _DONE:
                    yield _part(event.data)

    def _body(self, prompt: str, **rest: bool) -> dict[str, Any]:
        return {"model": self._model, "messages": [{"role": "user", "content": prompt}], **rest}


def _whole(response: Any) -> Text:
    return Text(response.json()["choices"][0]["message"]["content"])


def _part(data: str) -> Text:
    choices = json.loads(data)["choices"]
    return Text(choices[0]["delta"].get("content") or "" if choices else "")
