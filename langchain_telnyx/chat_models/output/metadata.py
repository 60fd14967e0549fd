"""What whole answers and streams have in common beside their text: metadata, and what is logged."""

import logging
from collections.abc import Mapping, Sequence

from langchain_telnyx.chat_models.output.chunks import PROVIDER
from langchain_telnyx.chat_models.output.thinking import ThinkTags, ThinkTagsOption
from langchain_telnyx.chat_models.repair.engines.harmony import is_spoken_by
from langchain_telnyx.chat_models.repair.json_only import JSONOnly
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.chat_models.repair.pipeline import Pipeline
from langchain_telnyx.chat_models.repair.tool_call_fields import is_servers
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.error_details import rate_limit

logger = logging.getLogger(__name__)

ABOUT = ("id", "system_fingerprint", "service_tier", "region")
_FINISHED = "stop"


def pipeline_of(
    offered: OfferedTools, think_tags: ThinkTagsOption, request: JSON, *, streams: bool
) -> Pipeline:
    """Return what reads the text of one answer."""
    tags = ThinkTags(opened=think_tags == "opened") if think_tags else None
    json_only = JSONOnly.for_request(request, streams=streams)
    return Pipeline(offered, tags, json_only, has_words=is_spoken_by(request.get("model")))


def finish_shown(finish: object, *, wrote: bool) -> object:
    """Return the finish reason of an answer, for the protocol's where the engine knew no better.

    Args:
        finish: The engine's.
        wrote: Whether calls stood in the text, which the engine did not take for calls.
    """
    return "tool_calls" if wrote and finish == _FINISHED else finish


def field_of_reasoning(message: JSON) -> JSON:
    """Return by what name reasoning came where it is not the documented one, to replay it so."""
    undocumented = message.get("reasoning") and not message.get("reasoning_content")
    return {"reasoning_field": "reasoning"} if undocumented else {}


def server_tools(message: JSON) -> list[JSON]:
    """Return the uses of tools that the server runs itself, as it wrote them."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return []
    return [call for call in calls if isinstance(call, dict) and is_servers(call)]


def explain_length(model: str, *, silent: bool, cut_calls: Sequence[str]) -> None:
    """Say what an output cap did to an answer that cannot be used as it is."""
    # Logged and not raised: the reasoning, the counts and the finish reason are still an answer.
    if silent:
        logger.warning(
            "The answer of %r is empty: its output cap was used up by reasoning. Raise "
            "`max_tokens`, or have it think less.",
            model,
        )
    for name in cut_calls:
        logger.warning(
            "The call of %r by %r was cut by its output cap: its arguments are not whole. Raise "
            "`max_tokens`, and do not run it.",
            name,
            model,
        )


def explain_lost(model: str, lost: Sequence[str]) -> None:
    """Say that markup of calls stayed text."""
    if lost:
        logger.warning(
            "The answer of %r has markup of tool calls that stays text, as it cannot be read, or "
            "names a tool that was not offered: %r",
            model,
            lost[0],
        )


def metadata_of(body: JSON, headers: Mapping[str, str], asked_model: str) -> JSON:
    """Return what an answer says of itself."""
    metadata: JSON = {
        "model_name": body.get("model") or asked_model,
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
