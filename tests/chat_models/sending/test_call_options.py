"""Options of a call are not part of the request body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from pydantic import BaseModel, create_model

from langchain_telnyx import ChatTelnyx, ConfigurationError
from langchain_telnyx.errors import ServerError

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

ANSWER = {
    "id": "c",
    "model": "m",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
    ],
}


class Recorder:
    """A transport that records requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if b'"stream":true' in request.content.replace(b" ", b""):
            chunk = {**ANSWER, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
            content = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
            return httpx.Response(
                200, content=content, headers={"content-type": "text/event-stream"}
            )
        return httpx.Response(200, json=ANSWER)

    def model(self, **options: Any) -> ChatTelnyx:
        transport = httpx.MockTransport(self)
        return ChatTelnyx(
            api_key="KEY0123456789",
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
            **options,
        )

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


OPTIONS: dict[str, Any] = {
    "timeout": 7.5,
    "deadline": 60,
    "max_retries": 0,
    "extra_headers": {"X-Tenant": "blue"},
    "extra_query": {"api-version": "3"},
    "stream_idle_timeout": 5,
    "stream_timeout": 50,
    "comments_keep_alive": True,
}


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("bound", [False, True])
def test_options_of_a_call_are_used_and_not_sent(mode: Mode, *, streams: bool, bound: bool) -> None:
    recorder = Recorder()
    model: Any = recorder.model(timeout=99, default_headers={"x-tenant": "red"})
    target, options = (model.bind(**OPTIONS), {}) if bound else (model, OPTIONS)
    (mode.stream if streams else mode.invoke)(target, "Hi", **options)
    request = recorder.requests[-1]
    assert recorder.body.keys() - {"stream", "stream_options"} == {"model", "messages"}
    assert request.extensions["timeout"]["read"] == 7.5
    assert request.headers["x-tenant"] == "blue"
    assert request.url.params["api-version"] == "3"
    mode.invoke(model)
    assert recorder.requests[-1].extensions["timeout"]["read"] == 99
    assert recorder.requests[-1].headers["x-tenant"] == "red"


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_call_says_how_often_it_is_tried_again(emulator: TelnyxEmulator, mode: Mode) -> None:
    patient = ChatTelnyx(**{**emulator.options(), "max_retries": 2})
    hasty = ChatTelnyx(**{**emulator.options(), "max_retries": 0})
    for target, options, requests, retry_after in (
        (patient, {"max_retries": 0}, 1, None),
        (hasty, {"max_retries": 1}, 2, None),
        # The time does not suffice for the pause before another request.
        (patient, {"deadline": 20.0}, 1, 60),
        (patient.bind_tools([], max_retries=0), {}, 1, None),
    ):
        before = len(emulator.requests)
        emulator.fail(503, times=1, retry_after=retry_after)
        if requests == 1:
            with pytest.raises(ServerError):
                mode.invoke(target, "Hi", **options)
        else:
            mode.invoke(target, "Hi", **options)
        assert len(emulator.requests) - before == requests


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"timeout": 0}, "`timeout` is 0"),
        ({"timeout": "long"}, "`timeout` is 'long'"),
        ({"timeout": (1, 2)}, "takes one number"),
        ({"deadline": -1}, "`deadline` is -1"),
        ({"max_retries": -1}, "`max_retries` is -1"),
        ({"max_retries": 1.5}, "`max_retries` is 1.5"),
        ({"extra_headers": {"x-tenant": "blue\n"}}, "'x-tenant'"),
        ({"think_tags": True}, "`think_tags` is an option of the model"),
        ({"replay_reasoning": True}, "`replay_reasoning` is an option of the model"),
    ],
)
def test_an_option_that_cannot_work_is_refused_by_name(
    emulator: TelnyxEmulator, mode: Mode, wrong: dict[str, Any], about: str
) -> None:
    model = ChatTelnyx(**emulator.options())
    for call in (mode.invoke, mode.stream):
        with pytest.raises(ConfigurationError, match=about.replace("(", r"\(")):
            call(model, "Hi", **wrong)
    assert not emulator.requests


def test_stop_sequences_are_another_name_of_stop(emulator: TelnyxEmulator, mode: Mode) -> None:
    model: Any = ChatTelnyx(stop=["a"], **emulator.options())
    for target, options, stop in (
        (model, {}, ["a"]),
        (model, {"stop_sequences": ["b"]}, ["b"]),
        (model.bind(stop_sequences=["b"]), {}, ["b"]),
        (model.bind(stop=["b"]), {"stop_sequences": ["c"]}, ["c"]),
        (model.bind(stop_sequences=["b"]), {"stop": ["c"]}, ["c"]),
    ):
        mode.invoke(target, "Hi", **options)
        assert sent(emulator)["stop"] == stop
        assert "stop_sequences" not in sent(emulator)


@pytest.mark.parametrize(
    ("made", "bound", "called", "cap"),
    [
        ({"max_tokens": 1}, {}, {"max_completion_tokens": 2}, {"max_completion_tokens": 2}),
        ({"max_tokens": 1}, {"max_completion_tokens": 2}, {}, {"max_completion_tokens": 2}),
        ({}, {"max_completion_tokens": 2}, {"max_tokens": 3}, {"max_tokens": 3}),
        ({}, {"max_tokens": 2}, {"max_completion_tokens": 3}, {"max_completion_tokens": 3}),
        ({}, {}, {"max_tokens": 2, "max_completion_tokens": 3}, {"max_completion_tokens": 3}),
        ({"model_kwargs": {"max_completion_tokens": 2}}, {}, {"max_tokens": 3}, {"max_tokens": 3}),
        ({"max_tokens": 1, "model_kwargs": {"max_completion_tokens": 2}}, {}, {}, None),
        ({"max_tokens": 1}, {}, {"extra_body": {"max_completion_tokens": 2}}, None),
        ({"max_tokens": 1, "extra_body": {"max_completion_tokens": 2}}, {}, {}, None),
        ({"max_tokens": 1}, {}, {"max_completion_tokens": None}, {}),
    ],
)
def test_of_two_caps_the_last_one_is_sent(
    mode: Mode,
    made: dict[str, Any],
    bound: dict[str, Any],
    called: dict[str, Any],
    cap: dict[str, int] | None,
) -> None:
    recorder = Recorder()
    model: Any = recorder.model(**made)
    for call in (mode.invoke, mode.stream):
        call(model.bind(**bound), "Hi", **called)
        expected = {"max_completion_tokens": 2} if cap is None else cap
        found = {name: value for name, value in recorder.body.items() if name.startswith("max_")}
        assert found == expected


def test_fields_of_tomorrow_may_come_with_a_call(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(**emulator.options())
    mode.invoke(model, "Hi", model_kwargs={"top_k": 5}, model_name="zai-org/GLM-5.1-FP8")
    assert sent(emulator).items() >= {"top_k": 5, "model": "zai-org/GLM-5.1-FP8"}.items()
    assert not {"model_kwargs", "model_name"} & sent(emulator).keys()


@pytest.mark.default_quirks(
    "It counts requests.", "rate_limited_share", "response_format_json_schema"
)
def test_a_cache_key_has_the_schema_and_no_call_options(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(cache=InMemoryCache(), **emulator.options())
    classes: list[type[BaseModel]] = [
        create_model("Same", name=(str, ...)),
        create_model("Same", year=(int, ...)),
    ]
    for each in classes:
        mode.invoke(model, "Hi", response_format=each)
    assert len(emulator.requests) == 2
    mode.invoke(model, "Hi", response_format=classes[0], timeout=5, max_retries=1)
    assert len(emulator.requests) == 2
