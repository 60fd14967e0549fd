"""Refuse requests to the real Telnyx while a test uses the emulator.

A host is refused at the DNS lookup, for any client, sync or async. If there is no lookup in Python
(with a proxy, or another event loop), it is refused at the TLS handshake, before the request is
sent.
"""

import functools
import socket
import ssl
from collections.abc import Callable
from typing import Any

_DOMAINS = ("telnyx.com", "telnyx.eu", "telnyx.com.au", "telnyxcloudstorage.com")


class RealTelnyxHostError(RuntimeError):
    """A test that uses the emulator sends a request to the real Telnyx."""


def is_real(host: object) -> bool:
    """Return whether a host belongs to Telnyx."""
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    name = host.lower().rstrip(".")
    return any(name == domain or name.endswith(f".{domain}") for domain in _DOMAINS)


def refuse_real_hosts(replace: Callable[[object, str, Any], None], base_url: str) -> None:
    """Patch the functions that connect to a host.

    Args:
        replace: Sets an attribute of an object until the test ends, as `monkeypatch.setattr` does.
        base_url: The URL of the emulator, for the message.
    """

    def guard(host: object) -> None:
        if is_real(host):
            name = host.decode() if isinstance(host, bytes | bytearray) else host
            raise RealTelnyxHostError(
                f"A request to {name!r} was refused: this test uses the emulator at "
                f"{base_url}. The code under test does not read its address from TELNYX_BASE_URL: "
                "pass it `**telnyx_emulator.options()`, or create its client during the test, from "
                "the environment. Mark a test that needs the real Telnyx with "
                "`@pytest.mark.telnyx_emulator(block_real_hosts=False)`."
            )

    def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            # An argument with a Telnyx domain can only be the host.
            for value in (*args, *kwargs.values()):
                guard(value)
            return function(*args, **kwargs)

        return wrapper

    replace(socket, "getaddrinfo", guarded(socket.getaddrinfo))
    replace(ssl.SSLContext, "wrap_socket", guarded(ssl.SSLContext.wrap_socket))
    replace(ssl.SSLContext, "wrap_bio", guarded(ssl.SSLContext.wrap_bio))
