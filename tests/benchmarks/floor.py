"""The lower bound for a chat model: langchain-core without HTTP, JSON and conversion.

It builds its chunks with the public constructors, and so shows langchain-core's share of a figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chat_responses
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, ToolCall
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable


def _call_piece(args: str, **rest: str) -> ChatGenerationChunk:
    piece = tool_call_chunk(args=args, index=0, **rest)
    return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[piece]))


class FloorChatModel(BaseChatModel):
    """Returns the benchmark server's answers without a request."""

    model: str
    base_url: str
    api_key: str
    max_retries: int

    @property
    def _llm_type(self) -> str:
        return "floor"

    def bind_tools(
        self, tools: Sequence[Any], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Convert the tools, as every integration must."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(content=chat_responses.ANSWER)
        if Scenario.read(str(messages[-1].content).encode()).form:
            call = ToolCall(name="Moon", args=chat_responses.MOON, id="call_6f0b2b6c")
            message = AIMessage(content="", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return self._generate(messages)

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        scenario = Scenario.read(str(messages[-1].content).encode())
        if not scenario.calls:
            for _number in range(scenario.chunks):
                yield ChatGenerationChunk(message=AIMessageChunk(content=chat_responses.WORD))
            return
        yield _call_piece('{"text": "', name="write", id="call_6f0b2b6c")
        for _number in range(scenario.chunks):
            yield _call_piece(chat_responses.PIECE)
        yield _call_piece('"}')

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages):
            yield chunk
