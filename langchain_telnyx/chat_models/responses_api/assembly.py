"""Conversion of the items of a response to LangChain chunks, in order, without I/O.

Text, reasoning and calls of all items go through the same steps as those of a chat completion. The
results become blocks, one for each part of an item.
"""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langchain_telnyx.chat_models.output.chunks import call_chunk
from langchain_telnyx.chat_models.output.metadata import pipeline_of
from langchain_telnyx.chat_models.output.standard_blocks import PROVIDER
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
from langchain_telnyx.chat_models.repair.arguments import arguments_error
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.chat_models.responses_api.conversation import conversation_id
from langchain_telnyx.chat_models.responses_api.decoding import ChatBody
from langchain_telnyx.chat_models.responses_api.events import Part
from langchain_telnyx.chat_models.sending.call_options import PreparedRequest
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import StreamError
from langchain_telnyx.client.redaction import NO_REDACTION, Redactor

_METADATA = ("object", "status", "created_at", "incomplete_details", "previous_response_id")
_NOWHERE = Part(-1, "", None)


class ItemAssembly(StreamAssembly):
    """Converts the chunks of one response to LangChain chunks with content blocks.

    Args:
        headers: The headers of the response.
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
        hides: Redacts the API key.
        is_whole: Whether the response is complete.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        request: PreparedRequest,
        think_tags: ThinkTagsOption,
        hides: Redactor = NO_REDACTION,
        *,
        is_whole: bool = False,
    ) -> None:
        fields = request.fields
        super().__init__(headers, request.model, think_tags=think_tags, request=fields, hides=hides)
        if is_whole:
            self._pipeline = pipeline_of(
                OfferedTools.from_request(fields), think_tags, fields, streams=False
            )
        self._remembered = request.about
        self._hides = hides
        self._about: JSON = {}
        self._part = self._text_part = self._thought_part = _NOWHERE
        self._blocks = 0
        self._latest: dict[tuple[int, str], tuple[str, int]] = {}
        self._of_calls: dict[Any, int] = {}

    def feed(self, event: JSON) -> ChatGenerationChunk | None:
        """Return the chunk of a chunk from `events`; see `StreamAssembly.feed`."""
        event = {**event}
        self._about |= event.pop("about", None) or {}
        part, block = event.pop("part", None), event.pop("block", None)
        before = None if part is None else self._start_part(part, event)
        chunk = super().feed(event)
        if chunk is not None:
            self._add_blocks(chunk)
        elif block is not None and part is not None:
            chunk = self._block_chunk(part, block)
        if before is None:
            return chunk
        return before if chunk is None else before + chunk

    def rest(self) -> ChatGenerationChunk | None:
        """Return the buffered rest of the answer, `None` if there is none."""
        chunk = super().rest()
        return None if chunk is None else self._add_blocks(chunk)

    def closing(self) -> ChatGenerationChunk:
        """Return the chunk that ends the message, even if it is incomplete."""
        about = self._hides.value(self._about)
        rest = {name: about[name] for name in about if name not in (*_METADATA, "conversation")}
        self._rest.answer(rest)
        chunk = super().closing()
        message: Any = chunk.message
        message.content = []
        metadata = message.response_metadata
        metadata |= self._remembered
        metadata |= {name: about[name] for name in _METADATA if name in about}
        if about.get("conversation"):
            metadata["conversation"] = conversation_id(about["conversation"])
        metadata["object"] = "response"
        metadata["model"] = metadata["model_name"]
        return chunk

    def message(self, chunks: list[ChatGenerationChunk]) -> AIMessage:
        """Return the complete message of chunks.

        Args:
            chunks: All chunks, including the last one.
        """
        made: Any = (chunks[0] + chunks[1:]).message
        wrong: set[str] = set()
        for call, chunk in zip(made.invalid_tool_calls, _invalid(made), strict=False):
            # The marks of invalid calls in a stream are not part of the arguments.
            call["args"] = raw = self._calls.raw(chunk["index"])
            call["error"] = arguments_error(raw) if call["name"] else "the call has no name"
            wrong.add(str(call["id"]))
        by_id = {str(call["id"]): call for call in made.invalid_tool_calls}
        content: list[str | dict[Any, Any]] = []
        for block in made.content:
            held = {name: value for name, value in block.items() if name != "index"}
            if held.get("call_id") in wrong and held["type"] == "function_call":
                held["arguments"] = by_id[held["call_id"]]["args"]
            content.append(held)
        return AIMessage(
            content=content,
            additional_kwargs=made.additional_kwargs,
            response_metadata=made.response_metadata,
            usage_metadata=made.usage_metadata,
            tool_calls=made.tool_calls,
            invalid_tool_calls=made.invalid_tool_calls,
        )

    def _start_part(self, part: Part, event: JSON) -> ChatGenerationChunk | None:
        """Continue with a part; return the buffered rest of the previous one."""
        before = None
        delta = event["choices"][0].get("delta") if event["choices"] else None
        if part[:2] != self._part[:2] and delta:
            output = self._pipeline.end_part()
            calls = self._written(output)
            self._is_plain = self._pipeline.is_plain
            self._is_reasoning_plain = self._pipeline.is_reasoning_plain
            if output.text or output.reasoning or calls:
                before = self._add_blocks(_made(output.text, output.reasoning, calls))
            self._part = part
        if delta and delta.get("content"):
            self._text_part = part
        if delta and delta.get("reasoning_content"):
            self._thought_part = part
        return before

    def _add_blocks(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """Add the content blocks of a chunk."""
        message: Any = chunk.message
        blocks: list[JSON] = []
        thought = message.additional_kwargs.pop("reasoning_content", "")
        if thought:
            part = self._thought_part if self._thought_part != _NOWHERE else self._text_part
            blocks.append(self._block("reasoning", {"reasoning": thought}, part))
        if text := message.content:
            part = self._text_part if self._text_part != _NOWHERE else self._thought_part
            blocks.append(self._block("text", {"text": text}, part))
        blocks += [self._call_block(call) for call in message.tool_call_chunks]
        message.content = blocks
        return chunk

    def _block(self, kind: str, fields: JSON, part: Part) -> JSON:
        """Return a piece of a block: of the last block of the part, if it has the same type."""
        held, index = self._latest.get(part[:2], ("", -1))
        if held == kind:
            return {"type": kind, **fields, "index": index}
        index = self._next()
        self._latest[part[:2]] = (kind, index)
        identity = {"id": part.id} if part.id else {}
        return {"type": kind, **identity, **fields, "index": index}

    def _call_block(self, call: Any) -> JSON:
        key = call["index"]
        if (index := self._of_calls.get(key)) is not None:
            return {"type": "function_call", "arguments": call["args"], "index": index}
        index = self._of_calls[key] = self._next()
        part = self._part
        self._latest[part[:2]] = ("function_call", index)
        is_item = part.name == "call" and part.id
        return {
            "type": "function_call",
            **({"id": part.id} if is_item else {}),
            "call_id": call["id"],
            "name": call["name"],
            "arguments": call["args"],
            "index": index,
        }

    def _block_chunk(self, part: Part, block: JSON) -> ChatGenerationChunk:
        """Return a chunk for a block other than text."""
        block, kind = self._hides.value(block), str(block.get("type"))
        if part.name == "item":
            self._has_content = True
            held: JSON = {**block, "index": self._next()}
        else:
            held = self._block(kind, {n: v for n, v in block.items() if n != "type"}, part)
        message = AIMessageChunk(content=[held], response_metadata={"model_provider": PROVIDER})
        return ChatGenerationChunk(message=message)

    def _next(self) -> int:
        self._blocks += 1
        return self._blocks - 1


def result(body: ChatBody, request: PreparedRequest, think_tags: ThinkTagsOption) -> ChatResult:
    """Convert a response to a `ChatResult`.

    Args:
        body: The response.
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.

    Raises:
        StreamError: The response is incomplete; `partial` is the message.
    """
    assembly = ItemAssembly(body.headers, request, think_tags, body.redactor, is_whole=True)
    chunks = [chunk for event in body.events if (chunk := assembly.feed(event)) is not None]
    try:
        chunks += assembly.finish()
    except StreamError as error:
        error.partial = body.redactor.value(assembly.message([*chunks, assembly.closing()]))
        raise
    message = assembly.message(chunks)
    metadata, usage = message.response_metadata, body.get("usage")
    finish = metadata.get("finish_reason")
    return ChatResult(
        generations=[ChatGeneration(message=message, generation_info={"finish_reason": finish})],
        llm_output={
            "model_name": metadata["model_name"],
            "id": body.get("id"),
            "token_usage": usage if isinstance(usage, dict) else {},
        },
    )


def partial_message(
    events: list[JSON], request: PreparedRequest, think_tags: ThinkTagsOption
) -> AIMessage:
    """Return the message of a response that failed.

    Args:
        events: The response, in chunks.
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
    """
    assembly = ItemAssembly({}, request, think_tags, is_whole=True)
    chunks = [chunk for event in events if (chunk := assembly.feed(event)) is not None]
    return assembly.message([*chunks, *assembly.partial_chunks()])


def _invalid(message: Any) -> list[Any]:
    """Return the chunks of the calls that langchain-core considers invalid, in its order."""
    valid = {call["id"] for call in message.tool_calls}
    return [chunk for chunk in message.tool_call_chunks if chunk["id"] not in valid]


def _made(text: str, reasoning: str, calls: list[Any]) -> ChatGenerationChunk:
    return call_chunk(calls, text, reasoning)
