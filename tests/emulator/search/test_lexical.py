"""The terms of passages are compared exactly, whatever dimensions their hashes share."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator.search.lexical import Collection
from langchain_telnyx.emulator.search.vectors import embed_query, embed_with_keys

WORDS = [f"{start}{middle}{end}" for start in "bdfgklm" for middle in "aiou" for end in "lnrt"]
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def similarities(query: str, passages: list[str]) -> list[float]:
    vectors, keys = embed_with_keys(passages)
    collection = Collection()
    collection.add(keys)
    embedded = embed_query(query, collection.rarity)
    found: list[float] = collection.similarities(embedded, keys, vectors @ embedded.vector).tolist()
    return found


def test_a_shared_word_counts_more_than_any_collision_of_hashes() -> None:
    letters = random.Random(7)
    words = ["".join(letters.choices("aeioubcdfglmnprst", k=9)) for _ in range(9000)]
    unrelated = [" ".join(words[at : at + 150]) for at in range(0, len(words), 150)]
    [related, *others] = similarities("harbour ferries", ["The harbour is closed.", *unrelated])
    assert related > 3 * max(others)


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    frequent = [f"A ferry leaves pier {number}." for number in range(20)]
    found = similarities("ferry timetable", [*frequent, "A timetable hangs here."])
    assert max(found) == found[-1]


def test_repeated_words_count_more_up_to_a_limit() -> None:
    once, twice, often, oftener = similarities(
        "gravel", [f"{'gravel ' * count}and rocks, sand, clay" for count in (1, 2, 20, 40)]
    )
    assert once < twice < often
    assert oftener == pytest.approx(often, abs=0.05)


@given(texts, st.lists(texts, min_size=1, max_size=6))
def test_similarities_are_between_zero_and_one(query: str, passages: list[str]) -> None:
    found = np.array(similarities(query, passages))
    assert len(found) == len(passages)
    assert np.all((found >= 0) & (found <= 1))


@given(st.lists(texts, min_size=1, max_size=6), st.lists(texts, max_size=6), texts)
def test_removed_passages_leave_no_trace(staying: list[str], leaving: list[str], word: str) -> None:
    _, keys = embed_with_keys(staying)
    _, removed = embed_with_keys(leaving)
    fresh, used = Collection(), Collection()
    fresh.add(keys)
    used.add([*removed, *keys])
    used.remove(removed)
    query = embed_query(f"{word} {staying[0]}", fresh.rarity)
    same = embed_query(f"{word} {staying[0]}", used.rarity)
    assert query.weights.tolist() == same.weights.tolist()
    cosines = np.full(len(keys), 0.7, np.float32)
    assert (
        fresh.similarities(query, keys, cosines).tolist()
        == used.similarities(same, keys, cosines).tolist()
    )
