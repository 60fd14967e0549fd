"""Many flows, read one by one, sync and async: order, prefetch, and an early end."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from langchain_telnyx.client import Call, Flow, Telnyx
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.client.flows import run_external

Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]
Make = Callable[[], Call[Any]]
PLACE: ContextVar[str] = ContextVar("PLACE", default="nowhere")


class Server:
    """Responds to `/v2/N` with N; above 90 only once the door is open; `/v2/missing` is a 404."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.door = threading.Event()

    def answer(self, _: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        name = path.rpartition("/")[2]
        self.paths.append(name)
        if name == "missing":
            return 404, {}, b""
        if int(name) > 90:
            self.door.wait(20)
        return 200, {}, name.encode()

    def wait_for_requests(self, count: int) -> list[str]:
        """Wait for a number of requests, and a moment longer for more, which are an error."""
        until = time.monotonic() + 20
        while len(self.paths) < count and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(0.05)
        return sorted(self.paths)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.door.set()


@pytest.fixture
def telnyx(serve: Serve, server: Server) -> Telnyx:
    return Telnyx(api_key="KEY", base_url=serve(server.answer), timeout=20)


def get(name: int | str) -> Make:
    return lambda: Call("GET", f"/{name}", Reply.json)


class Reader:
    """Reads one by one, sync or async."""

    def __init__(self, telnyx: Telnyx, makes: Any, width: int, *, awaited: bool) -> None:
        as_async: Any = telnyx.aio if awaited else telnyx
        self._results = as_async.send_each(makes, width=width)

    async def next(self) -> Any:
        if isinstance(self._results, AsyncGenerator):
            return await anext(self._results, "end")
        return await asyncio.to_thread(next, self._results, "end")

    async def close(self) -> None:
        if isinstance(self._results, AsyncGenerator):
            await self._results.aclose()
        else:
            self._results.close()


@pytest.fixture(params=["sync", "aio"])
def read(request: pytest.FixtureRequest, telnyx: Telnyx) -> Callable[..., Reader]:
    def start(makes: Any, width: int = 3) -> Reader:
        return Reader(telnyx, makes, width, awaited=request.param == "aio")

    return start


async def rest(reader: Reader) -> list[Any]:
    results = []
    while (result := await reader.next()) != "end":
        results.append(result)
    return results


async def test_all_results_are_yielded_in_order(read: Callable[..., Reader]) -> None:
    assert await rest(read(get(number) for number in range(20))) == list(range(20))
    assert await rest(read([])) == []


async def test_nothing_is_sent_before_the_first_result_is_read(
    read: Callable[..., Reader], server: Server
) -> None:
    reader = read([get(1)])
    assert server.wait_for_requests(0) == []
    assert await reader.next() == 1


async def test_at_most_width_flows_are_ahead_of_the_reader(
    read: Callable[..., Reader], server: Server
) -> None:
    reader = read(get(number) for number in range(10, 60))
    assert await reader.next() == 10
    assert await asyncio.to_thread(server.wait_for_requests, 3) == ["10", "11", "12"]
    assert await reader.next() == 11
    assert await asyncio.to_thread(server.wait_for_requests, 4) == ["10", "11", "12", "13"]
    await reader.close()


async def test_closing_starts_nothing_and_does_not_wait(
    read: Callable[..., Reader], server: Server
) -> None:
    reader = read(get(number) for number in [1, *range(91, 99)])
    assert await reader.next() == 1
    assert await asyncio.to_thread(server.wait_for_requests, 3) == ["1", "91", "92"]
    await reader.close()
    assert not server.door.is_set()
    assert await asyncio.to_thread(server.wait_for_requests, 3) == ["1", "91", "92"]


async def test_the_first_failure_ends_the_iteration(
    read: Callable[..., Reader], server: Server
) -> None:
    reader = read([get(1), get("missing"), *(get(number) for number in range(10, 60))], 2)
    assert await reader.next() == 1
    with pytest.raises(NotFoundError):
        await reader.next()
    assert await reader.next() == "end"
    assert set(await asyncio.to_thread(server.wait_for_requests, 2)) <= {"1", "missing", "10"}


async def test_flows_run_in_the_context_of_the_reader(read: Callable[..., Reader]) -> None:
    PLACE.set("here")

    def flow() -> Flow[str]:
        return (yield from run_external(PLACE.get))

    assert await rest(read([flow, flow])) == ["here", "here"]


async def test_blocking_code_runs_in_a_thread_and_its_errors_reach_the_flow(
    as_async: Callable[[Telnyx], Any], telnyx: Telnyx
) -> None:
    def missing() -> str:
        raise FileNotFoundError("no such file")

    def flow() -> Flow[tuple[int, str]]:
        thread = yield from run_external(threading.get_ident)
        try:
            yield from run_external(missing)
        except FileNotFoundError as error:
            return thread, str(error)
        return thread, "no error"

    thread, message = await as_async(telnyx).send(flow())
    assert message == "no such file"
    assert thread != threading.get_ident()
