"""A local server of chat and embeddings with little CPU time of its own.

`python server.py` prints its address on one line and serves until its standard input closes, so it
never outlives the process that started it. It is a plain asyncio protocol: a web framework would
use more CPU time than the clients under test.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import chat_responses
import embedding_responses
import store_responses
from scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STREAMED = re.compile(rb'"stream": ?true')


@contextmanager
def serving() -> Iterator[str]:
    """Run the server in a process of its own; yield its address, such as `http://127.0.0.1:4000`."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield cast("IO[str]", process.stdout).readline().strip()  # the exit closes its input


class _Connection(asyncio.Protocol):
    """One keep-alive connection: reads requests, writes prepared bytes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, rest = self._received.partition(b"\r\n\r\n")
        declared = _LENGTH.search(head)
        length = int(declared[1]) if declared else 0
        if blank and len(rest) >= length:
            self._received = rest[length:]
            method, path, _ = head.split(b" ", 2)
            stored = store_responses.reply(method, path)
            if stored is not None:
                delay = Scenario.read(rest[:length]).delay_ms
                self._after(delay, lambda: self._transport.write(stored))
                return
            self._answer(path=path, body=rest[:length])

    def _answer(self, *, path: bytes, body: bytes) -> None:
        if path.endswith(b"/embeddings"):
            self._transport.write(embedding_responses.reply(body))
            return
        # The paths of the vendor and of OpenAI have the same end.
        if not path.endswith(b"/chat/completions"):
            self._transport.write(chat_responses.NOT_FOUND)
            return
        scenario = Scenario.read(body)
        if not _STREAMED.search(body):
            whole = chat_responses.COMPLETIONS[scenario.form]
            self._after(scenario.delay_ms, lambda: self._transport.write(whole))
        elif scenario.pace_ms:
            self._after(scenario.delay_ms, lambda: self._pace(scenario))
        else:
            make = chat_responses.call_stream if scenario.calls else chat_responses.whole_stream
            whole = make(scenario.chunks)
            self._after(scenario.delay_ms, lambda: self._transport.write(whole))

    def _after(self, delay_ms: float, act: Callable[[], None]) -> None:
        if delay_ms:
            self._loop.call_later(delay_ms / 1000, act)
        else:
            act()

    def _pace(self, scenario: Scenario) -> None:
        begun = self._loop.time()
        self._transport.write(chat_responses.STREAM_HEAD + chat_responses.STREAM_OPENING)

        def send(number: int) -> None:
            if self._transport.is_closing():
                return
            if number == scenario.chunks:
                self._transport.write(chat_responses.STREAM_CLOSING)
                return
            self._transport.write(chat_responses.STREAM_DELTA)
            # Times count from the beginning, so a late delta does not delay the others.
            self._loop.call_at(begun + (number + 1) * scenario.pace_ms / 1000, send, number + 1)

        send(0)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()
    # Nothing is written to this input: readable means closed.
    loop.add_reader(sys.stdin.fileno(), closed.set)
    # Hundreds of clients connect at once; with the default backlog of 100 some would retry a SYN.
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=2048)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await closed.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
