"""Who watches requests: recorders (VCR), mocks (pytest-httpx, respx) and tracers (OpenTelemetry).

They put themselves in the place of a method of a library's class. Our own connections do not call
httpx's methods, and may be of the other httpcore than the one that is watched. So a request goes by
way of the transport that a watcher sees, for as long as there is one.
"""

import sys
from types import FunctionType, ModuleType

import httpx

from langchain_telnyx.client.http.core import core

_SYNC = (("HTTPTransport", "handle_request"), ("ConnectionPool", "handle_request"))
_ASYNC = (
    ("AsyncHTTPTransport", "handle_async_request"),
    ("AsyncConnectionPool", "handle_async_request"),
)


def instrumented_library(*, is_async: bool) -> ModuleType | None:
    """Return the library by whose transport requests are seen: httpx, httpx2, or None for ours.

    Args:
        awaited: Whether it is asked for awaited requests.
    """
    transport, pool = _ASYNC if is_async else _SYNC
    if _is_replaced(httpx, *transport):
        return httpx
    # What httpx calls. Our own connections call it too, unless they are of httpcore2.
    httpcore = sys.modules.get("httpcore")
    if httpcore is not None and httpcore is not core and _is_replaced(httpcore, *pool):
        return httpx
    httpx2 = sys.modules.get("httpx2")
    if httpx2 is not None and _is_replaced(httpx2, *transport):
        return httpx2
    return None


def _is_replaced(library: ModuleType, kind: str, name: str) -> bool:
    """Return whether somebody has put something else in the place of a method."""
    # A library that another thread is importing has no classes yet, and nobody watches those.
    cls = getattr(library, kind, None)
    if cls is None:
        return False
    method = vars(cls)[name]
    # The code's own name: a wrapper takes over all others.
    return type(method) is not FunctionType or method.__code__.co_qualname != f"{kind}.{name}"
