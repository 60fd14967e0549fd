"""Hybrid search: documents whose ids, names or metadata have the query's rare words."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx import TelnyxRetriever, TelnyxVectorStore
from langchain_telnyx.client.errors import TelnyxError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

QUERY = "What does the sheet XR-7741 say about the engine of the fleet?"


@pytest.fixture
def sheets(make: Callable[..., Store]) -> Store:
    """Return a store in which one document is named by its metadata only."""
    store = make("sheets")
    store.add_texts(
        [f"What the engine of the fleet does: engine {n} pulls a fleet." for n in range(8)]
        + ["Tighten all bolts."],
        [{"sheet": f"QB-{n}", "tags": ["fleet"]} for n in range(8)] + [{"sheet": "XR-7741"}],
        ids=[f"sheet-{n}" for n in range(9)],
    )
    return store


def reads(emulator: TelnyxEmulator) -> list[str]:
    """Return the paths of the objects that were read."""
    return [
        request.path
        for request in emulator.requests
        if request.method == "GET" and request.path.endswith(".txt")
    ]


def listings(emulator: TelnyxEmulator, bucket: str = "sheets") -> int:
    return sum(
        request.method == "GET" and request.path.rstrip("/").endswith(f"/{bucket}")
        for request in emulator.requests
    )  # fmt: skip


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_metadata_finds_a_document_that_the_service_does_not(
    sheets: Store, emulator: TelnyxEmulator
) -> None:
    plain = sheets.similarity_search(QUERY, k=5, fetch_k=5, rerank="bm25")
    assert "sheet-8" not in [document.id for document in plain]
    emulator.requests.clear()
    found = sheets.similarity_search_with_score(
        QUERY, k=2, fetch_k=5, hybrid=True, hit_metadata_key="hit"
    )
    scores = {document.id: score for document, score in found}
    assert scores["sheet-8"] == 0.0
    assert len(found) == 2
    [sheet] = [document for document, _ in found if document.id == "sheet-8"]
    assert sheet.page_content == "Tighten all bolts."
    assert sheet.metadata["sheet"] == "XR-7741"
    assert sheet.metadata["hit"]["score"] == 0.0
    assert len(reads(emulator)) == 1


def test_reranking_by_words_counts_the_metadata(sheets: Store) -> None:
    [found] = sheets.similarity_search(QUERY, k=1, fetch_k=5, hybrid=True, rerank="bm25")
    assert found.id == "sheet-8"


def test_a_document_that_the_service_finds_has_its_certainty_and_is_not_read(
    sheets: Store, emulator: TelnyxEmulator
) -> None:
    emulator.requests.clear()
    found = sheets.similarity_search_with_score("Sheet QB-3", k=9, hybrid=True)
    assert found[0][0].id == "sheet-3"
    assert all(score > 0.5 for _, score in found)
    assert reads(emulator) == []


def test_filters_and_thresholds_apply(sheets: Store) -> None:
    def ids(**options: object) -> list[str]:
        found = sheets.similarity_search(QUERY, k=5, fetch_k=5, hybrid=True, **options)
        return [document.id for document in found]

    assert "sheet-8" in ids(filter={"sheet": {"$in": ["XR-7741", "QB-1", "QB-2"]}})
    assert "sheet-8" not in ids(filter={"tags": {"$contains": "fleet"}})
    assert "sheet-8" in ids(filter=lambda document: "bolts" in document.page_content)
    assert "sheet-8" not in ids(filter=lambda document: "bolts" not in document.page_content)
    assert "sheet-8" not in ids(score_threshold=0.1)
    assert "sheet-8" in ids(per_document=True)
    assert len(ids(per_document=True)) == len(set(ids(per_document=True)))


def test_the_listing_is_used_again_until_a_write(sheets: Store, emulator: TelnyxEmulator) -> None:
    emulator.requests.clear()
    for _ in range(3):
        sheets.similarity_search(QUERY, k=2, fetch_k=5, hybrid=True)
    assert listings(emulator) == 1
    sheets.add_texts(["Grease."], [{"sheet": "ZZ-9"}], ids=["new"])
    found = sheets.similarity_search("Sheet ZZ-9", k=2, fetch_k=1, hybrid=True)
    assert "new" in [document.id for document in found]


def test_documents_that_another_program_replaced_are_listed_again(
    sheets: Store, emulator: TelnyxEmulator
) -> None:
    sheets.similarity_search(QUERY, k=2, fetch_k=5, hybrid=True)
    other = TelnyxVectorStore("sheets", **emulator.options())
    other.add_texts(["Loosen all bolts."], [{"sheet": "XR-7741"}], ids=["sheet-8"])
    found = sheets.similarity_search(QUERY, k=2, fetch_k=5, hybrid=True)
    assert "Loosen all bolts." in [document.page_content for document in found]


def test_results_do_not_share_metadata(sheets: Store) -> None:
    for _ in range(2):
        [found] = sheets.similarity_search(QUERY, k=1, fetch_k=5, hybrid=True, rerank="bm25")
        assert found.metadata == {"sheet": "XR-7741"}
        found.metadata.clear()


def test_the_best_part_of_a_long_document_is_its_passage(make: Callable[..., Store]) -> None:
    store = make("sheets")
    filler = "Nothing of note happens on this day in the harbour. " * 100
    text = f"{filler}\nThe gasket of the valve is blue.\n{filler}"
    store.add_texts([text], [{"sheet": "XR-7741"}], ids=["long"])
    store.add_texts([f"Engine {n} of the gasket valve" for n in range(9)])
    [found] = store.similarity_search(
        "colour of the gasket, XR-7741", k=1, fetch_k=1, hybrid=True, rerank="bm25", locate=True
    )
    assert found.id == "long"
    assert "gasket of the valve is blue" in found.page_content
    assert len(found.page_content) <= 1000
    assert text.find(found.page_content) == found.metadata["telnyx"]["start_index"]
    assert found.metadata["telnyx"]["end_line"] >= 2
    [whole] = store.similarity_search(
        "XR-7741", k=1, fetch_k=1, hybrid=True, rerank="bm25", whole_documents=True
    )
    assert whole.page_content == text


def test_file_names_are_words(make: Callable[..., Store], tmp_path: Path) -> None:
    store = make("sheets")
    (tmp_path / "deimos.md").write_text("It has no craters to speak of.")
    (tmp_path / "deimos.pdf").write_bytes(b"%PDF-1.4 unreadable")
    store.add_texts([f"A moon named {n}: what is known of the moon" for n in range(9)])
    with pytest.raises(TelnyxError):  # the PDF cannot be embedded
        store.add_files(tmp_path)
    found = store.similarity_search("the moon deimos", k=4, fetch_k=3, hybrid=True)
    assert "deimos.md" in [document.id for document in found]
    assert "deimos.pdf" not in [document.id for document in found], "it is not text"


def test_a_listing_that_fails_leaves_the_passages(sheets: Store, emulator: TelnyxEmulator) -> None:
    plain = sheets.similarity_search(QUERY, k=5, fetch_k=5)
    emulator.fail(403, path="/sheets")
    with pytest.raises(TelnyxError) as caught:
        sheets.similarity_search(QUERY, k=5, fetch_k=5, hybrid=True)
    partial = getattr(caught.value, "partial", [])
    assert [document.id for document in partial] == [document.id for document in plain]


def test_several_buckets_and_phrasings(sheets: Store, make: Callable[..., Store]) -> None:
    other = make("others")
    other.add_texts(["Oil all hinges."], [{"sheet": "YS-12"}], ids=["hinges"])
    found = sheets.similarity_search(
        QUERY, k=6, fetch_k=5, hybrid=True, queries=["Sheet YS-12"],
        buckets=["sheets", "others"],
    )  # fmt: skip
    assert {"sheet-8", "hinges"} <= {document.id for document in found}


def test_a_retriever_searches_by_words_too(sheets: Store, emulator: TelnyxEmulator) -> None:
    retriever = TelnyxRetriever(
        bucket="sheets", k=1, fetch_k=5, hybrid=True, rerank="bm25", **emulator.options()
    )
    found = asyncio.run(retriever.ainvoke(QUERY)) if sheets.awaited else retriever.invoke(QUERY)
    assert [document.id for document in found] == ["sheet-8"]
    assert found[0].metadata["telnyx"]["score"] == 0.0
    copied = copy.copy(found[0].metadata)
    assert copied["sheet"] == "XR-7741"
