"""Recorders, mocks and tracers find our requests where they look: at httpx's transports."""

import functools
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import ConfigurationError

Faces = Callable[[Telnyx], Any]
Listen = Callable[[Callable[[Any], None]], str]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]
NO_MODELS = b'{"object":"list","data":[]}'


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a tracer saw that wraps the transports' methods, as OpenTelemetry's does."""
    asked: list[str] = []
    send, asend = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    @functools.wraps(send)
    def traced(self: Any, request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return send(self, request)

    @functools.wraps(asend)
    async def atraced(self: Any, request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return await asend(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", traced)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", atraced)
    return asked


async def test_a_tracer_sees_every_request(face: Faces, serve: Serve, seen: list[str]) -> None:
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, {}, NO_MODELS)))
    for _ in range(2):
        assert await face(telnyx).models.list() == []
    assert seen == ["GET /v2/ai/openai/models"] * 2


async def test_a_tracer_that_comes_later_sees_the_requests_from_then_on(
    face: Faces, serve: Serve, request: pytest.FixtureRequest
) -> None:
    telnyx = Telnyx(api_key="KEY0123", base_url=serve(lambda *_: (200, {}, NO_MODELS)))
    assert await face(telnyx).models.list() == []
    seen: list[str] = request.getfixturevalue("seen")
    assert await face(telnyx).models.list() == []
    assert seen == ["GET /v2/ai/openai/models"]


@pytest.mark.parametrize("body", [b"", b"{}", b"x" * 200_000])
async def test_what_is_sent_is_the_same_either_way(
    face: Faces, serve: Serve, body: bytes, request: pytest.FixtureRequest
) -> None:
    received: list[Any] = []
    lock = threading.Lock()

    def keep(
        method: str, path: str, headers: dict[str, str], content: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        with lock:
            kept = {name.lower(): value for name, value in headers.items()}
            received.append((method, path, kept, content))
        return 200, {}, b""

    url = serve(keep)
    telnyx = Telnyx(api_key="KEY0123", base_url=url, storage_url=url)
    for _ in range(2):
        await face(telnyx).storage.put_object("bucket", "a b/ü.txt", body, content_type="text/x")
        request.getfixturevalue("seen")
    (*first, headers, content), (*second, again, content_again) = (
        (method, path, headers, content) for method, path, headers, content in received
    )
    assert first == second
    assert content == content_again == body
    for changing in ("authorization", "x-amz-date"):  # the time is in them
        headers.pop(changing)
        again.pop(changing)
    assert headers == again


async def test_a_key_with_dots_is_not_sent_by_way_of_httpx_which_resolves_them(
    face: Faces, serve: Serve, seen: list[str]
) -> None:
    telnyx = Telnyx(api_key="KEY0123", storage_url=serve(lambda *_: (204, {}, b"")))
    for ask in (face(telnyx).storage.get_object, face(telnyx).storage.delete_object):
        with pytest.raises(ConfigurationError, match="another object"):
            await ask("docs", "exports/../old.txt")
    assert seen == []
    await face(telnyx).storage.delete_object("docs", "exports/old.txt")
    assert seen == ["DELETE /docs/exports/old.txt"]
