"""Reciprocal rank fusion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.vectorstores.ranking.fusion import fuse

RANKINGS = st.lists(st.permutations("abcdef"), min_size=1, max_size=4)


def test_an_item_that_is_high_in_both_rankings_comes_first() -> None:
    assert fuse([(1, "abc"), (1, "bca")])[0] == "b"


def test_a_weight_decides_between_contradicting_rankings() -> None:
    assert fuse([(1, "ab"), (0.5, "ba")]) == ["a", "b"]
    assert fuse([(0.5, "ab"), (1, "ba")]) == ["b", "a"]


def test_a_repeated_item_counts_once() -> None:
    assert fuse([(1, "abbb"), (1, "acab")]) == ["a", "b", "c"]


@given(RANKINGS)
def test_every_item_is_returned_once(rankings: list[list[str]]) -> None:
    assert sorted(fuse([(1, ranking) for ranking in rankings])) == sorted("abcdef")


@given(ranking=st.permutations("abcdef"), count=st.integers(1, 5))
def test_equal_rankings_are_their_own_fusion(ranking: list[str], count: int) -> None:
    assert fuse([(1, ranking)] * count) == ranking


@given(rankings=RANKINGS, data=st.data())
def test_a_better_rank_is_never_worse(rankings: list[list[str]], data: st.DataObject) -> None:
    before = fuse([(1, ranking) for ranking in rankings])
    item = data.draw(st.sampled_from(before))
    rankings[0] = [item, *(each for each in rankings[0] if each != item)]
    after = fuse([(1, ranking) for ranking in rankings])
    assert after.index(item) <= before.index(item)
