"""Sending and reading of chat completions; imported by the first call, not by the constructor."""

from collections.abc import Callable, Mapping
from functools import partial as partial_of
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from langchain_telnyx.chat_models.output.responses import partial_message, result
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly, with_partial
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
from langchain_telnyx.chat_models.sending.call_options import PreparedRequest
from langchain_telnyx.chat_models.sending.request_fallbacks import with_fallbacks
from langchain_telnyx.chat_models.tool_binding.wire_names import restore_names
from langchain_telnyx.client.call import ResponseBody, Steps, StreamTimeouts
from langchain_telnyx.client.redaction import Redactor

__all__ = ["assembly", "declared", "partial", "read", "with_fallbacks", "with_partial"]


def declared(calls: Any, timeouts: StreamTimeouts | None) -> Callable[..., Steps[Any]]:
    """Return a function that declares a call, or a stream, from the fields of a request body.

    Args:
        calls: The client's calls.
        timeouts: How long to wait for a stream's chunks; `None` for a whole completion.
    """
    chat = calls.chat
    made: Any = chat.create if timeouts is None else partial_of(chat.stream, timeouts=timeouts)
    return made  # type: ignore[no-any-return]  # a call, or a stream


def read(body: ResponseBody, request: PreparedRequest, think_tags: ThinkTagsOption) -> ChatResult:
    """Convert a completion to a `ChatResult`, with the original tool names.

    Args:
        body: The completion.
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
    """
    answer = result(body, request.model, think_tags=think_tags, request=request.fields)
    for each in answer.generations:
        restore_names(each.message, request.names)
    return answer


def assembly(
    headers: Mapping[str, str],
    request: PreparedRequest,
    think_tags: ThinkTagsOption,
    hides: Redactor,
) -> StreamAssembly:
    """Return the assembly of a stream.

    Args:
        headers: The headers of the response.
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
        hides: Redacts the API key.
    """
    return StreamAssembly(
        headers,
        request.model,
        think_tags=think_tags,
        request=request.fields,
        hides=hides,
        streams_json=request.options.of_streams.get("stream_json", True),
    )


def partial(
    request: PreparedRequest, think_tags: ThinkTagsOption
) -> Callable[[Any], BaseMessage | None]:
    """Return a function that reads the message in the body of an error.

    Args:
        request: The request.
        think_tags: See `ChatTelnyx.think_tags`.
    """
    return lambda body: partial_message(body, request.model, think_tags, request.fields)
