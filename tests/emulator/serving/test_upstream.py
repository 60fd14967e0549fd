"""Chat and embeddings passed on to another server, with an emulator standing in for it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

HELLO = [{"role": "user", "content": "Hello"}]
LOCAL = "Qwen/Qwen3-235B-A22B"


@pytest.fixture
def behind() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(api_key="KEY_behind") as running:
        yield running


@pytest.fixture
def front(behind: TelnyxEmulator) -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(
        sockets=False,
        upstream=f"{behind.base_url}/ai/openai/",
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


def test_chat_is_answered_by_the_upstream_and_its_model(behind: TelnyxEmulator, send: Any) -> None:
    behind.say("From behind.")
    answer = send(messages=HELLO, model="any/model", temperature=0.5).json()
    assert answer["choices"][0]["message"]["content"] == "From behind."
    assert answer["model"] == LOCAL


def test_the_callers_key_is_never_forwarded(
    behind: TelnyxEmulator, front: TelnyxEmulator, send: Any
) -> None:
    assert send(messages=HELLO).status_code == 200
    (request,) = behind.requests
    assert request.headers["authorization"] == "Bearer ***"
    assert front.api_key not in str(request)


def test_fields_that_only_telnyx_knows_stay_here(behind: TelnyxEmulator, send: Any) -> None:
    send(messages=HELLO, region="EU", mode="strict", enable_thinking=False, top_p=0.5)
    body = behind.requests[-1].body.decode()
    assert '"top_p"' in body
    assert not any(word in body for word in ("region", 'mode"', "enable_thinking"))


def test_a_stream_comes_through_as_it_is(behind: TelnyxEmulator, send: Any) -> None:
    behind.script.raw_stream(["data: {1}\n\n", ": note\n\n", "data: [DONE]\n\n"])
    response = send(messages=HELLO, stream=True)
    assert response.text == "data: {1}\n\n: note\n\ndata: [DONE]\n\n"
    assert response.headers["content-type"].startswith("text/event-stream")


def test_embeddings_come_from_the_upstream(behind: TelnyxEmulator, send: Any) -> None:
    response = send("/ai/openai/embeddings", model="x", input=["a"])
    # The stand-in refuses its chat model, which shows that it was asked, and for which model.
    assert response.status_code == 400
    assert f"'{LOCAL}' does not make embeddings" in response.json()["errors"][0]["detail"]
    assert behind.requests[-1].path == "/v2/ai/openai/embeddings"


def test_an_upstreams_refusal_comes_in_the_telnyx_envelope(
    behind: TelnyxEmulator, send: Any
) -> None:
    behind.fail(429, retry_after=3, detail="Slow down.")
    response = send(messages=HELLO)
    assert response.status_code == 429
    assert response.headers["retry-after"] == "3"
    error = response.json()["errors"][0]
    assert error["code"] == "10011"
    assert "The upstream answered 429" in error["detail"]
    assert "Slow down." in error["detail"]


def test_an_upstream_that_is_gone_is_502(behind: TelnyxEmulator, send: Any) -> None:
    behind.script.drop_connection()
    response = send(messages=HELLO)
    assert response.status_code == 502
    assert response.json()["errors"][0]["detail"].startswith("The upstream cannot be reached")


def test_scripted_replies_come_before_the_upstream(front: TelnyxEmulator, send: Any) -> None:
    front.say("Scripted.")
    answer = send(messages=HELLO, model="any/model").json()
    assert answer["choices"][0]["message"]["content"] == "Scripted."


def test_retrieval_is_done_here_and_its_passages_sent_along(
    behind: TelnyxEmulator, front: TelnyxEmulator, send: Any
) -> None:
    objects = front.account.objects
    objects.create_bucket("guides")
    tool = {"type": "retrieval", "retrieval": {"bucket_ids": ["guides"]}}
    assert send(messages=HELLO, tools=[tool]).status_code == 404
    assert not behind.requests


def test_a_caller_may_leave_a_stream_early(
    behind: TelnyxEmulator, front: TelnyxEmulator, send: Any
) -> None:
    behind.script.stall_stream(after=2, seconds=30)
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
    """Serve one request with a body that is announced longer than it is."""

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
