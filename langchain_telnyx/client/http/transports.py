"""Transports: each sends requests over a pool of one connection of httpcore (`core`).

They use httpcore directly, because httpx's request and response take a sixth of a call's time, and
because httpx's transports do not accept our network streams. Where a recorder, a mock or a tracer
instruments httpx's transports, requests go through those (`instrumented_library`).
"""

import asyncio
import ssl
from functools import cache, lru_cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NamedTuple

import httpx

from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.instrumented import instrumented_library
from langchain_telnyx.client.http.network_streams import AsyncNetworkBackend, NetworkBackend
from langchain_telnyx.client.http.requests import OutgoingRequest
from langchain_telnyx.client.http.responses import (
    AsyncBodyStream,
    AsyncResponse,
    BodyStream,
    ConnectionLease,
    Response,
    aopen_response,
    open_response,
)

# Requests of other methods have a `content-length` even if the body is empty.
_BODILESS = {"GET", "HEAD", "DELETE"}


class TransportOptions(NamedTuple):
    """How a transport reaches its host.

    Attributes:
        ssl_context: The certificates to trust.
        keep_alive: Seconds after which an unused connection is closed.
        proxy: The proxy to use.
    """

    ssl_context: ssl.SSLContext
    keep_alive: float
    proxy: httpx.Proxy | None


class Transport:
    """Sends requests, sync.

    Args:
        options: How it reaches its host.
    """

    def __init__(self, options: TransportOptions) -> None:
        self._options = options
        self._backend = NetworkBackend()
        self._pool = core.ConnectionPool(network_backend=self._backend, **_pool_options(options))
        self._library_transports: dict[ModuleType, Any] = {}

    def send(
        self, request: OutgoingRequest, body: Any, lease: ConnectionLease
    ) -> Response | httpx.Response:
        """Send a request and return the open response.

        Args:
            request: The request.
            body: Its body.
            lease: The lease of this transport, which ends when the response is closed.
        """
        library = instrumented_library(is_async=False)
        if library is None:
            return open_response(self._pool.handle_request(_for_core(request, body)), lease)
        transport = self._library_transports.get(library)
        if transport is None:
            options = _library_options(library, self._options)
            transport = self._library_transports[library] = library.HTTPTransport(**options)
        response: httpx.Response = transport.handle_request(_for_transport(library, request, body))
        response.stream = _body_for(library)(response.stream, lease)
        return response

    def is_idle(self) -> bool:
        """Return whether the next request can be sent."""
        return all(connection.is_idle() for connection in self._pool.connections)

    def abort(self) -> None:
        """Close every connection at once, even in use."""
        self._backend.abort()
        for transport in self._library_transports.values():
            transport.close()

    close = abort


class AsyncTransport:
    """Sends requests, async.

    Args:
        options: How it reaches its host.
    """

    def __init__(self, options: TransportOptions) -> None:
        self._options = options
        self._backend = AsyncNetworkBackend()
        self._pool = core.AsyncConnectionPool(
            network_backend=self._backend, **_pool_options(options)
        )
        self._library_transports: dict[ModuleType, Any] = {}

    async def send(
        self, request: OutgoingRequest, body: Any, lease: ConnectionLease
    ) -> AsyncResponse | httpx.Response:
        """Send a request and return the open response; see `Transport.send`."""
        library = instrumented_library(is_async=True)
        if library is None:
            raw_response = await self._pool.handle_async_request(_for_core(request, body))
            return aopen_response(raw_response, lease)
        transport = self._library_transports.get(library)
        if transport is None:
            options = _library_options(library, self._options)
            transport = self._library_transports[library] = library.AsyncHTTPTransport(**options)
        response: httpx.Response = await transport.handle_async_request(
            _for_transport(library, request, body)
        )
        response.stream = _async_body_for(library)(response.stream, lease)
        return response

    def is_idle(self) -> bool:
        """Return whether the next request can be sent."""
        return all(connection.is_idle() for connection in self._pool.connections)

    def abort(self) -> None:
        """Close every connection at once, even in use."""
        self._backend.abort()
        for transport in self._library_transports.values():
            # The library closes with a coroutine.
            task = asyncio.ensure_future(transport.aclose())
            _closing.add(task)  # the loop holds only weak references to tasks
            task.add_done_callback(_closing.discard)

    async def aclose(self) -> None:
        """Close every connection."""
        self._backend.abort()
        for transport in self._library_transports.values():
            await transport.aclose()


_closing: "set[asyncio.Future[None]]" = set()


@cache
def _body_for(library: ModuleType) -> type[BodyStream]:
    """Return the class of bodies that responses of a library accept."""
    return (
        BodyStream if library is httpx else type("Body", (BodyStream, library.SyncByteStream), {})
    )


@cache
def _async_body_for(library: ModuleType) -> type[AsyncBodyStream]:
    return (
        AsyncBodyStream
        if library is httpx
        else type("Body", (AsyncBodyStream, library.AsyncByteStream), {})
    )


def _pool_options(options: TransportOptions) -> dict[str, Any]:
    return {
        "ssl_context": options.ssl_context,
        "max_connections": 1,
        "max_keepalive_connections": 1,
        "keepalive_expiry": options.keep_alive,
        "proxy": None if options.proxy is None else _proxy(options.proxy),
    }


def _library_options(library: ModuleType, options: TransportOptions) -> dict[str, Any]:
    return {
        "verify": options.ssl_context,
        "limits": library.Limits(
            max_connections=1,
            max_keepalive_connections=1,
            keepalive_expiry=options.keep_alive,
        ),
        "proxy": options.proxy,
    }


def _proxy(proxy: httpx.Proxy) -> core.Proxy:
    if proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError(
            'A SOCKS proxy needs socksio: run `pip install "httpx[socks]"`, or use an HTTP proxy.'
        )
    return core.Proxy(
        _core_url(proxy.url),
        auth=proxy.raw_auth,
        headers=proxy.headers.raw,
        ssl_context=proxy.ssl_context,
    )


def _core_url(url: httpx.URL) -> core.URL:
    """Return a URL in the library's form."""
    return core.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


# Parsing a URL takes a twentieth of a call's time, and there are few different ones.
@lru_cache(maxsize=1024)
def address(url: str) -> tuple[core.URL, bytes]:
    """Return a URL in the library's form, and its host with the port."""
    parsed = httpx.URL(url)
    return _core_url(parsed), parsed.netloc


def _for_core(request: OutgoingRequest, body: Any) -> core.Request:
    url, host = address(request.url)
    if (target := request.target) is not None:
        url = core.URL(
            scheme=url.scheme, host=url.host, port=url.port, target=target.encode("ascii")
        )
    headers = [] if "host" in request.headers else [(b"host", host)]
    for name, value in request.headers.items():
        headers.append((name.encode("ascii"), value.encode("ascii")))
    if isinstance(body, bytes) and (body or request.method not in _BODILESS):
        headers.append((b"content-length", b"%d" % len(body)))
    return core.Request(
        request.method.encode("ascii"),
        url,
        headers=headers,
        content=body,
        extensions={"timeout": request.timeout},
    )


def _for_transport(library: ModuleType, request: OutgoingRequest, body: Any) -> Any:
    request.check_path()
    return library.Request(
        request.method,
        request.url,
        headers=request.headers,
        content=body,
        extensions={"timeout": request.timeout},
    )
