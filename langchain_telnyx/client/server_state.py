"""What is found out about a server while it is used, shared by all clients of its base URL."""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar, cast

from langchain_telnyx.client.lru import LRU

T = TypeVar("T")

_SERVERS = 1024


class ServerState:
    """State about one server, by class: capabilities of models, the catalogue, token ratios.

    It outlives the clients, so that models that are built for one request share it. Adapters define
    the classes; the client only holds their instances.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: dict[type, Any] = {}

    def get(self, kind: Callable[[], T]) -> T:
        """Return the instance of a class, made on first use.

        Args:
            kind: The class, which is called without arguments.
        """
        key = cast("type", kind)
        part = self._parts.get(key)
        if part is None:
            with self._lock:
                part = self._parts.setdefault(key, kind())
            _made.add(key)
        return cast("T", part)

    def find(self, kind: type[T]) -> T | None:
        """Return the instance of a class; `None` before the first `get`."""
        return self._parts.get(kind)

    def clear(self) -> None:
        """Drop all instances."""
        with self._lock:
            self._parts.clear()


_states: LRU[str, ServerState] = LRU(_SERVERS)
_made: set[type] = set()


def state_of(base_url: str) -> ServerState:
    """Return the state about a server.

    Args:
        base_url: The root of its API.
    """
    return _states.update(base_url, lambda state: state or ServerState())


def is_anywhere(kind: type) -> bool:
    """Return whether any server's state has, or had, an instance of a class.

    It takes constant time, as it is called for every model that is built.
    """
    return kind in _made


def clear() -> None:
    """Drop the state about every server."""
    for state in _states.values():
        state.clear()
    _states.clear()
    _made.clear()
