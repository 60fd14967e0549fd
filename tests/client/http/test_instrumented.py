"""Recorders, mocks and tracers see requests, with httpcore2 or httpcore."""

import functools
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import ConfigurationError

AsAsync = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[Any], None]], str]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]
NO_MODELS = b'{"object":"list","data":[]}'


def trace(library: Any, seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrap the methods of a library's transports, as OpenTelemetry's instrumentation does."""
    send = library.HTTPTransport.handle_request
    asend = library.AsyncHTTPTransport.handle_async_request

    @functools.wraps(send)
    def traced(self: Any, request: Any) -> Any:
        seen.append(f"{request.method} {request.url.path}")
        return send(self, request)

    @functools.wraps(asend)
    async def atraced(self: Any, request: Any) -> Any:
        seen.append(f"{request.method} {request.url.path}")
        return await asend(self, request)

    monkeypatch.setattr(library.HTTPTransport, "handle_request", traced)
    monkeypatch.setattr(library.AsyncHTTPTransport, "handle_async_request", atraced)


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


async def test_a_tracer_sees_every_request(
    as_async: AsAsync, serve: Serve, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    trace(library, seen, monkeypatch)
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, {}, NO_MODELS)))
    for _ in range(2):
        assert await as_async(telnyx).models.list() == []
    assert seen == ["GET /v2/ai/openai/models"] * 2


async def test_a_tracer_added_later_sees_the_requests_from_then_on(
    as_async: AsAsync, serve: Serve, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, {}, NO_MODELS)))
    assert await as_async(telnyx).models.list() == []
    seen: list[str] = []
    trace(library, seen, monkeypatch)
    assert await as_async(telnyx).models.list() == []
    assert seen == ["GET /v2/ai/openai/models"]


async def test_a_tracer_sees_no_request_after_its_end(
    as_async: AsAsync, serve: Serve, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, {}, NO_MODELS)))
    seen: list[str] = []
    for _ in range(2):
        with monkeypatch.context() as patch:
            trace(library, seen, patch)
            assert await as_async(telnyx).models.list() == []
        assert await as_async(telnyx).models.list() == []
    assert seen == ["GET /v2/ai/openai/models"] * 2


async def test_a_class_that_replaces_the_transport_sees_the_requests(
    as_async: AsAsync, serve: Serve, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, {}, NO_MODELS)))
    assert await as_async(telnyx).models.list() == []
    seen: list[str] = []

    class Sync(library.HTTPTransport):  # type: ignore[misc]  # of either library
        def handle_request(self, request: Any) -> Any:
            seen.append(request.method)
            return super().handle_request(request)

    class Async(library.AsyncHTTPTransport):  # type: ignore[misc]  # likewise
        async def handle_async_request(self, request: Any) -> Any:
            seen.append(request.method)
            return await super().handle_async_request(request)

    monkeypatch.setattr(library, "HTTPTransport", Sync)
    monkeypatch.setattr(library, "AsyncHTTPTransport", Async)
    assert await as_async(telnyx).models.list() == []
    assert seen == ["GET"]


@pytest.mark.parametrize("body", [b"", b"{}", b"x" * 200_000])
async def test_requests_are_the_same_over_any_library(
    as_async: AsAsync, serve: Serve, library: Any, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[Any] = []
    lock = threading.Lock()

    def record(
        method: str, path: str, headers: dict[str, str], content: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        with lock:
            lower_case = {name.lower(): value for name, value in headers.items()}
            received.append((method, path, lower_case, content))
        return 200, {}, b""

    url = serve(record)
    telnyx = Telnyx(api_key="KEY0123", base_url=url, storage_url=url)
    for _ in range(2):
        await as_async(telnyx).storage.put_object(
            "bucket", "a b/ü.txt", body, content_type="text/x"
        )
        trace(library, [], monkeypatch)
    (*first, headers, content), (*second, again, content_again) = (
        (method, path, headers, content) for method, path, headers, content in received
    )
    assert first == second
    assert content == content_again == body
    for changing in ("authorization", "x-amz-date"):  # the time is in them
        headers.pop(changing)
        again.pop(changing)
    assert headers == again


async def test_a_stream_uses_the_instrumented_library(
    as_async: AsAsync, serve: Serve, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    trace(library, seen, monkeypatch)
    chunk = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}]}'
    body = chunk + b"\n\ndata: [DONE]\n\n"
    url = serve(lambda *_: (200, {"content-type": "text/event-stream"}, body))
    telnyx = Telnyx(api_key="KEY0123", base_url=url, max_connections=1)
    for _ in range(2):
        assert len(await as_async(telnyx).chat.stream([])) == 1
    assert seen == ["POST /v2/ai/openai/chat/completions"] * 2


async def test_a_request_with_two_instrumented_libraries_is_seen_once(
    as_async: AsAsync, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    trace(httpx, seen, monkeypatch)
    trace(pytest.importorskip("httpx2"), seen, monkeypatch)
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, {}, NO_MODELS)))
    assert await as_async(telnyx).models.list() == []
    assert seen == ["GET /v2/ai/openai/models"]


async def test_respx_can_mock_the_server(as_async: AsAsync) -> None:
    telnyx = Telnyx(api_key="KEY0123", base_url="http://127.0.0.1:1", max_retries=0)
    with respx.mock() as mock:
        route = mock.get("http://127.0.0.1:1/v2/ai/openai/models").respond(json={"data": []})
        for _ in range(2):
            assert await as_async(telnyx).models.list() == []
    assert route.call_count == 2
    assert route.calls[0].request.headers["authorization"] == "Bearer KEY0123"


async def test_a_key_with_dots_is_not_sent_through_httpx(
    as_async: AsAsync, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    trace(httpx, seen, monkeypatch)
    telnyx = Telnyx(api_key="KEY0123", storage_url=serve(lambda *_: (204, {}, b"")))
    for method in (as_async(telnyx).storage.get_object, as_async(telnyx).storage.delete_object):
        with pytest.raises(ConfigurationError, match="another object"):
            await method("docs", "exports/../old.txt")
    assert seen == []
    await as_async(telnyx).storage.delete_object("docs", "exports/old.txt")
    assert seen == ["DELETE /docs/exports/old.txt"]
