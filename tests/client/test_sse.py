"""The event decoder: bodies in every form, split at any point."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.client.sse import Events

# The events of a body by the standard, with an incomplete last event (see `Events.end`).
SAMPLES: dict[str, tuple[bytes, list[bytes]]] = {
    "plain": (b"data: one\n\ndata: two\n\n", [b"one", b"two"]),
    "crlf": (b"data: one\r\n\r\ndata: two\r\n\r\n", [b"one", b"two"]),
    "cr": (b"data: one\r\rdata: two\r\r", [b"one", b"two"]),
    "mixed line ends": (b"data: one\r\n\ndata: two\n\r\n", [b"one", b"two"]),
    "several lines of data": (b"data: one\ndata: two\n\n", [b"one\ntwo"]),
    "several lines with crlf": (b"data: one\r\ndata: two\r\n\r\n", [b"one\ntwo"]),
    "comments": (b": hello\n\ndata: one\n: ping\n\n:\n\n", [b"one"]),
    "other fields": (b"event: m\nid: 7\nretry: 10\ndata: one\n\n", [b"one"]),
    "a field that only begins like data": (b"database: no\n\ndata: one\n\n", [b"one"]),
    "no space after the colon": (b"data:one\n\n", [b"one"]),
    "only one space is taken off": (b"data:  one\n\n", [b" one"]),
    "empty data": (b"data:\n\ndata: \n\ndata\n\ndata: one\n\n", [b"one"]),
    "an empty line inside the data": (b"data: a\ndata\ndata: b\n\n", [b"a\n\nb"]),
    "extra blank lines": (b"\n\n\n\ndata: one\n\n\n\n\ndata: two\n\n\n", [b"one", b"two"]),
    "byte order mark": (b"\xef\xbb\xbfdata: one\n\n", [b"one"]),
    "no newline at the end": (b"data: one\n\ndata: two", [b"one", b"two"]),
    "one newline at the end": (b"data: one\n\ndata: two\n", [b"one", b"two"]),
    "one cr at the end": (b"data: one\r\rdata: two\r", [b"one", b"two"]),
    "line separators inside json": (
        'data: {"a":"x\u2028y\u2029z\u0085"}\n\n'.encode(),
        ['{"a":"x\u2028y\u2029z\u0085"}'.encode()],
    ),
    "form feed and vertical tab": (b"data: a\x0bb\x0cc\x1cd\n\n", [b"a\x0bb\x0cc\x1cd"]),
    "letters of two, three and four bytes": (
        "data: é€😀\n\ndata: 日本\n\n".encode(),
        ["é€😀".encode(), "日本".encode()],
    ),
    "nothing": (b"", []),
    "only a byte order mark": (b"\xef\xbb\xbf", []),
    "only comments": (b": a\n: b\n\n", []),
}


def decoded(*pieces: bytes) -> list[bytes]:
    events = Events()
    found = [event for piece in pieces for event in events.feed(piece)]
    return found + events.end()


@pytest.fixture(params=SAMPLES.values(), ids=list(SAMPLES))
def sample(request: pytest.FixtureRequest) -> tuple[bytes, list[bytes]]:
    found: tuple[bytes, list[bytes]] = request.param
    return found


def test_a_whole_body_returns_its_events(sample: tuple[bytes, list[bytes]]) -> None:
    body, expected = sample
    assert decoded(body) == expected


def test_a_body_byte_by_byte_has_the_same_events(sample: tuple[bytes, list[bytes]]) -> None:
    body, expected = sample
    assert decoded(*(body[i : i + 1] for i in range(len(body)))) == expected


def test_every_cut_in_two_gives_the_same_events(sample: tuple[bytes, list[bytes]]) -> None:
    body, expected = sample
    for cut in range(len(body) + 1):
        assert decoded(body[:cut], body[cut:]) == expected, f"cut at {cut}"


def test_every_cut_in_three_gives_the_same_events(sample: tuple[bytes, list[bytes]]) -> None:
    body, expected = sample
    for first, second in itertools.combinations(range(len(body) + 1), 2):
        pieces = body[:first], body[first:second], body[second:]
        assert decoded(*pieces) == expected, f"cuts at {first} and {second}"


def test_an_event_is_returned_as_soon_as_its_blank_line_arrives() -> None:
    events = Events()
    assert events.feed(b"data: one\n") == []
    assert events.feed(b"\nda") == [b"one"]
    assert events.feed(b"ta: two\n\n") == [b"two"]
    assert events.end() == []


def test_empty_pieces_change_nothing() -> None:
    assert decoded(b"", b"data: o", b"", b"ne\r", b"", b"\n\r\n", b"") == [b"one"]


def test_a_byte_order_mark_is_removed_only_at_the_beginning() -> None:
    assert decoded(b"data: one\n\n", b"\xef\xbb\xbfdata: two\n\n") == [b"one"]


def test_an_event_of_a_megabyte_in_small_pieces_is_complete() -> None:
    text = b"x" * 1_000_000
    body = b"data: " + text + b"\n\n"
    assert decoded(*(body[i : i + 4096] for i in range(0, len(body), 4096))) == [text]


@given(
    events=st.lists(
        st.lists(
            st.text(
                st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1
            ),
            min_size=1,
            max_size=3,
        ),
        max_size=5,
    ),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    noise=st.sampled_from(["", ": comment", "event: x", "id: 1"]),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_written_events_are_read_back(
    events: list[list[str]], end: str, noise: str, cuts: list[int]
) -> None:
    blocks = []
    for lines in events:
        written = [f"data: {line}" for line in lines]
        blocks.append(end.join([noise, *written] if noise else written) + end + end)
    body = "".join(blocks).encode()
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in itertools.pairwise(edges)]
    assert decoded(*pieces) == ["\n".join(lines).encode() for lines in events]
