"""Responses, whole and streamed, sync and async: against the emulator and broken streams."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, ServerError, StreamError
from langchain_telnyx.emulator.server import TelnyxEmulator

MODEL = "zai-org/GLM-5.3"
AsAsync = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[Any], None]], str]


def last_json(emulator: TelnyxEmulator) -> Any:
    return json.loads(emulator.requests[-1].body)


def text_of(response: Any) -> str:
    return "".join(
        part["text"]
        for item in response["output"]
        if item["type"] == "message"
        for part in item["content"]
    )


async def test_a_text_gets_a_response(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("Hello!")
    response = await api.responses.create("Hi", model=MODEL, instructions="Be kind.")
    assert text_of(response) == "Hello!"
    assert (response["object"], response["status"]) == ("response", "completed")
    assert response.headers["x-request-id"]
    assert last_json(emulator) == {"input": "Hi", "model": MODEL, "instructions": "Be kind."}


async def test_every_field_is_sent_and_none_is_not(api: Any, emulator: TelnyxEmulator) -> None:
    tool = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
    fields: dict[str, Any] = {
        "model": MODEL,
        "instructions": "Be kind.",
        "reasoning": {"effort": "low"},
        "tools": [tool],
        "tool_choice": "none",
        "parallel_tool_calls": False,
        "text": {"format": {"type": "text"}},
        "max_output_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "region": "EU",
        "mode": "strict",
        "service_tier": "default",
    }
    items = [{"role": "user", "content": "Hi"}]
    await api.responses.create(items, **fields, conversation=None, extra_body={"store": False})
    assert last_json(emulator) == {"input": items, **fields, "store": False}


async def test_a_conversation_stores_its_history(api: Any, emulator: TelnyxEmulator) -> None:
    known = emulator.account.conversations.records.create("", {}).id
    await api.responses.create("My name is Ada.", model=MODEL, conversation=known)
    response = await api.responses.create("What is my name?", model=MODEL, conversation=known)
    assert text_of(response) == "Earlier in this conversation you said: My name is Ada."
    assert response["conversation"] == {"id": known}
    with pytest.raises(NotFoundError):
        await api.responses.create("Hi", model=MODEL, conversation="unknown")


@pytest.mark.parametrize("conversation", [None, "known"])
async def test_a_turn_is_retried_only_if_the_service_stores_nothing(
    api: Any, emulator: TelnyxEmulator, conversation: str | None
) -> None:
    emulator.fail(502, retry_after=0)
    if conversation is None:
        await api.responses.create("Hi", model=MODEL)
        assert len(emulator.requests) == 2
    else:
        with pytest.raises(ServerError):
            await api.responses.create("Hi", model=MODEL, conversation=conversation)
        assert len(emulator.requests) == 1


async def test_a_response_is_streamed_event_by_event(api: Any, emulator: TelnyxEmulator) -> None:
    emulator.say("Hello there, Ada.")
    events = await api.responses.stream("Hi", model=MODEL)
    assert [event["type"] for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    streamed_text = "".join(event.get("delta", "") for event in events)
    assert streamed_text == text_of(events[-1]["response"]) == "Hello there, Ada."
    assert last_json(emulator) == {"input": "Hi", "model": MODEL, "stream": True}


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def event(kind: str, **fields: Any) -> bytes:
    body = {"type": kind, **fields}
    return f"event: {kind}\ndata: {json.dumps(body)}\n\n".encode()


@pytest.fixture
def streamed(as_async: AsAsync, listen: Listen) -> Callable[[bytes], Any]:
    """Create a client of a server that returns these events."""

    def start(body: bytes) -> Any:
        def talk(connection: Any) -> None:
            connection.request()
            connection.send(HEAD + body)

        return as_async(Telnyx(api_key="KEY", base_url=listen(talk), max_retries=0))

    return start


@pytest.mark.parametrize("last", ["response.completed", "response.incomplete"])
async def test_a_stream_is_complete_with_its_last_event(
    streamed: Callable[[bytes], Any], last: str
) -> None:
    body = event("response.created") + event(last) + event("never.read") + b"data: [DONE]\n\n"
    events = await streamed(body).responses.stream("Hi", model=MODEL)
    assert [each["type"] for each in events] == ["response.created", last]


async def test_a_stream_without_its_last_event_is_an_error(
    streamed: Callable[[bytes], Any],
) -> None:
    body = event("response.created") + event("response.output_text.delta", delta="Hel")
    with pytest.raises(StreamError, match="closed before the response was completed"):
        await streamed(body).responses.stream("Hi", model=MODEL)


FAILURES = {
    "failed": event(
        "response.failed", response={"error": {"code": "server_error", "message": "out of luck"}}
    ),
    "error": event("error", code="server_error", message="out of luck", sequence_number=1),
    "envelope": b'data: {"errors": [{"code": "10007", "detail": "out of luck"}]}\n\n',
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_an_error_in_a_stream_is_raised_with_its_message(
    streamed: Callable[[bytes], Any], failure: bytes
) -> None:
    with pytest.raises(StreamError, match="out of luck"):
        await streamed(event("response.created") + failure).responses.stream("Hi", model=MODEL)


def test_results_before_a_failure_are_yielded(listen: Listen) -> None:
    def talk(connection: Any) -> None:
        connection.request()
        connection.send(HEAD + event("response.created") + FAILURES["failed"])

    events = iter(Telnyx(api_key="KEY", base_url=listen(talk)).responses.stream("Hi"))
    assert next(events)["type"] == "response.created"
    assert next(events)["type"] == "response.failed"
    with pytest.raises(StreamError):
        next(events)
