"""The key is redacted, whatever a server quotes, and whatever is logged."""

from __future__ import annotations

import base64
import html
import json
import logging
import pickle
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import httpx2
import pytest

from langchain_telnyx.client import Call, Telnyx
from langchain_telnyx.client.call import Reply, StreamCall
from langchain_telnyx.client.errors import (
    APIConnectionError,
    APIResponseError,
    AuthenticationError,
    ConfigurationError,
    StreamError,
    TelnyxError,
)
from langchain_telnyx.client.redaction import Redactor
from tests.support.secrets import AWKWARD_KEY, KEY, leaks, representations, spellings, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    AsAsync = Callable[[Telnyx], Any]
    Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]
    Listen = Callable[[Callable[[Any], None]], str]

JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream"}
CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}]}\n\n'
WAYS: dict[str, Callable[[str], str]] = {
    "plain": lambda key: key,
    "as JSON": lambda key: json.dumps(key)[1:-1],
    "as JSON with slashes": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "as JSON in code points": lambda key: "".join(f"\\u{ord(each):04x}" for each in key),
    "JSON in JSON": lambda key: json.dumps(json.dumps(key))[3:-3],
    "percent-encoded": lambda key: quote(key, safe=""),
    "percent-encoded, small": lambda key: "".join(f"%{ord(each):02x}" for each in key),
    "as HTML": html.escape,
}


def telnyx(base_url: str, **options: Any) -> Telnyx:
    given = {"api_key": KEY, "base_url": base_url, "timeout": 5, "max_retries": 0, **options}
    return Telnyx(**given)


@pytest.fixture(params=[KEY, AWKWARD_KEY], ids=["key", "awkward key"])
def key(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(params=[None, httpx, httpx2], ids=["ours", "httpx", "httpx2"])
async def clients(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, Any]]:
    """Options for own connections, and for clients of the two libraries."""
    library = request.param
    if library is None:
        yield {}
        return
    with library.Client() as client:
        async with library.AsyncClient() as async_client:
            yield {"http_client": client, "http_async_client": async_client}


def echoing(status: int, kind: dict[str, str], body: str, way: Callable[[str], str]) -> Any:
    """Respond with the received key, in place of `KEY` in the body, and in a header."""

    def answer(_: str, __: str, headers: dict[str, str], *___: object) -> Any:
        came = headers["authorization"].removeprefix("Bearer ")
        response_headers = {"x-echo": f"Bearer {came}", **kind}
        return status, response_headers, body.replace("KEY", way(came)).encode()

    return answer


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    "answer",
    [
        (401, JSON, '{"errors": [{"detail": "Bearer KEY"}]}'),
        (401, JSON, '{"KEY": {"KEY": ["KEY"]}}'),
        (401, {"content-type": "text/html"}, "<html>Bearer KEY is wrong</html>"),
        (401, {}, "x" * 280 + "KEY"),
        (200, JSON, '{"data": {"no": "Bearer KEY"}}'),
        (200, JSON, '{"data": "KEY"}'),
        (200, JSON, 'no JSON: "KEY"'),
        (200, JSON, "x" * 180 + "KEY"),
        (200, {"content-type": "text/html"}, "<html>KEY</html>"),
    ],
)
async def test_the_key_is_redacted_in_responses_that_quote_it(
    as_async: AsAsync, serve: Serve, key: str, answer: tuple[int, dict[str, str], str], way: Any
) -> None:
    api = as_async(telnyx(serve(echoing(*answer, way)), api_key=key))
    with watching() as seen, pytest.raises(TelnyxError) as caught:
        await api.models.list()
    assert isinstance(caught.value, AuthenticationError if answer[0] == 401 else APIResponseError)
    assert leaks(key, error=representations(caught.value), warnings=seen["warnings"]) == []
    assert "***" in repr(caught.value.response.headers)
    assert "***" in caught.value.response.text


async def test_a_redacted_error_shows_where_the_key_was(as_async: AsAsync, serve: Serve) -> None:
    body = '{"errors": [{"detail": "Bearer KEY"}]}'
    api = as_async(telnyx(serve(echoing(401, JSON, body, WAYS["plain"]))))
    with pytest.raises(AuthenticationError) as caught:
        await api.send(Call("GET", "/refused", Reply.json))
    assert "Bearer ***" in str(caught.value)
    assert caught.value.detail == "Bearer ***"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    "body",
    [
        'data: {"error": {"message": "The key KEY is wrong"}}\n\n',
        'data: {"errors": [{"detail": "KEY"}]}\n\n',
        'data: {"detail": {"KEY": "KEY"}}\n\n',
        'data: no JSON, but "KEY"\n\n',
        "data: " + "x" * 100 + "KEY\n\n",
        'data: ["KEY"]\n\n',
        CHUNK.decode() + 'data: {"error": "KEY"}\n\n',
        CHUNK.decode() + 'data: {"choices": "KEY"}\n\n',
    ],
)
async def test_the_key_is_redacted_in_streams_that_quote_it(
    as_async: AsAsync, serve: Serve, key: str, body: str, way: Any
) -> None:
    api = as_async(telnyx(serve(echoing(200, EVENTS, body, way)), api_key=key))
    with pytest.raises(StreamError) as caught:
        await api.chat.stream([])
    assert leaks(key, error=representations(caught.value)) == []
    assert "***" in str(caught.value)


@pytest.mark.parametrize("status", [200, 401])
async def test_the_key_is_redacted_in_a_page_in_place_of_a_stream(
    as_async: AsAsync, serve: Serve, status: int
) -> None:
    page = "x" * 170 + "KEY"
    api = as_async(
        telnyx(serve(echoing(status, {"content-type": "text/html"}, page, WAYS["plain"])))
    )
    with pytest.raises(TelnyxError) as caught:
        await api.chat.stream([])
    assert leaks(KEY, error=representations(caught.value)) == []
    assert KEY[:12] not in repr(vars(caught.value))


async def test_a_key_split_into_two_pieces_is_redacted(as_async: AsAsync, listen: Listen) -> None:
    def talk(connection: Any) -> None:
        while connection.request():
            connection.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
            connection.send(b"transfer-encoding: chunked\r\n\r\n")
            for piece in (
                CHUNK,
                b'data: {"error": "' + KEY[:9].encode(),
                KEY[9:].encode() + b'"}\n\n',
            ):
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.send(b"0\r\n\r\n")

    api = as_async(telnyx(listen(talk)))
    with pytest.raises(StreamError) as caught:
        await api.chat.stream([])
    assert leaks(KEY, error=representations(caught.value)) == []
    assert caught.value.body == {"error": "***"}


@pytest.mark.parametrize(
    "answer",
    [
        b"KEY is not HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nKEY\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx\x00: KEY\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: KEY\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: KEY\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nKEY\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 39\r\n\r\nKEY",
    ],
)
async def test_the_key_is_redacted_in_broken_responses_that_quote_it(
    as_async: AsAsync, listen: Listen, answer: bytes, clients: dict[str, Any]
) -> None:
    def talk(connection: Any) -> None:
        connection.request()
        connection.send(answer.replace(b"KEY", KEY.encode()))
        connection.close()

    api = as_async(telnyx(listen(talk), **clients))
    with pytest.raises(APIConnectionError) as caught:
        await api.models.list()
    assert leaks(KEY, error=representations(caught.value)) == []


async def test_errors_of_a_client_passed_in_do_not_have_the_key(as_async: AsAsync) -> None:
    def refuse(request: Any) -> Any:
        raise httpx.ConnectError("refused", request=request)

    transport = httpx.MockTransport(refuse)
    clients = {
        "http_client": httpx.Client(transport=transport),
        "http_async_client": httpx.AsyncClient(transport=transport),
    }
    with pytest.raises(APIConnectionError) as caught:
        await as_async(telnyx("http://127.0.0.1:1", **clients)).models.list()
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    assert leaks(KEY, error=representations(caught.value)) == []


async def test_an_error_has_its_redacted_cause(as_async: AsAsync, serve: Serve) -> None:
    api = as_async(telnyx(serve(lambda *_: (200, JSON, b"no JSON"))))
    with pytest.raises(APIResponseError) as caught:
        await api.send(Call("GET", "/x", Reply.json))
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)
    assert caught.value.__cause__.doc == "no JSON"


async def test_the_key_is_redacted_in_the_document_of_a_cause(
    as_async: AsAsync, serve: Serve
) -> None:
    api = as_async(telnyx(serve(echoing(200, JSON, "no JSON: KEY", WAYS["plain"]))))
    with pytest.raises(APIResponseError) as caught:
        await api.send(Call("GET", "/x", Reply.json))
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)
    assert caught.value.__cause__.doc == "no JSON: ***"


async def test_retry_objects_do_not_have_the_key(as_async: AsAsync, serve: Serve) -> None:
    retries: list[Any] = []
    base_url = serve(echoing(503, JSON, '{"error": "KEY"}', WAYS["plain"]))
    api = as_async(telnyx(base_url, max_retries=1, on_retry=retries.append))
    with pytest.raises(TelnyxError):
        await api.models.list()
    assert len(retries) == 1
    assert leaks(KEY, error=representations(retries[0].error)) == []


async def test_a_changing_key_is_redacted_as_it_was_sent(as_async: AsAsync, serve: Serve) -> None:
    keys = [f"{KEY}_{number}" for number in range(9)]
    left = iter(keys)
    base_url = serve(echoing(200, JSON, "no JSON: KEY", WAYS["plain"]))
    with pytest.raises(APIResponseError) as caught:
        await as_async(telnyx(base_url, api_key=lambda: next(left))).models.list()
    assert leaks(keys[0], error=representations(caught.value)) == []
    assert next(left) == keys[1]  # it was read once


def test_a_short_key_is_not_redacted_inside_longer_words() -> None:
    hides = Redactor("testing")
    assert hides.text("contesting testings retesting2") == "contesting testings retesting2"
    for spelt in (
        "testing",
        "Bearer testing",
        '"testing"',
        "%22testing%22",
        "a\\ntesting\\n",
        "k=testing",
    ):
        assert "testing" not in hides.text(spelt)


@pytest.mark.parametrize("short", ["K", "KEY", "test", "KEY1"])
async def test_a_short_key_does_not_garble_words(
    as_async: AsAsync, serve: Serve, short: str
) -> None:
    words = json.dumps({"detail": f"The {short} of a KEY1 test is KEY"}).encode()
    api = as_async(telnyx(serve(lambda *_: (404, JSON, words)), api_key=short))
    with pytest.raises(TelnyxError, match=f"The {short} of a KEY1 test is KEY"):
        await api.models.list()


async def test_a_successful_response_is_unchanged(as_async: AsAsync, serve: Serve) -> None:
    body = '{"data": [{"id": "KEY"}], "choices": []}'
    api = as_async(telnyx(serve(echoing(200, JSON, body, WAYS["plain"]))))
    [model] = await api.models.list()
    assert model.id == KEY
    answer = await api.chat.create([], model="m")
    assert answer["data"] == [{"id": KEY}]
    assert answer.headers["x-echo"] == "Bearer ***"
    assert leaks(KEY, pickled=pickle.dumps(answer.redactor)) == []


@pytest.mark.parametrize("wrong", [[KEY], {"key": KEY}, KEY.encode()])
def test_a_key_of_another_type_is_refused_and_not_shown(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="`api_key` is of type") as caught:
        Telnyx(api_key=wrong)
    assert leaks(KEY, error=representations(caught.value)) == []


class Quoting:
    """A stream decoder whose error quotes its input; see `Decoder`."""

    failure: Exception | None = None
    complete = done = False

    def feed(self, data: bytes) -> list[str]:
        self.failure = StreamError("It broke.", data.decode())
        self.failure.__cause__ = UnicodeDecodeError("utf-8", data, 0, 1, "quoted")
        self.failure.add_note(data.decode())
        return []

    def end(self) -> list[str]:
        return []


async def test_the_key_is_redacted_in_errors_of_stream_readers(
    as_async: AsAsync, serve: Serve
) -> None:
    api = as_async(telnyx(serve(echoing(200, EVENTS, "KEY", WAYS["plain"]))))
    call = Call("GET", "/x", lambda _: None)
    with pytest.raises(StreamError) as caught:
        await api.send(_opened(StreamCall(call, Quoting)))
    assert leaks(KEY, error=representations(caught.value)) == []
    assert caught.value.body == "***"


def _opened(stream: StreamCall[Any]) -> Any:
    yield from stream


async def test_log_lines_do_not_have_request_headers(
    as_async: AsAsync, serve: Serve, clients: dict[str, Any]
) -> None:
    base_url = serve(lambda *_: (200, {**JSON, "etag": "1"}, b'{"data": []}'))
    headers = {"x-token": "a-token-that-nobody-logs"}
    with watching() as seen:
        api = as_async(telnyx(base_url, headers=headers, storage_url=base_url, **clients))
        await api.models.list()
        await api.storage.get_object("bucket-1", "key")
    logged = "".join(seen["logs"])
    assert "send_request_headers" in logged  # the level was DEBUG
    assert leaks(KEY, seen=seen) == []
    assert leaks(headers["x-token"], seen=seen) == []
    assert "uthorization" not in logged


async def test_loggers_below_debug_do_not_show_what_a_server_echoes(
    as_async: AsAsync, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    api = as_async(telnyx(serve(echoing(200, JSON, '{"data": []}', WAYS["plain"]))))
    await api.models.list()
    assert leaks(KEY, logs=caplog.text) == []


@pytest.mark.parametrize("key", [KEY, AWKWARD_KEY])
def test_the_check_finds_a_key_however_it_is_written(key: str) -> None:
    for way in WAYS.values():
        shown = way(key)
        if shown.encode() in spellings(key):
            assert leaks(key, a={"b": [f"x {shown} y"]}) == [": a: b[0]"]
    for before in ("", "a", "ab", "abc"):
        encoded = base64.b64encode(f"{before}{key} and more".encode())
        assert leaks(key, a=encoded) == [": a"]
    assert leaks(key, a=key[:-1], b=b"", c=None) == []


def test_a_redactor_shows_no_key() -> None:
    redactor = Redactor(KEY)
    assert leaks(KEY, shown=[repr(redactor), str(redactor), pickle.dumps(redactor)]) == []
    assert redactor.text(f"<{KEY}>") == "<***>"
    assert redactor.text(f"cut at {KEY[:20]}") == "cut at ***"
