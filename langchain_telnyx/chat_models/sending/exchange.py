"""What a call needs and the building of a model does not: loaded by the first call."""

from collections.abc import Callable, Mapping
from functools import partial as partial_of
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from langchain_telnyx.chat_models.output.assembly import Assembly, with_partial
from langchain_telnyx.chat_models.output.responses import partial_message, result
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
from langchain_telnyx.chat_models.sending.calls import Prepared
from langchain_telnyx.chat_models.sending.request_fallbacks import with_fallbacks
from langchain_telnyx.chat_models.tool_binding.names import restore_names
from langchain_telnyx.client.call import ResponseBody, Steps, StreamTimeouts
from langchain_telnyx.client.redaction import Redactor

__all__ = ["assembly", "declared", "partial", "read", "with_fallbacks", "with_partial"]


def declared(calls: Any, timeouts: StreamTimeouts | None) -> Callable[..., Steps[Any]]:
    """Return what makes a call, or a stream, of the fields of a request.

    Args:
        calls: The client's calls.
        timeouts: How long to wait for a stream's chunks; `None` for a whole completion.
    """
    chat = calls.chat
    made: Any = chat.create if timeouts is None else partial_of(chat.stream, timeouts=timeouts)
    return made  # type: ignore[no-any-return]  # a call, or a stream


def read(body: ResponseBody, request: Prepared, think_tags: ThinkTagsOption) -> ChatResult:
    """Return a completion as LangChain's result, with the tools' own names.

    Args:
        body: The completion.
        request: What it answers.
        think_tags: See `ChatTelnyx.think_tags`.
    """
    answer = result(body, request.model, think_tags=think_tags, request=request.fields)
    for each in answer.generations:
        restore_names(each.message, request.names)
    return answer


def assembly(
    headers: Mapping[str, str], request: Prepared, think_tags: ThinkTagsOption, hides: Redactor
) -> Assembly:
    """Return what puts a stream together.

    Args:
        headers: The headers of the response.
        request: What it answers.
        think_tags: See `ChatTelnyx.think_tags`.
        hides: Hides the key that was sent.
    """
    return Assembly(
        headers,
        request.model,
        think_tags=think_tags,
        request=request.fields,
        hides=hides,
        streams_json=request.options.of_streams.get("stream_json", True),
    )


def partial(request: Prepared, think_tags: ThinkTagsOption) -> Callable[[Any], BaseMessage | None]:
    """Return what finds the message in the body of an error.

    Args:
        request: What it answers.
        think_tags: See `ChatTelnyx.think_tags`.
    """
    return lambda body: partial_message(body, request.model, think_tags, request.fields)
