"""Deadlines: every call ends at its deadline, for any fault and any HTTP client."""

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import httpx2
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call, Reply, StreamTimeouts
from langchain_telnyx.client.deadlines import deadline
from langchain_telnyx.client.errors import (
    APITimeoutError,
    ConfigurationError,
    DeadlineError,
    ListingTimeoutError,
    ServerError,
    StreamDeadlineError,
    StreamTimeoutError,
    TaskTimeoutError,
)
from langchain_telnyx.client.flows import concurrently
from tests.support.socket_server import Talk, talking_servers

pytestmark = pytest.mark.waits

AsAsync = Callable[[Telnyx], Any]
Serving = Callable[[Talk], str]
# Much longer than any call here may take, and shorter than it would take without a deadline.
LONG = 30.0
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}]}\n\n'


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Start a server that passes each connection to a function; returns its URL."""
    with talking_servers() as start:
        yield start


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise OSError
        data += piece
    return data


def silent(_: socket.socket, over: threading.Event) -> None:
    over.wait(LONG * 2)


def drips_its_body(connection: socket.socket, over: threading.Event) -> None:
    read_request(connection)
    connection.sendall(JSON + b"content-length: 100000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


def drips_its_headers(connection: socket.socket, over: threading.Event) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.05):
        connection.sendall(b"x-a: b\r\n")


def floods(connection: socket.socket, over: threading.Event) -> None:
    read_request(connection)
    connection.sendall(EVENTS)
    while not over.is_set():
        connection.sendall(CHUNK * 20)


def drips_chunks(connection: socket.socket, over: threading.Event) -> None:
    read_request(connection)
    connection.sendall(EVENTS)
    while not over.wait(0.05):
        connection.sendall(CHUNK)


@pytest.fixture(params=["ours", "httpx", "httpx2"])
async def connected(request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., Telnyx]]:
    """Create a client with its own connections, or with a library's client."""
    opened: list[Any] = []

    def make(base_url: str, **options: Any) -> Telnyx:
        clients = {}
        if request.param != "ours":
            library: Any = {"httpx": httpx, "httpx2": httpx2}[request.param]
            opened.append(library.Client(verify=False))
            clients = {"http_client": opened[-1], "http_async_client": library.AsyncClient()}
        return telnyx(base_url, **clients, **options)

    yield make
    for client in opened:
        client.close()


def telnyx(base_url: str, **options: Any) -> Telnyx:
    given: dict[str, Any] = {"timeout": LONG * 2, "max_retries": 3, "deadline": 0.5}
    return Telnyx(api_key="KEY0123", base_url=base_url, **given | options)


async def ended(call: Any) -> DeadlineError:
    """Return the error of a call, which must end long before it would without a deadline."""
    with pytest.raises(DeadlineError) as caught:
        await asyncio.wait_for(call, LONG)
    return caught.value


@pytest.mark.parametrize(
    ("talk", "phase"),
    [(silent, "headers"), (drips_its_headers, "headers"), (drips_its_body, "body")],
)
async def test_a_call_ends_at_its_deadline(
    as_async: AsAsync, serving: Serving, connected: Callable[..., Telnyx], talk: Talk, phase: str
) -> None:
    error = await ended(as_async(connected(serving(talk))).models.list())
    assert (error.phase, error.sent) == (phase, True)
    assert "deadline" in str(error)


async def test_a_handshake_ends_at_the_deadline(
    as_async: AsAsync, serving: Serving, connected: Callable[..., Telnyx]
) -> None:
    address = serving(silent).replace("http:", "https:")
    error = await ended(as_async(connected(address)).models.list())
    assert (error.phase, error.sent) == ("tls", False)


async def test_an_upload_that_the_server_does_not_read_ends_at_the_deadline(
    as_async: AsAsync, serving: Serving
) -> None:
    big = Call("PUT", "/x", Reply.json, body=bytes(16 << 20))
    error = await ended(as_async(telnyx(serving(silent))).send(big))
    assert (error.phase, error.sent) == ("send", True)


@pytest.fixture
def stalled_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make lookups of all names but this machine's hang until the test is over."""
    over = threading.Event()
    look_up = socket.getaddrinfo

    def stalled(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in {"127.0.0.1", b"127.0.0.1", "localhost", None}:
            over.wait(LONG * 2)
        return look_up("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", stalled)
    yield
    over.set()


@pytest.mark.usefixtures("stalled_names")
async def test_a_lookup_ends_at_the_deadline(as_async: AsAsync) -> None:
    api = as_async(telnyx("http://stalled.invalid/v2", allow_http=True))
    error = await ended(api.models.list())
    assert (error.phase, error.sent) == ("dns", False)


@pytest.mark.usefixtures("stalled_names")
def test_a_lookup_over_a_client_of_the_users_ends_at_the_deadline() -> None:
    with httpx.Client() as own:
        api = telnyx("http://stalled.invalid/v2", allow_http=True, http_client=own)
        with pytest.raises(DeadlineError):
            api.models.list()


@pytest.mark.usefixtures("stalled_names")
async def test_a_lookup_ends_with_the_connect_timeout(as_async: AsAsync) -> None:
    api = as_async(telnyx("http://stalled.invalid/v2", allow_http=True, deadline=None, timeout=0.3))
    with pytest.raises(APITimeoutError) as caught:
        await asyncio.wait_for(api.models.list(), LONG)
    assert not isinstance(caught.value, DeadlineError)


@pytest.mark.usefixtures("stalled_names")
def test_a_hanging_lookup_does_not_delay_the_end_of_an_event_loop() -> None:
    begun = time.monotonic()
    with pytest.raises(DeadlineError):
        asyncio.run(telnyx("http://stalled.invalid/v2", allow_http=True).aio.models.list())
    assert time.monotonic() - begun < LONG


@pytest.mark.parametrize("talk", [drips_chunks, floods])
async def test_a_stream_ends_at_the_deadline(
    as_async: AsAsync, serving: Serving, connected: Callable[..., Telnyx], talk: Talk
) -> None:
    error = await ended(as_async(connected(serving(talk))).chat.stream([]))
    assert (type(error), error.phase) == (StreamDeadlineError, "stream")
    assert isinstance(error, StreamTimeoutError)


async def test_a_stream_without_a_first_item_ends_at_the_deadline(
    as_async: AsAsync, serving: Serving, connected: Callable[..., Telnyx]
) -> None:
    def comments(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(EVENTS)
        while not over.wait(0.05):
            connection.sendall(b": wait\n\n")

    error = await ended(
        as_async(connected(serving(comments))).chat.stream(
            [], timeouts=StreamTimeouts(total=LONG * 2)
        )
    )
    assert (error.phase, error.sent) == ("body", True)


async def test_retries_share_the_deadline(as_async: AsAsync, serving: Serving) -> None:
    tries = itertools.count(1)

    def fails_then_stalls(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        if next(tries) == 1:
            head = b"HTTP/1.1 503 No\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"
            connection.sendall(head)
            return
        over.wait(LONG * 2)

    error = await ended(as_async(telnyx(serving(fails_then_stalls), deadline=2)).models.list())
    assert error.phase == "headers"
    assert next(tries) == 3


async def test_an_error_before_the_deadline_is_raised_unchanged(
    as_async: AsAsync, serving: Serving
) -> None:
    def fails(connection: socket.socket, _: threading.Event) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 500 No\r\nretry-after: 50\r\ncontent-length: 0\r\n\r\n")

    with pytest.raises(ServerError):
        await as_async(telnyx(serving(fails), deadline=20)).models.list()


async def test_concurrent_flows_share_the_deadline(as_async: AsAsync, serving: Serving) -> None:
    client = telnyx(serving(silent))
    many = [client.calls.models.list] * 40

    def flow() -> Any:
        answers = yield from concurrently(many, width=4)
        return answers

    answers = await asyncio.wait_for(as_async(client).send(flow()), LONG)
    assert {type(answer) for answer in answers} == {DeadlineError}
    # Requests whose turn was after the deadline were not sent.
    assert {answer.phase for answer in answers} == {"headers", "start"}


async def test_flows_that_are_read_one_by_one_share_the_deadline(
    as_async: AsAsync, serving: Serving
) -> None:
    client = telnyx(serving(silent))
    many = [client.calls.models.list] * 40
    assert (await ended(as_async(client).send_each(many, width=4))).phase == "headers"


async def test_a_wait_for_a_task_ends_at_the_deadline_of_the_client(
    as_async: AsAsync, serving: Serving
) -> None:
    api = as_async(telnyx(serving(pending)))
    error = await ended(api.fine_tuning.wait("job", timeout=None))
    assert error.phase == "polling"
    assert error.partial.id == "job"


async def test_a_wait_for_a_task_ends_if_the_service_stops_responding(
    as_async: AsAsync, serving: Serving
) -> None:
    sent = itertools.count()

    def falls_silent(connection: socket.socket, over: threading.Event) -> None:
        if next(sent):
            over.wait(LONG * 2)
        pending(connection, over, times=1)

    api = as_async(telnyx(serving(falls_silent), deadline=None))
    with pytest.raises(TaskTimeoutError, match="still 'running'"):
        await asyncio.wait_for(api.fine_tuning.wait("job", timeout=0.3), LONG)


def pending(connection: socket.socket, over: threading.Event, times: int = 1000) -> None:
    body = b'{"id": "job", "status": "running", "model": "m", "training_file": "f"}'
    for _ in range(0 if over.is_set() else times):
        read_request(connection)
        connection.sendall(JSON + b"content-length: %d\r\n\r\n%b" % (len(body), body))


async def test_a_listing_error_has_the_items_before_the_deadline(
    as_async: AsAsync, serving: Serving
) -> None:
    pages = itertools.count()

    def pages_then_stalls(connection: socket.socket, over: threading.Event) -> None:
        while True:
            read_request(connection)
            if next(pages):
                over.wait(LONG * 2)
            body = (
                b"<ListBucketResult><IsTruncated>true</IsTruncated>"
                b"<NextContinuationToken>t</NextContinuationToken>"
                b"<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>"
            )
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: %d\r\n\r\n"
            connection.sendall(head % len(body) + body)

    address = serving(pages_then_stalls)
    error = await ended(as_async(telnyx(address, storage_url=address)).storage.list_objects("docs"))
    assert isinstance(error, ListingTimeoutError)


async def test_a_deadline_block_applies_to_all_calls_inside(
    as_async: AsAsync, serving: Serving
) -> None:
    api = as_async(telnyx(serving(silent), deadline=None))
    with deadline(0.5):
        first = await ended(api.models.list())
        second = await ended(api.models.list())
    assert (first.phase, second.phase) == ("headers", "start")


async def test_a_deadline_block_replaces_the_deadline_of_the_client(
    as_async: AsAsync, serve: Callable[[Any], str]
) -> None:
    slow = threading.Event()

    def answer(*_: Any) -> Any:
        slow.wait(1.0)
        return 200, {"content-type": "application/json"}, b'{"data": []}'

    api = as_async(telnyx(serve(answer), deadline=0.1))
    with deadline(LONG):
        assert await api.models.list() == []


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "5", True])
def test_an_invalid_deadline_is_refused(seconds: Any) -> None:
    with pytest.raises(ConfigurationError, match="`deadline`"), deadline(seconds):
        pass
    with pytest.raises(ConfigurationError, match="`deadline`"):
        telnyx("http://127.0.0.1:1", deadline=seconds)
