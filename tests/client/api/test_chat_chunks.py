"""The chunks of a streamed completion: completeness, errors, and the chunks before them."""

import json
from typing import Any

import pytest

from langchain_telnyx.client.api.chat import Chunks
from langchain_telnyx.client.error_mapping import error_in_stream
from langchain_telnyx.client.errors import StreamError


def event(chunk: object) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def delta(text: str, *, index: int = 0, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": index, "delta": {"content": text}, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "choices": [choice]}


def texts(chunks: list[dict[str, Any]]) -> list[str]:
    return [choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"]]


DONE = b"data: [DONE]\n\n"


def test_a_stream_with_done_is_complete() -> None:
    chunks = Chunks()
    found = chunks.feed(event(delta("a")) + event(delta("b", finish="stop")) + DONE)
    assert texts(found + chunks.end()) == ["a", "b"]
    assert chunks.complete
    assert chunks.failure is None


def test_a_finish_reason_without_done_is_complete() -> None:
    chunks = Chunks()
    chunks.feed(event(delta("a", finish="length")))
    chunks.end()
    assert chunks.complete
    assert chunks.failure is None


def test_done_without_a_finish_reason_is_complete() -> None:
    chunks = Chunks()
    chunks.feed(event(delta("a")) + DONE)
    chunks.end()
    assert chunks.complete
    assert chunks.failure is None


def test_an_incomplete_stream_fails_after_its_last_chunk() -> None:
    chunks = Chunks()
    found = chunks.feed(event(delta("a")))
    assert not chunks.complete
    assert texts(found + chunks.end()) == ["a"]
    assert isinstance(chunks.failure, StreamError)
    assert "ended in the middle" in str(chunks.failure)
    assert "Send the request again" in str(chunks.failure)


def test_an_empty_body_is_an_error() -> None:
    chunks = Chunks()
    assert chunks.feed(b"") == []
    assert chunks.end() == []
    assert isinstance(chunks.failure, StreamError)


def test_a_stream_cut_inside_an_event_is_reported_as_cut() -> None:
    chunks = Chunks()
    chunks.feed(event(delta("a")) + b'data: {"choices": [{"ind')
    assert chunks.end() == []
    assert "ended in the middle" in str(chunks.failure)


def test_a_cut_inside_done_after_a_finish_reason_loses_nothing() -> None:
    chunks = Chunks()
    chunks.feed(event(delta("a", finish="stop")) + b"data: [DO")
    chunks.end()
    assert chunks.failure is None
    assert chunks.complete


def test_a_last_event_without_its_blank_line_is_returned() -> None:
    chunks = Chunks()
    assert chunks.feed(event(delta("a", finish="stop")).rstrip(b"\n")) == []
    assert texts(chunks.end()) == ["a"]
    assert chunks.failure is None


def test_every_choice_must_finish() -> None:
    chunks = Chunks()
    chunks.feed(event(delta("a", index=0)) + event(delta("b", index=1)))
    chunks.feed(event(delta("", index=1, finish="stop")))
    assert not chunks.complete
    chunks.feed(event(delta("", index=0, finish="stop")))
    assert chunks.complete


def test_usage_after_the_finish_reason_is_yielded() -> None:
    chunks = Chunks()
    usage = {"choices": [], "usage": {"total_tokens": 3}}
    found = chunks.feed(event(delta("a", finish="stop")) + event(usage) + DONE)
    assert found[-1] == usage
    assert chunks.complete


def test_data_after_done_is_not_read() -> None:
    chunks = Chunks()
    found = chunks.feed(event(delta("a")) + DONE + event(delta("b")) + b"data: junk\n\n")
    assert texts(found + chunks.feed(event(delta("c"))) + chunks.end()) == ["a"]
    assert chunks.failure is None


ERRORS: dict[str, tuple[object, str | None, str]] = {
    "the vendor's envelope": (
        {"errors": [{"code": "10007", "title": "Unexpected error", "detail": "It broke."}]},
        "10007",
        "Unexpected error: It broke (code 10007)",
    ),
    "OpenAI's error object": (
        {"error": {"message": "The engine died.", "type": "server_error", "code": 500}},
        "500",
        "The engine died (code 500)",
    ),
    "an error beside choices": (
        {"choices": [], "error": {"message": "The engine died."}},
        None,
        "The engine died",
    ),
    "FastAPI's detail": ({"detail": "Too late."}, None, "Too late"),
    "an engine's bare message": (
        {"object": "error", "message": "No memory.", "code": 507},
        None,
        "No memory",
    ),
}


@pytest.mark.parametrize(("body", "code", "expected"), ERRORS.values(), ids=list(ERRORS))
def test_an_error_in_the_stream_follows_the_chunks_before_it(
    body: object, code: str | None, expected: str
) -> None:
    chunks = Chunks()
    found = chunks.feed(event(delta("a")) + event(body) + event(delta("b", finish="stop")) + DONE)
    assert texts(found + chunks.end()) == ["a"]
    failure = chunks.failure
    assert isinstance(failure, StreamError)
    assert failure.code == code
    assert failure.body == body
    assert failure.is_retryable
    assert expected in str(failure)


def test_a_context_overflow_in_a_stream_is_not_retryable() -> None:
    chunks = Chunks()
    chunks.feed(event({"error": {"message": "This model's maximum context length is 8192."}}))
    assert isinstance(chunks.failure, StreamError)
    assert not chunks.failure.is_retryable
    assert "longer than the model's context" in str(chunks.failure)


@pytest.mark.parametrize("none", [{"error": None}, {"errors": []}, {"errors": None}])
def test_an_empty_error_field_is_ignored(none: dict[str, Any]) -> None:
    chunks = Chunks()
    found = chunks.feed(event({**delta("a", finish="stop"), **none}))
    assert texts(found) == ["a"]
    assert chunks.failure is None


@pytest.mark.parametrize(
    "junk",
    [
        b"<html>",
        b"{",
        b"[1]",
        b"null",
        b"3",
        b'"text"',
        b'{"choices": 5}',
        b'{"choices": ["text"]}',
        b'{"choices": [{"index": [1]}]}',
        b"\xff\xfe",
    ],
)
def test_invalid_events_end_the_stream_after_its_chunks(junk: bytes) -> None:
    chunks = Chunks()
    found = chunks.feed(event(delta("a")) + b"data: " + junk + b"\n\n" + DONE)
    assert texts(found + chunks.end()) == ["a"]
    assert isinstance(chunks.failure, StreamError)
    assert repr(junk) in str(chunks.failure)


def test_chunks_with_unknown_fields_are_unchanged() -> None:
    chunks = Chunks()
    novelty = {
        "choices": [{"index": 0, "delta": {"x": 1}, "why": None}],
        "id": 2**70,
        "é": "\u2028",
    }
    assert chunks.feed(event(novelty)) == [novelty]


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("10015", False),
        ("10009", False),
        ("10011", True),
        ("10037", True),
        ("503", True),
        (429, True),
    ],
)
def test_an_error_in_a_stream_is_retryable_if_its_code_is_temporary(
    code: str | int, *, retryable: bool
) -> None:
    error = error_in_stream({"errors": [{"code": code, "title": "So it is"}]})
    assert error.is_retryable is retryable


def test_an_error_in_a_stream_without_a_code_is_retryable() -> None:
    assert error_in_stream({"error": {"message": "overloaded"}}).is_retryable
