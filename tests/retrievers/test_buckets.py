"""`TelnyxRetriever`: documents and files of other programs, several buckets, scores, chains."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langchain_core.stores import InMemoryByteStore

from langchain_telnyx import (
    NotFoundError,
    PermissionDeniedError,
    TelnyxRetriever,
    TelnyxVectorStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture
def options(emulator: TelnyxEmulator, tmp_path: Path) -> dict[str, Any]:
    """Fill two buckets, and return the options of the account."""
    TelnyxVectorStore("moons", **emulator.options()).add_documents(
        [
            Document("Europa is an icy moon of Jupiter.", id="europa", metadata={"planet": 5}),
            Document("Titan is a moon of Saturn.", id="titan", metadata={"planet": 6}),
        ]
    )
    (tmp_path / "comets.md").write_text("A comet is an icy body with a tail.", "utf-8")
    files = {"notes/comets.md": tmp_path / "comets.md"}
    TelnyxVectorStore("comets", **emulator.options()).add_files(files)
    return emulator.options()


@pytest.fixture(params=["sync", "async"])
def invoke(request: pytest.FixtureRequest) -> Callable[..., Any]:
    def run(retriever: Any, query: str, **kwargs: Any) -> Any:
        if request.param == "async":
            return asyncio.run(retriever.ainvoke(query, **kwargs))
        return retriever.invoke(query, **kwargs)

    return run


def score(document: Document) -> float:
    """Return the certainty of the hit metadata."""
    certainty: float = document.metadata["telnyx"]["score"]
    return certainty


def test_passages_are_returned_best_first_with_id_metadata_and_score(
    options: dict[str, Any], invoke: Callable[..., Any]
) -> None:
    first, second = invoke(TelnyxRetriever(bucket="moons", **options), "Which moon is icy?")
    assert (first.id, first.page_content) == ("europa", "Europa is an icy moon of Jupiter.")
    assert first.metadata.keys() == {"planet", "telnyx"}
    assert first.metadata["planet"] == 5
    assert 1 >= score(first) > score(second) >= 0
    assert first.metadata["telnyx"]["filename"].startswith("europa.")
    assert first.metadata["telnyx"] == {
        "score": score(first),
        "rank": 1,
        "bucket": "moons",
        "filename": first.metadata["telnyx"]["filename"],
    }


def test_files_of_other_programs_have_their_key_as_source(
    options: dict[str, Any], invoke: Callable[..., Any]
) -> None:
    [found] = invoke(TelnyxRetriever(bucket="comets", **options), "What has a tail?")
    assert found.id == "notes/comets.md"
    assert found.metadata["source"] == "notes/comets.md"


def test_several_buckets_are_merged_by_score(
    options: dict[str, Any], invoke: Callable[..., Any]
) -> None:
    retriever = TelnyxRetriever(bucket=["moons", "comets"], k=3, **options)
    found = invoke(retriever, "Which icy body has a tail?")
    scores = [score(document) for document in found]
    assert found[0].metadata["source"] == "notes/comets.md"
    assert scores == sorted(scores, reverse=True)
    assert len(found) == 3
    assert len(invoke(retriever, "Which icy body has a tail?", k=2)) == 2


def test_a_threshold_leaves_out_passages_of_lower_score(
    options: dict[str, Any], invoke: Callable[..., Any]
) -> None:
    every = invoke(TelnyxRetriever(bucket="moons", **options), "Which moon is icy?")
    threshold = score(every[0])
    strict = TelnyxRetriever(bucket="moons", score_threshold=threshold, **options)
    assert [document.id for document in invoke(strict, "Which moon is icy?")] == ["europa"]


def test_an_unknown_bucket_is_an_error_even_beside_a_known_one(
    options: dict[str, Any], invoke: Callable[..., Any]
) -> None:
    retriever = TelnyxRetriever(bucket=["moons", "mooons", "comets", "cornets"], **options)
    with pytest.raises(NotFoundError, match="bucket 'mooons', 'cornets'"):
        invoke(retriever, "Which moon is icy?")


def test_any_other_error_has_a_note_with_its_bucket(
    options: dict[str, Any], invoke: Callable[..., Any], emulator: TelnyxEmulator
) -> None:
    emulator.fail(403, path="/similarity-search", times=2)
    retriever = TelnyxRetriever(bucket=["moons", "comets"], **options)
    with pytest.raises(PermissionDeniedError) as caught:
        invoke(retriever, "Which moon is icy?")
    assert caught.value.__notes__ == ["The bucket searched was 'moons'."]


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 0},
        {"score_threshold": 1.5},
        {"score_threshold": -1},
        {"fetch_k": 0},
        {"bucket": "My_Moons"},
        {"bucket": []},
        {"filter": {"page": {"$near": 3}}},
        {"filter": {"$nor": []}},
        {"docstore": {}},
    ],
    ids=str,
)
def test_an_invalid_option_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TelnyxRetriever(**{"bucket": "moons", **wrong})


def test_a_filter_applies_to_all_buckets_and_a_call_can_override_it(
    options: dict[str, Any], invoke: Callable[..., Any]
) -> None:
    retriever = TelnyxRetriever(
        bucket=["moons", "comets"],
        filter={"$or": [{"planet": 6}, {"source": {"$exists": True}}]},
        **options,
    )
    found = invoke(retriever, "Which body is icy?")
    assert {document.id for document in found} == {"titan", "notes/comets.md"}
    [europa] = invoke(retriever, "Which body is icy?", filter={"planet": {"$lt": 6}})
    assert europa.id == "europa"
    assert invoke(retriever, "Which body is icy?", filter=lambda d: d.id == "nobody") == []
    assert len(invoke(retriever, "Which body is icy?", filter={}, k=2)) == 2


def test_one_passage_of_each_document_or_the_whole_of_it(
    options: dict[str, Any], invoke: Callable[..., Any], emulator: TelnyxEmulator
) -> None:
    text = " ".join(f"Saturn's moon number {n} is made of ice." for n in range(40))
    store = TelnyxVectorStore("rings", chunk_size=200, chunk_overlap=0, **emulator.options())
    store.add_texts([text, "Mars has moons of rock, not ice."], ids=["saturn", "mars"])
    query = "Which moon of Saturn is made of ice?"
    retriever = TelnyxRetriever(bucket="rings", k=4, **options)
    assert [d.id for d in invoke(retriever, query)] == ["saturn"] * 4
    passages = invoke(retriever, query, per_document=True)
    assert [d.id for d in passages] == ["saturn", "mars"]
    assert len(passages[0].page_content) <= 200
    whole = invoke(TelnyxRetriever(bucket="rings", whole_documents=True, **options), query)
    assert (whole[0].id, whole[0].page_content) == ("saturn", text)
    assert [d.metadata["telnyx"]["rank"] for d in whole] == [1, 2]


@pytest.mark.default_quirks("It searches for all passages.", "search_cap")
def test_every_option_applies_to_all_buckets(
    options: dict[str, Any], invoke: Callable[..., Any], emulator: TelnyxEmulator
) -> None:
    for bucket in ("north", "south"):
        store = TelnyxVectorStore(bucket, chunk_size=40, chunk_overlap=0, **emulator.options())
        text = " ".join(f"Ice of the {bucket} number {n}." for n in range(20))
        store.add_texts([text, "Rock, and no more."], ids=["ice", "rock"])
    retriever = TelnyxRetriever(bucket=["north", "south"], k=3, per_document=True, **options)
    found = invoke(retriever, "ice number 7")
    # The same id in two buckets is two documents.
    places = {(d.metadata["telnyx"]["bucket"], d.id) for d in found[:2]}
    assert places == {("north", "ice"), ("south", "ice")}
    assert (len(found), found[2].id) == (3, "rock")
    strict = invoke(
        retriever, "ice number 7", score_threshold=score(found[1]), whole_documents=True
    )
    assert [d.id for d in strict] == ["ice", "ice"]
    assert all(d.page_content.endswith("number 19.") for d in strict)


def test_a_retriever_can_be_pickled(
    options: dict[str, Any], invoke: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", options["api_key"])
    retriever = TelnyxRetriever(
        bucket="moons", filter={"planet": 6}, docstore=InMemoryByteStore(), **options
    )
    again = pickle.loads(pickle.dumps(retriever))  # noqa: S301 - bytes of our own making
    again.http_client, again.http_async_client = retriever.http_client, retriever.http_async_client
    assert [d.id for d in invoke(again, "Which moon is icy?")] == ["titan"]


def test_hit_metadata_does_not_overwrite_a_key_of_the_document(
    options: dict[str, Any], invoke: Callable[..., Any], emulator: TelnyxEmulator
) -> None:
    own = {"score": 7, "telnyx": "mine"}
    TelnyxVectorStore("games", **emulator.options()).add_texts(["Seven to nil."], [own])
    retriever = TelnyxRetriever(bucket="games", **options)
    assert [d.metadata for d in invoke(retriever, "nil")] == [own]
    [document] = invoke(retriever, "nil", hit_metadata_key="hit")
    assert document.metadata == {**own, "hit": document.metadata["hit"]}
    bare = TelnyxRetriever(bucket="games", hit_metadata_key=None, **options)
    assert [d.metadata for d in invoke(bare, "nil")] == [own]


def test_large_metadata_is_read_from_the_stores_docstore(
    options: dict[str, Any], invoke: Callable[..., Any], emulator: TelnyxEmulator
) -> None:
    docstore, large = InMemoryByteStore(), {"table": [n**7 for n in range(300)], "page": 3}
    store = TelnyxVectorStore("tables", docstore=docstore, **emulator.options())
    store.add_texts(["A table of powers."], [large])
    retriever = TelnyxRetriever(
        bucket=["tables", "moons"],
        docstore=docstore,
        filter={"page": 3},
        hit_metadata_key=None,
        **options,
    )
    assert [d.metadata for d in invoke(retriever, "powers")] == [large]
    with pytest.raises(ValueError, match="`docstore=` used for writing"):
        invoke(TelnyxRetriever(bucket="tables", **options), "powers")


def test_zero_passages_are_not_mistaken_for_the_default(
    options: dict[str, Any], invoke: Callable[..., Any]
) -> None:
    with pytest.raises(ValueError, match="`k` must be at least 1, not 0"):
        invoke(TelnyxRetriever(bucket="moons", **options), "Which moon is icy?", k=0)


def test_a_retriever_works_in_a_chain(options: dict[str, Any], invoke: Callable[..., Any]) -> None:
    def ids(documents: list[Document]) -> list[str | None]:
        return [document.id for document in documents]

    chain = TelnyxRetriever(bucket="moons", k=1, **options) | RunnableLambda(ids)
    assert invoke(chain, "Which moon is icy?") == ["europa"]


def test_a_trace_names_the_provider(options: dict[str, Any], invoke: Callable[..., Any]) -> None:
    class Tracer(BaseCallbackHandler):
        def on_retriever_start(self, *_: Any, **kwargs: Any) -> None:
            traced.append(kwargs["metadata"])

    traced: list[dict[str, Any]] = []
    retriever = TelnyxRetriever(bucket="moons", **options)
    invoke(retriever, "Which moon is icy?", config={"callbacks": [Tracer()]})
    assert traced[0]["ls_retriever_name"] == "telnyx"
    assert traced[0]["ls_vector_store_provider"] == "telnyx"
