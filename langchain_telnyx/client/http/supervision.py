"""Attempts in a time limit. Our own connections obey it, and so does what is awaited.

A client of the user's does not: the time limits of an HTTP library are for silence, and it looks
names up without any. So the attempt is made in a thread. When the time is over the caller goes on,
and the connection that the thread waits at is shut down.
"""

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from types import FrameType
from typing import Any, TypeVar

from langchain_telnyx.client.deadlines import Phase, TimeLimit, current
from langchain_telnyx.client.http.requests import OutgoingRequest
from langchain_telnyx.client.http.worker_threads import run_into, wait_for
from langchain_telnyx.client.protocols import AsyncHTTPClient, SyncHTTPClient

T = TypeVar("T")

# How the user's client sends. A redirect could lead the key to another host.
SEND_OPTIONS = {"stream": True, "follow_redirects": False}

# What httpcore tells of a request, and what it means.
_PHASES: dict[str, Phase] = {
    "connect_tcp.started": "connect",
    "start_tls.started": "tls",
    "send_request_headers.started": "send",
    "receive_response_headers.started": "headers",
}

# Seconds between a library's own limits, which are for each wait alone, and ours.
_GRACE = 0.1
# Seconds between two looks at what a thread does whose time is over.
_AGAIN = 0.05
_LOOKS = 100


def run_in_time(
    attempt: Callable[[], T],
    limit: TimeLimit,
    *,
    ours: bool,
    close: Callable[[T], object] | None = None,
) -> T:
    """Make an attempt in a time limit.

    Args:
        attempt: Makes it.
        limit: The limit.
        ours: Whether it goes over connections of our own.
        close: Closes what it brings, where that holds something open, and the limit with it.

    Raises:
        DeadlineError: The time is over.
        Cancelled: The scope was ended.
    """
    # With `core`, which the first request loads.
    from langchain_telnyx.client.http.instrumented import instrumented_library  # noqa: PLC0415

    with limit:
        if ours and instrumented_library(is_async=False) is None:
            result = attempt()
        else:
            result = run_supervised(attempt, limit, close or _nothing)
    if close is None:
        limit.release()
    return result


async def arun_in_time(attempt: Awaitable[T], limit: TimeLimit) -> T:
    """Make an attempt in a time limit, awaited; also over a client of the user's.

    Raises:
        DeadlineError: The time is over.
    """
    with limit:
        # A library whose own limit ends a wait cleans up; cancelled, some leave a socket open.
        async with asyncio.timeout(limit.left() + _GRACE):
            return await attempt


def note_response() -> None:
    """Note that an answer has begun."""
    limit = current.get()
    if limit is not None:
        limit.at("body")


def build_request(
    client: SyncHTTPClient | AsyncHTTPClient, request: OutgoingRequest, body: Any, *, is_async: bool
) -> Any:
    """Have the user's client make a request of its own library's kind.

    Args:
        client: The client.
        request: The request.
        body: Its body.
        awaited: Whether it is to be awaited.
    """
    request.check_path()
    made = client.build_request(
        request.method,
        request.url,
        headers=request.headers,
        content=body,
        timeout=tuple(request.timeout.values()),
    )
    _note_phases(made, is_async=is_async)
    return made


def _note_phases(request: Any, *, is_async: bool) -> None:
    """Have the library of a request note what it does, where a time limit wants to know."""
    limit = current.get()
    extensions = getattr(request, "extensions", None)
    if limit is None or not isinstance(extensions, dict):
        return

    def trace(event: str, _: object) -> None:
        _, _, name = event.partition(".")
        if (phase := _PHASES.get(name)) is not None:
            limit.at(phase)

    async def atrace(event: str, about: object) -> None:
        trace(event, about)

    extensions.setdefault("trace", atrace if is_async else trace)


def _nothing(_: object) -> None:
    """Discard a whole answer: it holds nothing open."""


def run_supervised(task: Callable[[], T], limit: TimeLimit, discard: Callable[[T], object]) -> T:
    """Do something in a thread, and wait for it in a limit.

    Args:
        task: What is to be done.
        limit: How long to wait.
        discard: Called with a result that came too late.

    Raises:
        TimeoutError: The time is over.
        Cancelled: The scope was ended.
    """
    future: Future[T] = Future()
    run = partial(run_into, future, partial(copy_context().run, task))
    thread = threading.Thread(target=run, name="telnyx-supervised", daemon=True)
    thread.start()
    try:
        return wait_for(future, limit, None)
    except BaseException:
        if not future.done():
            threading.Thread(
                target=_end, args=(future, thread, discard), name="telnyx-ending", daemon=True
            ).start()
        raise


def _end(future: "Future[T]", thread: threading.Thread, discard: Callable[[T], object]) -> None:
    """Shut the connection down that a thread waits at, and discard what it brings."""
    for _ in range(_LOOKS):
        for sock in _sockets_of(thread):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        thread.join(_AGAIN)
        if not thread.is_alive():
            break
    with contextlib.suppress(BaseException):
        discard(future.result(0))


def _sockets_of(thread: threading.Thread) -> Iterator[socket.socket]:
    """Yield the socket of the stream that a thread reads from or writes to.

    No library tells whose connection a request got before it is answered. So it is looked up where
    the thread is: in the method of a stream that has a socket.
    """
    frame: FrameType | None = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - documented
    while frame is not None:
        owner = frame.f_locals.get("self")
        get_extra_info = getattr(owner, "get_extra_info", None)
        if "HTTP2" in type(owner).__name__:
            return  # the socket is other answers' too
        if get_extra_info is not None:
            sock = get_extra_info("socket")
            if isinstance(sock, socket.socket) and not _is_shared(frame):
                yield sock
            return
        frame = frame.f_back


def _is_shared(frame: FrameType | None) -> bool:
    """Whether a connection carries several answers at once, as HTTP/2 does."""
    while frame is not None:
        if "HTTP2" in type(frame.f_locals.get("self")).__name__:
            return True
        frame = frame.f_back
    return False
