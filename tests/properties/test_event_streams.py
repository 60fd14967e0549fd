"""Event streams: any bytes, in any split, are parsed as in the standard."""

from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.client.sse import Events
from tests.fuzzing.targets import by_the_standard
from tests.support.hypothesis_profiles import examples

PARTS = st.sampled_from(
    [
        *(b"data: one", b"data:two", b"data", b"data:", b"datax: no", b": comment", b"event: e"),
        *(b"id: 1", b"\n", b"\r", b"\r\n", b"\n\n", b"\xef\xbb\xbf", "data: \u2028é\x85".encode()),
    ]
)


@settings(max_examples=examples(500), deadline=None)
@given(st.lists(PARTS | st.binary(max_size=3), max_size=12), st.lists(st.integers(1, 9)))
def test_any_bytes_in_any_split_are_the_events_of_the_standard(
    parts: list[bytes], sizes: list[int]
) -> None:
    body = b"".join(parts)
    events, found, place = Events(), list[bytes](), 0
    for size in [*sizes, len(body)]:
        found += events.feed(body[place : place + size])
        place += size
    assert found + events.end() == by_the_standard(body)
