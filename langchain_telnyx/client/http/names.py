"""Looking up host names without being stuck in it: a lookup cannot be interrupted, so it is left.

Each name is looked up in a thread of its own, which whoever asks for the same name shares. Nothing
waits for such a thread: neither a deadline, nor the end of the process.
"""

import asyncio
import ipaddress
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

# Seconds until the next address is tried beside the last (RFC 8305).
_STAGGER = 0.25
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_lock = threading.Lock()
_under_way: dict[tuple[str, int], "Future[list[str]]"] = {}


def is_known(host: str) -> bool:
    """Whether a host needs no lookup: it is an address, or this machine."""
    if host in _LOOPBACK:
        return True
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


async def first_connected(
    hosts: Sequence[str],
    connect: Callable[[str], Awaitable[T]],
    close: Callable[[T], Awaitable[None]],
) -> T:
    """Connect to the first of some addresses that answers; a slow one is not waited for.

    Args:
        hosts: The addresses, the best first.
        connect: Connects to one.
        close: Closes a connection that another was faster than.

    Raises:
        Exception: What the first failed with, where all failed.
    """
    if len(hosts) == 1:
        return await connect(hosts[0])
    tasks: list[asyncio.Future[T]] = []
    try:
        for host in hosts:
            tasks.append(asyncio.ensure_future(connect(host)))
            await asyncio.wait(
                [task for task in tasks if not task.done()],
                timeout=_STAGGER,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if any(_won(task) for task in tasks):
                break
        while not any(_won(task) for task in tasks):
            left = [task for task in tasks if not task.done()]
            if not left:
                return tasks[0].result()
            await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        winner = next(task for task in tasks if _won(task))
        tasks.remove(winner)
        return winner.result()
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(result, BaseException):
                await close(result)


def _won(task: "asyncio.Future[T]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def lookup(host: str, port: int) -> "Future[list[str]]":
    """Return the addresses that a host will be found to have, those first that the system prefers.

    It is under way, and cannot be cancelled: others may wait for it.

    Args:
        host: Its name.
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
        future.set_exception(error if isinstance(error, OSError) else OSError(str(error)))
    else:
        _settle(host, port)
        future.set_result(list(dict.fromkeys(str(each[4][0]) for each in found)))


def _settle(host: str, port: int) -> None:
    with _lock:
        _under_way.pop((host, port), None)


def _after_fork() -> None:
    # The threads were not forked along, and one may have held the lock.
    global _lock  # noqa: PLW0603 - the parent's lock is of no use to the child
    _lock = threading.Lock()
    _under_way.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
