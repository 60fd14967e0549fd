"""The same chat requests with Telnyx's official SDK, without LangChain.

`create_completion(stream=True)` returns the body of a stream as one string after its end, so a
stream is read by `with_streaming_response`, line by line, and its events are parsed here.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# Installed in the contender's environment only, as type checkers do not know.
telnyx: Any = import_module("telnyx")

_EVENT = "data: "
_DONE = "data: [DONE]"


class Text(NamedTuple):
    """A whole answer or a part of one, named as in a message of LangChain."""

    content: str


class SDKChat:
    """Sends a prompt, and returns the text of the answer."""

    def __init__(self, *, model: str, base_url: str, api_key: str, max_retries: int) -> None:
        self._model = model
        settings: dict[str, Any] = {
            "api_key": api_key,
            "base_url": base_url,
            "max_retries": max_retries,
        }
        self._chat = telnyx.Telnyx(**settings).ai.openai.chat
        self._async_chat = telnyx.AsyncTelnyx(**settings).ai.openai.chat

    def invoke(self, prompt: str) -> Text:
        """Return the whole answer."""
        return _whole(self._chat.create_completion(**self._request(prompt)))

    async def ainvoke(self, prompt: str) -> Text:
        """Return the whole answer."""
        return _whole(await self._async_chat.create_completion(**self._request(prompt)))

    def stream(self, prompt: str) -> Iterator[Text]:
        """Yield the parts of the answer as they arrive."""
        create = self._chat.with_streaming_response.create_completion
        with create(**self._request(prompt), stream=True) as response:
            for line in response.iter_lines():
                if line.startswith(_EVENT) and line != _DONE:
                    yield _part(line)

    async def astream(self, prompt: str) -> AsyncIterator[Text]:
        """Yield the parts of the answer as they arrive."""
        create = self._async_chat.with_streaming_response.create_completion
        async with create(**self._request(prompt), stream=True) as response:
            async for line in response.iter_lines():
                if line.startswith(_EVENT) and line != _DONE:
                    yield _part(line)

    def _request(self, prompt: str) -> dict[str, Any]:
        return {"model": self._model, "messages": [{"role": "user", "content": prompt}]}


def _whole(response: Any) -> Text:
    return Text(response["choices"][0]["message"]["content"])


def _part(line: str) -> Text:
    choices = json.loads(line.removeprefix(_EVENT))["choices"]
    return Text(choices[0]["delta"].get("content") or "" if choices else "")
