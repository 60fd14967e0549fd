"""Searching a store: filters, thresholds, one passage per document, whole documents, diversity."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from langchain_telnyx import AssumptionWarning, BadRequestError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Store

pytestmark = pytest.mark.default_quirks(
    "It counts passages and searches.", "search_cap", "rate_limited_share"
)

QUERY = "Which moon is icy?"


@pytest.fixture
def moons(make: Callable[..., Store], emulator: TelnyxEmulator) -> Store:
    """Return a store of 40 moons, of which the 3 of Saturn match the query least."""
    store = make()
    store.add_texts(
        [f"Rock number {n} of Saturn." if n > 36 else f"The moon {n} is icy." for n in range(40)],
        [{"planet": 6 if n > 36 else 5, "number": n} for n in range(40)],
        ids=[f"moon-{n}" for n in range(40)],
    )
    emulator.requests.clear()
    return store


def invoke(store: Store, retriever: Any, query: str) -> Any:
    """Invoke a retriever, sync or async like the store."""
    return asyncio.run(retriever.ainvoke(query)) if store.awaited else retriever.invoke(query)


def requested_counts(emulator: TelnyxEmulator) -> list[int]:
    """Return the number of passages that each search requested."""
    return [
        json.loads(request.body)["num_of_docs"]
        for request in emulator.requests
        if request.path.endswith("/similarity-search")
    ]


def test_a_plain_search_requests_k_passages(moons: Store, emulator: TelnyxEmulator) -> None:
    assert len(moons.similarity_search(QUERY, k=3)) == 3
    assert requested_counts(emulator) == [3]


def test_other_buckets_are_searched_on_request(moons: Store, make: Callable[..., Store]) -> None:
    make("comets").add_texts(["Which moon is icy? A comet is."], ids=["comet"])
    merged = moons.similarity_search(
        "A comet?", k=2, buckets=["moons", "comets"], hit_metadata_key="hit"
    )
    assert [document.metadata["hit"]["bucket"] for document in merged] == ["comets", "moons"]
    assert merged[0].id == "comet"
    with pytest.raises(NotFoundError, match="'rings'"):
        moons.similarity_search(QUERY, buckets=["moons", "rings"])
    with pytest.raises(ValueError, match="Rings"):
        moons.similarity_search(QUERY, buckets=["Rings"])


def test_a_filtered_search_fetches_more_until_k_pass(
    moons: Store, emulator: TelnyxEmulator
) -> None:
    found = moons.similarity_search(QUERY, k=3, filter={"planet": 6})
    assert {document.metadata["number"] for document in found} == {37, 38, 39}
    assert requested_counts(emulator) == [20, 80]


def test_a_filter_that_k_pass_at_once_costs_one_search(
    moons: Store, emulator: TelnyxEmulator
) -> None:
    assert len(moons.similarity_search(QUERY, k=3, filter={"planet": 5})) == 3
    assert requested_counts(emulator) == [20]


def test_an_exhausted_bucket_ends_the_search_with_fewer(
    moons: Store, emulator: TelnyxEmulator
) -> None:
    assert len(moons.similarity_search(QUERY, k=9, filter={"planet": 6})) == 3
    assert requested_counts(emulator) == [36, 144]


def test_fetch_k_ends_the_search_with_fewer(moons: Store, emulator: TelnyxEmulator) -> None:
    def nothing(_: Document) -> bool:
        return False

    with pytest.warns(UserWarning, match=r"ended after 30 passages \(`fetch_k=30`\)"):
        assert moons.similarity_search(QUERY, filter=nothing, fetch_k=30) == []
    assert requested_counts(emulator) == [20, 30]
    assert len(moons.similarity_search(QUERY, k=35, fetch_k=30)) == 35


def test_a_refused_number_of_passages_is_halved_and_cached(
    moons: Store, emulator: TelnyxEmulator
) -> None:
    emulator.fail(422, path="/similarity-search", times=2)
    with pytest.warns(AssumptionWarning, match="20 passages is refused, one for 5 is not"):
        found = moons.similarity_search("The moon 7 is icy.", k=2, filter={"planet": 5})
    assert len(found) == 2
    assert requested_counts(emulator) == [20, 10, 5]
    emulator.requests.clear()
    assert len(moons.similarity_search("The moon 8 is icy.", k=2, filter={"planet": 5})) == 2
    assert requested_counts(emulator) == [5]


def test_an_incomplete_filtered_search_reports_how_many_documents_pass(
    moons: Store, emulator: TelnyxEmulator
) -> None:
    emulator.fail(422, path="/similarity-search", times=1)
    with (
        pytest.warns(AssumptionWarning, match="`search_cap`"),
        pytest.warns(UserWarning, match="3 documents pass the filter, and 0 were found"),
    ):
        assert moons.similarity_search(QUERY, k=2, filter={"planet": 6}) == []
    wide = {"$or": [{"planet": 6}, {"number": {"$lt": 2}}]}
    with pytest.warns(UserWarning, match="5 documents pass the filter, and 2 were found"):
        found = moons.similarity_search("The moon 0 or 1", k=9, filter=wide, hit_metadata_key="hit")
    for document in found:
        assert document.metadata["hit"]["complete"] is False
        assert document.metadata["hit"]["documents_passing"] == 5


def test_a_filter_that_nothing_passes_does_not_warn(moons: Store) -> None:
    assert moons.similarity_search(QUERY, k=2, filter={"planet": 9}) == []


def test_a_threshold_ends_the_search_at_the_first_lower_score(
    moons: Store, emulator: TelnyxEmulator
) -> None:
    [(_, best)] = moons.similarity_search_with_score("moon 7", k=1)
    emulator.requests.clear()
    found = moons.similarity_search("moon 7", k=9, filter={"planet": 5}, score_threshold=best)
    assert [document.id for document in found] == ["moon-7"]
    assert requested_counts(emulator) == [36]


def test_relevance_scores_lie_between_0_and_1_and_take_a_threshold(moons: Store) -> None:
    scored = moons.similarity_search_with_relevance_scores("moon 7", k=40)
    assert all(0 <= score <= 1 for _, score in scored)
    best = scored[0][1]
    strict = moons.similarity_search_with_relevance_scores("moon 7", score_threshold=best)
    assert [(document.id, score) for document, score in strict] == [("moon-7", best)]


def test_a_retriever_of_the_store_takes_every_search_option(moons: Store) -> None:
    retriever = moons.store.as_retriever(
        search_type="similarity_score_threshold",
        search_kwargs={"k": 5, "score_threshold": 0.5, "filter": {"planet": 6}},
    )
    assert {document.metadata["number"] for document in invoke(moons, retriever, QUERY)} == {
        37,
        38,
        39,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 0},
        {"fetch_k": 0},
        {"score_threshold": 85.0},
        {"filter": {"planet": {"$like": 6}}},
        {"filter": "planet = 6"},
    ],
    ids=str,
)
def test_an_invalid_search_is_refused_before_anything_is_sent(
    make: Callable[..., Store], emulator: TelnyxEmulator, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"at least 1|between 0 and 1|filter"):
        make().similarity_search(QUERY, **wrong)
    assert len(emulator.requests) == 0


def test_hit_metadata_is_stored_under_the_given_key(moons: Store) -> None:
    [document] = moons.similarity_search("moon 7", k=1, hit_metadata_key="hit")
    assert document.metadata.pop("hit").keys() == {"score", "rank", "bucket", "filename"}
    assert document.metadata == {"planet": 5, "number": 7}


@pytest.fixture
def long(make: Callable[..., Store]) -> Store:
    """Return a store of two long documents and a short one, split into many passages."""
    store = make("long", chunk_size=60, chunk_overlap=0)
    store.add_documents(
        [
            Document(TITAN, id="titan", metadata={"planet": 6}),
            Document(EUROPA, id="europa", metadata={"planet": 5}),
            Document("Phobos is of rock.", id="phobos", metadata={"planet": 4}),
        ]
    )
    return store


TITAN = " ".join(f"Titan's lake number {n} holds methane." for n in range(30))
EUROPA = " ".join(f"Europa's sea is under ice at place {n}." for n in range(30))


def test_per_document_returns_the_best_passage_of_each_document(long: Store) -> None:
    query = "Which lake number holds methane?"
    assert [d.id for d in long.similarity_search(query, k=3)] == ["titan"] * 3
    scored = long.similarity_search_with_score(query, k=3, per_document=True)
    assert scored[0][0].id == "titan"
    assert {document.id for document, _ in scored} == {"titan", "europa", "phobos"}
    assert scored[0] == long.similarity_search_with_score(query, k=1)[0]
    assert all(len(document.page_content) <= 60 for document, _ in scored)


def test_whole_documents_replace_their_passages(long: Store) -> None:
    found = long.similarity_search(
        "lake of methane", k=2, whole_documents=True, filter={"planet": {"$gt": 4}}
    )
    assert [(d.id, d.page_content) for d in found] == [("titan", TITAN), ("europa", EUROPA)]
    assert found[0].metadata == {"planet": 6}


def test_only_text_files_of_other_programs_are_returned_whole(
    make: Callable[..., Store], emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    markdown = "# Ganymede\n\n" + "It is a moon of Jupiter. " * 20
    (tmp_path / "ganymede.md").write_text(markdown, "utf-8")
    (tmp_path / "callisto.html").write_bytes(b"<p>Callisto is a moon of Jupiter, \xe9t\xe9.</p>")
    (tmp_path / "io.csv").write_text("name,planet\nIo,Jupiter moon\n", "utf-8")
    store = make("files", chunk_size=100, chunk_overlap=0)
    store.add_files({file.name: file for file in tmp_path.iterdir()})
    emulator.requests.clear()
    found = {
        document.metadata["source"]: document.page_content
        for document in store.similarity_search("moon of Jupiter", k=5, whole_documents=True)
    }
    assert found["ganymede.md"] == markdown
    assert found["io.csv"] == "name,planet\nIo,Jupiter moon\n"
    assert "Callisto is a moon" in found["callisto.html"]
    # Its bytes are not UTF-8, so the passage is returned.
    assert "<p>" not in found["callisto.html"]


class Letters(Embeddings):
    """Embeds a text by how often each letter occurs, and records the texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += texts
        return [[float(text.count(letter)) for letter in "abcdefghij"] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


REPEATED = [
    ("Titan is an icy moon of Saturn.", {"planet": 6}),
    ("Titan is an icy moon of Saturn!", {"planet": 6}),
    ("Titan: an icy moon of Saturn.", {"planet": 6}),
    ("Icy comets have long tails of dust and gas.", {"planet": 0}),
]


@pytest.fixture
def repeated(make: Callable[..., Store], emulator: TelnyxEmulator) -> Store:
    store = make("repeated")
    store.add_texts([text for text, _ in REPEATED], [data for _, data in REPEATED])
    emulator.requests.clear()
    return store


def test_diversity_prefers_passages_that_differ(repeated: Store) -> None:
    query = "Which moon is icy?"
    plain = repeated.similarity_search(query, k=2)
    assert all("Titan" in document.page_content for document in plain)
    diverse = repeated.max_marginal_relevance_search(query, k=2, lambda_mult=0.1)
    assert "Titan" in diverse[0].page_content
    assert "comets" in diverse[1].page_content
    relevant = repeated.max_marginal_relevance_search(query, k=2, lambda_mult=1)
    assert all("Titan" in document.page_content for document in relevant)


def test_diversity_selects_from_fetch_k_passages(repeated: Store, emulator: TelnyxEmulator) -> None:
    found = repeated.max_marginal_relevance_search("icy moon", k=2, fetch_k=3, lambda_mult=0)
    assert all("Titan" in document.page_content for document in found)
    assert requested_counts(emulator) == [3]
    assert len(repeated.max_marginal_relevance_search("icy moon", k=9)) == 4


def test_diversity_combines_with_the_other_options(repeated: Store) -> None:
    found = repeated.max_marginal_relevance_search(
        "icy", k=3, filter={"planet": 6}, hit_metadata_key="hit", whole_documents=True
    )
    assert [document.metadata["hit"]["rank"] for document in found] == [1, 2, 3]
    assert all("Titan" in document.page_content for document in found)


def test_diversity_is_measured_by_the_buckets_model_or_another(
    make: Callable[..., Store], emulator: TelnyxEmulator, repeated: Store
) -> None:
    own = make("repeated", embedding_model="intfloat/multilingual-e5-large")
    own.max_marginal_relevance_search("icy moon", k=1)
    models = [
        json.loads(request.body)["model"]
        for request in emulator.requests
        if request.path.endswith("/openai/embeddings")
    ]
    assert set(models) == {"intfloat/multilingual-e5-large"}
    emulator.requests.clear()
    letters = Letters()
    repeated.max_marginal_relevance_search("icy moon", k=1, embeddings=letters)
    assert set(letters.texts) == {"icy moon", *(text for text, _ in REPEATED)}
    assert [r.path for r in emulator.requests] == ["/v2/ai/embeddings/similarity-search"]


@pytest.mark.default_quirks("It counts requests.", "base64_embeddings")
def test_passages_too_long_for_the_model_are_compared_by_their_beginnings(
    make: Callable[..., Store], emulator: TelnyxEmulator
) -> None:
    store = make("endless", chunk_size=9000, chunk_overlap=0)
    store.add_texts([f"{name} is a moon. " * 300 for name in ("Titan", "Rhea")])
    found = store.max_marginal_relevance_search("moon", k=2)
    assert {document.page_content[:4] for document in found} == {"Tita", "Rhea"}
    embedded = [r.body for r in emulator.requests if r.path.endswith("/openai/embeddings")]
    assert len(embedded) == 2  # their beginnings, and the query
    assert len(embedded[0]) < 2 * 300 * len("Titan is a moon. ") / 2


def test_nothing_found_needs_no_embedding(make: Callable[..., Store]) -> None:
    store = make("nothing")
    store.create_bucket()
    assert store.max_marginal_relevance_search("moon", embeddings=Letters()) == []


def test_a_store_is_a_diverse_retriever(repeated: Store) -> None:
    retriever = repeated.store.as_retriever(
        search_type="mmr", search_kwargs={"k": 2, "lambda_mult": 0.1}
    )
    assert "comets" in invoke(repeated, retriever, "Which moon is icy?")[1].page_content


def test_the_error_without_numpy_names_the_extra(
    repeated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError, match=r'pip install "langchain-telnyx\[mmr\]"'):
        repeated.max_marginal_relevance_search("icy")


@pytest.mark.parametrize(
    ("method", "instead"),
    [
        ("similarity_search_by_vector", "similarity_search"),
        ("max_marginal_relevance_search_by_vector", "max_marginal_relevance_search"),
    ],
)
def test_a_search_by_vector_is_refused_with_the_alternative(
    make: Callable[..., Store], method: str, instead: str
) -> None:
    with pytest.raises(NotImplementedError, match=f"use `a?{instead}` with the text"):
        getattr(make(), method)([0.1, 0.2], k=2)


def test_an_error_of_the_service_does_not_end_the_search_silently(
    moons: Store, emulator: TelnyxEmulator
) -> None:
    emulator.fail(400, path="/similarity-search", times=9)
    with pytest.raises(BadRequestError):
        moons.similarity_search(QUERY, filter={"planet": 6})
