"""Serve the emulator on a socket: uvicorn, as a task of a background event loop."""

import asyncio
import logging
import socket
from contextlib import suppress

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from langchain_telnyx.emulator.serving.background import LoopThread

_BACKLOG = 1024
_ACCEPT_ROUNDS = 8


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 selects a free one.

    Raises:
        OSError: The port is in use, or the host is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets with an explicit protocol; otherwise
    # each response on a reused connection waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Serving:
    """Serves an application on `listener`, from construction to `close`."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        loop: LoopThread,
        *,
        head_seconds: float,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=type("_Protocol", (_TimeoutProtocol,), {"head_seconds": head_seconds}),
            ws="none",
            lifespan="off",
            log_config=None,
            # `EmulatorMiddleware` logs failures; uvicorn only adds lost clients.
            log_level=logging.CRITICAL,
            access_log=False,
            proxy_headers=False,
            backlog=_BACKLOG,
        )
        self._loop = loop
        self._server = _Server(config)
        self._task = loop.submit(self._server.serve(sockets=[listener]))
        loop.run(self._server.ready())

    def close(self) -> None:
        """Stop serving, without waiting for responses that are still being sent."""
        self._loop.run(self._server.stop())
        self._task.result()


class _Server(uvicorn.Server):
    """A server with a ready event that stops at once; uvicorn's own polls every 0.1 s."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()

    async def ready(self) -> None:
        await self._started.wait()

    async def stop(self) -> None:
        self._stopped.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started.set()

    async def main_loop(self) -> None:
        while not self._stopped.is_set():
            await self.on_tick(0)  # sets the `date` header
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        # Connections that are being accepted are registered within a few rounds of the event loop,
        # while the server is open: asyncio drops later ones without closing them.
        for listener in [one for server in self.servers for one in server.sockets]:
            with suppress(NotImplementedError):  # of Windows' event loop
                loop.remove_reader(listener.fileno())
        await _rounds()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await _rounds()
        for server in self.servers:
            await server.wait_closed()


async def _rounds() -> None:
    for _ in range(_ACCEPT_ROUNDS):
        await asyncio.sleep(0)


class _TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with a timeout for headers.

    The application can close the connection by `abort` in the scope's state (scripted faults).
    """

    head_seconds: float
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        self.app_state = {**self.app_state, "abort": transport.abort}
        super().connection_made(transport)
        self._update_timer()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._update_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._update_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_timer()

    def _update_timer(self) -> None:
        """Run the timer while the headers of a request are incomplete."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
