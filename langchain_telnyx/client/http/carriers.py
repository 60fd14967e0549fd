"""What carries requests: a small pool of httpcore's, which is what httpx itself stands on.

Directly, since httpx's request and response would be a sixth of a call's price, and since its
transports take no network streams of ours (`wires`). But recorders (VCR), mocks (pytest-httpx) and
tracers (OpenTelemetry) put themselves in the place of a method of httpx's transports. Where one
has, requests go by way of those, for it to see them.
"""

import ssl
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from types import FunctionType
from typing import Any, NamedTuple

import httpcore
import httpx

from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.http.answers import (
    Answer,
    AsyncAnswer,
    AsyncBody,
    Body,
    aanswered,
    answered,
)
from langchain_telnyx.client.http.requests import Outgoing
from langchain_telnyx.client.http.wires import AsyncBackend, Backend

# An empty body of any other method has a length, and it is told.
_BODILESS = {"GET", "HEAD", "DELETE"}


class Reach(NamedTuple):
    """How a carrier reaches its host.

    Attributes:
        certificates: Whom to trust.
        connections: Open connections at most, all of which are kept open.
        keep_alive: Seconds to keep one open that is not used.
        proxy: The proxy to go by.
    """

    certificates: ssl.SSLContext
    connections: int
    keep_alive: float
    proxy: httpx.Proxy | None


class Carrier:
    """Carries requests, blocking.

    Args:
        reach: How it reaches its host.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._pool = httpcore.ConnectionPool(network_backend=Backend(), **_pool_options(reach))
        self._transport: httpx.HTTPTransport | None = None

    def send(
        self, request: Outgoing, body: Any, closed: Callable[[], None]
    ) -> Answer | httpx.Response:
        """Send a request and return the open answer.

        Args:
            request: The request.
            body: Its body.
            closed: Called once, when the answer is closed.
        """
        if not _is_watched(httpx.HTTPTransport, "handle_request"):
            return answered(self._pool.handle_request(_for_httpcore(request, body)), closed)
        if self._transport is None:
            self._transport = httpx.HTTPTransport(**_transport_options(self._reach))
        response = self._transport.handle_request(_for_httpx(request, body))
        response.stream = Body(response.stream, closed)
        return response

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()
        if self._transport is not None:
            self._transport.close()


class AsyncCarrier:
    """Carries requests, awaited.

    Args:
        reach: How it reaches its host.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._pool = httpcore.AsyncConnectionPool(
            network_backend=AsyncBackend(), **_pool_options(reach)
        )
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def send(
        self, request: Outgoing, body: Any, closed: Callable[[], None]
    ) -> AsyncAnswer | httpx.Response:
        """Send a request and return the open answer; see `Carrier.send`."""
        if not _is_watched(httpx.AsyncHTTPTransport, "handle_async_request"):
            answer = await self._pool.handle_async_request(_for_httpcore(request, body))
            return aanswered(answer, closed)
        if self._transport is None:
            self._transport = httpx.AsyncHTTPTransport(**_transport_options(self._reach))
        response = await self._transport.handle_async_request(_for_httpx(request, body))
        response.stream = AsyncBody(response.stream, closed)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
        if self._transport is not None:
            await self._transport.aclose()


def _is_watched(transport: type, name: str) -> bool:
    """Whether somebody has put something else in the place of a method."""
    method = vars(transport)[name]
    # The code's own name: a wrapper takes over all others.
    return (
        type(method) is not FunctionType
        or method.__code__.co_qualname != f"{transport.__name__}.{name}"
    )


def _pool_options(reach: Reach) -> dict[str, Any]:
    return {
        "ssl_context": reach.certificates,
        "max_connections": reach.connections,
        # A lower keep-alive limit reconnects all the time under load (encode/httpcore#1110).
        "max_keepalive_connections": reach.connections,
        "keepalive_expiry": reach.keep_alive,
        "proxy": None if reach.proxy is None else _proxy(reach.proxy),
    }


def _transport_options(reach: Reach) -> dict[str, Any]:
    return {
        "verify": reach.certificates,
        "limits": httpx.Limits(
            max_connections=reach.connections,
            max_keepalive_connections=reach.connections,
            keepalive_expiry=reach.keep_alive,
        ),
        "proxy": reach.proxy,
    }


def _proxy(proxy: httpx.Proxy) -> httpcore.Proxy:
    if proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError(
            'A SOCKS proxy needs socksio: run `pip install "httpx[socks]"`, or use an HTTP proxy.'
        )
    return httpcore.Proxy(_known(proxy.url), auth=proxy.raw_auth, headers=proxy.headers.raw)


def _known(url: httpx.URL) -> httpcore.URL:
    """Return an address as httpcore knows it."""
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


# Parsing an address costs a twentieth of a call, and there are only so many.
@lru_cache(maxsize=1024)
def _address(url: str) -> tuple[httpcore.URL, bytes]:
    """Return an address, and the host that it names."""
    parsed = httpx.URL(url)
    return _known(parsed), parsed.netloc


def _for_httpcore(request: Outgoing, body: Any) -> httpcore.Request:
    url, host = _address(request.url)
    if (target := request.target) is not None:
        url = httpcore.URL(
            scheme=url.scheme, host=url.host, port=url.port, target=target.encode("ascii")
        )
    headers = [] if "host" in request.headers else [(b"host", host)]
    for name, value in request.headers.items():
        headers.append((name.encode("ascii"), value.encode("ascii")))
    if isinstance(body, bytes) and (body or request.method not in _BODILESS):
        headers.append((b"content-length", b"%d" % len(body)))
    return httpcore.Request(
        request.method.encode("ascii"),
        url,
        headers=headers,
        content=body,
        extensions={"timeout": request.timeout},
    )


def _for_httpx(request: Outgoing, body: Any) -> httpx.Request:
    request.check_path()
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        content=body,
        extensions={"timeout": request.timeout},
    )
