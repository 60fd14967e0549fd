"""Responses: OpenAI's newer form of chat, whose history a Telnyx conversation can keep.

API page: https://developers.telnyx.com/api-reference/openai-chat/create-an-openai-compatible-response
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from langchain_telnyx.client.api.chat import Chunks
from langchain_telnyx.client.call import JSON, Body, Call, StreamCall, given
from langchain_telnyx.client.decode import json_object, nothing
from langchain_telnyx.client.endpoint import M, Resource, endpoint, streaming
from langchain_telnyx.client.refusals import error_in_stream

_PATH = "/ai/openai/responses"
_LAST = {"response.completed", "response.incomplete", "response.failed"}

Input = str | Sequence[Mapping[str, Any]]
"""What the user says: text, or items in OpenAI's form."""


class ResponseParameters(TypedDict, total=False):
    """The fields of the request beside `input`; `None` is not sent.

    `conversation` is the id of a Telnyx conversation: what it holds is read as context, and this
    turn is appended to it. What the vendor adds later goes into `extra_body`.
    """

    model: str | None
    instructions: str | None
    conversation: str | None
    reasoning: Mapping[str, Any] | None
    tools: Sequence[Mapping[str, Any]] | None
    tool_choice: str | Mapping[str, Any] | None
    parallel_tool_calls: bool | None
    text: Mapping[str, Any] | None
    max_output_tokens: int | None
    temperature: float | None
    top_p: float | None
    region: str | None
    mode: Literal["preferred", "strict"] | None
    service_tier: str | None
    extra_body: Mapping[str, Any] | None


class Responses(Resource[M]):
    """`telnyx.responses`: OpenAI-compatible responses."""

    @endpoint
    def create(self, input: Input, **parameters: Unpack[ResponseParameters]) -> Call[Body]:  # noqa: A002 - the wire's own word
        """Answer one turn of a conversation.

        Operation: `chat_public_openai_responses_completions_post`.

        Args:
            input: What the user says, or what tools returned.
            **parameters: The request's other fields.

        Returns:
            The response, in OpenAI's form: `output` items, `usage`, `status`.
        """
        return _call(input, parameters, stream=False)

    @streaming
    def stream(self, input: Input, **parameters: Unpack[ResponseParameters]) -> StreamCall[JSON]:  # noqa: A002 - the wire's own word
        """Answer one turn of a conversation in events, as it is made.

        Operation: `chat_public_openai_responses_completions_post` with `stream`.

        Args:
            input: What the user says, or what tools returned.
            **parameters: The request's other fields.

        Returns:
            The events, in OpenAI's form, such as `response.output_text.delta`; the last one holds
            the whole response.
        """
        call = _call(input, parameters, stream=True)
        return StreamCall(call, ResponseEvents)


class ResponseEvents(Chunks):
    """Reads the events of a streamed response, up to the one that ends it."""

    ending = "the response was completed"

    def _note(self, chunk: JSON) -> None:
        kind = chunk.get("type")
        self._done = kind in _LAST
        if kind == "response.failed":
            self.failure = error_in_stream(chunk.get("response"))


def _call(
    input: Input,  # noqa: A002 - the wire's own word
    parameters: ResponseParameters,
    *,
    stream: bool,
) -> Call[Any]:
    fields = dict(parameters)
    extra = fields.pop("extra_body", None)
    spoken = input if isinstance(input, str) else list(input)
    request = {
        **given(input=spoken, stream=stream or None, **fields),
        **dict(extra or {}),  # type: ignore[call-overload]  # a mapping, by its TypedDict
    }
    # Sent twice, a turn would stand in the conversation twice.
    repeatable = "conversation" not in request
    return Call(
        "POST", _PATH, nothing if stream else json_object, json=request, repeatable=repeatable
    )
