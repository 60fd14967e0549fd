"""Width: requests spread over small transports, the least busy first."""

from collections.abc import AsyncIterator, Iterator

import httpx

from langchain_telnyx.client.http.shards import AsyncShardedTransport, ShardedTransport


class Nothing(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of nothing, not read yet."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([b""])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


class Shard(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that says in each response which of the transports made it is."""

    def __init__(self, made: list["Shard"]) -> None:
        made.append(self)
        self._name = str(len(made))
        self.closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 - its name
        return httpx.Response(200, headers={"shard": self._name}, stream=Nothing())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


REQUEST = httpx.Request("GET", "http://127.0.0.1/")


def test_the_least_busy_shard_takes_the_next_request() -> None:
    made: list[Shard] = []
    transport = ShardedTransport(lambda: Shard(made), width=3)
    opened = [transport.handle_request(REQUEST) for _ in range(4)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3", "1"]
    opened[2].close()
    assert transport.handle_request(REQUEST).headers["shard"] == "3"
    transport.close()
    assert [shard.closed for shard in made] == [True, True, True]


async def test_the_least_busy_shard_takes_the_next_awaited_request() -> None:
    made: list[Shard] = []
    transport = AsyncShardedTransport(lambda: Shard(made), width=3)
    opened = [await transport.handle_async_request(REQUEST) for _ in range(4)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3", "1"]
    await opened[2].aclose()
    assert (await transport.handle_async_request(REQUEST)).headers["shard"] == "3"
    await transport.aclose()
    assert [shard.closed for shard in made] == [True, True, True]


def test_a_client_of_one_call_at_a_time_has_one_shard() -> None:
    made: list[Shard] = []
    transport = ShardedTransport(lambda: Shard(made))
    for _ in range(5):
        transport.handle_request(REQUEST).close()
    assert len(made) == 1


def test_a_response_closed_twice_frees_its_shard_once() -> None:
    made: list[Shard] = []
    transport = ShardedTransport(lambda: Shard(made), width=2)
    first = transport.handle_request(REQUEST)
    first.close()
    first.close()
    names = [transport.handle_request(REQUEST).headers["shard"] for _ in range(3)]
    assert names == ["1", "2", "1"]
