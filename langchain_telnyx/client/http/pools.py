"""Connection pools: opened on first use, one for all threads and one for each event loop.

A pool separates connections to the API from those to the storage: each host has its own proxy rule.
Nothing happens before the first request: no socket, no certificate store. A set of connections ends
with its event loop, with its owner, or with a fork; the next request opens a new one.
"""

import asyncio
import contextlib
import functools
import os
import ssl
import weakref
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from langchain_telnyx.client.call import Host
from langchain_telnyx.client.config import Config, check_encrypted
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.http.requests import OutgoingRequest
from langchain_telnyx.client.http.shards import AsyncShardPool, ShardPool
from langchain_telnyx.client.loops import running_loop

if TYPE_CHECKING:
    import httpx

    from langchain_telnyx.client.http.direct_transports import (
        AsyncDirectTransport,
        DirectTransport,
    )
    from langchain_telnyx.client.http.transports import (
        AsyncTransport,
        Transport,
        TransportOptions,
    )

_KEEP_ALIVE_SECONDS = 15.0
_GRACE_SECONDS = 1.0
_HOSTS: tuple[Host, ...] = ("api", "storage")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SyncPool:
    """The connections of all threads.

    Args:
        config: The hosts, and the number of connections.
    """

    def __init__(self, config: Config) -> None:
        self._hosts: dict[Host, ShardPool] = {
            host: ShardPool(
                functools.partial(_transport, config, host),
                config.max_connections,
                _KEEP_ALIVE_SECONDS,
            )
            for host in _HOSTS
        }
        # Close sockets with the last reference, not at the next garbage collection.
        for pool in self._hosts.values():
            weakref.finalize(self, pool.close)
        _pools.add(self)

    def send(self, request: OutgoingRequest, body: Any) -> Any:
        """Send a request over a free connection, and return the open response."""
        return self._hosts[request.host].send(request, body)

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        for pool in self._hosts.values():
            pool.close()

    def close_idle(self) -> None:
        """Close the connections that are not in use, and the others once they are free."""
        for pool in self._hosts.values():
            pool.retire()

    def abandon(self) -> None:
        """Forget connections that belong to the parent process."""
        _abandoned.extend(pool.forget() for pool in self._hosts.values())


class AsyncPool:
    """The connections of each event loop.

    Args:
        config: The hosts, and the number of connections.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sets: dict[asyncio.AbstractEventLoop, _ConnectionSet] = {}
        weakref.finalize(self, _close_later, self._sets).atexit = False
        _pools.add(self)

    async def send(self, request: OutgoingRequest, body: Any) -> Any:
        """Send a request over a free connection of the running loop; return the open response.

        Raises:
            ConfigurationError: No asyncio event loop is running.
        """
        loop = running_loop()
        connections = self._sets.get(loop) or await self._open(loop)
        return await connections.hosts[request.host].send(request, body)

    async def aclose(self) -> None:
        """Close every connection of the running loop; the next request opens new ones."""
        connections = self._sets.pop(asyncio.get_running_loop(), None)
        if connections is not None:
            await connections.lifetime.aclose()

    async def aclose_idle(self) -> None:
        """Close the running loop's connections that are not in use, the others once free."""
        connections = self._sets.get(asyncio.get_running_loop())
        if connections is not None:
            for pool in connections.hosts.values():
                pool.retire()
            await asyncio.sleep(0)  # lets the loop close the sockets

    def abandon(self) -> None:
        """Forget connections that belong to the parent process."""
        # Never collected: closing a connection would also close it for the parent process.
        _abandoned.append(dict(self._sets))
        self._sets.clear()

    async def _open(self, loop: asyncio.AbstractEventLoop) -> "_ConnectionSet":
        for known in list(self._sets):  # a copy: other threads may change the dict
            if known.is_closed():
                self._sets.pop(known, None)
        config = self._config
        hosts: dict[Host, AsyncShardPool] = {
            host: AsyncShardPool(
                functools.partial(_async_transport, config, host),
                config.max_connections,
                _KEEP_ALIVE_SECONDS,
            )
            for host in _HOSTS
        }
        connections = _ConnectionSet(hosts, _lifetime(hosts))
        self._sets[loop] = connections
        await anext(connections.lifetime)
        return connections


class _ConnectionSet(NamedTuple):
    """The connections of one event loop, and the generator that closes them with the loop."""

    hosts: dict[Host, AsyncShardPool]
    lifetime: AsyncGenerator[None, None]


async def _lifetime(hosts: dict[Host, AsyncShardPool]) -> AsyncGenerator[None, None]:
    """Close the connections when the event loop shuts down.

    `asyncio.run` closes the async generators of its loop before it closes the loop. Python has no
    other hook that runs before a loop ends.
    """
    try:
        yield
    finally:
        for pool in hosts.values():
            await pool.aclose()


def _close_later(sets: "dict[asyncio.AbstractEventLoop, _ConnectionSet]") -> None:
    """Close the connections of a collected pool, a little later."""
    for loop, connections in sets.items():
        with contextlib.suppress(RuntimeError):  # the loop and its connections are closed
            # Not at once: if the pool is collected because the loop is about to end, then the loop
            # must find the generator started and not closing, to wait for the last connection.
            loop.call_soon_threadsafe(loop.call_later, _GRACE_SECONDS, _close, connections.lifetime)


def _close(lifetime: AsyncGenerator[None, None]) -> None:
    task = asyncio.ensure_future(lifetime.aclose())
    _closing.add(task)  # the loop holds only weak references to tasks
    task.add_done_callback(_closing.discard)


_closing: "set[asyncio.Future[None]]" = set()
_pools: "weakref.WeakSet[SyncPool | AsyncPool]" = weakref.WeakSet()
_abandoned: list[Any] = []


def _after_fork() -> None:
    for pool in _pools:
        pool.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _transport(config: Config, host: Host) -> "Transport | DirectTransport":
    # Imports the library of `core`, so only with the first request.
    from langchain_telnyx.client.http.transports import Transport, TransportOptions  # noqa: PLC0415

    options = TransportOptions(*_transport_options(config, host))
    if _needs_library(options):
        return Transport(options)
    from langchain_telnyx.client.http.direct_transports import DirectTransport  # noqa: PLC0415

    return DirectTransport(options)


def _async_transport(config: Config, host: Host) -> "AsyncTransport | AsyncDirectTransport":
    from langchain_telnyx.client.http.transports import AsyncTransport, TransportOptions  # noqa: PLC0415

    options = TransportOptions(*_transport_options(config, host))
    if _needs_library(options):
        return AsyncTransport(options)
    from langchain_telnyx.client.http.direct_transports import AsyncDirectTransport  # noqa: PLC0415

    return AsyncDirectTransport(options)


def _needs_library(options: "TransportOptions") -> bool:
    """Return whether only the library of `core` can send requests."""
    from langchain_telnyx.client.http.http1 import is_installed  # noqa: PLC0415

    return options.proxy is not None or not is_installed()


def _transport_options(
    config: Config, host: Host
) -> "tuple[ssl.SSLContext, float, httpx.Proxy | None]":
    check_encrypted(config)
    url = config.base_url if host == "api" else config.storage_url
    return (
        tls_context() if url.startswith("https:") else _no_certificates(),
        _KEEP_ALIVE_SECONDS,
        _proxy(config, url),
    )


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the TLS context of all connections: loaded once, on first use, in 50 ms."""
    import httpx  # noqa: PLC0415 - with the first request

    return httpx.create_ssl_context()


@functools.cache
def _no_certificates() -> ssl.SSLContext:
    """Return a context without trusted certificates: fast, and safe for plain HTTP."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(config: Config, url: str) -> "httpx.Proxy | None":
    chosen = config.proxy or environment_proxy(url)
    if not chosen:
        return None
    import httpx  # noqa: PLC0415 - with the first request

    try:
        address = chosen if "://" in chosen else f"http://{chosen}"
        # A proxy with TLS is verified with the same certificates as the API.
        trusted = tls_context() if address.startswith("https:") else None
        return httpx.Proxy(address, ssl_context=trusted)
    except (ValueError, httpx.InvalidURL) as error:
        # Neither quoted nor chained: it may hold a password.
        raise ConfigurationError(
            f"The proxy for {url} cannot be used ({type(error).__name__}): give an address such as "
            f"'http://127.0.0.1:3128' as `proxy=`, or in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY."
        ) from None


def environment_proxy(url: str) -> str | None:
    """Return the proxy that the environment sets for a URL; `None` for none."""
    parts = urlsplit(url)
    proxies = getproxies()
    if not proxies or parts.hostname in _LOOPBACK or proxy_bypass(parts.netloc):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")
