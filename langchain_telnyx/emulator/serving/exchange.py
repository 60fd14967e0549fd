"""One request and its response between an ASGI application and a caller on another event loop.

An exchange belongs to the application's loop. Its methods are coroutines for that loop; a caller
submits them by `LoopThread.submit` and waits for the future.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message

from langchain_telnyx.emulator.serving.request_guards import IN_PROCESS

_MAX_BUFFERED = 16
"""The most chunks of a response that are buffered for the reader."""

_CLOSE_TIMEOUT = 0.05
"""Seconds to wait for an application to notice that its client is gone."""


class Disconnected(Exception):  # noqa: N818 - callers raise their own error for it
    """The application ended the exchange before the response was complete."""


class Exchange:
    """One request in flight.

    Args:
        app: The application.
        scope: The ASGI scope of the request, without `asgi` and `state`.
    """

    def __init__(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        self._app = app
        self._scope = scope
        self._incoming: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue(maxsize=_MAX_BUFFERED)
        self._closed = asyncio.Event()
        # uvicorn's spec version: Starlette uses it to decide how to detect a lost client.
        self._scope["asgi"] = {"version": "3.0", "spec_version": "2.3"}
        self._scope["state"] = {"abort": self._closed.set, IN_PROCESS: True}
        self._task = asyncio.create_task(self._run())

    async def feed(self, data: bytes, *, more: bool) -> bool:
        """Send the application a chunk of the request; return False if it no longer reads."""
        message = {"type": "http.request", "body": data, "more_body": more}
        if not self._incoming.full():
            self._incoming.put_nowait(message)
            return True
        put = asyncio.ensure_future(self._incoming.put(message))
        await asyncio.wait({put, self._task}, return_when=asyncio.FIRST_COMPLETED)
        return put.done() or not put.cancel()

    async def head(self) -> tuple[int, Sequence[tuple[bytes, bytes]]]:
        """Wait for the response's status and headers.

        Raises:
            Disconnected: The application disconnected.
        """
        start = await self._outgoing.get()
        if start["type"] != "http.response.start":
            raise Disconnected
        return start["status"], list(start["headers"])

    async def read(self) -> tuple[bytes, bool]:
        """Wait for the next chunk of the response; return it, and whether more follow.

        Raises:
            Disconnected: The application disconnected before the end.
        """
        while True:
            message = await self._outgoing.get()
            if message["type"] == "exchange.disconnected":
                raise Disconnected
            more = message.get("more_body", False)
            if (body := bytes(message.get("body", b""))) or not more:
                return body, more

    async def close(self) -> None:
        """Disconnect the client, and wait briefly for the application to notice."""
        self._closed.set()
        if self._task.done():
            return
        while not self._outgoing.empty():
            self._outgoing.get_nowait()
        await asyncio.wait({self._task}, timeout=_CLOSE_TIMEOUT)

    async def _run(self) -> None:
        complete = False

        async def send(message: Message) -> None:
            nonlocal complete
            if self._closed.is_set() or complete:
                return
            if message["type"] == "http.response.body":
                complete = not message.get("more_body", False)
                if self._scope["method"] == "HEAD":
                    return
            await self._outgoing.put(message)

        with suppress(Exception):  # it is logged; the client sees a disconnect
            await self._app(self._scope, self._receive, send)
        await self._outgoing.put({"type": f"exchange.{'complete' if complete else 'disconnected'}"})

    async def _receive(self) -> Message:
        if not self._incoming.empty():
            return self._incoming.get_nowait()
        get = asyncio.ensure_future(self._incoming.get())
        gone = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({get, gone}, return_when=asyncio.FIRST_COMPLETED)
            return get.result() if get.done() else {"type": "http.disconnect"}
        finally:
            get.cancel()
            gone.cancel()
