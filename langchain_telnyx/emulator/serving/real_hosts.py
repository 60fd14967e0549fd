"""Refuses requests to the real Telnyx while a test runs on the emulator.

A name is refused when it is looked up, whatever client asks, blocking or awaited. Where no look-up
is seen (a proxy does it, or an event loop that is not Python's), the TLS handshake names the host,
before anything of the request has left.
"""

import functools
import socket
import ssl
from collections.abc import Callable
from typing import Any

_DOMAINS = ("telnyx.com", "telnyx.eu", "telnyx.com.au", "telnyxcloudstorage.com")


class RealTelnyxHostError(RuntimeError):
    """A request to the real Telnyx, from a test that runs on the emulator."""


def is_real(host: object) -> bool:
    """Whether a host is one of Telnyx's own."""
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    name = host.lower().rstrip(".")
    return any(name == domain or name.endswith(f".{domain}") for domain in _DOMAINS)


def refuse_real_hosts(replace: Callable[[object, str, Any], None], base_url: str) -> None:
    """Put a guard in front of the functions that lead to a host.

    Args:
        replace: Sets an attribute of an object, and undoes it in time, as `monkeypatch.setattr`.
        base_url: Where the emulator listens, for the message.
    """

    def guard(host: object) -> None:
        if is_real(host):
            name = host.decode() if isinstance(host, bytes | bytearray) else host
            raise RealTelnyxHostError(
                f"A request to {name!r} was refused: this test runs on the emulator at "
                f"{base_url}. The code under test does not take its address from TELNYX_BASE_URL: "
                "pass it `**telnyx_emulator.options()`, or let it build its client during the "
                "test, from the environment. A test that needs the real Telnyx is marked "
                "`@pytest.mark.telnyx_emulator(block_real_hosts=False)`."
            )

    def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            # Of all that these functions take, text with a Telnyx domain can only be the host.
            for value in (*args, *kwargs.values()):
                guard(value)
            return function(*args, **kwargs)

        return wrapper

    replace(socket, "getaddrinfo", guarded(socket.getaddrinfo))
    replace(ssl.SSLContext, "wrap_socket", guarded(ssl.SSLContext.wrap_socket))
    replace(ssl.SSLContext, "wrap_bio", guarded(ssl.SSLContext.wrap_bio))
