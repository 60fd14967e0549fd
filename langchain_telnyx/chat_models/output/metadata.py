"""Metadata and log messages of answers, complete or streamed."""

import logging
from collections.abc import Mapping, Sequence

from langchain_telnyx.chat_models.output.standard_blocks import PROVIDER
from langchain_telnyx.chat_models.output.thinking import ThinkTags, ThinkTagsOption
from langchain_telnyx.chat_models.repair.engines.harmony import is_used_by
from langchain_telnyx.chat_models.repair.json_only import JSONOnly
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.chat_models.repair.pipeline import Pipeline
from langchain_telnyx.chat_models.repair.tool_call_fields import is_server_tool
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.error_details import rate_limit

logger = logging.getLogger(__name__)

ABOUT = ("id", "system_fingerprint", "service_tier", "region")
_FINISHED = "stop"


def pipeline_of(
    offered: OfferedTools, think_tags: ThinkTagsOption, request: JSON, *, streams: bool
) -> Pipeline:
    """Return the pipeline for the text of one answer."""
    tags = ThinkTags(opened=think_tags == "opened") if think_tags else None
    json_only = JSONOnly.for_request(request, streams=streams)
    return Pipeline(offered, tags, json_only, has_words=is_used_by(request.get("model")))


def final_finish_reason(finish: object, *, has_written_calls: bool) -> object:
    """Return the finish reason of an answer, `tool_calls` if the text contained calls.

    Args:
        finish: The finish reason of the server.
        has_written_calls: Whether the text contained calls that the engine did not parse.
    """
    return "tool_calls" if has_written_calls and finish == _FINISHED else finish


def reasoning_field(message: JSON) -> JSON:
    """Return the field name of reasoning, if it is not the documented one, for replays."""
    undocumented = message.get("reasoning") and not message.get("reasoning_content")
    return {"reasoning_field": "reasoning"} if undocumented else {}


def server_tools(message: JSON) -> list[JSON]:
    """Return the calls of server-side tools, as the server sent them."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return []
    return [call for call in calls if isinstance(call, dict) and is_server_tool(call)]


def log_length_limit(model: str, *, silent: bool, cut_calls: Sequence[str]) -> None:
    """Log a warning about an answer that reached `max_tokens` before it was usable."""
    # Not an error, because the reasoning, the token counts and the finish reason are still useful.
    if silent:
        logger.warning(
            "The answer of %r is empty: reasoning used up the output tokens. Increase "
            "`max_tokens`, or reduce `reasoning_effort`.",
            model,
        )
    for name in cut_calls:
        logger.warning(
            "The call of %r by %r is truncated by the limit of output tokens. Increase "
            "`max_tokens`, and do not run the call.",
            name,
            model,
        )


def log_unread_markup(model: str, lost: Sequence[str]) -> None:
    """Log a warning about markup of tool calls that remains text."""
    if lost:
        logger.warning(
            "The answer of %r contains markup of tool calls that remains text, because it is "
            "invalid or names a tool that is not in the request: %r",
            model,
            lost[0],
        )


def metadata_of(body: JSON, headers: Mapping[str, str], requested_model: str) -> JSON:
    """Return the metadata of an answer."""
    metadata: JSON = {
        "model_name": body.get("model") or requested_model,
        "model_provider": PROVIDER,
    }
    for name in ABOUT:
        if body.get(name) is not None:
            metadata[name] = body[name]
    if request_id := headers.get("x-request-id"):
        metadata["request_id"] = request_id
    if limits := rate_limit(headers):
        metadata["rate_limit"] = limits
    return metadata
