"""Errors of both hierarchies, retries, and broken streams."""

from __future__ import annotations

import pickle
import socket
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core import exceptions as core

import langchain_telnyx
from langchain_telnyx import (
    AuthenticationError,
    BadRequestError,
    ChatTelnyx,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    StreamError,
    TelnyxError,
    UnprocessableEntityError,
)

if TYPE_CHECKING:
    from langchain_telnyx.client import Retry
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(max_retries=0, **emulator.options())


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("status", "ours", "theirs", "retryable"),
    [
        (400, BadRequestError, core.ModelInvalidRequestError, False),
        (401, AuthenticationError, core.ModelAuthenticationError, False),
        (403, PermissionDeniedError, core.ModelPermissionDeniedError, False),
        (404, NotFoundError, core.ModelNotFoundError, False),
        (422, UnprocessableEntityError, core.ModelInvalidRequestError, False),
        (429, RateLimitError, core.ModelRateLimitError, True),
        (500, ServerError, core.ModelAPIError, True),
        (503, ServerError, core.ModelAPIError, True),
    ],
)
def test_an_error_status_is_our_error_and_langchain_cores(
    emulator: TelnyxEmulator,
    model: ChatTelnyx,
    mode: Mode,
    *,
    status: int,
    ours: type[TelnyxError],
    theirs: type[core.ModelError],
    retryable: bool,
    streamed: bool,
) -> None:
    emulator.fail(status, code="12345", detail="The reason why.")
    with pytest.raises(ours, match="The reason why") as caught:
        (mode.stream if streamed else mode.invoke)(model)
    assert isinstance(caught.value, theirs)
    assert caught.value.is_retryable is retryable
    error: Any = caught.value
    assert (error.status_code, error.code, error.response.status_code) == (status, "12345", status)
    assert len(error.request_id) == 36


@pytest.mark.parametrize(
    "detail",
    [
        "This model's maximum context length is 8192 tokens.",
        "The prompt is too long.",
        "Input tokens exceed the configured limit.",
        "Please reduce the length of the messages.",
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_a_context_overflow_is_a_typed_error(
    emulator: TelnyxEmulator, model: ChatTelnyx, status: int, detail: str
) -> None:
    emulator.fail(status, detail=detail)
    with pytest.raises(core.ContextOverflowError) as caught:
        model.invoke("Hi")
    assert isinstance(caught.value, langchain_telnyx.ContextOverflowError)
    assert caught.value.is_retryable is False


def test_a_context_overflow_is_detected_by_its_code(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.fail(400, code="context_length_exceeded", title="Bad Request", detail="No.")
    with pytest.raises(core.ContextOverflowError):
        model.invoke("Hi")


def test_a_model_error_survives_pickling(emulator: TelnyxEmulator, model: ChatTelnyx) -> None:
    emulator.fail(429, retry_after=7)
    with pytest.raises(RateLimitError) as caught:
        model.invoke("Hi")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - bytes of our own making
    assert isinstance(again, core.ModelRateLimitError)
    assert (str(again), again.retry_after) == (str(caught.value), 7)  # type: ignore[attr-defined]  # both classes


def test_a_wrong_key_is_an_authentication_error_with_a_remedy(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(**{**emulator.options(), "api_key": "KEYwrong"})
    with pytest.raises(AuthenticationError, match="TELNYX_API_KEY") as caught:
        mode.invoke(model)
    assert isinstance(caught.value, core.ModelAuthenticationError)
    assert len(emulator.requests) == 1


def test_a_model_without_its_key_after_unpickling_is_an_error_with_a_remedy(mode: Mode) -> None:
    model = ChatTelnyx(api_key="KEY1", base_url="http://127.0.0.1:9")
    loaded = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own
    with pytest.raises(ConfigurationError, match="pass `api_key=` or set TELNYX_API_KEY"):
        mode.invoke(loaded)


def test_a_closed_port_is_a_connection_error_that_names_the_address(mode: Mode) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    model = ChatTelnyx(api_key="KEY1", base_url=f"http://127.0.0.1:{port}", max_retries=0)
    with pytest.raises(langchain_telnyx.APIConnectionError, match=f"127.0.0.1:{port}") as caught:
        mode.invoke(model)
    assert isinstance(caught.value, core.ModelConnectionError)
    assert caught.value.is_retryable is True


def test_a_stalled_server_is_a_timeout(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(timeout=0.1, max_retries=0, **emulator.options())
    emulator.latency(5)
    with pytest.raises(langchain_telnyx.APITimeoutError, match="Raise `timeout=`") as caught:
        mode.invoke(model)
    assert isinstance(caught.value, core.ModelTimeoutError)


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_429_is_retried_up_to_max_retries(
    emulator: TelnyxEmulator, mode: Mode, *, streamed: bool
) -> None:
    model = ChatTelnyx(max_retries=2, **emulator.options())
    emulator.fail(429, times=2, retry_after=0.01)
    emulator.say("At last.")
    answer = (mode.whole if streamed else mode.invoke)(model)
    assert answer.text == "At last."
    assert len(emulator.requests) == 3
    emulator.fail(429, times=3, retry_after=0.01)
    with pytest.raises(RateLimitError):
        mode.invoke(model)
    assert len(emulator.requests) == 6


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_on_retry_is_called_for_each_retry(emulator: TelnyxEmulator, mode: Mode) -> None:
    retries: list[Retry] = []
    model = ChatTelnyx(**emulator.options(), on_retry=retries.append)
    emulator.fail(429, times=1, retry_after=0)
    emulator.say("Here.")
    assert mode.invoke(model).text == "Here."
    assert [(retry.attempt, type(retry.error)) for retry in retries] == [(1, RateLimitError)]


def test_after_the_deadline_no_attempt_begins(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(**emulator.options(), deadline=5, max_retries=9)
    emulator.fail(429, times=9, retry_after=30)
    with pytest.raises(RateLimitError):
        mode.invoke(model)
    assert len(emulator.requests) == 1


def test_an_invalid_request_is_not_retried(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(max_retries=2, **emulator.options())
    emulator.fail(400)
    with pytest.raises(BadRequestError):
        mode.invoke(model)
    assert len(emulator.requests) == 1


def test_a_fallback_answers_where_the_first_model_fails(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    spare = ChatTelnyx(model="zai-org/GLM-5.3", **emulator.options())
    both: Any = model.with_fallbacks([spare], exceptions_to_handle=(core.ModelError,))
    emulator.fail(503)
    emulator.say("The spare one.")
    answer = mode.invoke(both)
    assert answer.text == "The spare one."
    assert answer.response_metadata["model_name"] == "zai-org/GLM-5.3"


def test_a_truncated_stream_is_an_error_with_the_partial_message(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("one two three four")
    emulator.cut_stream(after=3)
    with pytest.raises(StreamError) as caught:
        mode.stream(model)
    assert isinstance(caught.value, core.ModelConnectionError)
    assert caught.value.is_retryable is True
    assert caught.value.partial.text == "one two"
    assert len(emulator.requests) == 1  # yielded chunks cannot be withdrawn


def test_an_error_in_a_stream_has_the_partial_message(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.say("one two three four")
    emulator.script.stream_error(after=2, detail="The engine fell over.")
    with pytest.raises(StreamError, match="The engine fell over") as caught:
        mode.stream(model)
    assert caught.value.partial.text == "one"
    assert caught.value.code == "10007"


def test_chunks_before_a_stream_error_are_yielded(
    emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    emulator.say("one two three four")
    emulator.cut_stream(after=3)
    seen: list[str] = []
    with pytest.raises(StreamError):
        seen.extend(chunk.text for chunk in model.stream("Hi"))
    for chunk_text in ("one", " two"):
        assert chunk_text in seen


def test_a_stalled_stream_is_an_error_with_the_partial_message(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(timeout=0.2, max_retries=0, **emulator.options())
    emulator.say("one two three four")
    emulator.script.stall_stream(after=3, seconds=5)
    with pytest.raises(StreamError) as caught:
        mode.stream(model)
    assert caught.value.partial.text == "one two"


def test_a_base_url_that_leads_elsewhere_is_a_not_found_error(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    options = {**emulator.options(), "base_url": f"{emulator.storage_url}/v2/nowhere"}
    with pytest.raises(NotFoundError, match="/v2/nowhere/ai/openai/chat/completions") as caught:
        mode.invoke(ChatTelnyx(**options))
    assert isinstance(caught.value, core.ModelNotFoundError)
