"""Extra bytes after a response are not read as the next response, on any connection."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import httpx2
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call
from langchain_telnyx.client.decode import check_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Make: TypeAlias = "Callable[[], dict[str, Any]]"
KINDS: dict[str, Make] = {
    "ours": dict,
    "httpx": lambda: {
        "http_client": httpx.Client(),
        "http_async_client": httpx.AsyncClient(),
    },
    "httpx2": lambda: {
        "http_client": httpx2.Client(),
        "http_async_client": httpx2.AsyncClient(),
    },
}


class Echo:
    """A server that repeats each response a number of times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.root = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v2"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while head := connection.recv(1 << 16):
                name = head.split(b" ")[1].rpartition(b"/")[2].decode()
                body = json.dumps({"data": {"id": name, "name": name}}).encode()
                lines = "HTTP/1.1 200 OK", "content-type: application/json"
                answer = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode()
                connection.sendall((answer + body) * self.times)


@pytest.fixture(params=[1, 2])
def echo(request: pytest.FixtureRequest) -> Iterator[Echo]:
    server = Echo(request.param)
    yield server
    server.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_repeated_response_is_not_read_by_the_next_request(kind: str, echo: Echo) -> None:
    options = KINDS[kind]()
    client = Telnyx(api_key="KEY0123", base_url=echo.root, **options)
    names = [f"n{number}" for number in range(5)]
    assert [client.kvs.get(name).id for name in names] == names
    client.close()
    # Without extra bytes, one connection serves all requests.
    assert echo.connections == (1 if echo.times == 1 else 5)
    assert [(await client.aio.kvs.get(name)).id for name in names] == names
    assert echo.connections == (2 if echo.times == 1 else 10)
    await client.aclose()
    if options:
        options["http_client"].close()
        await options["http_async_client"].aclose()


async def test_downloads_return_their_connection(tmp_path: Path) -> None:
    server = Echo(times=1)
    client = Telnyx(api_key="KEY0123", base_url=server.root)
    for name in ("a", "b", "c"):
        fetch: Call[None] = Call("GET", f"/{name}", check_empty, into=tmp_path / name)
        client.send(fetch)
        assert json.loads((tmp_path / name).read_bytes())["data"]["id"] == name
        await client.aio.send(fetch)
    assert server.connections == 2  # one for sync, one for async
    client.close()
    await client.aclose()
    server.close()
