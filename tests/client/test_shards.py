"""Width: requests spread over small carriers, the least busy first."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_telnyx.client.call import Call
from langchain_telnyx.client.config import configure
from langchain_telnyx.client.decode import nothing
from langchain_telnyx.client.http.answers import aanswered, answered
from langchain_telnyx.client.http.carriers import AsyncCarrier, Carrier, Reach
from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.requests import outgoing
from langchain_telnyx.client.http.shards import AsyncSharded, Sharded

REQUEST = outgoing(Call("GET", "/", nothing), configure(api_key="KEY0123"))
REACH = Reach(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), 1, 15.0, None)


class Nothing:
    """A body of nothing, not read yet."""

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


class Shard(Carrier):
    """A carrier that says in each answer which of the carriers made it is."""

    def __init__(self, made: list["Shard"]) -> None:
        super().__init__(REACH)
        made.append(self)
        self._name = str(len(made))
        self.closed = False

    def send(self, request: Any, body: Any, closed: Callable[[], None]) -> Any:  # noqa: ARG002 - its name
        return answered(answer(self._name), closed)

    def close(self) -> None:
        self.closed = True


class AsyncShard(AsyncCarrier):
    """The same, awaited."""

    def __init__(self, made: list["AsyncShard"]) -> None:
        super().__init__(REACH)
        made.append(self)
        self._name = str(len(made))
        self.closed = False

    async def send(self, request: Any, body: Any, closed: Callable[[], None]) -> Any:  # noqa: ARG002 - its name
        return aanswered(answer(self._name), closed)

    async def aclose(self) -> None:
        self.closed = True


def test_the_least_busy_shard_takes_the_next_request() -> None:
    made: list[Shard] = []
    carriers = Sharded(lambda: Shard(made), width=3)
    opened = [carriers.send(REQUEST, b"") for _ in range(4)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3", "1"]
    opened[2].close()
    assert carriers.send(REQUEST, b"").headers["shard"] == "3"
    carriers.close()
    assert [shard.closed for shard in made] == [True, True, True]


async def test_the_least_busy_shard_takes_the_next_awaited_request() -> None:
    made: list[AsyncShard] = []
    carriers = AsyncSharded(lambda: AsyncShard(made), width=3)
    opened = [await carriers.send(REQUEST, b"") for _ in range(4)]
    assert [response.headers["shard"] for response in opened] == ["1", "2", "3", "1"]
    await opened[2].aclose()
    assert (await carriers.send(REQUEST, b"")).headers["shard"] == "3"
    await carriers.aclose()
    assert [shard.closed for shard in made] == [True, True, True]


def test_a_client_of_one_call_at_a_time_has_one_shard() -> None:
    made: list[Shard] = []
    carriers = Sharded(lambda: Shard(made))
    for _ in range(5):
        carriers.send(REQUEST, b"").close()
    assert len(made) == 1


def test_a_response_closed_twice_frees_its_shard_once() -> None:
    made: list[Shard] = []
    carriers = Sharded(lambda: Shard(made), width=2)
    first = carriers.send(REQUEST, b"")
    first.close()
    first.close()
    names = [carriers.send(REQUEST, b"").headers["shard"] for _ in range(3)]
    assert names == ["1", "2", "1"]
