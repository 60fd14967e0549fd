"""The emulator on a real socket: uvicorn, run as one task of a background event loop."""

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


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free one.

    Raises:
        OSError: The port is in use, or the host is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off for sockets that name it
    # only; else each answer on a kept connection would wait 40 ms for an acknowledgement.
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
    """An application that answers on `listener` from the moment this object exists."""

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
            http=type("_Protocol", (_PatientProtocol,), {"head_seconds": head_seconds}),
            ws="none",
            lifespan="off",
            log_config=None,
            # Failures are logged by `FrontDoor`; what uvicorn adds is about lost clients.
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
        """Stop answering, without waiting for answers that are still being given."""
        self._loop.run(self._server.stop())
        self._task.result()


class _Server(uvicorn.Server):
    """A server that can be waited for, and that stops at once; uvicorn's own looks every 0.1 s."""

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
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for server in self.servers:
            await server.wait_closed()


class _PatientProtocol(H11Protocol):
    """HTTP/1.1 that waits for headers only so long.

    It leaves the application a way to drop the connection (scripted faults).
    """

    head_seconds: float
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        self.app_state = {**self.app_state, "abort": transport.abort}
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unwatch()

    def _watch(self) -> None:
        """Let the clock run while a request's headers are on their way."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._unwatch()
        elif self._late is None:
            self._late = self.loop.call_later(self.head_seconds, self.transport.close)

    def _unwatch(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
