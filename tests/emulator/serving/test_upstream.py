"""Chat and embeddings requests are forwarded to another server, here a second emulator."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import ModelRateLimit, ModelRateLimits, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

HELLO = [{"role": "user", "content": "Hello"}]
LOCAL = "Qwen/Qwen3-235B-A22B"


@pytest.fixture
def upstream() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(api_key="KEY_behind") as running:
        yield running


@pytest.fixture
def front(upstream: TelnyxEmulator) -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(
        sockets=False,
        upstream=f"{upstream.base_url}/ai/openai/",
        upstream_model=LOCAL,
        upstream_api_key="KEY_behind",
    ) as running:
        yield running


@pytest.fixture
def send(front: TelnyxEmulator) -> Callable[..., httpx.Response]:
    def post(path: str = "/ai/openai/chat/completions", **body: Any) -> httpx.Response:
        return front.http_client.post(
            front.base_url + path,
            headers={"authorization": f"Bearer {front.api_key}"},
            json=body,
        )

    return post


def test_chat_is_answered_by_the_upstream_and_its_model(
    upstream: TelnyxEmulator, send: Any
) -> None:
    upstream.say("From upstream.")
    answer = send(messages=HELLO, model="any/model", temperature=0.5).json()
    assert answer["choices"][0]["message"]["content"] == "From upstream."
    assert answer["model"] == LOCAL


def test_the_callers_key_is_never_forwarded(
    upstream: TelnyxEmulator, front: TelnyxEmulator, send: Any
) -> None:
    assert send(messages=HELLO).status_code == 200
    (request,) = upstream.requests
    assert request.headers["authorization"] == "Bearer ***"
    assert front.api_key not in str(request)


def test_fields_of_telnyx_are_not_forwarded(upstream: TelnyxEmulator, send: Any) -> None:
    send(messages=HELLO, region="EU", mode="strict", enable_thinking=False, top_p=0.5)
    body = upstream.requests[-1].body.decode()
    assert '"top_p"' in body
    assert not any(word in body for word in ("region", 'mode"', "enable_thinking"))


def test_a_stream_is_relayed_unchanged(upstream: TelnyxEmulator, send: Any) -> None:
    upstream.script.raw_stream(["data: {1}\n\n", ": note\n\n", "data: [DONE]\n\n"])
    response = send(messages=HELLO, stream=True)
    assert response.text == "data: {1}\n\n: note\n\ndata: [DONE]\n\n"
    assert response.headers["content-type"].startswith("text/event-stream")


def test_embeddings_come_from_the_upstream(upstream: TelnyxEmulator, send: Any) -> None:
    response = send("/ai/openai/embeddings", model="x", input=["a"])
    # The upstream refuses its chat model, which shows that it got the request, and its model.
    assert response.status_code == 400
    assert f"'{LOCAL}' does not make embeddings" in response.json()["errors"][0]["detail"]
    assert upstream.requests[-1].path == "/v2/ai/openai/embeddings"


def test_an_error_of_the_upstream_has_the_telnyx_envelope(
    upstream: TelnyxEmulator, send: Any
) -> None:
    upstream.fail(429, retry_after=3, detail="Slow down.")
    response = send(messages=HELLO)
    assert response.status_code == 429
    assert response.headers["retry-after"] == "3"
    error = response.json()["errors"][0]
    assert error["code"] == "10011"
    assert "The upstream answered 429" in error["detail"]
    assert "Slow down." in error["detail"]


def test_an_unreachable_upstream_is_a_502(upstream: TelnyxEmulator, send: Any) -> None:
    upstream.script.drop_connection()
    response = send(messages=HELLO)
    assert response.status_code == 502
    assert response.json()["errors"][0]["detail"].startswith("The upstream cannot be reached")


def test_scripted_replies_come_before_the_upstream(front: TelnyxEmulator, send: Any) -> None:
    front.say("Scripted.")
    answer = send(messages=HELLO, model="any/model").json()
    assert answer["choices"][0]["message"]["content"] == "Scripted."


def test_retrieval_is_local_and_its_passages_are_forwarded(
    upstream: TelnyxEmulator, front: TelnyxEmulator, send: Any
) -> None:
    objects = front.account.objects
    objects.create_bucket("guides")
    tool = {"type": "retrieval", "retrieval": {"bucket_ids": ["guides"]}}
    assert send(messages=HELLO, tools=[tool]).status_code == 404
    assert not upstream.requests


def test_a_caller_may_close_a_stream_early(
    upstream: TelnyxEmulator, front: TelnyxEmulator, send: Any
) -> None:
    upstream.script.stall_stream(after=2, seconds=30)
    with front.http_client.stream(
        "POST",
        f"{front.base_url}/ai/openai/chat/completions",
        headers={"authorization": f"Bearer {front.api_key}"},
        json={"messages": HELLO, "stream": True},
    ) as response:
        assert next(response.iter_bytes()).startswith(b"data: ")
    assert send(messages=HELLO).status_code == 200


def test_an_upstream_that_breaks_off_ends_the_stream_with_an_error() -> None:
    with (
        broken_server(b'data: {"id": 1}\n\n') as url,
        TelnyxEmulator(sockets=False, upstream=url) as front,
    ):
        answer = front.http_client.post(
            f"{front.base_url}/ai/openai/chat/completions",
            headers={"authorization": f"Bearer {front.api_key}"},
            json={"messages": HELLO, "stream": True},
        )
    first, error, end = answer.text.split("\n\n")
    assert first == 'data: {"id": 1}'
    assert '"code": "10007"' in error
    assert end == ""


@contextmanager
def broken_server(part: bytes) -> Iterator[str]:
    """Serve one request with a body that is shorter than declared."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            head = (
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 999\r\n\r\n"
            )
            connection.sendall(head + part)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        thread.join()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ai/openai/chat/completions", {"messages": HELLO}),
        ("/ai/openai/chat/completions", {"messages": HELLO, "stream": True}),
        ("/ai/openai/responses", {"input": "Hello"}),
        ("/ai/anthropic/v1/messages", {"messages": HELLO, "max_tokens": 50}),
    ],
)
def test_limits_of_requests_apply_before_the_upstream(
    upstream: TelnyxEmulator, path: str, body: dict[str, Any]
) -> None:
    limits = ModelRateLimits(by_model={"any/model": ModelRateLimit(requests=1)})
    with _limited(upstream, limits) as post:
        first = post(path, model="any/model", **body)
        assert (first.status_code, first.headers["x-ratelimit-remaining"]) == (200, "0")
        second = post(path, model="any/model", **body)
        assert (second.status_code, second.headers["x-ratelimit-limit"]) == (429, "1")
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(("stream", "status"), [(False, 429), (True, 200)])
def test_output_tokens_of_an_upstream_count_unless_they_are_streamed(
    upstream: TelnyxEmulator, status: int, *, stream: bool
) -> None:
    limits = ModelRateLimits(by_model={"any/model": ModelRateLimit(output_tokens=3)})
    with _limited(upstream, limits) as post:
        request = {"model": "any/model", "messages": HELLO, "stream": stream}
        upstream.say("An answer of more than three tokens, to be sure.")
        assert post("/ai/openai/chat/completions", **request).status_code == 200
        assert post("/ai/openai/chat/completions", **request).status_code == status


@contextmanager
def _limited(upstream: TelnyxEmulator, limits: ModelRateLimits) -> Iterator[Any]:
    options: dict[str, Any] = {
        "upstream": f"{upstream.base_url}/ai/openai/",
        "upstream_model": LOCAL,
        "upstream_api_key": "KEY_behind",
    }
    with TelnyxEmulator(sockets=False, rate_limits=limits, **options) as front:

        def post(path: str, **body: Any) -> httpx.Response:
            headers = {"authorization": f"Bearer {front.api_key}"}
            return front.http_client.post(front.base_url + path, headers=headers, json=body)

        yield post
