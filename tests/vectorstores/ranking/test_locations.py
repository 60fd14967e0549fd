"""Passages are found in the texts of their documents."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.vectorstores.ranking.locations import (
    Span,
    lines_of,
    locate,
    merged,
    with_context,
)

WORDS = st.lists(st.text("abc(.é月", min_size=1, max_size=6), min_size=1, max_size=80)
SPACES = st.lists(st.sampled_from([" ", "\n", "\n\n", "\t ", "\r\n"]), min_size=80, max_size=80)


@given(words=WORDS, spaces=SPACES, other=SPACES, data=st.data())
def test_a_passage_is_found_whatever_its_white_space(
    words: list[str], spaces: list[str], other: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    text = "".join(word + space for word, space in zip(words, spaces, strict=False))
    part = words[first:last]
    passage = "".join(word + space for word, space in zip(part, other, strict=False))
    span = locate(passage, text)
    assert span is not None
    assert text[span.start : span.end].split() == passage.split()


@given(words=WORDS, spaces=SPACES)
def test_the_first_occurrence_is_found(words: list[str], spaces: list[str]) -> None:
    text = "".join(word + space for word, space in zip(words, spaces, strict=False))
    passage = " ".join(words)
    span = locate(passage, f"\n{text}\n{text}")
    assert span is not None
    assert span.start == 1


@pytest.mark.parametrize("passage", ["", " \n", "Titan is a star", "moon of Mars"])
def test_a_text_without_the_passage_has_no_place(passage: str) -> None:
    assert locate(passage, "Titan is a moon of Saturn.") is None


def test_a_long_passage_that_only_begins_alike_is_another_one() -> None:
    beginning = " ".join(f"word{n}" for n in range(20))
    text = f"{beginning} ends here. {beginning}\nends there."
    span = locate(f"{beginning} ends  there.", text)
    assert span is not None
    assert text[span.start : span.end] == f"{beginning}\nends there."


@given(st.lists(st.text("ab ", max_size=5), min_size=1, max_size=12), st.data())
def test_lines_are_counted_from_one(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = lines_of(Span(start, end), text)
    numbers = [number for number, line in enumerate(text.split("\n"), 1) for _ in f"{line}\n"]
    assert first == numbers[start]
    assert last == numbers[max(start, end - 1)]


TEXT = "\n\n".join(f"Paragraph {n} has a sentence. It has another one, too." for n in range(9))


def test_context_begins_and_ends_with_a_paragraph() -> None:
    at = TEXT.index("Paragraph 4")
    span = with_context(Span(at, at + 51), TEXT, 2)
    assert re.findall(r"\d", TEXT[span.start : span.end]) == [
        "2",
        "3",
        "4",
        "5",
        "6",
    ] or re.findall(r"\d", TEXT[span.start : span.end]) == ["3", "4", "5"]
    assert TEXT[span.start :].startswith("Paragraph")
    assert TEXT[: span.end].endswith("too.")


@given(start=st.integers(0, len(TEXT)), length=st.integers(0, 99), passages=st.integers(0, 3))
def test_context_contains_the_passage(start: int, length: int, passages: int) -> None:
    end = min(len(TEXT), start + length)
    span = with_context(Span(start, end), TEXT, passages)
    assert 0 <= span.start <= start <= end <= span.end <= len(TEXT)
    assert start - span.start <= passages * length
    assert span.end - end <= passages * length


@given(st.lists(st.builds(lambda at, n: Span(at, at + n), st.integers(0, 60), st.integers(1, 9))))
def test_merged_groups_have_every_part_once_and_do_not_touch(spans: list[Span]) -> None:
    groups = merged(spans)
    assert sorted(at for group in groups for at in group) == list(range(len(spans)))
    covered = [set().union(*(range(*spans[at]) for at in group)) for group in groups]
    for number, one in enumerate(covered):
        assert max(one) - min(one) + 1 == len(one), "a group is one part of the text"
        for other in covered[number + 1 :]:
            assert not one & other
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
