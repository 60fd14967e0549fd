"""Host name lookups in threads: a lookup cannot be interrupted, so nothing waits for its thread.

Concurrent lookups of the same name share one thread. Neither a deadline nor the end of the process
waits for it.
"""

import ipaddress
import os
import socket
import threading
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_lock = threading.Lock()
_under_way: dict[tuple[str, int], "Future[list[str]]"] = {}


def is_known(host: str) -> bool:
    """Whether a host needs no lookup: it is an address, or the loopback name."""
    if host in _LOOPBACK:
        return True
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def lookup(host: str, port: int) -> "Future[list[str]]":
    """Return a future of a host's addresses, in the order that the system prefers.

    The future cannot be cancelled: other callers may wait for it too.

    Args:
        host: The host's name.
        port: The port.
    """
    with _lock:
        found = _under_way.get((host, port))
        if found is not None:
            return found
        found = _under_way[host, port] = Future()
        found.set_running_or_notify_cancel()
    try:
        threading.Thread(
            target=_look_up, args=(host, port, found), name="telnyx-dns", daemon=True
        ).start()
    except RuntimeError as error:  # the process has no more threads, or is ending
        _settle(host, port)
        found.set_exception(OSError(str(error)))
    return found


def _look_up(host: str, port: int, future: "Future[list[str]]") -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except Exception as error:  # noqa: BLE001 - it is raised where the addresses are waited for
        _settle(host, port)
        # An invalid host name counts as one that is not found.
        future.set_exception(OSError(str(error)) if isinstance(error, UnicodeError) else error)
    else:
        _settle(host, port)
        future.set_result(list(dict.fromkeys(str(each[4][0]) for each in found)))


def _settle(host: str, port: int) -> None:
    with _lock:
        _under_way.pop((host, port), None)


def _after_fork() -> None:
    # A fork copies no threads, and one of them may have held the lock.
    global _lock  # noqa: PLW0603 - the parent's lock is of no use to the child
    _lock = threading.Lock()
    _under_way.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
