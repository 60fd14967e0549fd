"""Proxies: from arguments or the environment, by host, and never for loopback."""

import socket
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import ConfigurationError

AsAsync = Callable[[Telnyx], Any]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]
NO_MODELS = b'{"object":"list","data":[]}'


def telnyx(base_url: str, **options: Any) -> Telnyx:
    usual = {"api_key": "KEY0123", "base_url": base_url, "timeout": 5, "allow_http": True}
    return Telnyx(**{**usual, **options})


@pytest.fixture
def proxied() -> list[str]:
    """The requests that the proxy received."""
    return []


@pytest.fixture
def proxy(serve: Serve, proxied: list[str]) -> str:
    """A proxy that responds for any host."""

    def forward(method: str, path: str, *_: object) -> tuple[int, dict[str, str], bytes]:
        proxied.append(f"{method} {path}")
        return 200, {}, NO_MODELS

    return serve(forward)


MODELS = "GET http://telnyx.invalid/v2/ai/openai/models"


async def test_a_proxy_of_the_environment_is_used(
    as_async: AsAsync, proxy: str, proxied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    assert await as_async(telnyx("http://telnyx.invalid")).models.list() == []
    assert proxied == [MODELS]


async def test_a_proxy_may_omit_its_scheme(
    as_async: AsAsync, proxy: str, proxied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", proxy.removeprefix("http://"))
    assert await as_async(telnyx("http://telnyx.invalid")).models.list() == []
    assert proxied == [MODELS]


async def test_a_proxy_argument_is_used(as_async: AsAsync, proxy: str, proxied: list[str]) -> None:
    assert await as_async(telnyx("http://telnyx.invalid", proxy=proxy)).models.list() == []
    assert proxied == [MODELS]


async def test_loopback_never_uses_a_proxy_of_the_environment(
    as_async: AsAsync,
    serve: Serve,
    proxy: str,
    proxied: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    base_url = serve(lambda *_: (200, {}, b'{"data": [{"id": "here"}]}'))
    assert [model.id for model in await as_async(telnyx(base_url)).models.list()] == ["here"]
    assert proxied == []


async def test_each_host_has_its_own_proxy_rule(
    as_async: AsAsync,
    serve: Serve,
    proxy: str,
    proxied: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    stored = serve(lambda *_: (200, {"etag": '"1"'}, b"from the storage itself"))
    api = as_async(telnyx("http://telnyx.invalid", storage_url=stored))
    assert await api.storage.get_object("b", "k") == b"from the storage itself"
    assert await api.models.list() == []
    assert proxied == [MODELS]


async def test_hosts_in_no_proxy_are_reached_directly(
    as_async: AsAsync,
    serve: Serve,
    proxy: str,
    proxied: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, *rest, **more: resolve("127.0.0.1", *rest, **more)
    )
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", ".telnyx.invalid")
    there = serve(lambda *_: (200, {}, b'{"data": [{"id": "there"}]}'))
    base_url = there.replace("127.0.0.1", "eu.telnyx.invalid")
    assert [model.id for model in await as_async(telnyx(base_url)).models.list()] == ["there"]
    assert proxied == []


@pytest.mark.parametrize("url", ["ftp://user:pa55word@proxy", "http://user:pa55word@[::1"])
async def test_an_unusable_proxy_is_reported_without_its_password(
    as_async: AsAsync, url: str
) -> None:
    with pytest.raises(ConfigurationError, match="The proxy for http://telnyx") as caught:
        await as_async(telnyx("http://telnyx.invalid", proxy=url)).models.list()
    assert "pa55word" not in "".join(traceback.format_exception(caught.value))
