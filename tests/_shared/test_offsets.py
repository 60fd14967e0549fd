"""Offsets by key, compared with a dict."""

from __future__ import annotations

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx._shared.offsets import Offsets

KEYS = st.one_of(st.text(max_size=3), st.just("\ud800"), st.integers(0, 3000).map(str))


@given(entries=st.lists(st.tuples(KEYS, st.integers(0, 2**63)), max_size=40), other=KEYS)
@settings(deadline=None)
def test_offsets_are_those_of_a_dict(entries: list[tuple[str, int]], other: str) -> None:
    offsets, expected = Offsets(), dict(entries)
    for key, offset in entries:
        offsets.put(key, offset)
    assert len(offsets) == len(expected)
    assert {key: offsets.get(key) for key in expected} == expected
    assert offsets.get(other) == expected.get(other)


def test_many_offsets_are_small() -> None:
    tracemalloc.start()
    try:
        offsets = Offsets()
        for number in range(20_000):
            offsets.put(f"{number:064x}", number * 1000)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 60 * len(offsets)
    assert all(offsets.get(f"{n:064x}") == n * 1000 for n in range(20_000))
    assert offsets.get("x" * 64) is None
