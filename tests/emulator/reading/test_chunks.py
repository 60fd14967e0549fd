"""Chunks: no text is lost, none is too long, and each has its heading path."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator.reading.chunks import cut
from langchain_telnyx.emulator.reading.markdown import markdown
from langchain_telnyx.emulator.reading.text import ExtractedText

GUIDE = b"""# Guide

An introduction of some length, for the sake of it.

## Install

Use pip. It is the usual way, and it works on every machine that has Python.

## Use

### First steps

Import the package. Then call it, and look at what it says. It is friendly.
And if it is not, then tell us.
"""


def test_a_text_that_fits_into_one_chunk_is_unchanged() -> None:
    text = "---\nsource: x\n---\n\n  Indented, and with space at the end.  \n"
    assert cut(ExtractedText(text), size=1024, overlap=512) == [text]


def test_an_empty_text_has_no_chunks() -> None:
    assert cut(ExtractedText(" \n "), size=10, overlap=5) == []


def test_chunks_begin_with_their_heading_paths() -> None:
    assert cut(markdown(GUIDE), size=110, overlap=0) == [
        "# Guide\n\nAn introduction of some length, for the sake of it.",
        (
            "Guide\n\n## Install\n\n"
            "Use pip. It is the usual way, and it works on every machine that has Python."
        ),
        (
            "Guide\n\n## Use\n\n### First steps\n\n"
            "Import the package. Then call it, and look at what it says. It is friendly."
        ),
        "Guide > Use > First steps\n\nAnd if it is not, then tell us.",
    ]


def test_texts_are_split_between_sentences() -> None:
    text = "One sentence here. Another one there. A third to end with. And one more."
    assert cut(ExtractedText(text), size=40, overlap=0) == [
        "One sentence here. Another one there.",
        "A third to end with. And one more.",
    ]


def test_the_overlap_repeats_whole_sentences() -> None:
    text = "First one. Second one. Third one. Fourth one. Fifth one."
    assert cut(ExtractedText(text), size=34, overlap=12) == [
        "First one. Second one. Third one.",
        "Third one. Fourth one. Fifth one.",
    ]


def test_a_line_without_spaces_is_split_too() -> None:
    assert cut(ExtractedText("x" * 25), size=10, overlap=0) == ["x" * 10, "x" * 10, "x" * 5]


@given(
    text=st.text(alphabet="ab .\n#", max_size=400),
    size=st.integers(min_value=1, max_value=60),
    share=st.floats(min_value=0, max_value=0.99),
)
def test_no_word_is_lost_and_no_chunk_is_too_long(text: str, size: int, share: float) -> None:
    chunks = cut(ExtractedText(text), size=size, overlap=int(size * share))
    assert all(len(chunk) <= size and chunk.strip() for chunk in chunks)
    letters = [char for char in text if not char.isspace()]
    if share == 0:
        assert [c for chunk in chunks for c in chunk if not c.isspace()] == letters
    position = 0
    for chunk in chunks:  # each is in the text, not before the previous one
        position = text.find(chunk.strip(), max(0, position))
        assert position >= 0
