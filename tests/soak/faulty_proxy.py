"""A proxy on loopback that injects faults into responses; each port has its own random seed.

A fault occurs either before the request is forwarded, so that the server does not execute it, or
afterwards. It depends only on the seed and on the number of the request at its port.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import struct
import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from soak_http import Message, read_message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

LONGEST = 10.0  # seconds after which a port ends a connection that the client leaves open
WAIT = 60.0  # seconds to wait at most for the proxy's own thread
# Rounds of the event loop in which a connection that is being accepted is registered.
_ACCEPT_ROUNDS = 8
DOWN = 0.1  # seconds for which a port refuses connections
PAGE = b"<!DOCTYPE html><html><body><h1>Sign in to Hotel Wi-Fi</h1></body></html>"
DEEP = b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}


def status(line: str, headers: Mapping[str, str], body: bytes) -> Message:
    return Message(f"HTTP/1.1 {line}", {"server": "proxy", **headers}, body)


def refusal(line: str, **headers: str) -> Message:
    body = b'{"errors": [{"code": "10007", "title": "Refused", "detail": "Try again later."}]}'
    return status(line, {**JSON, **{n.replace("_", "-"): v for n, v in headers.items()}}, body)


# Faults that send another response.
REPLACEMENTS: dict[str, Callable[[random.Random], Message]] = {
    "429 with Retry-After": lambda _: refusal("429 Too Many Requests", retry_after="1"),
    "425": lambda _: refusal("425 Too Early"),
    "500": lambda _: refusal("500 Internal Server Error"),
    "502 page": lambda _: status("502 Bad Gateway", HTML, b"<html><h1>502</h1></html>"),
    "503": lambda _: refusal("503 Service Unavailable"),
    "503 with Retry-After": lambda _: refusal("503 Service Unavailable", retry_after="1"),
    "504": lambda _: status("504 Gateway Timeout", HTML, b"upstream request timeout"),
    "sign-in page": lambda _: status("200 OK", HTML, PAGE),
    "garbage": lambda chance: status("200 OK", JSON, b'{"data": [{"id' + chance.randbytes(40)),
    "deep JSON": lambda _: status("200 OK", JSON, DEEP),
    "error with 200": lambda chance: status(
        "200 OK",
        JSON,
        chance.choice(
            [
                b'{"error": {"message": "upstream failed", "type": "server_error", "code": 500}}',
                b'{"errors": [{"code": "10007", "title": "Failed", "detail": "upstream failed"}]}',
            ]
        ),
    ),
}
# For these the client may assume that the server did not execute the request.
NEVER_EXECUTED = {"429 with Retry-After", "425"}


class Line:
    """A client's connection, with methods to disturb it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        chance: random.Random,
        longest: float,
    ) -> None:
        self.longest = longest
        self.reader = reader
        self.writer = writer
        self.chance = chance
        self.open = True

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def hang_up(self) -> None:
        self.open = False

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.open = False
        self.writer.transport.abort()

    async def stall(self) -> None:
        """Send nothing more until the client disconnects."""
        self.open = False
        try:
            async with asyncio.timeout(self.longest):
                await self.reader.read(1)
        except TimeoutError:
            pass

    async def drip(self, data: bytes) -> None:
        """Send a byte at a time, until the client disconnects."""
        self.open = False
        for at in range(min(len(data), int(self.longest / 0.05))):
            await self.send(data[at : at + 1])
            await asyncio.sleep(0.05)

    def part(self, body: bytes) -> bytes:
        return body[: self.chance.randrange(len(body))] if body else b""


async def reset_before_headers(line: Line, _: Message) -> None:
    line.reset()


async def reset_in_body(line: Line, response: Message) -> None:
    cut = line.part(response.body)
    await line.send(response.head(len(response.body)) + response.framed(cut, end=False))
    await asyncio.sleep(0.02)  # a reset discards unread data
    line.reset()


async def stall_in_headers(line: Line, response: Message) -> None:
    await line.send(line.part(response.head(len(response.body))))
    await line.stall()


async def stall_in_body(line: Line, response: Message) -> None:
    cut = line.part(response.body)
    await line.send(response.head(len(response.body)) + response.framed(cut, end=False))
    await line.stall()


async def drip_headers(line: Line, response: Message) -> None:
    await line.drip(response.wire())


async def drip_body(line: Line, response: Message) -> None:
    await line.send(response.head(len(response.body)))
    await line.drip(response.framed(response.body))


async def truncated(line: Line, response: Message) -> None:
    await reset_free_end(line, response, line.part(response.body))


async def reset_free_end(line: Line, response: Message, cut: bytes) -> None:
    await line.send(response.head(len(response.body)) + response.framed(cut, end=False))
    line.hang_up()


async def truncated_gzip(line: Line, response: Message) -> None:
    packed = gzip.compress(response.body)
    headers = {**response.headers, "content-encoding": "gzip"}
    await line.send(
        replace(response, headers=headers, body=packed[: -line.chance.randint(1, 12)]).wire()
    )


async def wrong_bytes(line: Line, response: Message) -> None:
    at = line.chance.randrange(len(response.body))
    damaged = bytearray(response.body)
    damaged[at] ^= 1
    await line.send(replace(response, body=bytes(damaged)).wire())


async def twice(line: Line, response: Message) -> None:
    await line.send(response.wire() * 2)


async def slow_start(line: Line, response: Message) -> None:
    await asyncio.sleep(0.3)
    await line.send(response.wire())


# Faults in the response to an executed request.
FAULTS: dict[str, Callable[[Line, Message], Awaitable[None]]] = {
    "reset before headers": reset_before_headers,
    "reset in the body": reset_in_body,
    "stall in headers": stall_in_headers,
    "stall in the body": stall_in_body,
    "dripping headers": drip_headers,
    "dripping body": drip_body,
    "cut body": truncated,
    "cut gzip": truncated_gzip,
    "wrong ETag": wrong_bytes,
    "response sent twice": twice,
    "slow start": slow_start,
}
# Faults of the connection, before the request is read.
NO_CONNECTION = ("refused connection", "reset before the request")
KINDS = (*NO_CONNECTION, *REPLACEMENTS, *FAULTS)


class Port:
    """One port of the proxy, with a seed of its own.

    Args:
        upstream: Host and port of the server behind it.
        seed: Determines the fault of each request.
        rate: The share of requests with a fault.
        kinds: The possible faults.
        longest: Seconds after which it ends a connection that the client leaves open.
    """

    def __init__(
        self,
        upstream: tuple[str, int],
        seed: str,
        rate: float,
        kinds: tuple[str, ...],
        longest: float,
    ) -> None:
        self.longest = longest
        self.upstream = upstream
        self.seed = seed
        self.rate = rate
        self.kinds = kinds
        self.number = 0
        self._writes: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.fault_counts: Counter[str] = Counter()
        self.origin = ""
        self._server: asyncio.Server | None = None
        self._port = 0

    async def listen(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._port, limit=1 << 20
        )
        self._port = self._server.sockets[0].getsockname()[1]
        self.origin = f"http://127.0.0.1:{self._port}"
        return self

    async def close(self) -> bool:
        """Stop listening; return whether it was."""
        server, self._server = self._server, None
        if server is None:
            return False
        # asyncio drops connections that it accepts after the close without closing them.
        for listener in server.sockets:
            asyncio.get_running_loop().remove_reader(listener.fileno())
        for _ in range(_ACCEPT_ROUNDS):
            await asyncio.sleep(0)
        server.close()
        return True

    async def _go_down(self) -> None:
        """Refuse connections for a moment."""
        if await self.close():
            await asyncio.sleep(DOWN)
            await self.listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)  # an event loop has weak references to its tasks
        try:
            while (request := await read_message(reader)) is not None:
                self.number += 1
                chance = random.Random(f"{self.seed} {self.number}")
                line = Line(reader, writer, chance, self.longest)
                fault = chance.choice(self.kinds) if chance.random() < self.rate else ""
                self.fault_counts[fault] += 1
                await self._respond(line, request, fault)
                if not line.open:
                    return
        except (OSError, EOFError, ValueError):
            pass  # the client has disconnected
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _respond(self, line: Line, request: Message, fault: str) -> None:
        if fault in NO_CONNECTION:
            line.reset()
            if fault == "refused connection":
                await self._go_down()
        elif fault in REPLACEMENTS:
            if fault not in NEVER_EXECUTED and line.chance.random() < 0.5:
                await self._forward(request)
            await line.send(REPLACEMENTS[fault](line.chance).wire())
        else:
            response = await self._forward(request)
            if fault == "wrong ETag" and not (response.body and "etag" in response.headers):
                fault = "reset in the body"
            if fault:
                await FAULTS[fault](line, response)
            else:
                await line.send(response.wire())

    async def _forward(self, request: Message) -> Message:
        method, target, _ = request.start.split(" ")
        if method not in {"PUT", "DELETE"}:
            return await self._send_upstream(request)
        # A write that the client has abandoned must not overtake a later one of the same resource.
        async with self._writes.setdefault(target, asyncio.Lock()):
            return await self._send_upstream(request)

    async def _send_upstream(self, request: Message) -> Message:
        reader, writer = await asyncio.open_connection(*self.upstream, limit=1 << 20)
        try:
            headers = {**request.headers, "connection": "close"}
            await _write(writer, replace(request, headers=headers))
            response = await read_message(reader, request.start.split(" ")[0])
        finally:
            writer.close()
        if response is None:
            raise EOFError
        return response


async def _write(writer: asyncio.StreamWriter, request: Message) -> None:
    writer.write(request.wire())
    await writer.drain()


class FaultyProxy:
    """The ports of a proxy in front of one server, served by a thread; a context manager.

    Args:
        upstream: The origin of the server, such as `http://127.0.0.1:4010`.
    """

    def __init__(self, upstream: str) -> None:
        host, _, port = upstream.removeprefix("http://").partition(":")
        self._upstream = (host, int(port))
        self.ports: list[Port] = []
        self._loop = asyncio.new_event_loop()
        # It would log every connection reset.
        self._loop.set_exception_handler(lambda *_: None)
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty-proxy")

    def listen(
        self,
        seed: object,
        rate: float,
        kinds: tuple[str, ...] = KINDS,
        longest: float = LONGEST,
    ) -> str:
        """Return the origin of a new port; see `Port`."""
        port = Port(self._upstream, str(seed), rate, kinds, longest)
        self._run(port.listen())
        self.ports.append(port)
        return port.origin

    @property
    def fault_counts(self) -> Counter[str]:
        """The number of requests by fault; an empty name means no fault."""
        return sum((port.fault_counts for port in self.ports), Counter[str]())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT)
        self._loop.close()

    async def _end(self) -> None:
        for port in self.ports:
            await port.close()
        # Including connections accepted in the meantime.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.1)  # transports close in the next iterations of the loop
