"""Errors from replies: the class, the details, and a helpful message."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from langchain_telnyx.client.attempts import pause
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.error_details import retry_after
from langchain_telnyx.client.error_mapping import error_for
from langchain_telnyx.client.errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ContextOverflowError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnprocessableEntityError,
)

REQUEST = "POST https://api.telnyx.com/v2/ai/openai/chat/completions"


def reply(status: int, body: object = b"", **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, content, REQUEST)


def envelope(code: str, title: str, detail: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "title": title, "detail": detail}]}


NO_CREDENTIALS = "Could not find any usable credentials in the request."

# status, body, class, code, detail
BODIES: dict[str, tuple[int, object, type[APIStatusError], str | None, str | None]] = {
    "the vendor's envelope": (
        401,
        envelope("10009", "Authentication failed", NO_CREDENTIALS),
        AuthenticationError,
        "10009",
        NO_CREDENTIALS,
    ),
    "the envelope with a number for code": (
        404,
        {"errors": [{"code": 10005, "title": "Resource not found"}]},
        NotFoundError,
        "10005",
        None,
    ),
    "the envelope with strings": (400, {"errors": ["no"]}, BadRequestError, None, "no"),
    "an empty envelope": (400, {"errors": []}, BadRequestError, None, None),
    "FastAPI's validation": (
        422,
        {
            "detail": [
                {
                    "loc": ["body", "messages", 0],
                    "msg": "field required",
                    "type": "value_error.missing",
                }
            ]
        },
        UnprocessableEntityError,
        None,
        "body.messages.0: field required",
    ),
    "an unknown embedded bucket": (
        404,
        {"detail": [{"detail": "No such bucket", "code": "10005", "title": "Not found"}]},
        NotFoundError,
        "10005",
        "No such bucket",
    ),
    "an unknown embedded bucket, bare": (
        404,
        {"detail": [{"detail": "No such bucket"}]},
        NotFoundError,
        None,
        "No such bucket",
    ),
    "FastAPI's plain detail": (403, {"detail": "No."}, PermissionDeniedError, None, "No."),
    "OpenAI's object": (
        400,
        {"error": {"message": "Bad tool.", "type": "invalid_request_error", "code": None}},
        BadRequestError,
        None,
        "Bad tool.",
    ),
    "a bare error": (500, {"error": "It broke."}, ServerError, None, "It broke."),
    "a bare message": (502, {"message": "Upstream died."}, ServerError, None, "Upstream died."),
    "plain text": (503, b"upstream connect error", ServerError, None, None),
    "a page of the edge": (
        504,
        b"<html><body><h1>504 Gateway Time-out</h1></body></html>",
        ServerError,
        None,
        None,
    ),
    "JSON of no known form": (409, {"reason": "taken"}, ConflictError, None, None),
    "nothing": (404, b"", NotFoundError, None, None),
    "bytes that are no text": (500, b"\xff\xfe\x00", ServerError, None, None),
    "the storage's XML": (
        404,
        b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>No key.</Message></Error>",
        NotFoundError,
        "NoSuchKey",
        "No key.",
    ),
    "the storage's XML with a namespace": (
        409,
        b'<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>BucketNotEmpty</Code></Error>',
        ConflictError,
        "BucketNotEmpty",
        None,
    ),
    "broken XML": (500, b"<Error><Code>Internal", ServerError, None, None),
    "an unknown 4xx": (
        418,
        {"message": "short and stout"},
        APIStatusError,
        None,
        "short and stout",
    ),
    "a redirect": (302, b"", APIStatusError, None, None),
    "too many requests": (
        429,
        envelope("10011", "Too many requests", "Slow down."),
        RateLimitError,
        "10011",
        "Slow down.",
    ),
}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "detail"), BODIES.values(), ids=list(BODIES)
)
def test_every_form_of_error_body_is_read(
    status: int, body: object, kind: type[APIStatusError], code: str | None, detail: str | None
) -> None:
    error = error_for(reply(status, body, x_request_id="req-1"))
    assert type(error) is kind
    assert (error.status_code, error.status) == (status, status)
    assert (error.code, error.detail) == (code, detail)
    assert error.request_id == "req-1"
    assert f"HTTP {status} to {REQUEST}: " in str(error)
    assert "[request req-1]" in str(error)


def test_the_error_has_the_raw_response() -> None:
    body = envelope("10009", "Authentication failed", NO_CREDENTIALS)
    error = error_for(reply(401, body, www_authenticate="Bearer"))
    assert error.body == body
    assert error.errors == body["errors"]
    assert error.title == "Authentication failed"
    assert error.response.headers["www-authenticate"] == "Bearer"
    assert error.response.json() == body


def test_the_storage_names_its_requests_by_another_header() -> None:
    assert error_for(reply(404, x_amz_request_id="tx1")).request_id == "tx1"


def test_a_message_lists_every_error() -> None:
    body = {"detail": [{"loc": ["a"], "msg": "one"}, {"loc": ["b"], "msg": "two"}]}
    assert "a: one; b: two." in str(error_for(reply(422, body)))


def test_a_message_names_each_code_once() -> None:
    xml = b"<Error><Code>NoSuchKey</Code><Message>No such key.</Message></Error>"
    assert "NoSuchKey: No such key." in str(error_for(reply(404, xml)))
    assert "code NoSuchKey" not in str(error_for(reply(404, xml)))


@pytest.mark.parametrize(
    ("status", "body", "what_to_try"),
    [
        (401, b"", "Check the API key: pass `api_key=` or set TELNYX_API_KEY."),
        (429, b"", "Slow down, or raise `max_retries`."),
        (403, envelope("10010", "x", "Account is disabled D17"), "top it up in the portal"),
        (400, {"message": "maximum context length is 8192"}, "Shorten the input"),
        (402, b"", "Top up the account"),
        (429, {"error": {"code": "insufficient_quota", "message": "x"}}, "Top up the account"),
    ],
)
def test_a_message_has_advice(status: int, body: object, what_to_try: str) -> None:
    assert what_to_try in str(error_for(reply(status, body)))


@pytest.mark.parametrize(
    ("message", "retryable"),
    [
        ("You exceeded your current quota, please check your plan.", False),
        ("Insufficient funds.", False),
        ("Quota exceeded for tokens per minute.", True),
        ("You have exceeded the maximum number of allowed requests.", True),
    ],
)
def test_an_exhausted_quota_is_not_retryable(message: str, *, retryable: bool) -> None:
    error = error_for(reply(429, envelope("10011", "Too many requests", message)))
    assert error.is_retryable is retryable
    assert (pause(error, 1, may_repeat=True) is not None) is retryable


def test_an_error_has_the_rate_limit_headers() -> None:
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-other": "1"}
    assert error_for(Reply(429, headers, b"")).rate_limit == {
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "0",
    }


def test_an_html_error_page_is_quoted_without_markup() -> None:
    page = b"<html>\n<h1>504</h1>\n\n<p>Gateway   Time-out.</p></html>"
    assert ": 504 Gateway Time-out." in str(error_for(reply(504, page)))


def test_json_of_an_unknown_form_is_quoted() -> None:
    assert "{'reason': 'taken'}" in str(error_for(reply(409, {"reason": "taken"})))


def test_the_message_for_an_empty_body_is_clear() -> None:
    assert "no explanation in the body" in str(error_for(reply(404)))


def test_a_long_body_is_truncated_in_the_message() -> None:
    assert len(str(error_for(reply(500, b"x" * 100_000)))) < 600


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model's maximum context length is 8192 tokens."),
        (400, "The prompt is too long: 9000 tokens, 8192 at most."),
        (400, "context_length_exceeded"),
        (413, "Input is too long for requested model."),
        (422, "The input exceeds the model's context window."),
        (400, "Your context window of 8192 tokens was exceeded."),
        (400, "Please reduce the length of the messages."),
        (400, "Too many input tokens"),
        (400, "Input tokens exceed the configured limit"),
    ],
)
def test_an_overflow_of_the_context_is_recognised(status: int, message: str) -> None:
    error = error_for(reply(status, envelope("10015", "Bad Request", message)))
    assert type(error) is ContextOverflowError
    assert isinstance(error, BadRequestError)
    assert error.code == "10015"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "The field `context` is missing."),
        (400, "String too long."),
        (429, "Too many tokens this minute."),
        (500, "maximum context length"),
        (401, "maximum context length"),
    ],
)
def test_other_errors_are_not_an_overflow(status: int, message: str) -> None:
    assert not isinstance(error_for(reply(status, {"message": message})), ContextOverflowError)


def http_date(seconds_from_now: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_from_now), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "3"}, 3.0),
        ({"x-ratelimit-reset": "7"}, None),
        ({"x-ratelimit-reset": "7", "x-ratelimit-remaining": "1"}, None),
        ({"x-ratelimit-reset": "7", "x-ratelimit-remaining": "0"}, 7.0),
        ({"x-ratelimit-reset": "x", "x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-reset": "1500000000", "x-ratelimit-remaining": "0"}, 0.0),
        ({"retry-after": "2", "x-ratelimit-reset": "7", "x-ratelimit-remaining": "0"}, 2.0),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers) == expected
    assert error_for(Reply(429, headers, b"")).retry_after == expected


def test_a_date_to_retry_after_is_a_number_of_seconds() -> None:
    assert retry_after({"retry-after": http_date(30)}) == pytest.approx(30, abs=2)


def test_a_reset_as_a_point_in_time_becomes_seconds() -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time() + 20))}
    assert retry_after(headers) == pytest.approx(20, abs=2)
