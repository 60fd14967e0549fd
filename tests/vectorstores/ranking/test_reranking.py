"""Searches that rerank, fuse several phrasings, and locate passages."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import BaseDocumentCompressor, Document

from langchain_telnyx import (
    PermissionDeniedError,
    RerankError,
    TelnyxEmbeddings,
    TelnyxRetriever,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

pytestmark = pytest.mark.default_quirks(
    "It counts passages and searches.", "search_cap", "rate_limited_share"
)

QUERY = "Which engine has the part XR-7741?"


@pytest.fixture
def engines(make: Callable[..., Store], emulator: TelnyxEmulator) -> Store:
    """Return a store of 30 engines; one of them has the part of the query."""
    store = make("engines")
    store.add_texts(
        [
            f"Engine {n} of the fleet is an engine that has many a part. Part list: "
            + ("XR-7741." if n == 23 else f"QB-{n}.")
            for n in range(30)
        ],
        [{"number": n, "even": n % 2 == 0} for n in range(30)],
        ids=[f"engine-{n}" for n in range(30)],
    )
    emulator.requests.clear()
    return store


def searches(emulator: TelnyxEmulator) -> list[tuple[str, int]]:
    """Return the query and the number of passages of each search."""
    bodies = [
        json.loads(request.body)
        for request in emulator.requests
        if request.path.endswith("/similarity-search")
    ]
    return [(body["query"], body["num_of_docs"]) for body in bodies]


class Reversing(BaseDocumentCompressor):
    """Returns copies of the documents in reverse order, with their scores."""

    def compress_documents(
        self,
        documents: Sequence[Document],
        query: str,  # noqa: ARG002
        callbacks: Any = None,  # noqa: ARG002
    ) -> Sequence[Document]:
        return [
            Document(
                document.page_content.upper(),
                id=document.id,
                metadata={**document.metadata, "relevance_score": number},
            )
            for number, document in reversed(list(enumerate(documents)))
        ]


class Failing(BaseDocumentCompressor):
    """Fails as a service without credit does."""

    def compress_documents(
        self,
        documents: Sequence[Document],  # noqa: ARG002
        query: str,  # noqa: ARG002
        callbacks: Any = None,  # noqa: ARG002
    ) -> Sequence[Document]:
        raise KeyError("credit")


class Inventing(BaseDocumentCompressor):
    """Returns a document that is not one of the passages."""

    def compress_documents(
        self,
        documents: Sequence[Document],
        query: str,  # noqa: ARG002
        callbacks: Any = None,  # noqa: ARG002
    ) -> Sequence[Document]:
        return [*documents, Document("Summary of all passages")]


def test_words_decide_the_order(engines: Store, emulator: TelnyxEmulator) -> None:
    [found] = engines.similarity_search(QUERY, k=1, rerank="bm25", hit_metadata_key="hit")
    assert found.id == "engine-23"
    assert found.metadata["hit"]["rank"] == 1
    assert found.metadata["hit"]["rerank_score"] > 0
    assert searches(emulator) == [(QUERY, 100)]


def test_fetch_k_is_the_number_of_passages_to_rerank(
    engines: Store, emulator: TelnyxEmulator
) -> None:
    assert len(engines.similarity_search(QUERY, k=2, rerank="bm25", fetch_k=7)) == 2
    assert searches(emulator) == [(QUERY, 7)]


def test_scores_remain_the_certainties_of_the_service(engines: Store) -> None:
    plain = {
        document.id: score for document, score in engines.similarity_search_with_score(QUERY, k=30)
    }
    for document, score in engines.similarity_search_with_score(QUERY, k=5, rerank="bm25"):
        assert score == plain[document.id]


def test_filters_apply_before_reranking(engines: Store) -> None:
    found = engines.similarity_search(QUERY, k=3, rerank="bm25", filter={"even": True})
    assert len(found) == 3
    assert all(document.metadata["even"] for document in found)


def test_a_search_that_finds_k_does_not_warn_of_missing_candidates(
    engines: Store, recwarn: pytest.WarningsRecorder
) -> None:
    found = engines.similarity_search(QUERY, k=2, rerank="bm25", filter={"number": {"$lt": 4}})
    assert len(found) == 2
    assert not list(recwarn)


def test_a_document_s_best_passage_is_known_after_reranking(make: Callable[..., Store]) -> None:
    store = make("manuals", chunk_size=80, chunk_overlap=0)
    long = "The engine and its engine parts, of which every engine has a part. " * 4
    store.add_texts([f"{long}\n\nXR-7741 is blue.", long], ids=["blue", "plain"])
    [found] = store.similarity_search(QUERY, k=1, rerank="bm25", per_document=True)
    assert found.id == "blue"
    assert "XR-7741" in found.page_content
    both = store.similarity_search(QUERY, k=9, rerank="bm25", whole_documents=True)
    assert [document.id for document in both] == ["blue", "plain"]
    assert both[1].page_content == long


def test_documents_are_in_the_order_of_their_best_passages(make: Callable[..., Store]) -> None:
    store = make("manuals", chunk_size=60, chunk_overlap=0)
    other = "The engine and its engine parts, of which each has a part."
    store.add_texts(
        [f"{other}\n\nXR-7741 is blue.", "XR-7741 and other parts.", f"{other}\n\n{other}"],
        ids=["two", "one", "none"],
    )
    passages = [each.id for each in store.similarity_search(QUERY, k=9, rerank="bm25")]
    found = store.similarity_search(QUERY, k=9, rerank="bm25", per_document=True)
    assert len(passages) > 3
    assert [each.id for each in found] == [*dict.fromkeys(passages)]
    assert passages[-1] != passages[0]


def test_embeddings_of_parts_decide_the_order(make: Callable[..., Store]) -> None:
    store = make("notes")
    filler = (
        "The ferry leaves the harbour at noon, crosses the bay between the two lighthouses, stops "
        "at the island for the mail, and returns in the evening with the fishermen, their catch, "
        "and whoever visited the market that day. "
    ) * 4
    store.add_texts(
        [f"{filler}Gravel is sold in blue sacks. {filler}", "Gravel, and blue gravel."],
        ids=["long", "short"],
    )
    query = "Gravel is sold in blue sacks."
    assert store.similarity_search(query, k=1)[0].id == "short"
    [found] = store.similarity_search(query, k=1, rerank="embeddings")
    assert found.id == "long"
    assert found.metadata == {}


def test_similarity_of_parts_and_certainty_count_the_same(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make("notes")
    texts = ["Gravel is sold here.", "Gravel and blue sacks of sand.", "The ferry.", "Blue gravel."]
    store.add_texts(texts, ids=texts)
    query = "Gravel is sold in blue sacks."
    found = store.similarity_search_with_score(
        query, k=4, rerank="embeddings", hit_metadata_key="hit"
    )
    embeddings = TelnyxEmbeddings(**emulator.options())
    target = embeddings.embed_query(query)
    vectors = embeddings.embed_documents([document.page_content for document, _ in found])
    cosines = [sum(a * b for a, b in zip(vector, target, strict=True)) for vector in vectors]
    certainties = [certainty for _, certainty in found]
    expected = [
        (cosine - min(cosines)) / (max(cosines) - min(cosines))
        + (certainty - min(certainties)) / (max(certainties) - min(certainties))
        for cosine, certainty in zip(cosines, certainties, strict=True)
    ]
    scores = [document.metadata["hit"]["rerank_score"] for document, _ in found]
    assert scores == pytest.approx(expected, abs=0.005)
    assert scores == sorted(scores, reverse=True)


@pytest.mark.default_quirks("It counts requests.", "response_format_json_schema")
def test_a_model_decides_the_order(engines: Store, emulator: TelnyxEmulator) -> None:
    order = [document.id for document in engines.similarity_search(QUERY, k=30)]
    emulator.say(json.dumps({"numbers": [7, 99, 7, 2]}))
    found = engines.similarity_search(QUERY, k=4, rerank="model")
    assert [document.id for document in found] == [order[6], order[1], order[0], order[2]]
    [chat] = [one for one in emulator.requests if one.path.endswith("/chat/completions")]
    assert "XR-7741" in chat.body.decode()


def test_a_compressor_of_langchain_decides_the_order(engines: Store) -> None:
    plain = engines.similarity_search(QUERY, k=30)
    found = engines.similarity_search_with_score(
        QUERY, k=2, rerank=Reversing(), hit_metadata_key="hit"
    )
    first = found[0][0]
    assert first.id == plain[-1].id
    assert first.page_content == plain[-1].page_content.upper()
    assert first.metadata["relevance_score"] == first.metadata["hit"]["rerank_score"] == 29
    assert set(first.metadata) == {"number", "even", "relevance_score", "hit"}


@pytest.mark.parametrize("compressor", [Failing(), Inventing()])
def test_passages_that_cannot_be_reranked_are_on_the_error(
    engines: Store, compressor: BaseDocumentCompressor
) -> None:
    plain = engines.similarity_search(QUERY, k=30)
    with pytest.raises(RerankError, match=r"credit|Summary of all") as caught:
        engines.similarity_search(QUERY, k=2, rerank=compressor)
    assert caught.value.partial == plain
    assert caught.value.__cause__ is not None


def test_a_model_that_fails_leaves_the_passages(engines: Store, emulator: TelnyxEmulator) -> None:
    emulator.fail(403, path="/chat/completions")
    with pytest.raises(RerankError, match="PermissionDenied") as caught:
        engines.similarity_search(QUERY, rerank="model")
    assert len(caught.value.partial) == 30


@pytest.mark.parametrize("rerank", ["bm42", 3, "BM25", Document("x")])
def test_an_unknown_reranker_is_refused(
    engines: Store, emulator: TelnyxEmulator, rerank: Any
) -> None:
    with pytest.raises(ValueError, match="`rerank` must be 'bm25'"):
        engines.similarity_search(QUERY, rerank=rerank)
    with pytest.raises(ValueError, match="`rerank` must be 'bm25'"):
        TelnyxRetriever(bucket="engines", rerank=rerank, **emulator.options())
    assert not emulator.requests


def test_several_phrasings_are_fused(make: Callable[..., Store], emulator: TelnyxEmulator) -> None:
    store = make("phrases")
    store.add_texts(["Apples grow on trees.", "Violins have strings.", "Ships sail on oceans."])
    emulator.requests.clear()
    found = store.similarity_search_with_score(
        "Violins and strings", k=2, queries=["Apples and trees", "Violins and strings"]
    )
    assert {document.page_content[:6] for document, _ in found} == {"Apples", "Violin"}
    assert all(score > 0.86 for _, score in found), "the score is the best of all phrasings"
    assert sorted(query for query, _ in searches(emulator)) == [
        "Apples and trees",
        "Violins and strings",
    ]
    with pytest.raises(ValueError, match="must be a list of texts"):
        store.similarity_search("Violins", queries="Apples")


def test_words_of_every_phrasing_count(engines: Store) -> None:
    found = engines.similarity_search(
        "Which engine has QB-4?", k=2, queries=["Which has XR-7741?"], rerank="bm25"
    )
    assert {document.id for document in found} == {"engine-4", "engine-23"}


def test_a_phrasing_that_fails_leaves_the_passages_of_the_others(
    engines: Store, emulator: TelnyxEmulator
) -> None:
    emulator.fail(403, path="/similarity-search", when=lambda body: body["query"] == "Bad")
    with pytest.raises(Exception, match="403") as caught:
        engines.similarity_search(QUERY, k=3, queries=["Bad"])
    assert len(getattr(caught.value, "partial", [])) == 30


BOOK = "\n".join(f"Line {n} is about {word}." for n, word in enumerate(["rain", "snow", "fog"], 1))


def test_passages_have_their_lines(make: Callable[..., Store]) -> None:
    store = make("book", chunk_size=24, chunk_overlap=0)
    store.add_texts([BOOK], ids=["book"])
    [found] = store.similarity_search("snow", k=1, locate=True)
    place = found.metadata["telnyx"]
    assert (place["line"], place["end_line"]) == (2, 2)
    assert BOOK[place["start_index"] :].startswith(found.page_content)


@pytest.mark.parametrize("option", ["locate", "whole_documents"])
def test_documents_that_cannot_be_read_leave_the_passages(
    engines: Store, emulator: TelnyxEmulator, option: str
) -> None:
    plain = engines.similarity_search(QUERY, k=2, per_document=True)
    emulator.fail(403, path="/engine", times=9)
    with pytest.raises(PermissionDeniedError) as caught:
        engines.similarity_search(QUERY, k=2, **{option: True})
    assert [document.page_content for document in caught.value.partial] == [
        document.page_content for document in plain
    ]


def test_overlapping_passages_are_one(make: Callable[..., Store]) -> None:
    store = make("book", chunk_size=40, chunk_overlap=20)
    store.add_texts([BOOK], ids=["book"])
    plain = store.similarity_search("snow", k=9)
    assert len(plain) > 1
    [found] = store.similarity_search("snow", k=9, locate=True)
    assert found.page_content == BOOK
    assert found.metadata["telnyx"]["end_line"] == 3


def test_context_adds_the_neighbours(make: Callable[..., Store]) -> None:
    store = make("book", chunk_size=24, chunk_overlap=0)
    store.add_texts([BOOK], ids=["book"])
    [found] = store.similarity_search("snow", k=1, context=1, hit_metadata_key="hit")
    assert "rain" in found.page_content
    assert "fog" in found.page_content
    assert found.metadata["hit"]["line"] == 1


def test_a_passage_that_is_not_in_its_document_has_no_place(
    make: Callable[..., Store], tmp_path: Path
) -> None:
    store = make("book")
    page = tmp_path / "page.html"
    page.write_text("<p>Snow &amp; <b>ice</b> in May</p>")
    store.add_files({"page.html": page})
    [found] = store.similarity_search("snow", k=1, locate=True)
    assert "line" not in found.metadata["telnyx"]
    assert "ice" in found.page_content


def test_whole_documents_have_no_context(engines: Store) -> None:
    with pytest.raises(ValueError, match="`whole_documents` cannot be combined"):
        engines.similarity_search(QUERY, whole_documents=True, locate=True)
    with pytest.raises(ValueError, match="`context` must be at least 0"):
        engines.similarity_search(QUERY, context=-1)


def test_a_retriever_has_the_same_options(engines: Store, emulator: TelnyxEmulator) -> None:
    retriever = TelnyxRetriever(
        bucket="engines", k=1, rerank="bm25", locate=True, **emulator.options()
    )
    found = asyncio.run(retriever.ainvoke(QUERY)) if engines.awaited else retriever.invoke(QUERY)
    assert [document.id for document in found] == ["engine-23"]
    assert found[0].metadata["telnyx"]["line"] == 1
    other = retriever.invoke("QB-4", queries=["QB-5"], k=2, rerank="bm25", context=1)
    assert {document.id for document in other} == {"engine-4", "engine-5"}
