"""Calls of any kind on servers that fail at random: each ends in time."""

import asyncio
import contextlib
import math
import socket
import threading
from collections.abc import Iterator
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call, Reply
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.http.sending import ProgressTimeout, send_all
from langchain_telnyx.client.http.worker_threads import WorkerThreads
from tests.support.hypothesis_profiles import examples

pytestmark = pytest.mark.waits

LONG = 30.0
WHOLE = (
    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"data":[]}'
)
BUSY = b"HTTP/1.1 503 No\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"
# One action of a server: bytes of a valid response, a pause, an error, garbage, or the end.
STEPS = st.one_of(
    st.tuples(st.just("send"), st.integers(1, len(WHOLE))),
    st.tuples(st.just("drip"), st.integers(1, 60)),
    st.tuples(st.just("rest"), st.floats(0.0, 0.3)),
    st.tuples(st.just("busy"), st.just(0)),
    st.tuples(st.just("noise"), st.binary(max_size=40)),
    st.tuples(st.just("end"), st.just(0)),
    st.tuples(st.just("reset"), st.just(0)),
    st.tuples(st.just("stall"), st.just(0)),
)
SCRIPTS = st.lists(st.lists(STEPS, max_size=5), min_size=1, max_size=4)


class Server:
    """A server whose connections follow scripts, the last one repeatedly."""

    def __init__(self, scripts: list[list[tuple[str, Any]]]) -> None:
        self._scripts = scripts
        self._number = 0
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                script = self._scripts[min(self._number, len(self._scripts) - 1)]
                self._number += 1
                threading.Thread(target=self._talk, args=(connection, script), daemon=True).start()

    def _talk(self, connection: socket.socket, script: list[tuple[str, Any]]) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            at = 0
            for step, value in script:
                match step:
                    case "send" | "drip":
                        for _ in range(1 if step == "send" else value):
                            size = value if step == "send" else 1
                            connection.sendall(WHOLE[at : at + size])
                            at += size
                            self._over.wait(0.0 if step == "send" else 0.02)
                    case "rest":
                        self._over.wait(value)
                    case "busy":
                        connection.sendall(BUSY)
                    case "noise":
                        connection.sendall(value)
                    case "end":
                        return
                    case "reset":
                        linger = b"\1\0\0\0\0\0\0\0"
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        return
                    case _:
                        self._over.wait(LONG * 2)


# Each example takes at most its deadline, and a stall takes all of it.
@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts=SCRIPTS, awaited=st.booleans(), max_retries=st.integers(0, 3))
def test_a_call_ends_with_a_result_or_a_typed_error_for_any_server(
    scripts: list[list[tuple[str, Any]]], *, awaited: bool, max_retries: int
) -> None:
    with Server(scripts) as server:
        telnyx = Telnyx(
            api_key="KEY0123",
            base_url=server.base_url,
            timeout=LONG * 2,
            max_retries=max_retries,
            deadline=0.4,
        )
        outcome: list[Any] = []

        def call() -> None:
            try:
                found = asyncio.run(telnyx.aio.models.list()) if awaited else telnyx.models.list()
                outcome.append(found)
            except BaseException as error:  # noqa: BLE001 - it is looked at below
                outcome.append(error)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(LONG)
        assert outcome, "the call has not ended"
        assert outcome[0] == [] or isinstance(outcome[0], TelnyxError)
        telnyx.close()


@given(st.lists(st.tuples(st.floats(0.01, 2.0), st.integers(0, 5)), max_size=30))
def test_silence_lasts_from_the_last_progress(steps: list[tuple[float, int]]) -> None:
    now, count = 0.0, 100
    silence = ProgressTimeout(lambda: count, 3.0, clock=lambda: now)
    since = 0.0
    for seconds, taken in steps:
        now += seconds
        count -= taken
        since = now if taken else since
        assert silence.left() == pytest.approx(since + 3.0 - now)


def test_the_end_overrides_a_longer_timeout() -> None:
    now = 0.0
    silence = ProgressTimeout(lambda: None, None, 5.0, clock=lambda: now)
    assert silence.left() == 5.0
    now = 5.0
    assert silence.left() == 0.0
    assert ProgressTimeout(lambda: None, None, clock=lambda: now).left() == math.inf


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection with small buffers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        near = socket.create_connection(listener.getsockname())
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        far, _ = listener.accept()
    with near, far:
        yield near, far


def test_a_large_upload_arrives_completely_at_a_slow_reader(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    near, far = pair
    sent, read = bytes(range(256)) * 4000, bytearray()

    def reads() -> None:
        while len(read) < len(sent):
            read.extend(far.recv(50_000))

    reader = threading.Thread(target=reads, daemon=True)
    reader.start()
    send_all(near, sent, ProgressTimeout(lambda: None, LONG))
    reader.join(LONG)
    assert bytes(read) == sent


def test_a_server_that_reads_nothing_ends_the_upload(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    with pytest.raises(TimeoutError):
        send_all(pair[0], bytes(4 << 20), ProgressTimeout(lambda: None, 0.3))


async def test_a_large_request_may_take_longer_than_the_timeout(as_async: Any) -> None:
    got = 0

    def reads_slowly(listener: socket.socket) -> None:
        nonlocal got
        connection, _ = listener.accept()
        rest = threading.Event()
        with connection:
            # Each step is far shorter than `timeout`; all steps together are far longer.
            while got < len(body):
                rest.wait(0.2)
                got += len(connection.recv(30_000))
            connection.sendall(WHOLE)

    body = bytes(1_500_000)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=reads_slowly, args=(listener,), daemon=True).start()
        telnyx = Telnyx(
            api_key="KEY0123",
            base_url=f"http://127.0.0.1:{listener.getsockname()[1]}",
            timeout=4,
            max_retries=0,
        )
        call = Call("PUT", "/x", Reply.json, body=body)
        assert await asyncio.wait_for(as_async(telnyx).send(call), LONG * 2) == {"data": []}
    assert got >= len(body)


def test_closing_worker_threads_cancels_waiting_requests() -> None:
    begun = threading.Semaphore(0)

    def stalls() -> None:
        with Server([[("stall", 0)]]) as server:
            begun.release()
            Telnyx(api_key="KEY0123", base_url=server.base_url, timeout=LONG * 2).models.list()

    crew: WorkerThreads[None] = WorkerThreads(2, "test")
    futures = [crew.submit(stalls) for _ in range(5)]
    assert begun.acquire(timeout=LONG)
    assert begun.acquire(timeout=LONG)
    crew.close()
    assert all(future.exception(LONG) is not None for future in futures[:2])
    assert not any(future.done() for future in futures[2:])  # they never start
