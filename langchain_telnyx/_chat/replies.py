"""From the wire to LangChain messages: whole answers, and chunks as they arrive. Pure."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from langchain_core.messages import AIMessage, AIMessageChunk, ToolCallChunk
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langchain_telnyx._chat.chunks import PROVIDER, call_chunk, reasoning_chunk, text_chunk
from langchain_telnyx._chat.repair import Calls, call_deltas, is_servers, whole_calls
from langchain_telnyx._chat.thinking import ThinkTags, divided, reasoning_of, text_of
from langchain_telnyx.client.call import JSON, Body, Reply
from langchain_telnyx.client.errors import APIResponseError, StreamError
from langchain_telnyx.client.evidence import rate_limit

logger = logging.getLogger(__name__)

ThinkTagsOption: TypeAlias = bool | Literal["opened"]


def result(body: Body, asked_model: str, *, think_tags: ThinkTagsOption = False) -> ChatResult:
    """Return a completion as LangChain's result, one generation a choice.

    Args:
        body: The completion.
        asked_model: The model that was asked, where the server names none.
        think_tags: Whether to look for reasoning in the text; see `ChatTelnyx.think_tags`.

    Raises:
        APIResponseError: The completion has no choices.
    """
    choices = body.get("choices")
    if not choices:
        raise APIResponseError(
            f"The answer of {asked_model!r} has no choices: {json.dumps(body)[:300]}",
            Reply(200, dict(body.headers), json.dumps(body).encode(), redactor=body.redactor),
        )
    usage = usage_metadata(body.get("usage"))
    metadata = _metadata(body, body.headers, asked_model)
    generations = [
        _generation(choice, metadata, usage if position == 0 else None, think_tags)
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
    and given once, by `last`. Where the server streams several answers the first is taken: in one
    message their words would be mixed.

    Args:
        headers: The reply's headers.
        asked_model: The model that was asked, where the server names none.
        think_tags: Whether to look for reasoning in the text; see `ChatTelnyx.think_tags`.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        asked_model: str,
        *,
        think_tags: ThinkTagsOption = False,
    ) -> None:
        self._headers = headers
        self._asked_model = asked_model
        self._tags = ThinkTags(opened=think_tags == "opened") if think_tags else None
        self._calls = Calls()
        self._choice: Any = None
        self._usage: JSON | None = None
        self._final: JSON = {}
        self._logprobs: JSON = {}
        self._field: JSON = {}
        self._whole: JSON = {}
        self._spoke = False

    def add(self, event: JSON) -> ChatGenerationChunk | None:
        """Return the chunk an event means, or `None` when it brings nothing to show.

        Raises:
            StreamError: The event is no chunk of a completion.
        """
        try:
            return self._add(event)
        except (AttributeError, TypeError, ValueError) as error:
            raise StreamError(
                f"The stream carried a chunk that cannot be read: {str(event)[:200]}.", event
            ) from error

    def rest(self) -> ChatGenerationChunk | None:
        """Return what was held back until all had come, `None` where nothing was."""
        reasoning, text = self._tags.end() if self._tags else ("", "")
        if text:
            self._spoke = True
        return _made(text, reasoning, self._calls.closing())

    def last(self) -> ChatGenerationChunk:
        """Return the chunk that closes the message."""
        metadata = {
            **_metadata(self._final, self._headers, self._asked_model),
            **self._field,
        }
        finish = self._final.get("finish_reason")
        if finish is not None:
            metadata["finish_reason"] = finish
        if self._logprobs:
            metadata["logprobs"] = self._logprobs
        if finish == "length":
            _explain_length(
                metadata["model_name"],
                silent=not self._spoke,
                cut_calls=self._calls.broken(),
            )
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                additional_kwargs=self._whole,
                response_metadata=metadata,
                usage_metadata=usage_metadata(self._usage),
                chunk_position="last",
            ),
            generation_info=None,
        )

    def _add(self, event: JSON) -> ChatGenerationChunk | None:
        if event.get("usage"):
            # On its own, beside the finish, or grown with each chunk: the last is the total.
            self._usage = event["usage"]
        choice = self._ours(event.get("choices") or ())
        if choice is None:
            return None
        if choice.get("finish_reason"):
            self._final = {**event, "finish_reason": choice["finish_reason"]}
            if choice.get("usage"):  # Moonshot's own form
                self._usage = choice["usage"]
        if choice.get("logprobs"):
            for name, tokens in choice["logprobs"].items():
                if tokens:
                    self._logprobs.setdefault(name, []).extend(tokens)
        delta = choice.get("delta")
        return self._chunk(delta) if delta else None

    def _ours(self, choices: Sequence[JSON]) -> JSON | None:
        for choice in choices:
            index = choice.get("index") or 0
            if self._choice is None:
                self._choice = index
            if index == self._choice:
                return choice
        return None

    def _chunk(self, delta: JSON) -> ChatGenerationChunk | None:
        if len(delta) == 1 and self._tags is None:
            # Nearly every delta of a stream is a piece of text and nothing else.
            content = delta.get("content")
            if content and isinstance(content, str):
                self._spoke = True
                return text_chunk(content)
        text, thought = text_of(delta)
        reasoning = reasoning_of(delta) + thought
        if self._tags is not None and text:
            inside, text = self._tags.feed(text)
            reasoning += inside
        self._keep_whole(delta)
        calls = call_deltas(delta)
        pieces = self._calls.add(calls) if calls else []
        if text or pieces:
            self._spoke = True
        if reasoning:
            self._field = self._field or _field_of_reasoning(delta)
        return _made(text, reasoning, pieces)

    def _keep_whole(self, delta: JSON) -> None:
        """Keep what langchain-core cannot put together of pieces, to give it whole at the end."""
        if delta.get("refusal"):
            self._spoke = True
            self._whole["refusal"] = self._whole.get("refusal", "") + delta["refusal"]
        if delta.get("tool_calls") and (used := _server_tools(delta)):
            self._spoke = True
            self._whole.setdefault("server_tool_calls", []).extend(used)


def _generation(
    choice: JSON, metadata: JSON, usage: UsageMetadata | None, think_tags: ThinkTagsOption
) -> ChatGeneration:
    message = choice.get("message") or {}
    finish = choice.get("finish_reason")
    text, thought = text_of(message)
    reasoning = reasoning_of(message) + thought
    if think_tags and text:
        inside, text = divided(text, opened=think_tags == "opened")
        reasoning += inside
    calls, invalid = whole_calls(message)
    whole: JSON = {}
    if message.get("refusal"):
        whole["refusal"] = message["refusal"]
    if used := _server_tools(message):
        whole["server_tool_calls"] = used
    metadata = {**metadata, "finish_reason": finish, **_field_of_reasoning(message)}
    if choice.get("logprobs"):
        metadata["logprobs"] = choice["logprobs"]
    if finish == "length":
        _explain_length(
            metadata["model_name"],
            silent=not (text or calls or invalid or whole),
            cut_calls=[str(call["name"]) for call in invalid],
        )
    return ChatGeneration(
        message=AIMessage(
            content=text,
            additional_kwargs=_additional(reasoning, whole),
            tool_calls=calls,
            invalid_tool_calls=invalid,
            response_metadata=metadata,
            usage_metadata=usage,
        ),
        generation_info={"finish_reason": finish},
    )


def _made(text: str, reasoning: str, calls: list[ToolCallChunk]) -> ChatGenerationChunk | None:
    if calls:
        return call_chunk(calls, text, reasoning)
    if reasoning:
        return reasoning_chunk(reasoning, text)
    return text_chunk(text) if text else None


def _additional(reasoning: str, whole: JSON) -> JSON:
    return {"reasoning_content": reasoning, **whole} if reasoning else whole


def _field_of_reasoning(message: JSON) -> JSON:
    """Return by what name reasoning came where it is not the documented one, to replay it so."""
    undocumented = message.get("reasoning") and not message.get("reasoning_content")
    return {"reasoning_field": "reasoning"} if undocumented else {}


def _server_tools(message: JSON) -> list[JSON]:
    """Return the uses of tools that the server runs itself, as it told them."""
    return [call for call in message.get("tool_calls") or () if is_servers(call)]


def _explain_length(model: str, *, silent: bool, cut_calls: Sequence[str]) -> None:
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


def _metadata(body: JSON, headers: Mapping[str, str], asked_model: str) -> JSON:
    metadata: JSON = {
        "model_name": body.get("model") or asked_model,
        "model_provider": PROVIDER,
    }
    for name in ("id", "system_fingerprint", "service_tier", "region"):
        if body.get(name) is not None:
            metadata[name] = body[name]
    if request_id := headers.get("x-request-id"):
        metadata["request_id"] = request_id
    if limits := rate_limit(headers):
        metadata["rate_limit"] = limits
    return metadata


def _counts(details: Any, **names: str) -> dict[str, int]:
    if not isinstance(details, dict):
        return {}
    found = {ours: details.get(theirs) for ours, theirs in names.items()}
    # Adding chunks up fails on None, so a count the server leaves out stays out.
    return {name: count for name, count in found.items() if isinstance(count, int)}
