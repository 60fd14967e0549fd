"""The lifetime of a client: fast to create, usable in any loop, thread or process, then freed."""

import asyncio
import copy
import gc
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from langchain_telnyx.client import Telnyx, configure
from langchain_telnyx.client.errors import ConfigurationError

KEY = "KEY0123_secret"
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]


@pytest.fixture
def server(serve: Serve) -> str:
    """A server that returns no models, slowly enough for concurrent calls."""

    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.01)
        return 200, {}, b'{"data": []}'

    return serve(answer)


@pytest.fixture
def client(server: str) -> Telnyx:
    return Telnyx(api_key=KEY, base_url=server, timeout=5)


def run(script: str, *arguments: str, **environment: str) -> str:
    """Run a script in a Python with warnings as errors; it must print nothing to stderr."""
    # A loaded machine has slow callbacks, which asyncio's debug mode would log.
    quiet = "import logging; logging.getLogger('asyncio').setLevel(logging.ERROR)\n"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", quiet + script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.strip()


# --- loops, threads, processes -------------------------------------------------------------------


def test_async_methods_without_asyncio_raise_an_error_with_advice(client: Telnyx) -> None:
    # As under trio: no asyncio loop is running.
    awaited = client.aio.models.list()
    with pytest.raises(ConfigurationError, match=r"trio\.to_thread\.run_sync"):
        awaited.send(None)


def test_one_client_serves_event_loops_in_a_row(client: Telnyx) -> None:
    async def list_models() -> Any:
        return await asyncio.gather(client.aio.models.list(), client.aio.models.list())

    assert [asyncio.run(list_models()) for _ in range(3)] == [[[], []]] * 3


def test_one_client_serves_event_loops_at_the_same_time(client: Telnyx) -> None:
    async def list_models() -> Any:
        return await asyncio.gather(*(client.aio.models.list() for _ in range(5)))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: asyncio.run(list_models()), range(8))) == [[[]] * 5] * 8


def test_one_client_serves_many_threads(client: Telnyx) -> None:
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(lambda _: client.models.list(), range(64))) == [[]] * 64


async def test_a_closed_client_opens_new_connections(client: Telnyx) -> None:
    for _ in range(2):
        assert await asyncio.to_thread(client.models.list) == []
        assert await client.aio.models.list() == []
        client.close()
        await client.aclose()
    with client as blocking:
        assert await asyncio.to_thread(blocking.models.list) == []
    async with client as awaited:
        assert await awaited.aio.models.list() == []


def test_nothing_is_left_after_the_loop_has_ended(server: str) -> None:
    run(
        """
import asyncio, sys
from langchain_telnyx import Telnyx

async def alone():
    telnyx = Telnyx(api_key="KEY", base_url=sys.argv[1])
    await asyncio.gather(*(telnyx.aio.models.list() for _ in range(50)))

async def shared(telnyx):
    await asyncio.gather(*(telnyx.aio.models.list() for _ in range(50)))

async def stopped_in_the_middle(telnyx):
    asyncio.create_task(telnyx.aio.models.list())
    await asyncio.sleep(0.005)

asyncio.run(alone())
telnyx = Telnyx(api_key="KEY", base_url=sys.argv[1])
asyncio.run(shared(telnyx))
asyncio.run(shared(telnyx))
asyncio.run(stopped_in_the_middle(telnyx))
telnyx.models.list()
""",
        server,
    )


async def test_connections_of_an_unreferenced_client_are_closed_while_the_loop_runs(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("langchain_telnyx.client.http.pools._GRACE_SECONDS", 0.05)
    handlers: set[threading.Thread] = set()  # each runs as long as its connection

    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        handlers.add(threading.current_thread())
        time.sleep(0.05)
        return 200, {}, b'{"data": []}'

    telnyx = Telnyx(api_key=KEY, base_url=serve(answer))
    await asyncio.gather(*(telnyx.aio.models.list() for _ in range(20)))
    assert [handler.is_alive() for handler in handlers] == [True] * len(handlers)
    del telnyx
    await asyncio.sleep(0.3)
    assert [handler.is_alive() for handler in handlers] == [False] * len(handlers)


def test_a_forked_child_opens_its_own_connections(server: str) -> None:
    output = run(
        """
import asyncio, os, sys
from langchain_telnyx import Telnyx

telnyx = Telnyx(api_key="KEY", base_url=sys.argv[1])
telnyx.models.list()

async def parent():
    await telnyx.aio.models.list()
    child = os.fork()
    if child == 0:
        telnyx.models.list()
        sys.stdout.write("child ")
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    await telnyx.aio.models.list()
    telnyx.models.list()

asyncio.run(parent())

child = os.fork()
if child == 0:
    asyncio.run(telnyx.aio.send(telnyx.calls.models.list()))
    telnyx.models.list()
    sys.stdout.write("grandchild ")
    sys.stdout.flush()
    os._exit(0)
os.waitpid(child, 0)
telnyx.models.list()
print("parent")
""",
        server,
    )
    assert output == "child grandchild parent"


# --- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("used", [False, True])
def test_a_pickled_client_works_after_loading(
    client: Telnyx,
    monkeypatch: pytest.MonkeyPatch,
    used: bool,  # noqa: FBT001 - a column
) -> None:
    if used:
        client.models.list()
        asyncio.run(client.aio.send(client.calls.models.list()))
    pickled = pickle.dumps(client)
    assert KEY.encode() not in pickled
    monkeypatch.setenv("TELNYX_API_KEY", "KEY_there")
    loaded: Telnyx = pickle.loads(pickled)  # noqa: S301 - made above
    assert loaded.config.base_url == client.config.base_url
    assert loaded.config.key() == "KEY_there"
    assert loaded.models.list() == []


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_shares_the_connections(client: Telnyx, copied: Callable[[Any], Any]) -> None:
    client.models.list()
    assert copied(client) is client
    assert copied({"client": client})["client"] is client


def test_a_client_passed_in_is_not_pickled() -> None:
    with httpx.Client() as http_client:
        telnyx = Telnyx(api_key=KEY, base_url="http://127.0.0.1:1", http_client=http_client)
        pickled = pickle.dumps(telnyx)
    assert pickle.loads(pickled).config.base_url == "http://127.0.0.1:1/v2"  # noqa: S301 - as above


# --- sharing -------------------------------------------------------------------------------------


def test_equal_configurations_share_a_client() -> None:
    one = Telnyx.of(configure(api_key=KEY, base_url="http://127.0.0.1:1"))
    assert Telnyx.of(configure(api_key=KEY, base_url="http://127.0.0.1:1/v2/ai/openai")) is one
    assert Telnyx.of(configure(api_key=KEY, base_url="http://127.0.0.1:2")) is not one
    assert Telnyx.of(configure(api_key="KEY_other", base_url="http://127.0.0.1:1")) is not one


def test_clients_of_different_http_clients_are_not_shared() -> None:
    config = configure(api_key=KEY, base_url="http://127.0.0.1:1")
    with httpx.Client() as first, httpx.Client() as second:
        one = Telnyx.of(config, first)
        assert Telnyx.of(config, first) is one
        assert Telnyx.of(config, second) is not one
        assert Telnyx.of(config) is not one


@pytest.fixture
def _no_collector() -> Any:
    """Objects are freed by reference counts, not by the garbage collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_an_unreferenced_shared_client_closes_its_connections(serve: Serve) -> None:
    handlers: list[threading.Thread] = []

    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        handlers.append(threading.current_thread())
        return 200, {}, b'{"data": []}'

    config = configure(api_key=KEY, base_url=serve(answer))
    telnyx = Telnyx.of(config)
    telnyx.models.list()
    seen = weakref.ref(telnyx)
    del telnyx
    assert seen() is None
    handlers[0].join(5)  # the server's thread ends when the connection does
    assert not handlers[0].is_alive()


@pytest.mark.usefixtures("_no_collector")
def test_ten_thousand_clients_leave_nothing_behind() -> None:
    def build(times: int) -> None:
        for number in range(times):
            telnyx = Telnyx(api_key=KEY, base_url=f"http://127.0.0.1:{number % 9 + 1}")
            assert telnyx.models
            Telnyx.of(telnyx.config)

    build(100)
    gc.collect()
    before = len(gc.get_objects())
    build(5_000)
    assert len(gc.get_objects()) - before < 200


# --- construction is free ------------------------------------------------------------------------


def test_construction_does_no_io_and_no_ssl_work() -> None:
    output = run(
        """
import socket, ssl, sys

def forbidden(*args, **kwargs):
    raise AssertionError("not while a client is built")

from langchain_telnyx import Telnyx
sys.addaudithook(lambda event, _: forbidden() if event.startswith("socket.") else None)
ssl.SSLContext.__new__ = forbidden
for number in range(10):
    telnyx = Telnyx(api_key=f"KEY{number}")
    telnyx.chat.create, telnyx.aio.storage.list_objects, telnyx.calls.models.list
    repr(telnyx)
    telnyx.close()
print("built")
"""
    )
    assert output == "built"


def test_ten_clients_are_built_in_no_time() -> None:
    Telnyx(api_key=KEY)
    fastest = min(_seconds_for_ten() for _ in range(5))
    assert fastest < 0.005


def _seconds_for_ten() -> float:
    begun = time.perf_counter()
    for number in range(10):
        Telnyx(api_key=f"KEY{number}")
    return time.perf_counter() - begun


def test_the_package_loads_nothing_heavy() -> None:
    output = run(
        """
import sys
import langchain_telnyx
heavy = {"httpx", "pydantic", "langchain_core", "numpy", "fastapi", "httpcore", "ssl"}
print(sorted(heavy & sys.modules.keys()))
"""
    )
    assert output == "[]"
