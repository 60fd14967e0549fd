"""From the wire to LangChain messages: whole answers, and chunks as they arrive. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langchain_telnyx._chat.chunks import text_chunk
from langchain_telnyx.client.call import JSON, Body, Reply
from langchain_telnyx.client.errors import APIResponseError

PROVIDER = "telnyx"
_LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def result(body: Body, asked_model: str) -> ChatResult:
    """Return a completion as LangChain's result, one generation a choice.

    Raises:
        APIResponseError: The completion has no choices.
    """
    choices = body.get("choices")
    if not choices:
        raise APIResponseError(
            f"The answer of {asked_model!r} has no choices: {json.dumps(body)[:300]}",
            Reply(200, dict(body.headers), json.dumps(body).encode()),
        )
    usage = usage_metadata(body.get("usage"))
    metadata = _metadata(body, body.headers, asked_model)
    generations = [
        _generation(choice, metadata, usage if position == 0 else None)
        for position, choice in enumerate(choices)
    ]
    return ChatResult(
        generations=generations,
        llm_output={
            "model_name": metadata["model_name"],
            "id": body.get("id"),
            "token_usage": body.get("usage") or {},
        },
    )


def usage_metadata(usage: JSON | None) -> UsageMetadata | None:
    """Return token counts in LangChain's form; what the server does not say is left out."""
    if not usage:
        return None
    prompt = usage.get("prompt_tokens") or 0
    completion = usage.get("completion_tokens") or 0
    counts = UsageMetadata(
        input_tokens=prompt,
        output_tokens=completion,
        total_tokens=usage.get("total_tokens") or prompt + completion,
    )
    asked, made = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    if details := _counts(asked, cache_read="cached_tokens", audio="audio_tokens"):
        counts["input_token_details"] = InputTokenDetails(**details)  # type: ignore[typeddict-item]  # the names above
    if details := _counts(made, reasoning="reasoning_tokens", audio="audio_tokens"):
        counts["output_token_details"] = OutputTokenDetails(**details)  # type: ignore[typeddict-item]  # the names above
    return counts


class Assembly:
    """Makes LangChain chunks of the chunks of one streamed completion.

    What LangChain adds up when it merges chunks (usage, model name, finish reason) is held back
    and given once, by `last`.

    Args:
        headers: The reply's headers.
        asked_model: The model that was asked, where the server names none.
    """

    def __init__(self, headers: Mapping[str, str], asked_model: str) -> None:
        self._headers = headers
        self._asked_model = asked_model
        self._usage: JSON | None = None
        self._final: JSON = {}
        self._logprobs: list[Any] = []

    def add(self, event: JSON) -> ChatGenerationChunk | None:
        """Return the chunk an event means, or `None` when it brings nothing to show."""
        if event.get("usage"):
            # On its own, beside the finish, or grown with each chunk: the last is the total.
            self._usage = event["usage"]
        choices = event.get("choices")
        if not choices:
            return None
        choice = choices[0]
        if choice.get("finish_reason"):
            self._final = {**event, "finish_reason": choice["finish_reason"]}
        if choice.get("logprobs"):
            self._logprobs += choice["logprobs"].get("content") or []
        delta = choice.get("delta")
        return _chunk(delta) if delta else None

    def last(self) -> ChatGenerationChunk:
        """Return the chunk that closes the message."""
        metadata = _metadata(self._final, self._headers, self._asked_model)
        if "finish_reason" in self._final:
            metadata["finish_reason"] = self._final["finish_reason"]
        if self._logprobs:
            metadata["logprobs"] = {"content": self._logprobs}
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                response_metadata=metadata,
                usage_metadata=usage_metadata(self._usage),
                chunk_position="last",
            ),
            generation_info=None,
        )


def _generation(choice: JSON, metadata: JSON, usage: UsageMetadata | None) -> ChatGeneration:
    message = choice.get("message") or {}
    finish = choice.get("finish_reason")
    calls, invalid = _tool_calls(message.get("tool_calls") or ())
    metadata = {**metadata, "finish_reason": finish}
    if choice.get("logprobs"):
        metadata["logprobs"] = choice["logprobs"]
    return ChatGeneration(
        message=AIMessage(
            content=message.get("content") or "",
            additional_kwargs=_reasoning(message),
            tool_calls=calls,
            invalid_tool_calls=invalid,
            response_metadata=metadata,
            usage_metadata=usage,
        ),
        generation_info={"finish_reason": finish},
    )


def _chunk(delta: JSON) -> ChatGenerationChunk | None:
    content = delta.get("content") or ""
    reasoning = _reasoning(delta)
    calls = delta.get("tool_calls")
    if calls:
        message = AIMessageChunk(
            content=content,
            additional_kwargs=reasoning,
            tool_call_chunks=[_call_chunk(call) for call in calls],
        )
    elif reasoning:
        message = AIMessageChunk(content=content, additional_kwargs=reasoning)
    else:
        return text_chunk(content) if content else None
    return ChatGenerationChunk(message=message)


def _reasoning(message: JSON) -> JSON:
    # The documentation says `reasoning_content`; Kimi and MiniMax were seen to say `reasoning`.
    text = message.get("reasoning_content") or message.get("reasoning")
    return {"reasoning_content": text} if text else {}


def _call_chunk(call: JSON) -> ToolCallChunk:
    function = call.get("function") or {}
    return ToolCallChunk(
        name=function.get("name"),
        args=function.get("arguments"),
        id=call.get("id"),
        index=call.get("index"),
        type="tool_call_chunk",
    )


def _tool_calls(calls: Any) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        function = call.get("function") or {}
        name, raw, identity = function.get("name") or "", function.get("arguments"), call.get("id")
        try:
            # Engines leave arguments out, or send null, for functions that take none.
            args = raw if isinstance(raw, dict) else json.loads(raw or "{}") or {}
        except ValueError as error:
            args = error
        if isinstance(args, dict):
            valid.append(ToolCall(name=name, args=args, id=identity, type="tool_call"))
        else:
            why = str(args) if isinstance(args, ValueError) else "the arguments are no JSON object"
            invalid.append(
                InvalidToolCall(
                    name=name, args=str(raw), id=identity, error=why, type="invalid_tool_call"
                )
            )
    return valid, invalid


def _metadata(body: JSON, headers: Mapping[str, str], asked_model: str) -> JSON:
    metadata: JSON = {
        "model_name": body.get("model") or asked_model,
        "model_provider": PROVIDER,
    }
    for name in ("id", "system_fingerprint", "service_tier"):
        if body.get(name) is not None:
            metadata[name] = body[name]
    if request_id := headers.get("x-request-id"):
        metadata["request_id"] = request_id
    limits = {name: headers[name] for name in _LIMIT_HEADERS if name in headers}
    if limits:
        metadata["rate_limit"] = limits
    return metadata


def _counts(details: Any, **names: str) -> dict[str, int]:
    if not isinstance(details, dict):
        return {}
    found = {ours: details.get(theirs) for ours, theirs in names.items()}
    # Adding chunks up fails on None, so a count the server leaves out stays out.
    return {name: count for name, count in found.items() if isinstance(count, int)}
