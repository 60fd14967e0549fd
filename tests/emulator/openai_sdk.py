"""The official OpenAI SDK, sync and async, as a client of the emulator's chat."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import openai
import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import httpx
    from openai.types import CreateEmbeddingResponse
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

PLAIN = "meta-llama/Llama-3.3-70B-Instruct"


class Sdk:
    """The sync or the async client of the SDK, for an emulator."""

    def __init__(self, emulator: TelnyxEmulator, mode: str) -> None:
        self.mode = mode
        self.emulator = emulator
        options: dict[str, Any] = {
            "api_key": emulator.api_key,
            "base_url": f"{emulator.base_url}/ai/openai",
            "max_retries": 0,
        }
        self._sync = openai.OpenAI(**options)
        self._options = options

    def chat(self, text: str | None = None, **body: Any) -> ChatCompletion:
        arguments = _arguments(text, body)
        completion: ChatCompletion
        if self.mode == "sync":
            completion = self._sync.chat.completions.create(**arguments)
        else:
            completion = self._run(lambda client: client.chat.completions.create(**arguments))
        return completion

    def stream(self, text: str | None = None, **body: Any) -> list[ChatCompletionChunk]:
        arguments = _arguments(text, body)
        chunks: list[ChatCompletionChunk]
        if self.mode == "sync":
            chunks = list(self._sync.chat.completions.create(stream=True, **arguments))
            return chunks

        async def read(client: openai.AsyncOpenAI) -> list[ChatCompletionChunk]:
            stream = await client.chat.completions.create(stream=True, **arguments)
            return [chunk async for chunk in stream]

        chunks = self._run(read)
        return chunks

    def embed(self, texts: Any, **body: Any) -> CreateEmbeddingResponse:
        arguments = {"model": "thenlper/gte-large", "input": texts, **body}
        response: CreateEmbeddingResponse
        if self.mode == "sync":
            response = self._sync.embeddings.create(**arguments)
        else:
            response = self._run(lambda client: client.embeddings.create(**arguments))
        return response

    def models(self) -> list[str]:
        if self.mode == "sync":
            return [model.id for model in self._sync.models.list()]

        async def read(client: openai.AsyncOpenAI) -> list[str]:
            return [model.id async for model in client.models.list()]

        names: list[str] = self._run(read)
        return names

    def _run(self, call: Callable[[openai.AsyncOpenAI], Awaitable[Any]]) -> Any:
        async def go() -> Any:
            async with openai.AsyncOpenAI(**self._options) as client:
                return await call(client)

        return asyncio.run(go())

    def close(self) -> None:
        self._sync.close()

    def answer(self, text: str, **body: Any) -> str:
        return self.chat(text, **body).choices[0].message.content or ""

    def calls(self, text: str, tools: list[dict[str, Any]], **body: Any) -> list[tuple[str, str]]:
        message = self.chat(text, tools=tools, **body).choices[0].message
        return [
            (call.function.name, call.function.arguments)
            for call in message.tool_calls or []
            if call.type == "function"
        ]


def _arguments(text: str | None, body: dict[str, Any]) -> dict[str, Any]:
    messages = {} if text is None else {"messages": [{"role": "user", "content": text}]}
    return {"model": PLAIN, **messages, **body}


@pytest.fixture(scope="session")
def served() -> Iterator[TelnyxEmulator]:
    """An emulator on a socket, for the SDK's own HTTP client."""
    with TelnyxEmulator() as running:
        yield running


@pytest.fixture(params=["sync", "aio"])
def sdk(served: TelnyxEmulator, request: pytest.FixtureRequest) -> Iterator[Sdk]:
    served.reset()
    sdk_client = Sdk(served, request.param)
    yield sdk_client
    sdk_client.close()


@pytest.fixture
def post(emulator: TelnyxEmulator) -> Any:
    """Send a chat request without validation, and return the response."""

    def send(body: dict[str, Any], path: str = "/ai/openai/chat/completions") -> httpx.Response:
        return emulator.http_client.post(
            emulator.base_url + path,
            headers={"authorization": f"Bearer {emulator.api_key}"},
            json=body,
        )

    return send
