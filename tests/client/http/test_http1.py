"""Responses parsed by llhttp, compared with h11, and heads of requests."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.client.http import http1
from langchain_telnyx.client.http.core import core
from langchain_telnyx.client.http.http1 import RequestHeads, ResponseParser
from langchain_telnyx.client.http.requests import OutgoingRequest
from langchain_telnyx.client.redaction import NO_REDACTION

OK = b"HTTP/1.1 200 OK\r\n"


class Parsed(NamedTuple):
    """A response: what is readable of it, and how it ends."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    is_complete: bool
    is_reusable: bool


def pieces_of(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Yield the data in pieces, then the end of the connection."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    for begin, end in itertools.pairwise(places):
        yield data[begin:end]
    yield b""


def parsed(data: bytes, cuts: list[int] | None = None, method: str = "POST") -> Parsed:
    parser, body = ResponseParser(method), b""
    for piece in pieces_of(data, cuts or []):
        parser.feed(piece)
        body += parser.take()
        if parser.is_complete or parser.failure is not None:
            break
    return Parsed(parser.status, parser.headers, body, parser.is_complete, parser.is_reusable)


def by_h11(data: bytes, cuts: list[int], method: str) -> Parsed:
    connection = h11.Connection(our_role=h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "h")]))
    connection.send(h11.EndOfMessage())
    status, headers, body, is_complete = 0, [], b"", False
    pieces = pieces_of(data, cuts)
    try:
        while not is_complete:
            event: Any = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(next(pieces))
            elif isinstance(event, h11.Response):
                status, headers = event.status_code, event.headers.raw_items()
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                is_complete = True
    except h11.RemoteProtocolError:
        pass
    return Parsed(status, headers, body, is_complete, connection.their_state is h11.DONE)


TOKENS = st.text("abcdefgXYZ-", min_size=1, max_size=8).map(lambda name: f"x-{name}".encode())
VALUES = st.text("abc XYZ;=/\"'\xe9", max_size=12).map(lambda text: text.strip().encode("latin-1"))
BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=5)
CUTS = st.lists(st.integers(0, 2000), max_size=8)
INTERIM = st.sampled_from(
    [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nlink: a\r\n\r\n"]
)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Return a response, with one of the three kinds of ends."""
    status = draw(st.sampled_from([200, 201, 204, 304, 400, 404, 429, 500, 503]))
    body = draw(BODIES)
    headers = draw(st.lists(st.tuples(TOKENS, VALUES), max_size=4))
    kind = draw(st.sampled_from(["length", "chunked", "end"]))
    if status in {204, 304}:
        kind, body = "end", []
    if kind == "length":
        headers.append((b"content-length", str(len(b"".join(body))).encode()))
    if kind == "chunked":
        headers.append((b"transfer-encoding", b"chunked"))
    if draw(st.booleans()):
        headers.append((b"connection", draw(st.sampled_from([b"close", b"keep-alive"]))))
    version = draw(st.sampled_from([b"1.1", b"1.0"])) if kind != "chunked" else b"1.1"
    head = b"HTTP/%s %d Reason\r\n" % (version, status)
    head += b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n"
    if kind == "chunked":
        trailer = draw(st.sampled_from([b"", b"x-trailer: 1\r\n"]))
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in body)
        return draw(INTERIM) + head + chunks + b"0\r\n" + trailer + b"\r\n"
    return draw(INTERIM) + head + b"".join(body)


@given(data=responses(), cuts=CUTS, method=st.sampled_from(["POST", "GET"]))
def test_responses_are_read_as_by_h11(data: bytes, cuts: list[int], method: str) -> None:
    expected = by_h11(data, cuts, method)
    assert expected.is_complete
    ours = parsed(data, cuts, method)
    assert ours[:4] == expected[:4]
    # A connection that could be used again may be closed, but not the other way round.
    assert expected.is_reusable or not ours.is_reusable


@given(data=responses(), cuts=CUTS, end=st.integers(0, 2000))
def test_a_response_that_is_cut_off_is_complete_only_if_it_is_for_h11(
    data: bytes, cuts: list[int], end: int
) -> None:
    data = data[: end % len(data)]
    expected, ours = by_h11(data, cuts, "POST"), parsed(data, cuts)
    assert ours.is_complete == expected.is_complete
    assert ours.body == expected.body


@given(
    data=responses(),
    cuts=CUTS,
    at=st.integers(0, 2000),
    put=st.binary(max_size=3),
    gone=st.integers(0, 3),
)
def test_what_h11_refuses_is_not_accepted_with_another_body(
    data: bytes, cuts: list[int], at: int, put: bytes, gone: int
) -> None:
    at %= len(data)
    damaged = data[:at] + put + data[at + gone :]
    ours = parsed(damaged, cuts)  # no exception of another class, and an end
    expected = by_h11(damaged, cuts, "POST")
    if ours.is_complete and expected.is_complete:
        assert (ours.status, ours.body) == (expected.status, expected.body)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (OK + b"content-length: 5\r\n\r\nabc", b"abc"),
        (OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", b"abc"),
        (OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nxyz", b"abc"),
        (OK + b"transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", b"abc"),
        (OK + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\ncontent-len", b""),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nabc", b""),
        (b"SSH-2.0-OpenSSH\r\n", b""),
        (b"\x15\x03\x01\x00\x02\x02F", b""),
        (b"", b""),
    ],
)
def test_a_broken_response_fails_after_its_valid_part(data: bytes, body: bytes) -> None:
    parser = ResponseParser("POST")
    for piece in (data, b""):
        if piece or parser.failure is None:
            parser.feed(piece)
    assert parser.take() == body
    assert isinstance(parser.failure, core.RemoteProtocolError)
    assert not parser.is_reusable


@pytest.mark.parametrize("status", [b"200 OK", b"404 Not Found"])
def test_a_response_to_head_has_no_body(status: bytes) -> None:
    parser = ResponseParser("HEAD")
    parser.feed(b"HTTP/1.1 " + status + b"\r\ncontent-length: 5\r\n\r\n")
    assert (parser.is_complete, parser.is_reusable, parser.take()) == (True, True, b"")


@pytest.mark.parametrize("connection", [b"", b"connection: close\r\n"])
@pytest.mark.parametrize("extra", [OK + b"content-length: 1\r\n\r\nb", b"garbage"])
def test_extra_bytes_are_neither_read_nor_kept(connection: bytes, extra: bytes) -> None:
    parser = ResponseParser("POST")
    parser.feed(OK + connection + b"content-length: 1\r\n\r\na" + extra)
    assert (parser.status, parser.take(), parser.is_complete) == (200, b"a", True)
    assert (parser.failure, parser.is_reusable) == (None, False)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (OK, b"x-long: " + b"a" * 900 + b"\r\n"),
        (OK + b"transfer-encoding: chunked\r\n\r\n1", b";extension=" + b"a" * 900),
        (OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x-trailer: " + b"a" * 900 + b"\r\n"),
    ],
    ids=["headers", "extension", "trailers"],
)
def test_a_head_or_trailer_without_end_is_refused(begin: bytes, more: bytes) -> None:
    parser = ResponseParser("POST")
    parser.feed(begin)
    for _ in range(200):
        parser.feed(more)
        if parser.failure is not None:
            break
    assert "too long" in str(parser.failure)


class Pressed(BaseException):
    """As Ctrl-C: raised at any point."""


def test_an_interrupt_during_parsing_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise Pressed

    monkeypatch.setattr(http1._Events, "on_body", interrupt)  # noqa: SLF001 - no other way in
    parser = ResponseParser("POST")
    with pytest.raises(Pressed):
        parser.feed(OK + b"content-length: 1\r\n\r\na")


def request(headers: dict[str, str], method: str = "POST") -> OutgoingRequest:
    timeout: dict[str, float | None] = {"connect": 1, "read": 1, "write": 1, "pool": 1}
    return OutgoingRequest(
        method,
        "http://h/a",
        headers,
        b"",
        timeout,
        None,
        "api",
        "",
        NO_REDACTION,
        None,
        1,
        is_object=False,
    )


def test_a_head_has_the_lines_that_h11_writes() -> None:
    headers = {"accept": "*/*", "x-empty": "", "authorization": "Bearer KEY0123"}
    connection = h11.Connection(our_role=h11.CLIENT)
    sent = [("host", "h:80"), *headers.items(), ("content-length", "3")]
    written = connection.send(h11.Request(method="POST", target="/a?b=c", headers=sent))
    assert RequestHeads().write(request(headers), "/a?b=c", "h:80", 3) == written


def test_a_head_that_follows_another_has_its_own_values() -> None:
    heads = RequestHeads()
    requests = [
        (request({"authorization": "Bearer KEY0123"}), "/a", "h", 3),
        (request({"authorization": "Bearer KEY0123"}), "/a", "h", 17),
        (request({"authorization": "Bearer KEY4567"}), "/a", "h", 17),
        (request({"authorization": "Bearer KEY4567"}), "/b", "h", 17),
        (request({"authorization": "Bearer KEY4567"}), "/b", "other", None),
        (request({"authorization": "Bearer KEY4567"}, "GET"), "/b", "other", 0),
    ]
    for each in requests:
        assert heads.write(*each) == RequestHeads().write(*each)


def test_a_refused_head_does_not_affect_the_next_ones() -> None:
    heads = RequestHeads()
    good, bad = (request({"a": "b"}), "/", "h", 1), (request({"a": "b\n"}), "/", "h", 1)
    written = heads.write(*good)
    for _ in range(2):
        with pytest.raises(core.LocalProtocolError):
            heads.write(*bad)
    assert heads.write(*good) == written


@pytest.mark.parametrize(
    ("method", "length", "shown"),
    [("GET", 0, False), ("DELETE", 0, False), ("POST", 0, True), ("PUT", None, False)],
)
def test_a_head_has_the_length_of_the_body(method: str, length: int | None, *, shown: bool) -> None:
    head = RequestHeads().write(request({"a": "b"}, method), "/", "h", length)
    assert (b"content-length: 0" in head) is shown


@pytest.mark.parametrize(
    "headers",
    [
        {"x-a": "KEY0123\r\nx-b: c"},
        {"x-a": "KEY0123\nx-b: c"},
        {"x-a\r\nx-b": "KEY0123"},
        {"x-a": "KEY0123\x00"},
        {"x-a": " KEY0123"},
        {"x a": "KEY0123"},
        {"": "KEY0123"},
        {"x-a": "KEY0123\r\n\r\nGET / HTTP/1.1"},
    ],
)
def test_a_header_that_http_does_not_allow_is_refused_without_a_quote(
    headers: dict[str, str],
) -> None:
    with pytest.raises(core.LocalProtocolError) as caught:
        RequestHeads().write(request(headers), "/", "h", 0)
    assert "KEY" not in str(caught.value)


@pytest.mark.parametrize("target", ["/a b", "/a\r\nx: y", "/\u00e9", ""])
def test_a_target_that_http_does_not_allow_is_refused(target: str) -> None:
    with pytest.raises(core.LocalProtocolError):
        RequestHeads().write(request({"a": "b"}), target, "h", 0)


def test_a_header_that_is_not_ascii_is_refused_as_by_the_library() -> None:
    with pytest.raises(UnicodeEncodeError):
        RequestHeads().write(request({"x-a": "\u00e9"}), "/", "h", 0)
