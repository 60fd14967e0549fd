"""Detects what instruments requests: recorders (VCR), mocks (pytest-httpx, respx), tracers (OTel).

They replace a method of a library's class. Our own connections do not call httpx's methods, and may
use the other httpcore than the one that is instrumented. So a request goes through the instrumented
transport for as long as there is one.
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
    """Return the library whose transport is instrumented: httpx, httpx2, or `None`.

    Args:
        is_async: Whether to check the async transports.
    """
    transport, pool = _ASYNC if is_async else _SYNC
    if _is_replaced(httpx, *transport):
        return httpx
    # httpx calls httpcore. Our own connections call it too, unless they use httpcore2.
    httpcore = sys.modules.get("httpcore")
    if httpcore is not None and httpcore is not core and _is_replaced(httpcore, *pool):
        return httpx
    httpx2 = sys.modules.get("httpx2")
    if httpx2 is not None and _is_replaced(httpx2, *transport):
        return httpx2
    return None


def _is_replaced(library: ModuleType, kind: str, name: str) -> bool:
    """Return whether a method was replaced."""
    # While another thread imports a library, it has no classes yet, and no instrumentation either.
    cls = getattr(library, kind, None)
    if cls is None:
        return False
    method = vars(cls)[name]
    # The code object's name: a wrapper copies all other names.
    return type(method) is not FunctionType or method.__code__.co_qualname != f"{kind}.{name}"
