"""From the wire to LangChain's chunks, as they arrive. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessageChunk, ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_telnyx._shared.errors import as_model_error
from langchain_telnyx.chat_models.output import media
from langchain_telnyx.chat_models.output.chunks import call_chunk, reasoning_chunk, text_chunk
from langchain_telnyx.chat_models.output.metadata import (
    ABOUT,
    explain_length,
    explain_lost,
    field_of_reasoning,
    finish_shown,
    metadata_of,
    pipeline_of,
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
from langchain_telnyx.client.error_mapping import error_of_finish
from langchain_telnyx.client.errors import ResponseTooLargeError, StreamError, TelnyxError
from langchain_telnyx.client.redaction import NOTHING_HIDDEN, Redactor
from langchain_telnyx.client.surrogates import is_text, joined_in

# A text that ends so may go on as a mark.
_MAY_GO_ON = "]"
_TEXTS = frozenset({"content", "reasoning_content", "reasoning"})


class StreamAssembly:
    """Makes LangChain chunks of the chunks of one streamed completion.

    What LangChain adds up when it merges chunks (usage, model name, finish reason) is held back
    and yielded once, by `finish`. Of several answers in one stream only the first is read, as one
    message would mix their words.

    Args:
        headers: The reply's headers.
        asked_model: The model of the request, where the server names none.
        think_tags: Whether to look for reasoning in the text; see `ChatTelnyx.think_tags`.
        request: The request, which has the tools that may be called, and the schema of the answer.
        hides: Hides the key that was sent.
        streams_json: Whether JSON of a schema is given out before the answer is whole.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        asked_model: str,
        *,
        think_tags: ThinkTagsOption = False,
        request: JSON | None = None,
        hides: Redactor = NOTHING_HIDDEN,
        streams_json: bool = True,
    ) -> None:
        self._headers = headers
        self._asked_model = asked_model
        offered = OfferedTools.by(request or {})
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
        self._spoke = False
        self._wrote = False  # whether calls stood in the text
        self._texts: list[str] = []
        # What went by unread on the fast path: the last of each, and their sizes.
        self._event: JSON = {}
        self._event_size = self._choice_size = -1
        self._is_plain = self._is_reasoning_plain = False

    def feed(self, event: JSON) -> ChatGenerationChunk | None:
        """Return the chunk of an event; `None` where it has nothing to show.

        Raises:
            StreamError: The event is no chunk of a completion.
        """
        try:
            return self._feed(event)
        except (AttributeError, TypeError, ValueError) as error:
            raise StreamError(
                f"The stream carried a chunk that cannot be read: {str(event)[:200]}.", event
            ) from error

    def rest(self) -> ChatGenerationChunk | None:
        """Return what was held back until all had come, `None` where nothing was."""
        output = self._pipeline.end(has_calls=bool(self._calls), was_cut=self._finish == "length")
        if self._pipeline.original:
            self._rest.put("message", "content", self._pipeline.original)
        pieces = self._written(output)
        closing = self._calls.closing()
        if output.text:
            self._spoke = True
        explain_lost(self._asked_model, self._pipeline.lost)
        return _made(output.text, output.reasoning, _merged(pieces, closing))

    def finish(self) -> Iterator[ChatGenerationChunk]:
        """Yield the chunks after the last event; the very last one closes the message.

        Raises:
            StreamError: The engine ended the answer with an error.
        """
        if (rest := self.rest()) is not None:
            yield rest
        if (error := error_of_finish(self._finish, self._error)) is not None:
            raise error
        chunk = self.closing()
        if self._finish == "length":
            explain_length(
                chunk.message.response_metadata["model_name"],
                silent=not self._spoke,
                cut_calls=self._calls.broken(),
            )
        yield chunk

    def remains(self) -> list[ChatGenerationChunk]:
        """Return what `rest` and `closing` do, of a stream that broke off before either."""
        rest = self.rest()
        return [*([] if rest is None else [rest]), self.closing()]

    def closing(self) -> ChatGenerationChunk:
        """Return the chunk that closes the message, even where it is not whole."""
        self._rest.answer(self._event)
        self._rest.usage = self._usage
        finish = self._finish
        metadata = {**metadata_of(self._about, self._headers, self._asked_model), **self._field}
        shown = finish_shown(finish, wrote=self._wrote)
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

    def _feed(  # noqa: C901, PLR0912 - the hot path of every stream, where each call counts
        self, event: JSON
    ) -> ChatGenerationChunk | None:
        if event.get("usage"):
            # On its own, beside the finish, or grown with each chunk: the last is the total.
            self._usage = latest(self._usage, event["usage"])
        if len(event) != self._event_size:
            self._event_size = len(event)
            self._rest.answer(self._event)
            self._note(event)
        self._event = event
        choice = self._ours(event.get("choices") or ())
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
        """Keep what a choice says beside its delta."""
        self._rest.choice(choice)
        if choice.get("finish_reason"):
            self._finish = finish_of(choice)
            self._note(event)
            if choice.get("usage"):  # Moonshot's own form
                self._usage = latest(self._usage, choice["usage"])
        if choice.get("error"):
            self._error = choice["error"]

    def _note(self, event: JSON) -> None:
        """Keep what an event says of the answer."""
        self._about |= {
            name: event[name] for name in ("model", *ABOUT) if event.get(name) is not None
        }
        self._rest.answer(event)

    def _ours(self, choices: Any) -> JSON | None:
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
        self._keep_whole(delta)
        calls = call_deltas(delta)
        pieces = self._calls.add(calls) if calls else []
        pieces += self._written(output)
        if output.text or pieces:
            self._spoke = True
        if output.reasoning:
            self._field = self._field or field_of_reasoning(delta)
        self._is_plain = self._pipeline.is_plain
        self._is_reasoning_plain = self._pipeline.is_reasoning_plain
        return _made(output.text, output.reasoning, pieces)

    def _call_chunk(self, delta: JSON) -> ChatGenerationChunk | None:
        """Return the chunk that a delta with calls and nothing else means."""
        if isinstance(delta["tool_calls"], list):
            self._rest.calls(delta["tool_calls"])
        self._keep_server_tools(delta)
        pieces = self._calls.add(call_deltas(delta))
        if not pieces:
            return None
        self._spoke = True
        return call_chunk(pieces)

    def _without_repetition(self, text: str) -> str:
        """Return a message's text without what came in pieces before it."""
        before = "".join(self._texts)
        return text.removeprefix(before)

    def _written(self, output: PipelineOutput) -> list[ToolCallChunk]:
        """Return the chunks of calls that stood in the text."""
        if not output.calls:
            return []
        self._wrote = self._spoke = True
        return [self._calls.written(call) for call in output.calls]

    def _keep_whole(self, delta: JSON) -> None:
        """Keep what langchain-core cannot put together of pieces, to give it whole at the end."""
        media.collect(self._whole, delta)
        if delta.get("refusal"):
            self._spoke = True
            self._whole["refusal"] = self._whole.get("refusal", "") + delta["refusal"]
        self._keep_server_tools(delta)

    def _keep_server_tools(self, delta: JSON) -> None:
        if delta.get("tool_calls") and (used := server_tools(delta)):
            self._spoke = True
            self._whole.setdefault("server_tool_calls", []).extend(used)


def _only_text(delta: JSON) -> tuple[str, str] | None:
    """Return the one field of a delta that says something, where it is text without any mark."""
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


def _made(text: str, reasoning: str, calls: list[ToolCallChunk]) -> ChatGenerationChunk | None:
    if calls:
        return call_chunk(calls, text, reasoning)
    if reasoning:
        return reasoning_chunk(reasoning, text)
    return text_chunk(text) if text else None


def _merged(pieces: list[ToolCallChunk], closing: list[ToolCallChunk]) -> list[ToolCallChunk]:
    """Put the ends of calls to their beginnings where both are in one chunk."""
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
    """Return the error of a stream as langchain-core's too, with the message that had arrived.

    Args:
        error: The error.
        chunks: The chunks that were given out.
        assembly: What made them; `None` before the stream began.
        hides: Hides the key that was sent.
    """
    error = as_model_error(error)
    if isinstance(error, StreamError | ResponseTooLargeError) and chunks and assembly is not None:
        chunks += assembly.remains()  # so that calls that were cut are known for such
        error.partial = hides.value((chunks[0] + chunks[1:]).message)
    return error
