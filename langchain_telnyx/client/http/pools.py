"""Connections: opened on first use, one set for all threads and one for each event loop.

A set holds those to the API apart from those to the storage: each host has its own proxy rule.
Nothing here happens before the first request: no socket, no certificate store. A client set dies
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
from langchain_telnyx.client.http.requests import Outgoing
from langchain_telnyx.client.http.shards import AsyncSharded, Sharded
from langchain_telnyx.client.loops import running_loop

if TYPE_CHECKING:
    import httpx

    from langchain_telnyx.client.http.transports import AsyncCarrier, Carrier

_KEEP_ALIVE_SECONDS = 15.0
_GRACE_SECONDS = 1.0
_HOSTS: tuple[Host, ...] = ("api", "storage")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SyncPool:
    """The connections of all threads.

    Args:
        config: Where to and how many.
    """

    def __init__(self, config: Config) -> None:
        self._hosts: dict[Host, Sharded] = {
            host: Sharded(
                functools.partial(_carrier, config, host),
                config.max_connections,
                _KEEP_ALIVE_SECONDS,
            )
            for host in _HOSTS
        }
        # Sockets are closed when the last user lets go, not when the collector gets to them.
        for pool in self._hosts.values():
            weakref.finalize(self, pool.close)
        _pools.add(self)

    def send(self, request: Outgoing, body: Any) -> Any:
        """Send a request over a free connection, and return the open answer."""
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
        config: Where to and how many.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sets: dict[asyncio.AbstractEventLoop, _Set] = {}
        weakref.finalize(self, _let_go, self._sets).atexit = False
        _pools.add(self)

    async def send(self, request: Outgoing, body: Any) -> Any:
        """Send a request over a free connection of the running loop; return the open answer.

        Raises:
            ConfigurationError: No event loop of asyncio is running.
        """
        loop = running_loop()
        held = self._sets.get(loop) or await self._open(loop)
        return await held.hosts[request.host].send(request, body)

    async def aclose(self) -> None:
        """Close every connection of the running loop; the next request opens new ones."""
        held = self._sets.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held.lifetime.aclose()

    async def aclose_idle(self) -> None:
        """Close the running loop's connections that are not in use, the others once free."""
        held = self._sets.get(asyncio.get_running_loop())
        if held is not None:
            for pool in held.hosts.values():
                pool.retire()
            await asyncio.sleep(0)  # in which the loop closes the sockets

    def abandon(self) -> None:
        """Forget connections that belong to the parent process."""
        # Kept for ever on purpose: collecting a connection would hang up on the parent's behalf.
        _abandoned.append(dict(self._sets))
        self._sets.clear()

    async def _open(self, loop: asyncio.AbstractEventLoop) -> "_Set":
        for known in list(self._sets):  # a copy: loops of other threads come and go meanwhile
            if known.is_closed():
                self._sets.pop(known, None)
        config = self._config
        hosts: dict[Host, AsyncSharded] = {
            host: AsyncSharded(
                functools.partial(_async_carrier, config, host),
                config.max_connections,
                _KEEP_ALIVE_SECONDS,
            )
            for host in _HOSTS
        }
        held = _Set(hosts, _lifetime(hosts))
        self._sets[loop] = held
        await anext(held.lifetime)
        return held


class _Set(NamedTuple):
    """One event loop's connections, and the generator that ties them to the loop's life."""

    hosts: dict[Host, AsyncSharded]
    lifetime: AsyncGenerator[None, None]


async def _lifetime(hosts: dict[Host, AsyncSharded]) -> AsyncGenerator[None, None]:
    """Close the connections when the event loop shuts down.

    `asyncio.run` finalises the asynchronous generators begun in its loop before it closes the
    loop: the one hook the language offers for "before my loop ends".
    """
    try:
        yield
    finally:
        for pool in hosts.values():
            await pool.aclose()


def _let_go(sets: "dict[asyncio.AbstractEventLoop, _Set]") -> None:
    """Close the connections of a pool that nobody holds any more, a little later."""
    for loop, held in sets.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed, and they with it
            # Not at once: when the pool goes because the loop is about to end, the end must find
            # the generator begun and untouched, to wait until the last connection is closed.
            loop.call_soon_threadsafe(loop.call_later, _GRACE_SECONDS, _close, held.lifetime)


def _close(lifetime: AsyncGenerator[None, None]) -> None:
    task = asyncio.ensure_future(lifetime.aclose())
    _closing.add(task)  # a loop holds its tasks weakly
    task.add_done_callback(_closing.discard)


_closing: "set[asyncio.Future[None]]" = set()
_pools: "weakref.WeakSet[SyncPool | AsyncPool]" = weakref.WeakSet()
_abandoned: list[Any] = []


def _after_fork() -> None:
    for pool in _pools:
        pool.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _carrier(config: Config, host: Host) -> "Carrier":
    # With the library of `core`, which the first request loads.
    from langchain_telnyx.client.http.transports import Carrier, Reach  # noqa: PLC0415

    return Carrier(Reach(*_reach(config, host)))


def _async_carrier(config: Config, host: Host) -> "AsyncCarrier":
    from langchain_telnyx.client.http.transports import AsyncCarrier, Reach  # noqa: PLC0415

    return AsyncCarrier(Reach(*_reach(config, host)))


def _reach(config: Config, host: Host) -> "tuple[ssl.SSLContext, float, httpx.Proxy | None]":
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
    import httpx  # noqa: PLC0415 - with `core`, which the first request loads

    return httpx.create_ssl_context()


@functools.cache
def _no_certificates() -> ssl.SSLContext:
    """Return a context that trusts nobody: free, and safe where only plain HTTP is spoken."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(config: Config, url: str) -> "httpx.Proxy | None":
    chosen = config.proxy or environment_proxy(url)
    if not chosen:
        return None
    import httpx  # noqa: PLC0415 - with `core`, which the first request loads

    try:
        address = chosen if "://" in chosen else f"http://{chosen}"
        # Of a proxy that is itself encrypted, whom to trust: the same as of the API.
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
