"""Conversion of a streamed completion to LangChain chunks, without I/O."""

from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessageChunk, ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_telnyx._shared.errors import as_model_error
from langchain_telnyx.chat_models.output import media
from langchain_telnyx.chat_models.output.chunks import call_chunk, reasoning_chunk, text_chunk
from langchain_telnyx.chat_models.output.metadata import (
    ABOUT,
    final_finish_reason,
    log_length_limit,
    log_unread_markup,
    metadata_of,
    pipeline_of,
    reasoning_field,
    server_tools,
)
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption, reasoning_of, text_of
from langchain_telnyx.chat_models.repair.choice_fields import choices_of, delta_of, finish_of
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.chat_models.repair.pipeline import PipelineOutput
from langchain_telnyx.chat_models.repair.raw_fields import RawFields
from langchain_telnyx.chat_models.repair.token_usage import latest, usage_metadata
from langchain_telnyx.chat_models.repair.tool_call_fields import call_deltas
from langchain_telnyx.chat_models.repair.tool_calls import ToolCallRepair
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.error_mapping import error_for_finish_reason
from langchain_telnyx.client.errors import ResponseTooLargeError, StreamError, TelnyxError
from langchain_telnyx.client.redaction import NO_REDACTION, Redactor
from langchain_telnyx.client.surrogates import is_text, joined_in

# The next piece may complete a mark that begins so.
_MAY_GO_ON = "]"
_TEXTS = frozenset({"content", "reasoning_content", "reasoning"})


class StreamAssembly:
    """Converts the chunks of one streamed completion to LangChain chunks.

    `finish` yields usage, model name and finish reason once, because LangChain adds them up when it
    merges chunks. Of several answers in one stream only the first is read, because they would be
    mixed in one message.

    Args:
        headers: The headers of the response.
        requested_model: The model of the request, used if the server sends no model name.
        think_tags: Whether to read reasoning from the text; see `ChatTelnyx.think_tags`.
        request: The request body, with the tools and the schema of the answer.
        hides: Redacts the API key.
        streams_json: Whether to yield JSON of a schema before the answer is complete.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        requested_model: str,
        *,
        think_tags: ThinkTagsOption = False,
        request: JSON | None = None,
        hides: Redactor = NO_REDACTION,
        streams_json: bool = True,
    ) -> None:
        self._headers = headers
        self._requested_model = requested_model
        offered = OfferedTools.from_request(request or {})
        self._pipeline = pipeline_of(offered, think_tags, request or {}, streams=streams_json)
        self._calls = ToolCallRepair(offered)
        self._choice: Any = None
        self._usage: JSON | None = None
        self._about: JSON = {}
        self._finish: Any = None
        self._error: Any = None
        self._logprobs: JSON = {}
        self._field: JSON = {}
        self._whole: JSON = {}
        self._rest = RawFields(hides)
        self._has_content = False
        self._has_written_calls = False  # whether the text contained calls
        self._texts: list[str] = []
        # The last event, and the sizes of event and choice: the fast path skips those of equal
        # size.
        self._event: JSON = {}
        self._event_size = self._choice_size = -1
        self._is_plain = self._is_reasoning_plain = False

    def feed(self, event: JSON) -> ChatGenerationChunk | None:
        """Return the chunk of an event; `None` if it has no content.

        Raises:
            StreamError: The event is not a chunk of a completion.
        """
        try:
            return self._feed(event)
        except (AttributeError, TypeError, ValueError) as error:
            raise StreamError(
                f"The stream contains a chunk that cannot be read: {str(event)[:200]}.", event
            ) from error

    def rest(self) -> ChatGenerationChunk | None:
        """Return the buffered rest of the answer, `None` if there is none."""
        output = self._pipeline.end(has_calls=bool(self._calls), was_cut=self._finish == "length")
        if self._pipeline.original:
            self._rest.put("message", "content", self._pipeline.original)
        pieces = self._written(output)
        closing = self._calls.closing()
        if output.text:
            self._has_content = True
        log_unread_markup(self._requested_model, self._pipeline.lost)
        return _to_chunk(output.text, output.reasoning, _merge_call_ends(pieces, closing))

    def finish(self) -> Iterator[ChatGenerationChunk]:
        """Yield the chunks after the last event; the last one ends the message.

        Raises:
            StreamError: The engine ended the answer with an error.
        """
        if (rest := self.rest()) is not None:
            yield rest
        if (error := error_for_finish_reason(self._finish, self._error)) is not None:
            raise error
        chunk = self.closing()
        if self._finish == "length":
            log_length_limit(
                chunk.message.response_metadata["model_name"],
                silent=not self._has_content,
                cut_calls=self._calls.broken(),
            )
        yield chunk

    def partial_chunks(self) -> list[ChatGenerationChunk]:
        """Return the results of `rest` and `closing` for a stream that ended early."""
        rest = self.rest()
        return [*([] if rest is None else [rest]), self.closing()]

    def closing(self) -> ChatGenerationChunk:
        """Return the chunk that ends the message, even if it is incomplete."""
        self._rest.answer(self._event)
        self._rest.usage = self._usage
        finish = self._finish
        metadata = {**metadata_of(self._about, self._headers, self._requested_model), **self._field}
        shown = final_finish_reason(finish, has_written_calls=self._has_written_calls)
        if shown is not None:
            metadata["finish_reason"] = shown
        if shown != finish:
            self._rest.put("choice", "finish_reason", finish)
        if self._logprobs:
            metadata["logprobs"] = self._logprobs
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                additional_kwargs=joined_in(self._whole),
                response_metadata=joined_in({**metadata, **self._rest.metadata()}),
                usage_metadata=usage_metadata(self._usage),
                chunk_position="last",
            ),
            generation_info=None,
        )

    def _feed(  # noqa: C901, PLR0912 - the hot path of every stream, where each call costs time
        self, event: JSON
    ) -> ChatGenerationChunk | None:
        if event.get("usage"):
            # In an event of its own, with the finish reason, or in each chunk: the last is the
            # total.
            self._usage = latest(self._usage, event["usage"])
        if len(event) != self._event_size:
            self._event_size = len(event)
            self._rest.answer(self._event)
            self._note(event)
        self._event = event
        choice = self._first_choice(event.get("choices") or ())
        if choice is None:
            return None
        if len(choice) != self._choice_size or choice.get("finish_reason"):
            self._choice_size = len(choice)
            self._note_choice(choice, event)
        if choice.get("logprobs"):
            for name, tokens in choice["logprobs"].items():
                if tokens:
                    self._logprobs.setdefault(name, []).extend(tokens)
        delta = choice.get("delta")
        if delta and self._is_plain and len(delta) == 1:
            text = delta.get("content")
            if (
                text
                and type(text) is str
                and "<" not in text
                and not text.endswith(_MAY_GO_ON)
                and (text.isascii() or is_text(text))
            ):
                self._texts.append(text)
                return text_chunk(text)
        if delta and (self._is_plain or self._is_reasoning_plain) and (found := _only_text(delta)):
            name, text = found
            if name == "content":
                if self._is_plain:
                    self._texts.append(text)
                    return text_chunk(text)
            elif self._is_reasoning_plain:
                return reasoning_chunk(text)
        delta, is_whole = delta_of(choice)
        return self._chunk(delta, is_whole=is_whole) if delta else None

    def _note_choice(self, choice: JSON, event: JSON) -> None:
        """Store the fields of a choice other than its delta."""
        self._rest.choice(choice)
        if choice.get("finish_reason"):
            self._finish = finish_of(choice)
            self._note(event)
            if choice.get("usage"):  # Moonshot's format
                self._usage = latest(self._usage, choice["usage"])
        if choice.get("error"):
            self._error = choice["error"]

    def _note(self, event: JSON) -> None:
        """Store the fields of an event that describe the answer."""
        self._about |= {
            name: event[name] for name in ("model", *ABOUT) if event.get(name) is not None
        }
        self._rest.answer(event)

    def _first_choice(self, choices: Any) -> JSON | None:
        for choice in choices if isinstance(choices, list) else choices_of({"choices": choices}):
            if choice is None:
                continue
            index = choice.get("index") or 0
            if self._choice is None:
                self._choice = index
            if index == self._choice:
                return choice
        return None

    def _chunk(self, delta: JSON, *, is_whole: bool) -> ChatGenerationChunk | None:
        if len(delta) == 1 and "tool_calls" in delta:
            return self._call_chunk(delta)
        text, thought = text_of(delta)
        if text:
            if is_whole:
                text = self._without_repetition(text)
            self._texts.append(text)
        output = self._pipeline.feed(text, reasoning_of(delta) + thought)
        self._rest.message(delta)
        self._add_whole_fields(delta)
        calls = call_deltas(delta)
        pieces = self._calls.add(calls) if calls else []
        pieces += self._written(output)
        if output.text or pieces:
            self._has_content = True
        if output.reasoning:
            self._field = self._field or reasoning_field(delta)
        self._is_plain = self._pipeline.is_plain
        self._is_reasoning_plain = self._pipeline.is_reasoning_plain
        return _to_chunk(output.text, output.reasoning, pieces)

    def _call_chunk(self, delta: JSON) -> ChatGenerationChunk | None:
        """Return the chunk of a delta that has tool calls only."""
        if isinstance(delta["tool_calls"], list):
            self._rest.calls(delta["tool_calls"])
        self._add_server_tools(delta)
        pieces = self._calls.add(call_deltas(delta))
        if not pieces:
            return None
        self._has_content = True
        return call_chunk(pieces)

    def _without_repetition(self, text: str) -> str:
        """Return the text of a complete message without the pieces that came before."""
        before = "".join(self._texts)
        return text.removeprefix(before)

    def _written(self, output: PipelineOutput) -> list[ToolCallChunk]:
        """Return the chunks of calls in the text."""
        if not output.calls:
            return []
        self._has_written_calls = self._has_content = True
        return [self._calls.written_call(call) for call in output.calls]

    def _add_whole_fields(self, delta: JSON) -> None:
        """Accumulate fields that langchain-core cannot merge, for the last chunk."""
        media.collect(self._whole, delta)
        if delta.get("refusal"):
            self._has_content = True
            self._whole["refusal"] = self._whole.get("refusal", "") + delta["refusal"]
        self._add_server_tools(delta)

    def _add_server_tools(self, delta: JSON) -> None:
        if delta.get("tool_calls") and (used := server_tools(delta)):
            self._has_content = True
            self._whole.setdefault("server_tool_calls", []).extend(used)


def _only_text(delta: JSON) -> tuple[str, str] | None:
    """Return the only field of a delta with a value, if it is text without a mark."""
    found = text = ""
    for name, value in delta.items():
        if value is None or value == "" or name == "role":
            continue
        if text or name not in _TEXTS or type(value) is not str:
            return None
        found, text = name, value
    if text and "<" not in text and not text.endswith(_MAY_GO_ON) and is_text(text):
        return found, text
    return None


def _to_chunk(text: str, reasoning: str, calls: list[ToolCallChunk]) -> ChatGenerationChunk | None:
    if calls:
        return call_chunk(calls, text, reasoning)
    if reasoning:
        return reasoning_chunk(reasoning, text)
    return text_chunk(text) if text else None


def _merge_call_ends(
    pieces: list[ToolCallChunk], closing: list[ToolCallChunk]
) -> list[ToolCallChunk]:
    """Append the ends of calls to their beginnings in the same chunk."""
    by_index = {piece["index"]: piece for piece in pieces}
    for end in closing:
        if (piece := by_index.get(end["index"])) is None:
            pieces.append(end)
        else:
            piece["args"] = (piece["args"] or "") + (end["args"] or "")
    return pieces


def with_partial(
    error: TelnyxError,
    chunks: list[ChatGenerationChunk],
    assembly: StreamAssembly | None,
    hides: Redactor,
) -> TelnyxError:
    """Return a stream error as langchain-core's class, with the message so far.

    Args:
        error: The error.
        chunks: The chunks so far.
        assembly: The assembly of the stream; `None` before the stream begins.
        hides: Redacts the API key.
    """
    error = as_model_error(error)
    if isinstance(error, StreamError | ResponseTooLargeError) and chunks and assembly is not None:
        chunks += assembly.partial_chunks()  # so that truncated calls are invalid calls
        error.partial = hides.value((chunks[0] + chunks[1:]).message)
    return error
