"""`POST /v1/chat/completions` and `GET /v1/models`.

API page: https://developers.telnyx.com/docs/inference/ai-assistants/custom-llm
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from langchain_core.messages.ai import UsageMetadata
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from langchain_telnyx.serve.admission import Admission, Busy
from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.bodies import TooLarge, read_body
from langchain_telnyx.serve.closing import closing
from langchain_telnyx.serve.completions.requests import (
    CompletionRequest,
    RequestError,
    parse_request,
)
from langchain_telnyx.serve.events import AssistantCalls, Event, Outcome, Token
from langchain_telnyx.serve.settings import Limits

_log = logging.getLogger("langchain_telnyx.serve")


class Completions:
    """OpenAI's chat completions, answered by an agent.

    Args:
        agent: The agent.
        model: The name under which it is listed.
        limits: The limits of a request.
        admission: Counts concurrent runs.
    """

    def __init__(
        self, agent: AgentRunner, *, model: str, limits: Limits, admission: Admission
    ) -> None:
        self._agent = agent
        self._model = model
        self._limits = limits
        self._admission = admission
        self._started = int(time.time())

    async def models(self, _: Request) -> Response:
        """List the agent as the only model."""
        model = {
            "id": self._model,
            "object": "model",
            "created": self._started,
            "owned_by": "langchain-telnyx",
        }
        return JSONResponse({"object": "list", "data": [model]})

    async def create(self, request: Request) -> Response:
        """Answer a request for a chat completion."""
        try:
            parsed = parse_request(await read_body(request, self._limits.body_bytes))
        except TooLarge as error:
            return error_response(413, str(error), "invalid_request_error")
        except RequestError as error:
            return error_response(400, str(error), "invalid_request_error", error.param)
        if parsed.ignored:
            names = ", ".join(parsed.ignored)
            _log.debug("call %s: ignored parameters: %s", parsed.context.thread_id, names)
        try:
            self._admission.enter()
        except Busy as error:
            return error_response(error.status, str(error), "server_error", retry_after=1)
        answer = _Answer(self._agent, parsed, self._model, self._limits.turn_seconds)
        if parsed.stream:
            return _Stream(answer, self._admission)
        try:
            return await answer.whole()
        finally:
            self._admission.leave()


class _Stream(StreamingResponse):
    """A streamed answer; it leaves the admission also when the client disconnects at once."""

    def __init__(self, answer: "_Answer", admission: Admission) -> None:
        super().__init__(answer.events(), media_type="text/event-stream")
        self.headers["cache-control"] = "no-cache"
        self.headers["x-accel-buffering"] = "no"
        self._admission = admission

    async def __call__(self, *scope_receive_send: Any) -> None:
        try:
            await super().__call__(*scope_receive_send)
        finally:
            self._admission.leave()


class _Answer:
    """The answer to one request."""

    def __init__(
        self, agent: AgentRunner, parsed: CompletionRequest, model: str, seconds: float
    ) -> None:
        self._agent = agent
        self._parsed = parsed
        self._model = parsed.model or model
        self._seconds = seconds
        self._outcome = Outcome()
        self._id = f"chatcmpl-{uuid4().hex}"
        self._created = int(time.time())

    async def _run(self) -> AsyncIterator[Event]:
        parsed = self._parsed
        messages = await self._agent.new_messages(parsed.messages, parsed.context)
        async with asyncio.timeout(self._seconds):
            run = self._agent.stream(messages, parsed.context, self._outcome)
            async with closing(run) as events:
                async for event in events:
                    yield event

    async def whole(self) -> Response:
        """Return the whole answer."""
        text: list[str] = []
        calls: list[dict[str, Any]] = []
        try:
            async for event in self._run():
                if isinstance(event, Token):
                    text.append(event.text)
                else:
                    calls += _calls(event)
        except Exception as error:  # noqa: BLE001 - an error in OpenAI's form, and in the log
            return error_response(500, self._failure(error), "server_error")
        message: dict[str, Any] = {"role": "assistant", "content": "".join(text) or None}
        if calls:
            message["tool_calls"] = calls
        elif not text:
            message["content"] = ""
        choice = {"index": 0, "message": message, "finish_reason": self._outcome.finish_reason}
        body = self._head("chat.completion") | {"choices": [choice | {"logprobs": None}]}
        return JSONResponse(body | {"usage": _usage(self._outcome.usage)})

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the events of a stream."""
        yield self._event({"role": "assistant", "content": ""})
        try:
            async with closing(self._run()) as events:
                async for event in events:
                    yield self._event(_delta(event))
        except Exception as error:  # noqa: BLE001 - an error in OpenAI's form, and in the log
            failure = _error(self._failure(error), "server_error", None)
            yield b"data: " + _json(failure) + b"\n\n"
            return
        yield self._event({}, self._outcome.finish_reason)
        if self._parsed.include_usage:
            body = self._head("chat.completion.chunk") | {"choices": []}
            yield b"data: " + _json(body | {"usage": _usage(self._outcome.usage)}) + b"\n\n"
        yield b"data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        body = self._head("chat.completion.chunk") | {"choices": [choice | {"logprobs": None}]}
        return b"data: " + _json(body) + b"\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": self._model}

    def _failure(self, error: Exception) -> str:
        """Log an error, and return what the client learns: the error may contain secrets."""
        _log.error("call %s: the agent failed", self._parsed.context.thread_id, exc_info=error)
        late = isinstance(error, TimeoutError)
        return "The agent did not answer in time." if late else "The agent failed."


def _delta(event: Event) -> dict[str, Any]:
    if isinstance(event, Token):
        return {"content": event.text}
    calls = enumerate(_calls(event))
    return {"tool_calls": [{"index": index, **call} for index, call in calls]}


def _calls(event: AssistantCalls) -> list[dict[str, Any]]:
    return [
        {
            "id": call["id"],
            "type": "function",
            "function": {
                "name": call["name"],
                "arguments": json.dumps(call["args"], ensure_ascii=False),
            },
        }
        for call in event.calls
    ]


def _usage(usage: UsageMetadata | None) -> dict[str, int] | None:
    if usage is None:
        return None  # Unknown: no tokens at all would be a wrong count.
    return {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }


def error_response(
    status: int,
    message: str,
    kind: str,
    param: str | None = None,
    retry_after: float | None = None,
) -> Response:
    """Return an error in OpenAI's form."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return JSONResponse(_error(message, kind, param), status, headers)


def _error(message: str, kind: str, param: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": None}}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
