"""The least a chat model can cost: langchain-core with no HTTP, no JSON and no conversion.

It builds its chunks with the public constructors, and so shows what part of a figure belongs to
langchain-core: no integration gets under it by plain means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import answers
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.messages import BaseMessage


class FloorChatModel(BaseChatModel):
    """Answers every prompt from memory, in the words and the pieces of the benchmark server."""

    model: str
    base_url: str
    api_key: str
    max_retries: int

    @property
    def _llm_type(self) -> str:
        return "floor"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        del messages
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=answers.ANSWER))])

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return self._generate(messages)

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        for _number in range(Scenario.read(str(messages[-1].content).encode()).chunks):
            yield ChatGenerationChunk(message=AIMessageChunk(content=answers.WORD))

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages):
            yield chunk
