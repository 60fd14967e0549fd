"""Many calls at once, sync and async: order, width, and independent failures."""

import threading
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Call, Flow, Telnyx
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import ConfigurationError, NotFoundError
from langchain_telnyx.client.flows import concurrently, run_external

AsAsync = Callable[[Telnyx], Any]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]


class Server:
    """Responds to `/v2/N` with N, slowly enough for concurrent requests; `/v2/missing` is a 404."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0
        self.paths: list[str] = []
        self.company = threading.Event()

    def answer(self, _: str, path: str, *__: object) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.paths.append(path)
        self.company.wait(0.02)
        with self._lock:
            self._now -= 1
        name = path.rpartition("/")[2]
        return (404, {}, b"") if name == "missing" else (200, {}, name.encode())


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def api(as_async: AsAsync, serve: Serve, server: Server) -> Any:
    return as_async(Telnyx(api_key="KEY", base_url=serve(server.answer), timeout=5))


def get(name: str) -> Callable[[], Call[Any]]:
    return lambda: Call("GET", f"/{name}", Reply.json)


async def test_results_are_in_the_order_of_the_calls(api: Any) -> None:
    flow = concurrently([get(str(number)) for number in range(20)])
    assert await api.send(flow) == list(range(20))


async def test_failed_and_successful_results_are_returned_together(api: Any) -> None:
    first, failed, last = await api.send(concurrently([get("1"), get("missing"), get("3")]))
    assert (first, last) == (1, 3)
    assert isinstance(failed, NotFoundError)


async def test_at_most_width_calls_run_at_a_time(api: Any, server: Server) -> None:
    await api.send(concurrently([get(str(number)) for number in range(12)], width=3))
    assert server.most <= 3
    assert len(server.paths) == 12


@pytest.mark.parametrize("width", [0, -1, 1])
async def test_a_width_of_zero_is_one_at_a_time(api: Any, server: Server, width: int) -> None:
    assert await api.send(concurrently([get("1"), get("2")], width=width)) == [1, 2]
    assert server.most == 1


async def test_no_calls_return_an_empty_list(api: Any) -> None:
    assert await api.send(concurrently([])) == []


async def test_progress_is_reported_for_each_success_and_failure(api: Any) -> None:
    calls: list[None] = []
    await api.send(concurrently([get("1"), get("missing")], on_each=lambda: calls.append(None)))
    assert len(calls) == 2


async def test_flows_run_concurrently_like_calls(api: Any) -> None:
    def sum_of(one: str, two: str) -> Flow[int]:
        first: int = yield from get(one)()
        second: int = yield from get(two)()
        return first + second

    assert await api.send(concurrently([lambda: sum_of("1", "2"), lambda: sum_of("3", "4")])) == [
        3,
        7,
    ]


async def test_concurrent_flows_may_contain_concurrent_flows(api: Any) -> None:
    def pair(one: str, two: str) -> Callable[[], Flow[Any]]:
        return lambda: concurrently([get(one), get(two)])

    assert await api.send(concurrently([pair("1", "2"), pair("3", "4")])) == [[1, 2], [3, 4]]


async def test_an_error_of_the_caller_is_raised_unchanged(api: Any, tmp_path: Path) -> None:
    def put_what_is_not_there() -> Call[None]:
        return Call("PUT", "/x", lambda _: None, body=tmp_path / "missing.txt")

    with pytest.raises(FileNotFoundError, match=r"missing\.txt"):
        await api.send(concurrently([get("1"), put_what_is_not_there, get("2")]))


_trace: ContextVar[str] = ContextVar("_trace")


async def test_each_runs_in_the_context_of_the_caller(api: Any) -> None:
    def traced() -> Call[Any]:
        return get(_trace.get())()

    _trace.set("7")
    assert await api.send(concurrently([traced, traced])) == [7, 7]


async def test_external_code_runs_sync_or_async_like_its_caller(api: Any) -> None:
    ran: list[str] = []

    def blocking() -> str:
        ran.append("blocking")
        return "held"

    async def awaited() -> str:
        ran.append("awaited")
        return "held"

    def flow() -> Flow[tuple[str, int]]:
        held = yield from run_external(blocking, awaited)
        number: int = yield from get("7")()
        return held, number

    assert await api.send(flow()) == ("held", 7)
    assert await api.send(concurrently([flow, flow])) == [("held", 7)] * 2
    assert len(ran) == 3
    assert len(set(ran)) == 1


async def test_an_error_of_external_code_can_be_caught_in_the_flow(api: Any) -> None:
    def refuse() -> str:
        raise ConfigurationError("No.")

    async def arefuse() -> str:
        return refuse()

    def flow() -> Flow[str]:
        try:
            return (yield from run_external(refuse, arefuse))
        except ConfigurationError:
            return "met"

    assert await api.send(flow()) == "met"


async def test_other_errors_of_external_code_end_the_flow(api: Any) -> None:
    def fail() -> str:
        raise KeyError("gone")

    async def afail() -> str:
        return fail()

    with pytest.raises(KeyError, match="gone"):
        await api.send(run_external(fail, afail))
