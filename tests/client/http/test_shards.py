"""Shards: one exchange each, the last used first, and waiters in their order."""

import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_telnyx.client.call import Call
from langchain_telnyx.client.config import configure
from langchain_telnyx.client.decode import check_empty
from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.requests import prepare_request
from langchain_telnyx.client.http.responses import ConnectionLease, aopen_response, open_response
from langchain_telnyx.client.http.shards import AsyncShardPool, ShardPool
from langchain_telnyx.client.http.transports import AsyncTransport, Transport, TransportOptions

REQUEST = prepare_request(Call("GET", "/", check_empty), configure(api_key="KEY0123"))
STORED = prepare_request(
    Call("GET", "/", check_empty, host="storage"), configure(api_key="KEY0123")
)
REACH = TransportOptions(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), 15.0, None)


class Nothing:
    """An empty body that is not read yet."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([b""])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""

    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def answer(name: str) -> core.Response:
    return core.Response(200, headers={"Shard": name}, content=Nothing())


class Shard(Transport):
    """A transport that puts its number into each response."""

    def __init__(self, made: list["Shard"]) -> None:
        super().__init__(REACH)
        made.append(self)
        self._name = str(len(made))
        self.closed = False

    def send(self, request: Any, body: Any, lease: ConnectionLease) -> Any:  # noqa: ARG002 - its names
        return open_response(answer(self._name), lease)

    def abort(self) -> None:
        self.closed = True

    close = abort


class AsyncShard(AsyncTransport):
    """The same, async."""

    def __init__(self, made: list["AsyncShard"]) -> None:
        super().__init__(REACH)
        made.append(self)
        self._name = str(len(made))
        self.closed = False

    async def send(self, request: Any, body: Any, lease: ConnectionLease) -> Any:  # noqa: ARG002 - its names
        return aopen_response(answer(self._name), lease)

    def abort(self) -> None:
        self.closed = True


def test_each_request_has_its_own_shard_and_the_last_used_one_is_reused() -> None:
    made: list[Shard] = []
    pool = ShardPool(lambda: Shard(made), 3)
    opened = [pool.send(REQUEST, b"") for _ in range(3)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3"]
    opened[0].close()
    opened[1].close()
    assert pool.send(REQUEST, b"").headers["shard"] == "2"
    pool.close()
    assert [shard.closed for shard in made] == [True, True, True]


async def test_each_async_request_has_its_own_shard() -> None:
    made: list[AsyncShard] = []
    pool = AsyncShardPool(lambda: AsyncShard(made), 3)
    opened = [await pool.send(REQUEST, b"") for _ in range(3)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3"]
    await opened[0].aclose()
    await opened[1].aclose()
    assert (await pool.send(REQUEST, b"")).headers["shard"] == "2"
    await pool.aclose()
    assert [shard.closed for shard in made] == [True, True, True]


def test_a_client_of_one_call_at_a_time_has_one_shard() -> None:
    made: list[Shard] = []
    pool = ShardPool(lambda: Shard(made), 64)
    for _ in range(5):
        pool.send(REQUEST, b"").close()
    assert len(made) == 1


def test_a_response_closed_twice_frees_its_shard_once() -> None:
    made: list[Shard] = []
    pool = ShardPool(lambda: Shard(made), 2)
    first = pool.send(REQUEST, b"")
    first.close()
    first.close()
    opened = [pool.send(REQUEST, b"") for _ in range(2)]
    assert [response.headers["shard"] for response in opened] == ["1", "2"]


def test_a_host_replaces_the_connection_of_another_only_at_the_limit() -> None:
    made: list[Shard] = []
    pool = ShardPool(lambda: Shard(made), 2)
    pool.send(REQUEST, b"").close()
    pool.send(STORED, b"").close()
    assert [shard.closed for shard in made] == [False, False]
    both = [pool.send(STORED, b""), pool.send(STORED, b"")]
    assert [response.headers["shard"] for response in both] == ["2", "3"]
    assert [shard.closed for shard in made] == [True, False, False]


def test_shards_that_were_not_used_for_long_are_closed_with_the_next_request() -> None:
    made: list[Shard] = []
    pool = ShardPool(lambda: Shard(made), 3, keep_alive=-1.0)
    pool.send(REQUEST, b"").close()
    pool.send(REQUEST, b"").close()
    assert [shard.closed for shard in made] == [True, False]


def test_waiting_calls_are_served_in_order() -> None:
    pool = ShardPool(lambda: Shard([]), 1)
    held = pool.send(REQUEST, b"")
    served: list[int] = []

    def send_request(number: int) -> None:
        opened = pool.send(REQUEST, b"")
        served.append(number)
        opened.close()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=send_request, args=(number,)))
        threads[-1].start()
        while len(pool._waiting) <= number:  # noqa: SLF001 - it has begun to wait
            pass
    held.close()
    for thread in threads:
        thread.join(30)
    assert served == [0, 1, 2, 3, 4]
