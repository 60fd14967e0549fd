"""Conversion of complete chat completions to LangChain messages, without I/O."""

import json
import logging
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_telnyx.chat_models.output import media
from langchain_telnyx.chat_models.output.generations import generation
from langchain_telnyx.chat_models.output.metadata import (
    final_finish_reason,
    log_length_limit,
    log_unread_markup,
    metadata_of,
    pipeline_of,
    reasoning_field,
    server_tools,
)
from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption, reasoning_of, text_of
from langchain_telnyx.chat_models.repair.choice_fields import choices_of, finish_of, message_of
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.chat_models.repair.raw_fields import RawFields
from langchain_telnyx.chat_models.repair.token_usage import usage_metadata
from langchain_telnyx.chat_models.repair.tool_call_fields import call_deltas
from langchain_telnyx.chat_models.repair.tool_calls import repair_whole_calls
from langchain_telnyx.client.call import JSON, Reply, ResponseBody
from langchain_telnyx.client.error_mapping import error_for_finish_reason
from langchain_telnyx.client.errors import APIResponseError, StreamError
from langchain_telnyx.client.redaction import NO_REDACTION
from langchain_telnyx.client.surrogates import joined_in

logger = logging.getLogger(__name__)


def result(
    body: ResponseBody,
    requested_model: str,
    *,
    think_tags: ThinkTagsOption = False,
    request: JSON | None = None,
) -> ChatResult:
    """Convert a completion to a `ChatResult` with one generation per choice.

    Args:
        body: The completion.
        requested_model: The model of the request, used if the server sends no model name.
        think_tags: Whether to read reasoning from the text; see `ChatTelnyx.think_tags`.
        request: The request body, with the tools and the schema of the answer.

    Raises:
        APIResponseError: The completion has no choices.
        StreamError: The engine ended the answer with an error; `partial` is the message.
    """
    choices = choices_of(body)
    if not choices:
        raise _unreadable(body, f"The answer of {requested_model!r} has no choices")
    usage = body.get("usage") or choices[0].get("usage")  # Moonshot's format
    metadata = metadata_of(body, body.headers, requested_model)
    generations: list[ChatGeneration] = []
    broken: StreamError | None = None
    for position, choice in enumerate(choices):
        counted = usage if position == 0 else None
        try:
            made = _generation((body, choice), metadata, counted, think_tags, request or {})
        except (AttributeError, KeyError, TypeError, ValueError) as cause:
            raise _unreadable(body, f"The answer of {requested_model!r} is invalid") from cause
        if (error := error_for_finish_reason(finish_of(choice), choice.get("error"))) is None:
            generations.append(made)
            continue
        error.partial = body.redactor.value(made.message)
        broken = broken or error
        if len(choices) > 1:
            logger.warning("Answer %d of %d is skipped: %s", position, len(choices), error)
    if broken is not None and not generations:
        raise broken
    return ChatResult(
        generations=generations,
        llm_output={
            "model_name": metadata["model_name"],
            "id": body.get("id"),
            "token_usage": usage if isinstance(usage, dict) else {},
        },
    )


def _unreadable(body: ResponseBody, what: str) -> APIResponseError:
    content = json.dumps(body)
    reply = Reply(200, dict(body.headers), content.encode(), redactor=body.redactor)
    return APIResponseError(f"{what}: {content[:300]}", reply)


def partial_message(
    body: Any, requested_model: str, think_tags: ThinkTagsOption, request: JSON
) -> BaseMessage | None:
    """Return the message in the body of an error, `None` if there is none.

    Args:
        body: The body.
        requested_model: See `result`.
        think_tags: See `result`.
        request: See `result`.
    """
    choices = choices_of(body) if isinstance(body, dict) else []
    if not choices or not message_of(choices[0]):
        return None
    metadata = metadata_of(body, {}, requested_model)
    usage = body.get("usage")
    return _generation((body, choices[0]), metadata, usage, think_tags, request).message


def _generation(
    answer: tuple[JSON, JSON],
    metadata: JSON,
    usage: Any,
    think_tags: ThinkTagsOption,
    request: JSON,
) -> ChatGeneration:
    body, choice = answer
    message, finish = message_of(choice), finish_of(choice)
    offered = OfferedTools.from_request(request)
    rest = RawFields(getattr(body, "redactor", NO_REDACTION))
    rest.answer(body)
    rest.choice(choice)
    rest.message(message)
    rest.usage = usage
    pipeline = pipeline_of(offered, think_tags, request, streams=False)
    text, thought = text_of(message)
    first = pipeline.feed(text, reasoning_of(message) + thought)
    end = pipeline.end(has_calls=bool(call_deltas(message)), was_cut=finish == "length")
    if pipeline.original:
        rest.put("message", "content", pipeline.original)
    text, written = first.text + end.text, first.calls + end.calls
    calls, invalid = repair_whole_calls(message, offered, before=first.calls, after=end.calls)
    whole: JSON = {}
    media.collect(whole, message)
    if message.get("refusal"):
        whole["refusal"] = message["refusal"]
    if used := server_tools(message):
        whole["server_tool_calls"] = used
    shown = final_finish_reason(finish, has_written_calls=bool(written))
    if shown != finish:
        rest.put("choice", "finish_reason", finish)
    metadata = {**metadata, "finish_reason": shown, **reasoning_field(message)}
    if choice.get("logprobs"):
        metadata["logprobs"] = choice["logprobs"]
    log_unread_markup(metadata["model_name"], pipeline.lost)
    if finish == "length":
        log_length_limit(
            metadata["model_name"],
            silent=not (text or calls or invalid or whole),
            cut_calls=[str(call["name"]) for call in invalid],
        )
    metadata |= rest.metadata()
    if getattr(body, "may_have_halves", True):
        whole, invalid, metadata = joined_in(whole), joined_in(invalid), joined_in(metadata)
    reasoning = first.reasoning + end.reasoning
    additional = {"reasoning_content": reasoning, **whole} if reasoning else whole
    counts = usage_metadata(usage)
    return generation(text, additional, metadata, calls=calls, invalid=invalid, usage=counts)
