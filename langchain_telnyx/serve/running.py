"""Runs the application of an agent with uvicorn, and ends it without cutting calls off."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

from langchain_telnyx.serve.security import is_loopback

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class OpenServerError(ValueError):
    """An application without a token would be reachable by other machines."""


def run(
    app: Starlette,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    has_token: bool,
    frame_bytes: int = 1_000_000,
    on_started: Callable[[str], object] | None = None,
) -> None:
    """Serve an application until SIGINT or SIGTERM.

    Calls end after their current turn, and no new ones begin; a second signal ends at once.

    Args:
        app: The application of `create_app`.
        host: The address to listen on.
        port: The port to listen on; 0 selects a free one.
        has_token: Whether the application has a token.
        frame_bytes: The largest frame of a WebSocket.
        on_started: Called with the address when the server listens.

    Raises:
        OpenServerError: The address is not of this machine alone, and there is no token.
        OSError: The port is in use.
    """
    if not has_token and not is_loopback(host):
        raise OpenServerError(
            f"Listening on {host!r} needs a token: set TELNYX_SERVE_TOKEN, for example to the "
            'output of `python -c "import secrets; print(secrets.token_urlsafe())"`.'
        )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # paths may contain the token
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=frame_bytes,
        ws_per_message_deflate=False,  # a frame has a word; compression costs more than it saves
        timeout_graceful_shutdown=5,
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(config.backlog)
        _Server(config, app, on_started).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that drains its application before it closes connections."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: Starlette,
        on_started: Callable[[str], object] | None,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._on_started = on_started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals without raising them again: a drained server ends with status 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: object) -> None:  # noqa: ARG002 - the interface
        """End gracefully, or at once after a second signal."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and report the address."""
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            name = f"[{host}]" if ":" in host else host
            if self._on_started is not None:
                self._on_started(f"http://{name}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let calls end, while probes are still answered; then close."""
        drain = asyncio.ensure_future(self._app.state.drain())
        while not drain.done() and not self.force_exit:
            await asyncio.wait({drain}, timeout=0.1)
        drain.cancel()
        with suppress(asyncio.CancelledError):
            await drain
        await super().shutdown(sockets)
