"""Chat completions: whole or streamed, on the current path and the deprecated one.

API page: https://developers.telnyx.com/api-reference/chat/create-a-chat-completion
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypedDict, Unpack

from pydantic_core import from_json

from langchain_telnyx.client.call import (
    JSON,
    Call,
    Reply,
    ResponseBody,
    StreamCall,
    StreamTimeouts,
    omit_none,
)
from langchain_telnyx.client.decode import check_empty, json_object
from langchain_telnyx.client.endpoint import M, Resource, endpoint, streaming
from langchain_telnyx.client.error_mapping import error_for, error_in_stream, status_in
from langchain_telnyx.client.errors import StreamError, TelnyxError
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.sse import Events

_PATH = "/ai/openai/chat/completions"
_DEPRECATED_PATH = "/ai/chat/completions"


class ChatParameters(TypedDict, total=False):
    """Every documented field of the request beside `messages`; `None` is not sent.

    Newer fields of the vendor go into `extra_body`.
    """

    model: str | None
    temperature: float | None
    top_p: float | None
    min_p: float | None
    max_tokens: int | None
    max_completion_tokens: int | None
    n: int | None
    stop: str | Sequence[str] | None
    seed: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    logit_bias: Mapping[str, float] | None
    logprobs: bool | None
    top_logprobs: int | None
    use_beam_search: bool | None
    best_of: int | None
    length_penalty: float | None
    early_stopping: bool | None
    tools: Sequence[Mapping[str, Any]] | None
    tool_choice: Literal["none", "auto", "required"] | None
    parallel_tool_calls: bool | None
    response_format: Mapping[str, Any] | None
    guided_json: Mapping[str, Any] | None
    guided_regex: str | None
    guided_choice: Sequence[str] | None
    enable_thinking: bool | None
    reasoning_effort: str | None
    api_key_ref: str | None
    service_tier: str | None
    region: str | None
    mode: Literal["preferred", "strict"] | None
    stream_options: Mapping[str, Any] | None
    extra_body: Mapping[str, Any] | None


class Chat(Resource[M]):
    """`telnyx.chat`: chat completions."""

    @endpoint
    def create(
        self, messages: Iterable[Mapping[str, Any]], **parameters: Unpack[ChatParameters]
    ) -> Call[ResponseBody]:
        """Create a chat completion.

        Operation: `create_openai_chat_completion`.

        Args:
            messages: The conversation, in OpenAI's form.
            **parameters: The request's other fields.

        Returns:
            The completion, in OpenAI's form: `choices`, `usage`, `model`.
        """
        return _completion(_PATH, messages, parameters)

    @streaming
    def stream(
        self,
        messages: Iterable[Mapping[str, Any]],
        *,
        timeouts: StreamTimeouts | None = None,
        **parameters: Unpack[ChatParameters],
    ) -> StreamCall[JSON]:
        """Create a chat completion as a stream of chunks.

        Operation: `create_openai_chat_completion` with `stream`.

        Args:
            messages: The conversation, in OpenAI's form.
            timeouts: How long to wait for the chunks.
            **parameters: The request's other fields.

        Returns:
            The chunks, in OpenAI's form. A chunk with usage may have no choices.
        """
        return _stream(_PATH, messages, parameters, timeouts)

    @endpoint
    def create_deprecated(
        self, messages: Iterable[Mapping[str, Any]], **parameters: Unpack[ChatParameters]
    ) -> Call[ResponseBody]:
        """Create a chat completion on the deprecated path.

        Operation: `chat_public_chat_completions_post`.

        Args:
            messages: The conversation, in OpenAI's form.
            **parameters: The request's other fields.
        """
        return _completion(_DEPRECATED_PATH, messages, parameters)

    @streaming
    def stream_deprecated(
        self,
        messages: Iterable[Mapping[str, Any]],
        *,
        timeouts: StreamTimeouts | None = None,
        **parameters: Unpack[ChatParameters],
    ) -> StreamCall[JSON]:
        """Create a chat completion as a stream of chunks, on the deprecated path.

        Operation: `chat_public_chat_completions_post` with `stream`.

        Args:
            messages: The conversation, in OpenAI's form.
            timeouts: How long to wait for the chunks.
            **parameters: The request's other fields.
        """
        return _stream(_DEPRECATED_PATH, messages, parameters, timeouts)


# The first bytes of a body, which show whether it is a stream.
_BEGINNING = 1024


class Chunks:
    """Decodes the chunks of a streamed completion; see `Decoder`.

    A completion is complete when every choice has its `finish_reason`, or at `[DONE]`.

    Attributes:
        ending: The end of a complete response, for the error of another one.
    """

    ending = "a finish reason or [DONE] arrived"

    def __init__(self) -> None:
        self.failure: TelnyxError | None = None
        self._events = Events()
        # The beginning of a body that is not a stream.
        self._whole: bytearray | None = bytearray()
        self._done = False
        self._begun: set[int] = set()
        self._finished: set[int] = set()

    @property
    def done(self) -> bool:
        """Whether `[DONE]` has arrived."""
        return self._done

    @property
    def complete(self) -> bool:
        """Whether the response is complete."""
        return self._done or (bool(self._finished) and self._begun <= self._finished)

    def feed(self, data: bytes) -> list[JSON]:
        """Return the chunks that `data` completes."""
        if self._whole is not None:
            self._whole += data
            if not (begin := self._whole[:_BEGINNING].lstrip()) or begin.startswith(b"{"):
                return []  # one JSON object, from a server that does not stream
            data, self._whole = bytes(self._whole), None
        return self._read(self._events.feed(data))

    def end(self) -> list[JSON]:
        """Return a last chunk that was not closed by a blank line."""
        last = [bytes(self._whole)] if self._whole else self._events.end()
        self._whole = None
        chunks = self._read(last, cut=True)
        if not self.complete and self.failure is None:
            self.failure = StreamError(
                f"The response ended in the middle: the connection closed before {self.ending}. "
                "Items before that are valid. Send the request again."
            )
        return chunks

    def _read(self, events: Iterable[bytes], *, cut: bool = False) -> list[JSON]:
        chunks: list[JSON] = []
        for event in events:
            if self._done or self.failure is not None:
                break
            if event == b"[DONE]":
                self._done = True
                break
            try:
                chunk = _parsed(event)
                if _is_error(chunk):
                    self.failure = error_in_stream(chunk)
                    break
                if (error := _error_of_choice(chunk)) is not None:
                    self.failure = error_in_stream(error)
                    if _says_something(chunk):
                        chunks.append(chunk)
                    break
                self._note(chunk)
            except (ValueError, TypeError, AttributeError):
                if not cut:  # half an event means that the connection has ended
                    self.failure = StreamError(
                        f"The stream contains an event that is not a chunk: {event[:200]!r}.",
                        event.decode("utf-8", "replace"),
                    )
                break
            chunks.append(chunk)
        return chunks

    def _note(self, chunk: JSON) -> None:
        for choice in chunk.get("choices") or ():
            if choice is None:
                continue
            index = choice.get("index") or 0
            self._begun.add(index)
            if choice.get("finish_reason"):
                self._finished.add(index)


def _parsed(event: bytes) -> JSON:
    try:
        chunk: JSON = from_json(event)
    except ValueError:
        # Half of a character; the other half is in the next event.
        chunk = loads(event)
    return chunk


def _completion_in(reply: Reply) -> ResponseBody:
    """Return a completion.

    Raises:
        APIStatusError: The body is an error, or its only choices are, with a status of success.
        ValueError: The body is not a completion.
    """
    body = json_object(reply)
    error = body if _is_error(body) else _error_of_choice(body)
    if error is not None:
        content = json.dumps(error).encode()
        raise error_for(replace(reply, status_code=status_in(error), content=content))
    if not isinstance(body.get("choices"), list):
        raise ValueError("it has no list of `choices`")  # noqa: TRY004 - as other odd bodies
    return body


def _error_of_choice(body: JSON) -> JSON | None:
    """Return a body with the error in its first choice, `None` if there is none."""
    choices = body.get("choices") or ()
    first = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    error = first.get("error") if isinstance(first, dict) else None
    if not error:
        return None
    return {**body, "error": error if isinstance(error, dict) else {"message": error}}


def _says_something(chunk: JSON) -> bool:
    first = chunk["choices"][0]
    delta = first.get("delta") or first.get("message") or {}
    return bool(chunk.get("usage")) or any(value for name, value in delta.items() if name != "role")


def _is_error(chunk: JSON) -> bool:
    # The vendor's envelope, OpenAI's object, FastAPI's `detail`, an engine's bare `message`.
    error = chunk.get("errors") or chunk.get("error")
    return bool(error) or ("choices" not in chunk and bool({"detail", "message"} & chunk.keys()))


def _completion(
    path: str, messages: Iterable[Mapping[str, Any]], parameters: ChatParameters
) -> Call[ResponseBody]:
    return Call("POST", path, _completion_in, json=_request(messages, parameters), repeatable=True)


def _stream(
    path: str,
    messages: Iterable[Mapping[str, Any]],
    parameters: ChatParameters,
    timeouts: StreamTimeouts | None,
) -> StreamCall[JSON]:
    request = {**_request(messages, parameters), "stream": True}
    call = Call("POST", path, check_empty, json=request, repeatable=True)
    return StreamCall(
        call,
        Chunks,
        timeouts=timeouts or StreamTimeouts(),
        whole=lambda reply: [_completion_in(reply)],
    )


def _request(messages: Iterable[Mapping[str, Any]], parameters: ChatParameters) -> JSON:
    fields = dict(parameters)
    extra = fields.pop("extra_body", None)
    return {**omit_none(messages=list(messages), **fields), **dict(extra or {})}  # type: ignore[call-overload]  # a mapping, by its TypedDict
