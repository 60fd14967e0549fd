"""Incomplete answers are errors with the partial message."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core import exceptions as core
from langchain_core.messages import HumanMessage

from langchain_telnyx import (
    APIStatusError,
    BadRequestError,
    ChatTelnyx,
    RateLimitError,
    ServerError,
    StreamError,
    TelnyxError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


def completion(finish: Any, text: str | None = "half an", **choice: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    made = {"index": 0, "message": message, "finish_reason": finish, **choice}
    return {"id": "c", "model": "m", "choices": [made], "usage": USAGE}


def event(delta: dict[str, Any], finish: Any = None, **choice: Any) -> dict[str, Any]:
    made = {"index": 0, "delta": delta, "finish_reason": finish, **choice}
    return {"id": "c", "model": "m", "choices": [made]}


def sse(*events: dict[str, Any]) -> tuple[str, bytes]:
    body = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)
    return "text/event-stream", body + b"data: [DONE]\n\n"


def whole(body: Any) -> tuple[str, bytes]:
    return "application/json", json.dumps(body).encode()


def model_of(*answers: tuple[str, bytes], **options: Any) -> tuple[ChatTelnyx, list[Any]]:
    left, requests = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(json.loads(request.content))
        kind, body = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(200, headers={"content-type": kind}, content=body)

    transport = httpx.MockTransport(answer)
    model = ChatTelnyx(
        model="m",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
        **{"max_retries": 0, "api_key": "KEY1", **options},
    )
    return model, requests


async def alisted(model: ChatTelnyx) -> list[Any]:
    return [chunk async for chunk in model.astream("Hi")]


WAYS: dict[str, Callable[[ChatTelnyx], Any]] = {
    "invoke": lambda model: model.invoke("Hi"),
    "ainvoke": lambda model: asyncio.run(model.ainvoke("Hi")),
    "stream": lambda model: list(model.stream("Hi")),
    "astream": lambda model: asyncio.run(alisted(model)),
}
STREAMS = {"stream", "astream"}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.mark.parametrize(
    "finish",
    [
        "abort",
        "error",
        "cancelled",
        "network_error",
        "insufficient_system_resource",
        {"type": "abort", "message": "Aborted by user"},
    ],
    ids=str,
)
def test_an_aborted_answer_is_an_error_with_the_partial_message(way: str, finish: Any) -> None:
    events = (event({"content": "half an"}), event({}, finish), {"choices": [], "usage": USAGE})
    model, requests = model_of(sse(*events) if way in STREAMS else whole(completion(finish)))
    with pytest.raises(StreamError, match="before it was complete") as caught:
        WAYS[way](model)
    assert isinstance(caught.value, core.ModelError)
    assert caught.value.partial.text == "half an"
    assert caught.value.partial.usage_metadata["output_tokens"] == 2
    assert caught.value.is_retryable
    assert len(requests) == 1


def test_an_aborted_json_answer_to_a_stream_is_an_error() -> None:
    model, _ = model_of(whole(completion("abort")))
    with pytest.raises(StreamError) as caught:
        list(model.stream("Hi"))
    assert caught.value.partial.text == "half an"


def test_a_truncated_call_is_invalid_in_the_partial_message() -> None:
    function = {"name": "delete", "arguments": '{"path": "/home/an'}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    model, _ = model_of(sse(event({"tool_calls": [call]}), event({}, "abort")))
    with pytest.raises(StreamError) as caught:
        list(model.stream("Hi"))
    assert caught.value.partial.tool_calls == []
    assert [each["name"] for each in caught.value.partial.invalid_tool_calls] == ["delete"]


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter", "tool_calls", "end_turn"])
def test_other_finish_reasons_end_an_answer(way: str, finish: str) -> None:
    events = (event({"content": "half an"}), event({}, finish))
    model, _ = model_of(sse(*events) if way in STREAMS else whole(completion(finish)))
    WAYS[way](model)


@pytest.mark.parametrize(
    ("error_object", "kind"),
    [
        ({"code": 502, "message": "upstream died"}, core.ModelAPIError),
        ({"code": 429, "message": "slow down"}, core.ModelRateLimitError),
        ({"type": "rate_limit_error", "message": "slow down"}, core.ModelRateLimitError),
        ({"code": "10011", "title": "Too many requests"}, core.ModelRateLimitError),
    ],
)
def test_an_error_in_a_choice_is_a_typed_error_with_the_partial_message(
    way: str, error_object: dict[str, Any], kind: type[Exception]
) -> None:
    events = (event({"content": "half an"}), event({}, "error", error=error_object))
    body = completion("error", error=error_object)
    model, _ = model_of(sse(*events) if way in STREAMS else whole(body))
    with pytest.raises(kind) as caught:
        WAYS[way](model)
    error: Any = caught.value
    assert isinstance(error, StreamError if way in STREAMS else APIStatusError)
    assert error.partial.text == "half an"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"code": 429, "message": "slow down"}}, RateLimitError),
        ({"error": {"type": "rate_limit_exceeded", "message": "slow down"}}, RateLimitError),
        ({"errors": [{"code": "10011", "title": "Too many requests"}]}, RateLimitError),
        ({"error": {"message": "the engine died"}}, ServerError),
        ({"error": "the engine died"}, ServerError),
        ({"object": "error", "message": "died", "code": 503}, ServerError),
        ({"object": "error", "message": "slow down", "code": 429}, RateLimitError),
        ({"object": "error", "message": "wrong", "type": "BadRequestError"}, BadRequestError),
    ],
)
def test_an_error_in_a_body_of_status_200_is_the_error_of_its_own_status(
    way: str, body: dict[str, Any], kind: type[Exception]
) -> None:
    model, _ = model_of(whole(body))
    with pytest.raises(kind, match="HTTP 200 with an error of"):
        WAYS[way](model)


def test_too_many_requests_in_a_body_of_status_200_are_sent_again(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("langchain_telnyx.client.attempts._FIRST_DELAY", 0.0)
    refusal = whole({"error": {"code": 429, "message": "slow down"}})
    good = sse(event({"content": "whole"}, "stop")) if way in STREAMS else None
    model, requests = model_of(refusal, refusal, good or whole(completion("stop")), max_retries=2)
    assert WAYS[way](model)
    assert len(requests) == 3


def test_too_many_requests_in_a_first_event_are_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("langchain_telnyx.client.attempts._FIRST_DELAY", 0.0)
    refusal = sse(event({}, "error", error={"code": 429, "message": "slow down"}))
    model, requests = model_of(refusal, sse(event({"content": "whole"}, "stop")), max_retries=1)
    assert "".join(chunk.text for chunk in model.stream("Hi")) == "whole"
    assert len(requests) == 2


def test_complete_answers_of_several_are_returned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = completion("stop", "whole")
    body["choices"] += completion("abort")["choices"]
    model, _ = model_of(whole(body))
    found = model.generate([[HumanMessage("Hi")]], n=2)
    assert [each.text for each in found.generations[0]] == ["whole"]
    assert "Answer 1 of 2 is skipped" in caplog.text


@pytest.mark.parametrize(
    "message",
    [
        {"content": "x", "refusal": 7, "tool_calls": 5},
        {"content": {"type": "text", "text": ["x", {"y": 1}]}},
        {"content": 7},
        {"content": [None, 7, {"type": "text", "text": "x"}]},
        {"content": "x", "annotations": 7, "images": "y", "audio": [1]},
        {"reasoning": 7, "tool_calls": [{"function": {"name": 7, "arguments": 7}}]},
    ],
    ids=str,
)
def test_malformed_messages_give_an_answer_or_a_typed_error(
    way: str, message: dict[str, Any]
) -> None:
    body = completion("stop")
    body["choices"][0]["message"] = message
    model, _ = model_of(sse(event(message, "stop")) if way in STREAMS else whole(body))
    with contextlib.suppress(TelnyxError):
        WAYS[way](model)


def test_a_page_instead_of_a_stream_is_still_an_error_that_quotes_it() -> None:
    model, _ = model_of(("text/html", b"<html>Sign in</html>"))
    with pytest.raises(core.ModelAPIError, match="Sign in"):
        list(model.stream("Hi"))
