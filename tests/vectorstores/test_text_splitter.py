"""Documents that the store splits itself: each chunk is an object, with a number and a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from langchain_core.stores import InMemoryByteStore, InMemoryStore
from langchain_text_splitters import RecursiveCharacterTextSplitter

from langchain_telnyx import (
    PartialWriteError,
    TelnyxRetriever,
    WriteTimeoutError,
)
from langchain_telnyx.emulator.runtime.pace import after_seconds
from langchain_telnyx.vectorstores import parents
from tests.support.fixtures import keys_in
from tests.vectorstores.test_sidecar import LARGE, DocumentsOnly

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

PARTS = (
    "Titan is the largest moon of Saturn.",
    "Its lakes are of methane.",
    "Europa has an ocean under its ice.",
    "Io has more volcanoes than any other moon.",
)
TEXT = "\n\n".join(PARTS) + "\n"
MOONS = Document(TEXT, id="moons", metadata={"page": 3})


def paragraphs(text: str) -> list[str]:
    return text.split("\n\n")


def stored(emulator: TelnyxEmulator) -> list[str]:
    """Return the keys of all objects in both buckets."""
    return keys_in(emulator, "moons") + keys_in(emulator, "moons-metadata")


def found(store: Store, query: str, **options: Any) -> dict[str, Any]:
    [document] = store.similarity_search(query, k=1, hit_metadata_key="hit", **options)
    return {**document.metadata["hit"], "text": document.page_content}


def test_a_passage_has_the_number_and_the_place_of_its_chunk(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs)
    assert store.add_documents([MOONS]) == ["moons"]
    [document] = store.similarity_search("an ocean under ice", k=1, hit_metadata_key="hit")
    hit = document.metadata.pop("hit")
    assert (document.page_content, document.id, document.metadata) == (
        PARTS[2],
        "moons",
        {"page": 3},
    )
    assert (hit["parent_id"], hit["chunk"], hit["chunks"]) == ("moons", 3, 4)
    assert (hit["line"], hit["end_line"]) == (5, 5)
    assert TEXT[hit["start_index"] :].startswith(PARTS[2])
    assert hit["filename"] in keys_in(emulator, "moons")


def test_the_whole_document_is_exactly_what_was_added(make: Callable[..., Store]) -> None:
    splitter = RecursiveCharacterTextSplitter(chunk_size=45, chunk_overlap=20)
    store = make(text_splitter=splitter)
    text = f"  \n{TEXT * 3}\t\n"
    store.add_texts([text], [{"page": 1}], ids=["moons"])
    assert store.get_by_ids(["moons"]) == [Document(text, id="moons", metadata={"page": 1})]
    [document] = store.similarity_search("volcanoes", k=1, whole_documents=True)
    assert document == Document(text, id="moons", metadata={"page": 1})
    assert len(store.similarity_search("moon", k=9, per_document=True)) == 1


def test_an_update_with_fewer_chunks_leaves_nothing_of_the_old_version(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS])
    before = stored(emulator)
    assert len(before) == len(PARTS) + 2
    store.add_documents([Document("\n\n".join(PARTS[:2]), id="moons", metadata={"page": 4})])
    after = stored(emulator)
    assert len(after) == 2 + 2
    assert not set(before) & set(after)
    passages = store.similarity_search("moon", k=9)
    assert {(each.page_content, each.metadata["page"]) for each in passages} == {
        (PARTS[0], 4),
        (PARTS[1], 4),
    }


def test_chunks_that_are_not_embedded_in_time_are_removed_again(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs, wait_timeout=0.3)
    emulator.account.jobs.pace = after_seconds(60)
    with pytest.raises(WriteTimeoutError, match=r"\(those in chunks are removed again\)") as caught:
        store.add_documents([MOONS])
    assert [outcome.id for outcome in caught.value.not_embedded] == ["moons"]
    assert stored(emulator) == []


def test_a_deletion_removes_chunks_text_and_metadata(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS, Document(TEXT, id="other", metadata={"page": 9})])
    store.delete(["moons"])
    assert store.get_by_ids(["moons"]) == []
    assert {each.id for each in store.similarity_search("moon", k=9)} == {"other"}
    store.delete(filter={"page": 9})
    assert stored(emulator) == []


def test_documents_are_listed_and_counted_once(make: Callable[..., Store]) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS, Document("Short.", id="short", metadata={"page": 4})])
    assert store.count() == 2
    [listed] = store.list({"page": 3})
    assert (listed.id, listed.metadata) == ("moons", {"page": 3})
    assert listed.size == len("".join(paragraphs(TEXT)))


def test_neighbours_are_the_chunks_before_and_after(make: Callable[..., Store]) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS])
    hit = found(store, "lakes of methane", context=1)
    assert (hit["text"], hit["chunk"], hit["start_index"]) == ("\n\n".join(PARTS[:3]), 2, 0)
    assert found(store, "Io volcanoes", context=1)["text"] == "\n\n".join(PARTS[2:]) + "\n"


def test_a_text_that_repeats_is_located_by_the_number_of_its_chunk(
    make: Callable[..., Store],
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_texts(["Same.\n\nSame.\n\nOther.\n\nSame."], ids=["repeated"])
    hits = [each.metadata["telnyx"] for each in store.similarity_search("Same.", k=3, locate=True)]
    # Neighbours that touch are merged, so these are apart.
    assert sorted((hit["chunk"], hit["start_index"]) for hit in hits) == [(1, 0), (2, 7), (4, 22)]


def test_a_passage_that_is_a_part_of_its_chunk_has_the_number_of_the_chunk(
    make: Callable[..., Store],
) -> None:
    halves = [f"{'Titan has lakes. ' * 30}", f"{'Io has volcanoes. ' * 30}"]
    store = make(text_splitter=lambda text: text.split("\n\n"), chunk_size=100, chunk_overlap=0)
    store.add_texts(["\n\n".join(halves)], ids=["moons"])
    hit = found(store, "volcanoes")
    assert len(hit["text"]) < len(halves[1])
    assert (hit["chunk"], hit["chunks"]) == (2, 2)
    assert "start_index" not in hit
    assert found(store, "volcanoes", locate=True)["start_index"] >= len(halves[0])


@pytest.mark.parametrize(
    "options",
    [
        {"rerank": "bm25"},
        {"queries": ["volcanoes"]},
        {"filter": {"page": 3}},
        {"filter": lambda document: "volcanoes" in document.page_content},
        {"score_threshold": 0.1},
    ],
)
def test_search_options_apply_to_chunks(
    make: Callable[..., Store], options: dict[str, Any]
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS, Document(TEXT, id="other", metadata={"page": 4})])
    hit = found(store, "Which moon has volcanoes?", **options)
    assert (hit["text"].strip(), hit["chunk"]) == (PARTS[3], 4)
    assert store.max_marginal_relevance_search("moon volcanoes", k=2, fetch_k=8)


def test_a_hybrid_search_finds_the_best_chunk_by_the_words_of_the_metadata(
    make: Callable[..., Store],
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([Document(TEXT, id="moons", metadata={"part": "XR-7741"})])
    store.add_texts([f"{n} moons." for n in range(30)])
    hit = found(store, "XR-7741 volcanoes", hybrid=True)
    assert (hit["text"].strip(), hit["chunk"]) == (PARTS[3], 4)


def test_the_same_document_without_an_id_is_written_once(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs)
    first = store.add_texts([TEXT], [{"page": 1}])
    before = stored(emulator)
    emulator.requests.clear()
    assert make(text_splitter=paragraphs).add_texts([TEXT], [{"page": 1}]) == first
    assert stored(emulator) == before
    assert not [
        each.path for each in emulator.requests if ".txt" in each.path and each.method == "PUT"
    ]
    # Other chunks are another version.
    make(text_splitter=str.splitlines).add_texts([TEXT], [{"page": 1}])
    assert not set(stored(emulator)) & set(before)
    assert store.get_by_ids(first)[0].page_content == TEXT


def test_stores_with_and_without_a_splitter_share_a_bucket(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    whole, split = make(), make(text_splitter=paragraphs)
    whole.add_documents([MOONS])
    split.add_documents([Document(TEXT, id="split", metadata={})])
    for store in (whole, split):
        assert {each.page_content for each in store.get_by_ids(["moons", "split"])} == {TEXT}
        assert {each.id for each in store.list()} == {"moons", "split"}
    split.add_documents([MOONS])
    whole.add_documents([Document(TEXT, id="split", metadata={})])
    assert len(keys_in(emulator, "moons")) == len(PARTS) + 1
    assert keys_in(emulator, "moons-metadata") != []
    whole.delete(["moons"])
    assert keys_in(emulator, "moons-metadata") == []


def test_a_document_of_one_chunk_is_stored_as_without_a_splitter(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    make().add_texts(["Titan."])
    before = keys_in(emulator, "moons")
    make(text_splitter=paragraphs).add_texts(["Titan."])
    assert keys_in(emulator, "moons") == before
    assert {bucket.name for bucket in emulator.account.objects.buckets()} == {"moons"}


@pytest.mark.parametrize("docstore", [None, InMemoryStore, InMemoryByteStore, DocumentsOnly])
@pytest.mark.parametrize("id_", ["moons", "https://example.com/" + "path/" * 60])
def test_large_metadata_is_stored_once_for_all_chunks(
    make: Callable[..., Store], docstore: Any, id_: str
) -> None:
    held = None if docstore is None else docstore()
    store = make(text_splitter=paragraphs, docstore=held)
    store.add_documents([Document(TEXT, id=id_, metadata=LARGE)])
    hits = store.similarity_search("moon", k=4)
    assert [(each.id, each.metadata) for each in hits] == [(id_, LARGE)] * 4
    hits[0].metadata["table"].clear()
    assert store.get_by_ids([id_]) == [Document(TEXT, id=id_, metadata=LARGE)]
    if held is not None:
        assert len(list(held.yield_keys())) == 2
    store.delete([id_])
    assert held is None or list(held.yield_keys()) == []


def test_a_chunk_that_cannot_be_embedded_leaves_the_old_version(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS])
    torn = Document("A good part.\n\ntorn \0\0 text", id="moons", metadata={"page": 5})
    fine = Document("\n\n".join(PARTS[:2]), id="fine", metadata={"page": 6})
    with pytest.raises(PartialWriteError) as caught:
        store.add_documents([torn, fine])
    [outcome] = caught.value.not_embedded
    assert (outcome.position, outcome.id, caught.value.done) == (0, "moons", ["fine"])
    assert store.get_by_ids(["moons", "fine"]) == [MOONS, fine]
    assert len(stored(emulator)) == (4 + 2) + (2 + 2)


def test_without_waiting_all_chunks_are_stored(make: Callable[..., Store]) -> None:
    store = make(text_splitter=paragraphs, wait=False)
    store.add_documents([MOONS])
    assert store.get_by_ids(["moons"]) == [MOONS]
    make(text_splitter=paragraphs).add_texts(["Another.\n\nOne."])
    assert store.count() == 2


def test_a_retriever_returns_chunks_with_their_numbers(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS])
    retriever = TelnyxRetriever(bucket="moons", k=1, **emulator.options())
    [document] = retriever.invoke("volcanoes")
    assert document.metadata["telnyx"]["chunk"] == 4
    own = store.store.as_retriever(search_kwargs={"k": 1, "whole_documents": True})
    assert [each.page_content for each in own.invoke("volcanoes")] == [TEXT]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_the_price_of_chunks_is_an_upload_each_and_two_more_requests(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make(text_splitter=paragraphs)
    store.add_documents([MOONS])
    emulator.requests.clear()
    store.add_documents([MOONS])
    uploads = [each.path for each in emulator.requests if each.method == "PUT"]
    assert sum("moons-metadata/" not in path for path in uploads if ".txt" in path) == len(PARTS)
    assert sum("moons-metadata/" in path for path in uploads) == 2
    reader = make()
    for extra in (2, 0):
        emulator.requests.clear()
        reader.similarity_search("moon", k=4)
        assert len(emulator.requests) == 1 + extra


def test_another_sidecar_than_the_one_used_for_writing_is_reported(
    make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(text_splitter=paragraphs).add_documents([MOONS])
    other = make(docstore=InMemoryByteStore())
    assert other.similarity_search("moon") == []  # a write may be at work
    monkeypatch.setattr(parents, "_SETTLED", -1.0)
    with pytest.raises(ValueError, match="`metadata_bucket=` or `docstore=` used for writing"):
        other.similarity_search("moon")
