"""From the wire to LangChain messages: whole answers, and chunks as they arrive. Pure."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langchain_telnyx._chat import media
from langchain_telnyx._chat.chunks import PROVIDER, call_chunk, reasoning_chunk, text_chunk
from langchain_telnyx._chat.repair.alone import Alone
from langchain_telnyx._chat.repair.calls import Calls, call_deltas, is_servers, whole_calls
from langchain_telnyx._chat.repair.counts import latest, usage_metadata
from langchain_telnyx._chat.repair.halves import is_text
from langchain_telnyx._chat.repair.names import Offered
from langchain_telnyx._chat.repair.rest import Rest
from langchain_telnyx._chat.repair.speech import Said, Speech
from langchain_telnyx._chat.repair.wire import choices_of, delta_of, finish_of, message_of
from langchain_telnyx._chat.thinking import ThinkTags, reasoning_of, text_of
from langchain_telnyx.client.call import JSON, Body, Reply
from langchain_telnyx.client.errors import APIResponseError, StreamError
from langchain_telnyx.client.evidence import rate_limit
from langchain_telnyx.client.refusals import broken_off

__all__ = ["Assembly", "ThinkTagsOption", "partial_message", "result", "usage_metadata"]

logger = logging.getLogger(__name__)

ThinkTagsOption: TypeAlias = bool | Literal["opened"]

_ABOUT = ("id", "model", "system_fingerprint", "service_tier", "region")
_FINISHED = "stop"  # what engines say that do not know of the calls in their own text


def result(
    body: Body,
    asked_model: str,
    *,
    think_tags: ThinkTagsOption = False,
    request: JSON | None = None,
) -> ChatResult:
    """Return a completion as LangChain's result, one generation a choice.

    Args:
        body: The completion.
        asked_model: The model that was asked, where the server names none.
        think_tags: Whether to look for reasoning in the text; see `ChatTelnyx.think_tags`.
        request: The request, which says what tools were offered, and what form was asked for.

    Raises:
        APIResponseError: The completion has no choices.
        StreamError: The engine ended the answer by an error; `partial` is the message.
    """
    choices = choices_of(body)
    if not choices:
        raise APIResponseError(
            f"The answer of {asked_model!r} has no choices: {json.dumps(body)[:300]}",
            Reply(200, dict(body.headers), json.dumps(body).encode(), redactor=body.redactor),
        )
    told = body.get("usage") or choices[0].get("usage")  # Moonshot's own form
    metadata = _metadata(body, body.headers, asked_model)
    generations: list[ChatGeneration] = []
    broken: StreamError | None = None
    for position, choice in enumerate(choices):
        usage = told if position == 0 else None
        made = _generation(body, choice, metadata, usage, think_tags, request or {})
        if (error := broken_off(finish_of(choice), choice.get("error"))) is None:
            generations.append(made)
            continue
        error.partial = body.redactor.value(made.message)
        broken = broken or error
        if len(choices) > 1:
            logger.warning("Answer %d of %d is left out: %s", position, len(choices), error)
    if broken is not None and not generations:
        raise broken
    return ChatResult(
        generations=generations,
        llm_output={
            "model_name": metadata["model_name"],
            "id": body.get("id"),
            "token_usage": told or {},
        },
    )


def partial_message(
    body: Any, asked_model: str, think_tags: ThinkTagsOption, request: JSON
) -> BaseMessage | None:
    """Return the message in the body of an error, `None` where there is none.

    Args:
        body: The body.
        asked_model: See `result`.
        think_tags: See `result`.
        request: See `result`.
    """
    choices = choices_of(body) if isinstance(body, dict) else []
    if not choices or not message_of(choices[0]):
        return None
    metadata = _metadata(body, {}, asked_model)
    usage = body.get("usage")
    return _generation(body, choices[0], metadata, usage, think_tags, request).message


class Assembly:
    """Makes LangChain chunks of the chunks of one streamed completion.

    What LangChain adds up when it merges chunks (usage, model name, finish reason) is held back
    and given once, by `last`. Where the server streams several answers the first is taken: in one
    message their words would be mixed.

    Args:
        headers: The reply's headers.
        asked_model: The model that was asked, where the server names none.
        think_tags: Whether to look for reasoning in the text; see `ChatTelnyx.think_tags`.
        request: The request, which says what tools were offered, and what form was asked for.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        asked_model: str,
        *,
        think_tags: ThinkTagsOption = False,
        request: JSON | None = None,
    ) -> None:
        self._headers = headers
        self._asked_model = asked_model
        offered = Offered.by(request or {})
        self._speech = _speech(offered, think_tags, request or {})
        self._calls = Calls(offered)
        self._choice: Any = None
        self._usage: JSON | None = None
        self._about: JSON = {}
        self._finish: Any = None
        self._error: Any = None
        self._logprobs: JSON = {}
        self._field: JSON = {}
        self._whole: JSON = {}
        self._rest = Rest()
        self._spoke = False
        self._wrote = False  # whether calls stood in the text
        self._texts: list[str] = []
        # What went by unread on the fast path: the last of each, and their sizes.
        self._event: JSON = {}
        self._event_size = self._choice_size = -1
        self._is_plain = False

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
        said = self._speech.end(has_calls=bool(self._calls), was_cut=self._finish == "length")
        if self._speech.original:
            self._rest.put("message", "content", self._speech.original)
        pieces = self._written(said)
        closing = self._calls.closing()
        if said.text:
            self._spoke = True
        _explain_lost(self._asked_model, self._speech.lost)
        return _made(said.text, said.reasoning, _merged(pieces, closing))

    def last(self) -> ChatGenerationChunk:
        """Return the chunk that closes the message.

        Raises:
            StreamError: The engine ended the answer by an error.
        """
        if (error := broken_off(self._finish, self._error)) is not None:
            raise error
        chunk = self.closing()
        if self._finish == "length":
            _explain_length(
                chunk.message.response_metadata["model_name"],
                silent=not self._spoke,
                cut_calls=self._calls.broken(),
            )
        return chunk

    def closing(self) -> ChatGenerationChunk:
        """Return the chunk that closes the message, even where it is not whole."""
        self._rest.answer(self._event)
        self._rest.usage = self._usage
        finish = self._finish
        metadata = {**_metadata(self._about, self._headers, self._asked_model), **self._field}
        if finish is not None:
            metadata["finish_reason"] = finish
        if self._wrote and finish == _FINISHED:
            metadata["finish_reason"] = "tool_calls"
            self._rest.put("choice", "finish_reason", finish)
        if self._logprobs:
            metadata["logprobs"] = self._logprobs
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                additional_kwargs=self._whole,
                response_metadata={**metadata, **self._rest.metadata()},
                usage_metadata=usage_metadata(self._usage),
                chunk_position="last",
            ),
            generation_info=None,
        )

    def _add(self, event: JSON) -> ChatGenerationChunk | None:
        if event.get("usage"):
            # On its own, beside the finish, or grown with each chunk: the last is the total.
            self._usage = latest(self._usage, event["usage"])
        self._event = event
        if len(event) != self._event_size:
            self._event_size = len(event)
            self._note(event)
        choice = self._ours(event.get("choices") or ())
        if choice is None:
            return None
        if choice.get("finish_reason"):
            self._finish = finish_of(choice)
            self._note(event)
            self._rest.choice(choice)
            if choice.get("usage"):  # Moonshot's own form
                self._usage = latest(self._usage, choice["usage"])
        elif len(choice) != self._choice_size:
            self._choice_size = len(choice)
            self._rest.choice(choice)
        if choice.get("error"):
            self._error = choice["error"]
        if choice.get("logprobs"):
            for name, tokens in choice["logprobs"].items():
                if tokens:
                    self._logprobs.setdefault(name, []).extend(tokens)
        delta = choice.get("delta")
        if self._is_plain and delta and len(delta) == 1:
            # Nearly every delta of a stream is a piece of text and nothing else.
            text = delta.get("content")
            if (
                text
                and isinstance(text, str)
                and "<" not in text
                and text[-1] != "]"
                and is_text(text)
            ):
                self._texts.append(text)
                return text_chunk(text)
        delta, is_whole = delta_of(choice)
        return self._chunk(delta, is_whole=is_whole) if delta else None

    def _note(self, event: JSON) -> None:
        """Keep what an event says of the answer."""
        self._about |= {name: event[name] for name in _ABOUT if event.get(name) is not None}
        self._rest.answer(event)

    def _ours(self, choices: Any) -> JSON | None:
        for choice in choices if isinstance(choices, list) else choices_of({"choices": choices}):
            if choice is None:
                continue
            index = choice.get("index") or 0
            if self._choice is None:
                self._choice = index
            if index == self._choice:
                return choice  # type: ignore[no-any-return]  # of a server's JSON
        return None

    def _chunk(self, delta: JSON, *, is_whole: bool) -> ChatGenerationChunk | None:
        text, thought = text_of(delta)
        if text:
            if is_whole:
                text = self._without_repetition(text)
            self._texts.append(text)
        said = self._speech.feed(text, reasoning_of(delta) + thought)
        self._rest.message(delta)
        self._keep_whole(delta)
        calls = call_deltas(delta)
        pieces = self._calls.add(calls) if calls else []
        pieces += self._written(said)
        if said.text or pieces:
            self._spoke = True
        if said.reasoning:
            self._field = self._field or _field_of_reasoning(delta)
        self._is_plain = self._speech.is_plain
        return _made(said.text, said.reasoning, pieces)

    def _without_repetition(self, text: str) -> str:
        """Return a message's text without what came in pieces before it."""
        before = "".join(self._texts)
        return text[len(before) :] if text.startswith(before) else text

    def _written(self, said: Said) -> list[ToolCallChunk]:
        """Return the chunks of calls that stood in the text."""
        if not said.calls:
            return []
        self._wrote = self._spoke = True
        return [self._calls.written(call) for call in said.calls]

    def _keep_whole(self, delta: JSON) -> None:
        """Keep what langchain-core cannot put together of pieces, to give it whole at the end."""
        media.collect(self._whole, delta)
        if delta.get("refusal"):
            self._spoke = True
            self._whole["refusal"] = self._whole.get("refusal", "") + delta["refusal"]
        if delta.get("tool_calls") and (used := _server_tools(delta)):
            self._spoke = True
            self._whole.setdefault("server_tool_calls", []).extend(used)


def _speech(offered: Offered, think_tags: ThinkTagsOption, request: JSON) -> Speech:
    tags = ThinkTags(opened=think_tags == "opened") if think_tags else None
    return Speech(offered, tags, Alone.asked_by(request))


def _generation(
    body: JSON,
    choice: JSON,
    metadata: JSON,
    usage: Any,
    think_tags: ThinkTagsOption,
    request: JSON,
) -> ChatGeneration:
    message, finish = message_of(choice), finish_of(choice)
    offered, rest = Offered.by(request), Rest()
    rest.answer(body)
    rest.choice(choice)
    rest.message(message)
    rest.usage = usage
    speech = _speech(offered, think_tags, request)
    text, thought = text_of(message)
    first = speech.feed(text, reasoning_of(message) + thought)
    end = speech.end(has_calls=bool(call_deltas(message)), was_cut=finish == "length")
    if speech.original:
        rest.put("message", "content", speech.original)
    text, written = first.text + end.text, first.calls + end.calls
    calls, invalid = whole_calls(message, offered, written)
    whole: JSON = {}
    media.collect(whole, message)
    if message.get("refusal"):
        whole["refusal"] = message["refusal"]
    if used := _server_tools(message):
        whole["server_tool_calls"] = used
    shown = finish
    if written and finish == _FINISHED:
        shown = "tool_calls"
        rest.put("choice", "finish_reason", finish)
    metadata = {**metadata, "finish_reason": shown, **_field_of_reasoning(message)}
    if choice.get("logprobs"):
        metadata["logprobs"] = choice["logprobs"]
    _explain_lost(metadata["model_name"], speech.lost)
    if finish == "length":
        _explain_length(
            metadata["model_name"],
            silent=not (text or calls or invalid or whole),
            cut_calls=[str(call["name"]) for call in invalid],
        )
    return ChatGeneration(
        message=AIMessage(
            content=text,
            additional_kwargs=_additional(first.reasoning + end.reasoning, whole),
            tool_calls=calls,
            invalid_tool_calls=invalid,
            response_metadata={**metadata, **rest.metadata()},
            usage_metadata=usage_metadata(usage),
        ),
        generation_info={"finish_reason": shown},
    )


def _made(text: str, reasoning: str, calls: list[ToolCallChunk]) -> ChatGenerationChunk | None:
    if calls:
        return call_chunk(calls, text, reasoning)
    if reasoning:
        return reasoning_chunk(reasoning, text)
    return text_chunk(text) if text else None


def _merged(pieces: list[ToolCallChunk], closing: list[ToolCallChunk]) -> list[ToolCallChunk]:
    """Put the ends of calls to their beginnings where both are in one chunk."""
    by_index = {piece["index"]: piece for piece in pieces}
    for end in closing:
        if (piece := by_index.get(end["index"])) is None:
            pieces.append(end)
        else:
            piece["args"] = (piece["args"] or "") + (end["args"] or "")
    return pieces


def _additional(reasoning: str, whole: JSON) -> JSON:
    return {"reasoning_content": reasoning, **whole} if reasoning else whole


def _field_of_reasoning(message: JSON) -> JSON:
    """Return by what name reasoning came where it is not the documented one, to replay it so."""
    undocumented = message.get("reasoning") and not message.get("reasoning_content")
    return {"reasoning_field": "reasoning"} if undocumented else {}


def _server_tools(message: JSON) -> list[JSON]:
    """Return the uses of tools that the server runs itself, as it told them."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return []
    return [call for call in calls if isinstance(call, dict) and is_servers(call)]


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


def _explain_lost(model: str, lost: Sequence[str]) -> None:
    """Say that markup of calls stayed text."""
    if lost:
        logger.warning(
            "The answer of %r has markup of tool calls that stays text, as it cannot be read, or "
            "names a tool that was not offered: %r",
            model,
            lost[0],
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
