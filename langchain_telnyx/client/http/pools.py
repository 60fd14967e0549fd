"""Connections: opened on first use, one set for all threads and one for each event loop.

Nothing here happens before the first request: no socket, no certificate store. A client set dies
with its event loop, with its owner, or with a fork; the next request opens a new one.
"""

import asyncio
import functools
import os
import ssl
import weakref
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from langchain_telnyx.client.config import Config
from langchain_telnyx.client.http.shards import WIDTH, AsyncShardedTransport, ShardedTransport

_KEEP_ALIVE_SECONDS = 15.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SyncPool:
    """The connections of all threads.

    Args:
        config: Where to and how many.
    """

    def __init__(self, config: Config) -> None:
        self._transport = ShardedTransport(lambda: httpx.HTTPTransport(**_options(config)))
        # Sockets are closed when the last user lets go, not when the collector gets to them.
        weakref.finalize(self, self._transport.close)
        _pools.add(self)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request over the least busy connections."""
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        self._transport.close()

    def abandon(self) -> None:
        """Forget connections that belong to the parent process."""
        _abandoned.append(self._transport.forget())


class AsyncPool:
    """The connections of each event loop.

    Args:
        config: Where to and how many.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sets: dict[asyncio.AbstractEventLoop, _Set] = {}
        _pools.add(self)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request over the running loop's least busy connections."""
        loop = asyncio.get_running_loop()
        held = self._sets.get(loop) or await self._open(loop)
        return await held.transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection of the running loop; the next request opens new ones."""
        held = self._sets.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held.lifetime.aclose()

    def abandon(self) -> None:
        """Forget connections that belong to the parent process."""
        # Kept for ever on purpose: collecting a connection would hang up on the parent's behalf.
        _abandoned.append(self._sets)
        self._sets = {}

    async def _open(self, loop: asyncio.AbstractEventLoop) -> "_Set":
        for closed in [known for known in self._sets if known.is_closed()]:
            del self._sets[closed]
        config = self._config
        transport = AsyncShardedTransport(lambda: httpx.AsyncHTTPTransport(**_options(config)))
        held = _Set(transport, _lifetime(transport))
        self._sets[loop] = held
        await anext(held.lifetime)
        return held


class _Set(NamedTuple):
    """One event loop's connections, and the generator that ties them to the loop's life."""

    transport: AsyncShardedTransport
    lifetime: AsyncGenerator[None, None]


async def _lifetime(transport: AsyncShardedTransport) -> AsyncGenerator[None, None]:
    """Close the transport when the event loop shuts down.

    `asyncio.run` finalises the asynchronous generators begun in its loop before it closes the
    loop, and one that is dropped is finalised by its loop too: the one hook the language offers
    for "before my loop ends".
    """
    try:
        yield
    finally:
        await transport.aclose()


_pools: "weakref.WeakSet[SyncPool | AsyncPool]" = weakref.WeakSet()
_abandoned: list[Any] = []


def _after_fork() -> None:
    for pool in _pools:
        pool.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _options(config: Config) -> dict[str, Any]:
    """Return the options of one small transport."""
    share = max(1, -(-config.max_connections // WIDTH))
    return {
        "verify": _certificates() if _needs_tls(config) else _no_certificates(),
        # A lower keep-alive limit reconnects all the time under load (encode/httpcore#1110).
        "limits": httpx.Limits(
            max_connections=share,
            max_keepalive_connections=share,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
        ),
        "proxy": config.proxy or _environment_proxy(config.base_url),
    }


def _needs_tls(config: Config) -> bool:
    urls = (config.base_url, config.storage_url, config.proxy or "")
    return any(url.startswith("https:") for url in urls)


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Load the certificate store: 50 ms, so once a process and on first use."""
    return httpx.create_ssl_context()


@functools.cache
def _no_certificates() -> ssl.SSLContext:
    """Return a context that trusts nobody: free, and safe where only plain HTTP is spoken."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _environment_proxy(url: str) -> str | None:
    parts = urlsplit(url)
    proxies = getproxies()
    if not proxies or parts.hostname in _LOOPBACK or proxy_bypass(parts.netloc):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")
