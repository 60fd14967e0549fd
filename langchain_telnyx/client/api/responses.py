"""Responses: OpenAI's newer form of chat, whose history a Telnyx conversation can store.

API page: https://developers.telnyx.com/api-reference/openai-chat/create-an-openai-compatible-response
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypedDict, Unpack

from langchain_telnyx.client.api.chat import Chunks
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

_PATH = "/ai/openai/responses"
_LAST = {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}

Input = str | Sequence[Mapping[str, Any]]
"""The input: text, or items in OpenAI's form."""


class ResponseParameters(TypedDict, total=False):
    """The fields of the request beside `input`; `None` is not sent.

    `conversation` is the id of a Telnyx conversation: its messages are the context, and this turn
    is appended to it. `previous_response_id` is the id of a response to continue, for servers that
    store them. Newer fields of the vendor go into `extra_body`.
    """

    model: str | None
    instructions: str | None
    conversation: str | None
    previous_response_id: str | None
    include: Sequence[str] | None
    reasoning: Mapping[str, Any] | None
    tools: Sequence[Mapping[str, Any]] | None
    tool_choice: str | Mapping[str, Any] | None
    parallel_tool_calls: bool | None
    text: Mapping[str, Any] | None
    max_output_tokens: int | None
    temperature: float | None
    top_logprobs: int | None
    top_p: float | None
    region: str | None
    mode: Literal["preferred", "strict"] | None
    service_tier: str | None
    extra_body: Mapping[str, Any] | None


class Responses(Resource[M]):
    """`telnyx.responses`: OpenAI-compatible responses."""

    @endpoint
    def create(self, input: Input, **parameters: Unpack[ResponseParameters]) -> Call[ResponseBody]:  # noqa: A002 - the API's name
        """Create a response to one turn of a conversation.

        Operation: `chat_public_openai_responses_completions_post`.

        Args:
            input: The user's message, or results of tools.
            **parameters: The request's other fields.

        Returns:
            The response, in OpenAI's form: `output` items, `usage`, `status`.

        Raises:
            APIStatusError: The body is an error, or a failed response, with a status of success.
        """
        return _call(input, parameters, stream=False)

    @streaming
    def stream(
        self,
        input: Input,  # noqa: A002 - the API's name
        *,
        timeouts: StreamTimeouts | None = None,
        **parameters: Unpack[ResponseParameters],
    ) -> StreamCall[JSON]:
        """Create a response to one turn of a conversation, as a stream of events.

        Operation: `chat_public_openai_responses_completions_post` with `stream`.

        Args:
            input: The user's message, or results of tools.
            timeouts: How long to wait for the events.
            **parameters: The request's other fields.

        Returns:
            The events, in OpenAI's form, such as `response.output_text.delta`; the last one has
            the whole response.
        """
        call = _call(input, parameters, stream=True)
        return StreamCall(
            call,
            ResponseEvents,
            timeouts=timeouts or StreamTimeouts(),
            whole=lambda reply: [_last_event(_response_in(reply))],
        )


class ResponseEvents(Chunks):
    """Decodes the events of a streamed response, up to the one that ends it."""

    ending = "the response was completed"

    def _read(self, events: Iterable[bytes], *, cut: bool = False) -> list[JSON]:
        read = super()._read(events, cut=cut)
        return [_last_event(each) if _is_response(each) else each for each in read]

    def _note(self, chunk: JSON) -> None:
        kind = chunk.get("type")
        self._done = kind in _LAST or _is_response(chunk)
        if kind == "response.failed":
            self.failure = error_in_stream(chunk.get("response"))


def _call(
    input: Input,  # noqa: A002 - the API's name
    parameters: ResponseParameters,
    *,
    stream: bool,
) -> Call[Any]:
    fields = dict(parameters)
    extra = fields.pop("extra_body", None)
    spoken = input if isinstance(input, str) else list(input)
    request = {
        **omit_none(input=spoken, stream=stream or None, **fields),
        **dict(extra or {}),  # type: ignore[call-overload]  # a mapping, by its TypedDict
    }
    # A turn that is sent twice is stored in the conversation twice.
    repeatable = "conversation" not in request
    return Call(
        "POST", _PATH, check_empty if stream else _response_in, json=request, repeatable=repeatable
    )


def _response_in(reply: Reply) -> ResponseBody:
    """Return a response.

    Raises:
        APIStatusError: The body is an error, or a failed response.
    """
    body = json_object(reply)
    # The vendor's envelope, OpenAI's `error` (responses have one too), FastAPI's `detail`.
    error = body.get("errors") or body.get("error")
    if error or ("output" not in body and {"detail", "message"} & body.keys()):
        raise error_for(replace(reply, status_code=status_in(body)))
    return body


def _is_response(event: JSON) -> bool:
    """Whether it is not an event, but a whole response of a server that does not stream."""
    return "type" not in event and isinstance(event.get("output"), list)


def _last_event(body: JSON) -> JSON:
    """Return the event that ends a stream with this response."""
    return {"type": f"response.{body.get('status') or 'completed'}", "response": body}
