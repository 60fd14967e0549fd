"""What splits documents, which functions are refused, and where the chunks are in the text."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_text_splitters import MarkdownHeaderTextSplitter, RecursiveCharacterTextSplitter

from langchain_telnyx import TelnyxVectorStore
from langchain_telnyx.client.write_errors import InvalidDocumentsError
from langchain_telnyx.vectorstores.splitting import located
from tests.support.fixtures import keys_in
from tests.vectorstores.test_text_splitter import MOONS, PARTS, paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store


class Splits:
    """Has the method of a text splitter."""

    def split_text(self, text: str) -> list[str]:
        return paragraphs(text)


@pytest.mark.parametrize("splitter", [Splits(), paragraphs, lambda text: iter(paragraphs(text))])
def test_anything_that_splits_texts_is_a_splitter(
    make: Callable[..., Store], emulator: TelnyxEmulator, splitter: Any
) -> None:
    make(text_splitter=splitter).add_documents([MOONS])
    assert len(keys_in(emulator, "moons")) == len(PARTS)


def test_a_store_with_a_splitter_can_be_pickled() -> None:
    store = TelnyxVectorStore("moons", text_splitter=Splits(), api_key="KEY0123456789")
    assert pickle.loads(pickle.dumps(store)).bucket == "moons"  # noqa: S301 - our own


def test_what_does_not_split_is_refused(make: Callable[..., Store]) -> None:
    with pytest.raises(TypeError, match="`text_splitter` is a int"):
        make(text_splitter=1000)


@pytest.mark.parametrize(
    ("splitter", "problem"),
    [
        (lambda text: text[1000], "IndexError: string index out of range"),
        (lambda text: text, "TypeError: it returns a str instead of a list of texts"),
        (lambda _: None, "TypeError: it returns a NoneType"),
        (lambda _: [" ", ""], "ValueError: it returns no text"),
        (lambda _: ["a", "\ud800"], "UnicodeEncodeError"),
        (MarkdownHeaderTextSplitter([("#", "title")]), "TypeError: chunk 1 is a Document"),
    ],
)
def test_a_splitter_that_fails_is_reported_by_position_and_nothing_is_sent(
    make: Callable[..., Store], emulator: TelnyxEmulator, splitter: Any, problem: str
) -> None:
    store = make(text_splitter=splitter)
    with pytest.raises(InvalidDocumentsError, match=problem) as caught:
        store.add_documents([Document("Titan.\n\nIo.", metadata={"source": "a.md"})])
    assert list(caught.value.problems) == [0]
    assert "(source 'a.md')" in str(caught.value)
    assert caught.value.__cause__ is not None
    assert not emulator.requests


@given(
    words=st.lists(st.sampled_from(["a", "b", "aa", "\n"]), min_size=1, max_size=30),
    size=st.integers(1, 7),
    overlap=st.integers(0, 6),
)
def test_every_place_has_the_text_of_its_chunk(words: list[str], size: int, overlap: int) -> None:
    text = " ".join(words)
    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=min(overlap, size - 1))
    chunks = located(splitter.split_text(text), text)
    for chunk in chunks:
        assert chunk.place is not None
        assert text[chunk.place.start : chunk.place.end] == chunk.text
        assert chunk.place.line == text[: chunk.place.start].count("\n") + 1


@given(st.lists(st.text("ab\n", min_size=1, max_size=4), min_size=1, max_size=8))
def test_chunks_that_follow_each_other_have_places_that_follow_each_other(
    chunks: list[str],
) -> None:
    ends = [0]
    for chunk in located(chunks, "".join(chunks)):
        assert chunk.place is not None
        assert chunk.place.start >= ends[-1]
        ends.append(chunk.place.end)


def test_a_chunk_that_the_document_does_not_contain_has_no_place() -> None:
    assert [chunk.place for chunk in located(["TITAN", "Io."], "Titan. Io.")] == [
        None,
        (7, 10, 1),
    ]
