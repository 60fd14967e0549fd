"""Retries, driven with prepared replies: which errors, when, and how often."""

import copy
import json
import pickle
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from langchain_telnyx.client.attempts import Open, attempts, pause, stream_attempts
from langchain_telnyx.client.call import Call, Reply, Sleep, StreamCall, idempotency_headers
from langchain_telnyx.client.config import Config, configure
from langchain_telnyx.client.error_mapping import error_for
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
    RateLimitError,
    StreamError,
    TelnyxError,
)

Drive = Callable[..., Any]
GET: Call[Any] = Call("GET", "/x", Reply.json)
POST: Call[Any] = Call("POST", "/x", Reply.json)
FINE = Reply(200, {}, b'"fine"')


def config(**options: Any) -> Config:
    return configure(api_key="KEY", base_url="http://127.0.0.1:1", **options)


def refusal(status: int, code: str = "", **headers: str) -> Reply:
    body = {"errors": [{"code": code, "title": "No"}]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(body).encode())


def status_error(status: int, code: str = "", **headers: str) -> APIStatusError:
    return error_for(refusal(status, code, **headers))


def not_sent(kind: type[APIConnectionError] = APIConnectionError) -> APIConnectionError:
    error = kind("no route")
    error.sent = False
    return error


# Whether it is retried if the call may be repeated, and if not.
POLICY: dict[str, tuple[TelnyxError, bool, bool]] = {
    "400": (status_error(400), False, False),
    "401": (status_error(401), False, False),
    "403": (status_error(403), False, False),
    "404": (status_error(404), False, False),
    "408": (status_error(408), True, False),
    "409": (status_error(409), False, False),
    "409 for what exists": (status_error(409, "10012"), False, False),
    "409 for what is locked": (status_error(409, "10035"), True, False),
    "409 for what is being processed": (status_error(409, "10036"), True, False),
    "422": (status_error(422), False, False),
    "429": (status_error(429), True, True),
    "500": (status_error(500), True, False),
    "502": (status_error(502), True, False),
    "503": (status_error(503), True, False),
    "425": (status_error(425), True, True),
    "504": (status_error(504), True, False),
    "400 with x-should-retry: true": (status_error(400, x_should_retry="true"), True, True),
    "503 with x-should-retry: false": (status_error(503, x_should_retry="false"), False, False),
    "429 with strange advice": (status_error(429, x_should_retry="maybe"), True, True),
    "no connection": (not_sent(), True, True),
    "no connection in time": (not_sent(APITimeoutError), True, True),
    "a connection that broke": (APIConnectionError("broke"), True, False),
    "an answer that did not come": (APITimeoutError("slow"), True, False),
    "a stream that broke at once": (StreamError("cut"), True, False),
    "an answer of another kind": (APIResponseError("odd", FINE), False, False),
    "a wrong configuration": (ConfigurationError("no key"), False, False),
}


@pytest.mark.parametrize(("error", "if_repeatable", "if_not"), POLICY.values(), ids=list(POLICY))
def test_retryable_errors(error: TelnyxError, *, if_repeatable: bool, if_not: bool) -> None:
    assert (pause(error, 1, may_repeat=True) is not None) == if_repeatable
    assert (pause(error, 1, may_repeat=False) is not None) == if_not


@pytest.mark.parametrize(
    ("method", "repeatable", "expected"),
    [
        ("GET", None, True),
        ("HEAD", None, True),
        ("PUT", None, True),
        ("DELETE", None, True),
        ("POST", None, False),
        ("PATCH", None, False),
        ("POST", True, True),
        ("GET", False, False),
    ],
)
def test_may_repeat_depends_on_the_method_or_the_argument(
    method: str, *, repeatable: bool | None, expected: bool
) -> None:
    assert Call(method, "/", Reply.json, repeatable=repeatable).may_repeat is expected


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (50, 8.0)]
)
def test_delays_double_up_to_eight_seconds_with_full_jitter(attempt: int, longest: float) -> None:
    def wait(chance: float) -> float | None:
        return pause(status_error(500), attempt, may_repeat=True, random_number=lambda: chance)

    assert wait(0.0) == 0
    assert wait(1.0) == longest


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry_after": "3"}, 3.0),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": "60"}, 60.0),
        ({"retry_after": "61"}, None),
        ({"retry_after": "inf"}, None),
        ({"retry_after_ms": "1500"}, 1.5),
        ({"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry_after": "Wed, 21 Oct 2099 07:28:00 GMT"}, None),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "12"}, 12.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "4102444800"}, None),
        ({"x_ratelimit_remaining": "5", "x_ratelimit_reset": "12"}, 0.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_respected_up_to_a_minute(
    status: int, headers: dict[str, str], expected: float | None
) -> None:
    error = status_error(status, **headers)
    assert pause(error, 1, may_repeat=True, random_number=lambda: 0.0) == expected


@pytest.mark.parametrize(
    ("retry_after_value", "latest"),
    [("0", 0.1), ("1", 2.0), ("3", 6.0), ("10", 20.0), ("60", 70.0)],
)
def test_clients_with_the_same_retry_after_return_at_different_times(
    retry_after_value: str, latest: float
) -> None:
    error = status_error(429, retry_after=retry_after_value)
    assert pause(error, 1, may_repeat=True, random_number=lambda: 1.0) == pytest.approx(latest)


def test_clients_with_the_same_retry_after_are_spread_out() -> None:
    error = status_error(429, retry_after="1")
    chance = random.Random(7).random
    waits = [pause(error, 1, may_repeat=True, random_number=chance) or 0.0 for _ in range(200)]
    windows = Counter(int(wait * 10) for wait in waits)
    assert max(windows.values()) < 40


def test_a_call_is_sent_until_it_succeeds(drive: Drive) -> None:
    outcome = drive(attempts(GET, config()), [refusal(500), APITimeoutError("slow"), FINE])
    assert (outcome.result, outcome.sent) == ("fine", 3)
    assert all(0 < wait <= 1.0 for wait in outcome.slept)


def test_the_last_error_is_raised_when_the_retries_are_used_up(drive: Drive) -> None:
    outcome = drive(attempts(GET, config()), [refusal(500), refusal(502), refusal(503), FINE])
    assert isinstance(outcome.result, APIStatusError)
    assert (outcome.result.status_code, outcome.sent) == (503, 3)


def test_no_retries_make_one_attempt(drive: Drive) -> None:
    outcome = drive(attempts(GET, config(max_retries=0)), [refusal(429), FINE])
    assert isinstance(outcome.result, RateLimitError)
    assert (outcome.sent, outcome.slept) == (1, [])


def test_a_permanent_error_is_raised_at_once(drive: Drive) -> None:
    outcome = drive(attempts(GET, config()), [refusal(404), FINE])
    assert (outcome.result.status_code, outcome.sent, outcome.slept) == (404, 1, [])


def test_a_call_that_is_not_idempotent_is_not_retried(drive: Drive) -> None:
    outcome = drive(attempts(POST, config()), [refusal(500), FINE])
    assert (outcome.result.status_code, outcome.sent) == (500, 1)


@pytest.mark.parametrize(
    "failure",
    [
        refusal(500),
        refusal(502),
        refusal(503, retry_after="0"),
        refusal(504),
        refusal(408),
        APIConnectionError("cut"),
        APITimeoutError("slow"),
        Reply(200, {}, b"<html>", ""),
    ],
    ids=lambda each: str(getattr(each, "status_code", type(each).__name__)),
)
@pytest.mark.parametrize("max_retries", [0, 2])
def test_an_error_reports_that_the_request_may_have_been_executed(
    drive: Drive, failure: Any, max_retries: int
) -> None:
    create = replace(POST, decode=Reply.json)
    outcome = drive(attempts(create, config(max_retries=max_retries)), [failure, FINE])
    assert outcome.sent == 1
    assert outcome.result.maybe_done
    assert str(outcome.result).endswith("check before you repeat it.")
    assert pickle.loads(pickle.dumps(outcome.result)).maybe_done  # noqa: S301 - own bytes
    # The same failure of an idempotent call.
    again = replace(create, repeatable=True)
    outcome = drive(attempts(again, config(max_retries=0)), [copy.copy(failure), FINE])
    assert not outcome.result.maybe_done


def test_maybe_done_is_set_after_the_retries_of_a_creation_with_a_key(
    drive: Drive,
) -> None:
    # A new call has another key, and would create a second one.
    create = replace(POST, headers=idempotency_headers(), repeatable=True)
    outcome = drive(attempts(create, config(max_retries=1)), [refusal(503), refusal(503)])
    assert (outcome.sent, outcome.result.maybe_done) == (2, True)
    outcome = drive(attempts(create, config(max_retries=1)), [refusal(429), refusal(429)])
    assert (outcome.sent, outcome.result.maybe_done) == (2, False)


def test_maybe_done_includes_earlier_attempts(drive: Drive) -> None:
    create = replace(POST, headers=idempotency_headers(), repeatable=True)
    outcome = drive(attempts(create, config()), [APITimeoutError("slow"), refusal(401)])
    assert (outcome.result.status_code, outcome.result.maybe_done) == (401, True)


@pytest.mark.parametrize("failure", [refusal(400), refusal(429), refusal(501), not_sent()])
def test_refused_or_unsent_requests_are_not_maybe_done(drive: Drive, failure: Any) -> None:
    outcome = drive(attempts(POST, config(max_retries=0)), [failure, FINE])
    assert not outcome.result.maybe_done
    assert "may have executed" not in str(outcome.result)


def test_a_call_that_is_not_idempotent_is_retried_if_it_was_not_sent(drive: Drive) -> None:
    outcome = drive(attempts(POST, config()), [not_sent(), refusal(429, retry_after="0"), FINE])
    assert (outcome.result, outcome.sent) == ("fine", 3)


def test_attempts_do_not_begin_after_the_deadline(drive: Drive) -> None:
    retry_after_value = refusal(503, retry_after="1")
    outcome = drive(attempts(GET, config(deadline=0.2)), [retry_after_value, FINE])
    assert (outcome.result.status_code, outcome.sent) == (503, 1)
    retry_after_value = refusal(429, retry_after="30")
    outcome = drive(attempts(GET, config(deadline=20)), [retry_after_value, FINE])
    assert (outcome.result.status_code, outcome.sent, outcome.slept) == (429, 1, [])


def test_a_distant_deadline_has_no_effect(drive: Drive) -> None:
    outcome = drive(attempts(GET, config(deadline=1000)), [refusal(500), FINE])
    assert (outcome.result, outcome.sent) == ("fine", 2)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<html>Sign in</html>", "text/html"),
        (b'{"cut', "application/json"),
        (b"", ""),
        (b"\xff\xfe", "application/json"),
    ],
)
def test_a_success_that_cannot_be_read_is_an_error_that_quotes_it(
    drive: Drive, content: bytes, kind: str
) -> None:
    reply = Reply(200, {"content-type": kind, "x-request-id": "r"}, content, "GET http://h/x")
    error = drive(attempts(GET, config()), [reply, FINE]).result
    assert isinstance(error, APIResponseError)
    assert (error.status_code, error.request_id) == (200, "r")
    assert "HTTP 200 to GET http://h/x" in str(error)
    assert repr(reply.text) in str(error)
    assert "`base_url`" in str(error)


def test_a_stream_is_retried_before_its_first_item() -> None:
    stream: StreamCall[Any] = StreamCall(Call("POST", "/x", Reply.json, repeatable=True), Never)
    steps = stream_attempts(stream, config())
    assert isinstance(next(steps), Open)
    assert isinstance(steps.throw(StreamError("cut")), Sleep)
    assert isinstance(steps.send(None), Open)
    with pytest.raises(StopIteration) as stop:
        steps.send("the open stream")
    assert stop.value.value == "the open stream"


def test_a_stream_with_a_final_error_is_not_opened_again(drive: Drive) -> None:
    final = StreamError("too long")
    final.is_retryable = False
    stream: StreamCall[Any] = StreamCall(Call("POST", "/x", Reply.json, repeatable=True), Never)
    assert drive(stream_attempts(stream, config()), [final]).sent == 1


class Never:
    """A decoder without items."""

    failure = None
    complete = True
    done = False

    def feed(self, data: bytes) -> list[Any]:
        return [data]

    def end(self) -> list[Any]:
        return []
