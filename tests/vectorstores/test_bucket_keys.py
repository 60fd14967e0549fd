"""Lookups of keys by id: by pages, and id by id, always with the result of a full listing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from langchain_telnyx import Telnyx, TelnyxError
from langchain_telnyx.client.call import Concurrently
from langchain_telnyx.client.errors import APIConnectionError
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.keys import (
    DocumentKey,
    document_key,
    id_stem,
    parent_key,
    parse_key,
)
from langchain_telnyx.vectorstores.sidecar import BucketSidecar
from tests.support.hypothesis_profiles import examples
from tests.support.protocol_service import listing

MISSING = "moon-that-is-not-there"


def key_of(id_: str, version: str = "0") -> str:
    return document_key(id_, version, {}).key


@dataclass
class Listings:
    """A bucket that answers listings, and counts them.

    Attributes:
        keys: The keys of the bucket.
        page_size: The most keys of a page.
        is_sorted: Whether a page is in the order of keys.
        honors_start: Whether `start-after` has an effect.
        failing: The number of the request that fails.
        pages: The number of listings without a prefix.
        by_id: The prefixes of the others.
    """

    keys: list[str]
    page_size: int = 1000
    is_sorted: bool = True
    honors_start: bool = True
    failing: int | None = None
    pages: int = 0
    by_id: list[str] = field(default_factory=list)

    def look_up(self, ids: list[str], width: int = 16) -> dict[str, list[DocumentKey]]:
        calls = Telnyx(api_key="KEY", base_url="http://127.0.0.1:1").calls
        sidecar = BucketSidecar(calls, "moons-metadata")
        bucket = Bucket(calls, "moons", None, None, None, width, None, sidecar)
        found: dict[str, list[DocumentKey]] = self.run(bucket.versions(ids))
        return found

    def run(self, flow: Any) -> Any:
        answer: Any = None
        try:
            while True:
                step = flow.send(answer)
                if isinstance(step, Concurrently):
                    answer = [self.result(make()) for make in step.flows]
                else:
                    answer = step.decode(self.answer(dict(step.query)))
        except StopIteration as stop:
            return stop.value

    def result(self, flow: Any) -> Any:
        try:
            return self.run(flow)
        except TelnyxError as error:
            return error

    def answer(self, query: dict[str, str]) -> Any:
        if self.failing == self.pages + len(self.by_id):
            raise APIConnectionError("the connection is lost")
        if "prefix" in query:
            self.by_id.append(query["prefix"])
        else:
            self.pages += 1
        if not self.honors_start:
            query.pop("start-after", None)
        held = dict.fromkeys(self.keys, b"")
        return listing(held, query, self.page_size, is_sorted=self.is_sorted)


def others(number: int, *, first: str = "a") -> list[str]:
    return [f"{first}-{n:06}.txt" for n in range(number)]


@pytest.mark.parametrize(
    ("other", "ids", "pages", "by_id"),
    [
        (5, 3, 0, 4),
        (5, 40, 1, 0),
        (2500, 40, 1, 0),
        (20_000, 40, 1, 0),
    ],
)
def test_few_ids_are_listed_one_by_one_and_neighbours_by_a_page(
    other: int, ids: int, pages: int, by_id: int
) -> None:
    names = [f"moon-{n}" for n in range(ids)]
    bucket = Listings(others(other) + [key_of(name) for name in names])
    found = bucket.look_up([*names, MISSING])
    assert {id_: [key.key for key in keys] for id_, keys in found.items()} == {
        id_: [key_of(id_)] for id_ in names
    }
    assert (bucket.pages, len(bucket.by_id)) == (pages, by_id)


@pytest.mark.parametrize(
    ("between", "ids", "pages", "by_id"),
    [
        (0, 100, 1, 0),
        (9, 100, 1, 0),
        # A page has as many of the ids as it costs in listings by id.
        (20, 1000, 21, 0),
        # It has not: the first page has 20 ids.
        (49, 100, 1, 80),
        (199, 100, 1, 95),
    ],
)
def test_the_cost_of_a_lookup_does_not_grow_with_the_bucket(
    between: int, ids: int, pages: int, by_id: int
) -> None:
    names = [f"moon-{n:05}" for n in range(ids)]
    keys = [key_of(name) for name in names]
    keys += [f"{name}0-{n:04}.txt" for name in names for n in range(between)]
    bucket = Listings(keys)
    found = bucket.look_up(names)
    assert sorted(found) == names
    assert (bucket.pages, len(bucket.by_id)) == (pages, by_id)


def test_an_id_with_other_characters_has_two_listings() -> None:
    bucket = Listings([key_of("moon_1"), "moon_2!.txt"])
    found = bucket.look_up(["moon_1", "moon_2"])
    assert {id_: [key.version for key in keys] for id_, keys in found.items()} == {
        "moon_1": ["0"],
        "moon_2": [""],
    }
    assert bucket.by_id == ["moon_1!", "moon_2!", "moon_5F1.", "moon_5F2."]


IDS = st.one_of(
    st.text("ab-", min_size=1, max_size=4),
    st.text("a!%.~_-/ é月", min_size=1, max_size=4),
    st.sampled_from(["i" * 97, "i" * 200, "é" * 40, "a.0.n", "a!", "a%21"]),
)
VERSIONS = st.text("0v", min_size=1, max_size=2)
KEYS = st.one_of(
    st.builds(key_of, IDS, VERSIONS),
    st.builds(lambda id_: f"{quote(id_, safe='')}!.txt", IDS),
    st.builds(
        lambda id_, version, number: parent_key(id_, version).chunk_key(number),
        IDS, VERSIONS, st.integers(1, 40),
    ),
    st.text("ab!%.-_é月/", min_size=1, max_size=8),
)  # fmt: skip
CHUNKS = [parent_key("a", "v").chunk_key(number) for number in range(1, 99)]


@given(
    keys=st.lists(KEYS, max_size=60, unique=True),
    ids=st.lists(IDS, min_size=1, max_size=60, unique=True),
    page_size=st.sampled_from([1, 2, 7, 1000]),
    is_sorted=st.sampled_from([True, True, True, False]),
    honors_start=st.sampled_from([True, True, True, False]),
)
@example(keys=[*CHUNKS, "a-b.txt"], ids=["a"], page_size=1000, is_sorted=True, honors_start=True)
@example(
    keys=[key_of(f"a-{n:03}") for n in range(99)],
    ids=["a", *(f"a-{n:03}" for n in range(99))],
    page_size=40,
    is_sorted=True,
    honors_start=True,
)
@settings(deadline=None, max_examples=examples(50))
def test_a_lookup_finds_what_a_full_listing_finds(
    keys: list[str], ids: list[str], page_size: int, *, is_sorted: bool, honors_start: bool
) -> None:
    found = Listings(keys, page_size, is_sorted, honors_start).look_up(ids)
    expected: dict[str, set[str]] = {}
    for key in keys:
        parsed = parse_key(key)
        for id_ in ids:
            if parsed is not None and parsed.stem == id_stem(id_):
                expected.setdefault(id_, set()).add(key)
    assert {id_: {key.key for key in each} for id_, each in found.items()} == expected
    for each in found.values():
        assert [key.version for key in each] == sorted((k.version for k in each), reverse=True)


@given(failing=st.integers(0, 30), width=st.integers(1, 4))
@settings(deadline=None, max_examples=examples(20))
def test_a_request_that_fails_is_an_error_and_not_a_missing_document(
    failing: int, width: int
) -> None:
    names = [f"moon-{n:03}" for n in range(20)]
    bucket = Listings(
        [key for name in names for key in (key_of(name), *others(99, first=f"{name}0"))],
        failing=failing,
    )
    requests = 1 + 10
    try:
        found = bucket.look_up(names, width)
    except APIConnectionError:
        assert failing < requests
    else:
        assert failing >= requests
        assert sorted(found) == names
