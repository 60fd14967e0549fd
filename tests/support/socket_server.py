"""A server on loopback that passes each connection to a function, and ends with its test."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

Talk: TypeAlias = Callable[[socket.socket, threading.Event], object]


@contextlib.contextmanager
def talking_servers() -> Iterator[Callable[[Talk], str]]:
    """Yield a function that starts a server and returns its URL.

    The server calls a `Talk` with each connection, in a separate thread, and with an event that
    is set when the test ends.
    """
    over = threading.Event()
    listeners: list[socket.socket] = []

    def one(talk: Talk, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            talk(connection, over)

    def accept(listener: socket.socket, talk: Talk) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(talk, connection), daemon=True).start()

    def start(talk: Talk) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=accept, args=(listener, talk), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    try:
        yield start
    finally:
        over.set()
        for listener in listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
