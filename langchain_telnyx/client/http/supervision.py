"""Runs attempts in a time limit. Our own connections, and everything async, respect it themselves.

A sync client that the user passed in does not: the time limits of an HTTP library apply to silence,
and it looks up host names without one. So the attempt runs in a thread. When the time is over, the
caller goes on, and the connection that the thread waits for is shut down.
"""

import asyncio
import contextlib
import gc
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

# Options for `send` of the user's client. A redirect could send the key to another host.
SEND_OPTIONS = {"stream": True, "follow_redirects": False}

# The trace events of httpcore, and the phase that each begins.
_PHASES: dict[str, Phase] = {
    "connect_tcp.started": "connect",
    "start_tls.started": "tls",
    "send_request_headers.started": "send",
    "receive_response_headers.started": "headers",
}

# Seconds by which this limit exceeds the library's limits, which apply to each wait.
_GRACE = 0.1
# Seconds between two checks of a thread whose time is over.
_AGAIN = 0.05
_LOOKS = 100
# Held while the garbage collector is off.
_collector = threading.Lock()


def run_in_time(
    attempt: Callable[[], T],
    limit: TimeLimit,
    *,
    ours: bool,
    close: Callable[[T], object] | None = None,
) -> T:
    """Run an attempt in a time limit.

    Args:
        attempt: Runs it.
        limit: The limit.
        ours: Whether it uses our own connections.
        close: Closes its result, where that stays open; closing it releases the limit.

    Raises:
        DeadlineError: The time is over.
        Cancelled: The scope was cancelled.
    """
    # Imports httpcore, so only with the first request.
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
    """Await an attempt in a time limit, also with a client that the user passed in.

    Raises:
        DeadlineError: The time is over.
    """
    with limit:
        # A library cleans up when its own time limit ends a wait; when cancelled, some leave a
        # socket open.
        async with asyncio.timeout(limit.left() + _GRACE):
            return await attempt


def note_response() -> None:
    """Note in the current time limit that a response has begun."""
    limit = current.get()
    if limit is not None:
        limit.at("body")


def build_request(
    client: SyncHTTPClient | AsyncHTTPClient, request: OutgoingRequest, body: Any, *, is_async: bool
) -> Any:
    """Build a request with the user's client, of its library's type.

    Args:
        client: The client.
        request: The request.
        body: Its body.
        is_async: Whether the client is async.
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
    """Add a trace to a library's request that notes its phases in the current time limit."""
    limit = current.get()
    extensions = getattr(request, "extensions", None)
    if limit is None or not isinstance(extensions, dict):
        return

    def trace(event: str, _: object) -> None:
        _, _, name = event.partition(".")
        if (phase := _PHASES.get(name)) is not None:
            limit.at(phase)

    async def atrace(event: str, info: object) -> None:
        trace(event, info)

    extensions.setdefault("trace", atrace if is_async else trace)


def _nothing(_: object) -> None:
    """Discard a complete response: it holds nothing open."""


def run_supervised(task: Callable[[], T], limit: TimeLimit, discard: Callable[[T], object]) -> T:
    """Run a task in a thread, and wait for it in a time limit.

    Args:
        task: The task.
        limit: How long to wait.
        discard: Called with a result that arrives too late.

    Raises:
        TimeoutError: The time is over.
        Cancelled: The scope was cancelled.
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
    """Shut the connection down that a thread waits for, and discard the thread's result."""
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

    HTTP libraries do not report a request's connection before its response. So this searches the
    thread's stack for the method of a stream that has a socket.
    """
    frame = _frame_of(thread)
    while frame is not None:
        owner = frame.f_locals.get("self")
        get_extra_info = getattr(owner, "get_extra_info", None)
        if "HTTP2" in type(owner).__name__:
            return  # other responses use the socket too
        if get_extra_info is not None:
            sock = get_extra_info("socket")
            if isinstance(sock, socket.socket) and not _is_shared(frame):
                yield sock
            return
        frame = frame.f_back


def _frame_of(thread: threading.Thread) -> FrameType | None:
    """Return the frame that a thread executes.

    `sys._current_frames` holds the interpreter's lock on all threads while it allocates. A garbage
    collection then may run Python code or release the GIL, and the whole process hangs as soon as
    another thread ends (python/cpython#106883). So the collector is off meanwhile.
    """
    with _collector:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - documented
        finally:
            if was_enabled:
                gc.enable()


def _is_shared(frame: FrameType | None) -> bool:
    """Whether a connection serves several responses at once, like HTTP/2."""
    while frame is not None:
        if "HTTP2" in type(frame.f_locals.get("self")).__name__:
            return True
        frame = frame.f_back
    return False
