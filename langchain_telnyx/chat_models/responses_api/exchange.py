"""Sending and reading of responses, like `sending.exchange`; imported by the first call."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx.chat_models.output.stream_assembly import with_partial
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
from langchain_telnyx.chat_models.responses_api.assembly import (
    ItemAssembly,
    partial_message,
    result,
)
from langchain_telnyx.chat_models.responses_api.decoding import (
    ChatBody,
    ChatDecoder,
    chat_body,
    chunks_of,
)
from langchain_telnyx.chat_models.responses_api.request import to_responses
from langchain_telnyx.chat_models.sending import request_fallbacks
from langchain_telnyx.chat_models.sending.call_options import PreparedRequest
from langchain_telnyx.chat_models.tool_binding.wire_names import restore_names
from langchain_telnyx.client.call import JSON, Call, Flow, Steps, StreamCall, StreamTimeouts
from langchain_telnyx.client.errors import (
    APIStatusError,
    BadRequestError,
    ContextOverflowError,
    NotFoundError,
    PreviousTurnNotFoundError,
    UnprocessableEntityError,
)
from langchain_telnyx.client.redaction import Redactor

__all__ = ["assembly", "declared", "partial", "read", "with_fallbacks", "with_partial"]

_NOT_FOUND = 404
_GONE = re.compile(
    r"not (?:be )?found|does not exist|no such|unknown|expired|deleted|finds nothing|not kept"
    r"|not stored|invalid",
    re.IGNORECASE,
)
_OF_PREVIOUS = re.compile(r"previous[_ ]response|response with id", re.IGNORECASE)
_OF_CONVERSATION = re.compile(r"conversation", re.IGNORECASE)
_OF_MODEL = re.compile(r"\bmodel\b", re.IGNORECASE)


def declared(calls: Any, timeouts: StreamTimeouts | None) -> Callable[..., Steps[Any]]:
    """Return a function that declares a call, or a stream, from the fields of a chat request.

    Args:
        calls: The client's calls.
        timeouts: How long to wait for a stream's events; `None` for a whole response.
    """
    responses = calls.responses

    def declare(**request: Any) -> Steps[Any]:
        fields = to_responses(request)
        items = fields.pop("input")
        steps: Any
        if timeouts is None:
            steps = responses.create(items, **fields)
        else:
            steps = responses.stream(items, timeouts=timeouts, **fields)
        return _as_chat(steps)

    return declare


def with_fallbacks(
    declare: Callable[..., Steps[Any]],
    request: JSON,
    capabilities: CapabilityCache,
    *,
    streams: bool = False,
) -> Flow[Any]:
    """Send a request; see `request_fallbacks.with_fallbacks`.

    Args:
        declare: Declares the call, or the stream, from the fields of a request body.
        request: The request body.
        capabilities: The capabilities of the server's models.
        streams: Whether the answer is streamed.

    Raises:
        PreviousTurnNotFoundError: The service does not have the previous response or conversation.
    """
    try:
        return (
            yield from request_fallbacks.with_fallbacks(
                declare, request, capabilities, streams=streams
            )
        )
    except (NotFoundError, BadRequestError, UnprocessableEntityError) as error:
        if isinstance(error, ContextOverflowError):
            raise
        raise _explained(error, request) from error.__cause__


def read(body: ChatBody, request: PreparedRequest, think_tags: ThinkTagsOption) -> ChatResult:
    """Convert a response to a `ChatResult`, with the original tool names.

    Args:
        body: The response.
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
    """
    answer = result(body, request, think_tags)
    for each in answer.generations:
        restore_names(each.message, request.names)
    return answer


def assembly(
    headers: Mapping[str, str],
    request: PreparedRequest,
    think_tags: ThinkTagsOption,
    hides: Redactor,
) -> ItemAssembly:
    """Return the assembly of a stream.

    Args:
        headers: The headers of the response.
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
        hides: Redacts the API key.
    """
    return ItemAssembly(headers, request, think_tags, hides)


def partial(
    request: PreparedRequest, think_tags: ThinkTagsOption
) -> Callable[[Any], BaseMessage | None]:
    """Return a function that reads the message in the body of an error.

    Args:
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
    """

    def found(body: Any) -> BaseMessage | None:
        if not isinstance(body, dict) or not body.get("output"):
            return None
        return partial_message(chunks_of(body), request, think_tags)

    return found


def _as_chat(steps: Any) -> Steps[Any]:
    match steps:
        case StreamCall(decoder=decoder, whole=whole):
            return replace(
                steps,
                decoder=lambda: ChatDecoder(decoder()),
                whole=whole and (lambda reply: _in_chunks(whole(reply))),
            )
        case Call(decode=decode):
            return replace(steps, decode=lambda reply: chat_body(decode(reply)))
    return steps  # type: ignore[no-any-return]  # not ours to read


def _in_chunks(events: list[JSON]) -> list[JSON]:
    return [chunk for event in events for chunk in chunks_of(event["response"])]


def _explained(error: APIStatusError, request: JSON) -> APIStatusError:
    """Convert a refusal to `PreviousTurnNotFoundError` if the service has no such response."""
    text = f"{error.title} {error.detail} {error.body}"
    missing = error.status_code == _NOT_FOUND and not _OF_MODEL.search(text)
    previous, conversation = request.get("previous_response_id"), request.get("conversation")
    if previous and (missing or (_OF_PREVIOUS.search(text) and _GONE.search(text))):
        return PreviousTurnNotFoundError(
            f"{error.message} The service does not store the response {previous!r}: send "
            f"the messages of the thread without `previous_response_id` and "
            f"`use_previous_response_id`, or store the thread in a `conversation`.",
            error.response,
        )
    if conversation and (missing or (_OF_CONVERSATION.search(text) and _GONE.search(text))):
        return PreviousTurnNotFoundError(
            f"{error.message} The service has no conversation {conversation!r}: create one with "
            f"`Telnyx().conversations.create()`, pass its `id` as `conversation`, and send the "
            f"earlier messages again.",
            error.response,
        )
    return error
