"""Detects what instruments requests: recorders (VCR), mocks (pytest-httpx, respx), tracers (OTel).

They replace a method of a library's class. Our own connections do not call httpx's methods, and may
use the other httpcore than the one that is instrumented. So a request goes through the instrumented
transport for as long as there is one.
"""

import sys
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

import httpx

from langchain_telnyx.client.http.core import core

_SYNC = (("HTTPTransport", "handle_request"), ("ConnectionPool", "handle_request"))
_ASYNC = (
    ("AsyncHTTPTransport", "handle_async_request"),
    ("AsyncConnectionPool", "handle_async_request"),
)
# The classes of `core` that a request passes through.
_CORE_SYNC = (("ConnectionPool", "HTTPConnection", "HTTP11Connection"), "handle_request")
_CORE_ASYNC = (
    ("AsyncConnectionPool", "AsyncHTTPConnection", "AsyncHTTP11Connection"),
    "handle_async_request",
)
# Methods that were checked.
_originals: dict[type, FunctionType] = {}
# What was found without instrumentation, sync and async: namespaces, names, and their values.
_unchanged: dict[bool, list[tuple[Mapping[str, Any], str, Any]]] = {}


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


def is_instrumented(*, is_async: bool) -> bool:
    """Return whether anything that sends a request is instrumented, also the library of `core`.

    Args:
        is_async: Whether to check the async classes.
    """
    # Called for every request, so the usual result takes a few lookups.
    values = _unchanged.get(is_async)
    if values is not None and all(space.get(name) is value for space, name, value in values):
        return False
    _unchanged.pop(is_async, None)
    if instrumented_library(is_async=is_async) is not None:
        return True
    kinds, method = _CORE_ASYNC if is_async else _CORE_SYNC
    if any(_is_replaced(core, kind, method) for kind in kinds):
        return True
    _unchanged[is_async] = _values(is_async=is_async)
    return False


def _values(*, is_async: bool) -> list[tuple[Mapping[str, Any], str, Any]]:
    """Return the modules, classes and methods that `is_instrumented` checks, as they are now."""
    transport, pool = _ASYNC if is_async else _SYNC
    kinds, method = _CORE_ASYNC if is_async else _CORE_SYNC
    libraries = {name: sys.modules.get(name) for name in ("httpcore", "httpx2")}
    methods = [
        (httpx, *transport),
        (libraries["httpcore"], *pool),
        (libraries["httpx2"], *transport),
    ]
    methods += [(core, kind, method) for kind in kinds]
    values: list[tuple[Mapping[str, Any], str, Any]] = [
        (sys.modules, name, library) for name, library in libraries.items()
    ]
    for library, kind, name in methods:
        if library is not None:
            cls = getattr(library, kind, None)
            values.append((vars(library), kind, cls))
            values += [] if cls is None else [(vars(cls), name, vars(cls)[name])]
    return values


def _is_replaced(library: ModuleType, kind: str, name: str) -> bool:
    """Return whether a method was replaced."""
    # While another thread imports a library, it has no classes yet, and no instrumentation either.
    cls = getattr(library, kind, None)
    if cls is None:
        return False
    method = vars(cls)[name]
    if method is _originals.get(cls):
        return False
    # The code object's name: a wrapper copies all other names.
    if type(method) is not FunctionType or method.__code__.co_qualname != f"{kind}.{name}":
        return True
    _originals[cls] = method
    return False
