"""`TelnyxRetriever`: documents and foreign files, several buckets, scores, chains."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from langchain_telnyx import NotFoundError, TelnyxRetriever, TelnyxVectorStore
from langchain_telnyx.client.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture
def options(emulator: TelnyxEmulator, tmp_path: Path) -> dict[str, Any]:
    """Fill two buckets, and return the way to them."""
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
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    def run(retriever: Any, query: str, **kwargs: Any) -> Any:
        if request.param == "async":
            return asyncio.run(retriever.ainvoke(query, **kwargs))
        return retriever.invoke(query, **kwargs)

    return run


def test_passages_come_best_first_with_id_metadata_and_score(
    options: dict[str, Any], ask: Callable[..., Any]
) -> None:
    first, second = ask(TelnyxRetriever(bucket="moons", **options), "Which moon is icy?")
    assert (first.id, first.page_content) == ("europa", "Europa is an icy moon of Jupiter.")
    assert first.metadata.keys() == {"planet", "score"}
    assert first.metadata["planet"] == 5
    assert 1 >= first.metadata["score"] > second.metadata["score"] >= 0


def test_files_of_other_programs_come_with_their_key_as_source(
    options: dict[str, Any], ask: Callable[..., Any]
) -> None:
    [found] = ask(TelnyxRetriever(bucket="comets", **options), "What has a tail?")
    assert found.id is None
    assert found.metadata["source"] == "notes/comets.md"


def test_several_buckets_are_merged_by_score(
    options: dict[str, Any], ask: Callable[..., Any]
) -> None:
    retriever = TelnyxRetriever(bucket=["moons", "comets"], k=3, **options)
    found = ask(retriever, "Which icy body has a tail?")
    scores = [document.metadata["score"] for document in found]
    assert found[0].metadata["source"] == "notes/comets.md"
    assert scores == sorted(scores, reverse=True)
    assert len(found) == 3
    assert len(ask(retriever, "Which icy body has a tail?", k=2)) == 2


def test_a_threshold_leaves_out_what_is_less_alike(
    options: dict[str, Any], ask: Callable[..., Any]
) -> None:
    every = ask(TelnyxRetriever(bucket="moons", **options), "Which moon is icy?")
    threshold = every[0].metadata["score"]
    strict = TelnyxRetriever(bucket="moons", score_threshold=threshold, **options)
    assert [document.id for document in ask(strict, "Which moon is icy?")] == ["europa"]


def test_an_unknown_bucket_is_an_error_even_beside_a_known_one(
    options: dict[str, Any], ask: Callable[..., Any]
) -> None:
    with pytest.raises(NotFoundError):
        ask(TelnyxRetriever(bucket=["moons", "mooons"], **options), "Which moon is icy?")


@pytest.mark.parametrize("wrong", [{"k": 0}, {"score_threshold": 1.5}, {"score_threshold": -1}])
def test_a_number_out_of_range_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TelnyxRetriever(bucket="moons", **wrong)


def test_zero_passages_are_not_taken_for_the_default(
    options: dict[str, Any], ask: Callable[..., Any]
) -> None:
    with pytest.raises(BadRequestError, match="num_of_docs"):
        ask(TelnyxRetriever(bucket="moons", **options), "Which moon is icy?", k=0)


def test_a_retriever_stands_in_a_chain(options: dict[str, Any], ask: Callable[..., Any]) -> None:
    def ids(documents: list[Document]) -> list[str | None]:
        return [document.id for document in documents]

    chain = TelnyxRetriever(bucket="moons", k=1, **options) | RunnableLambda(ids)
    assert ask(chain, "Which moon is icy?") == ["europa"]


def test_a_trace_names_the_provider(options: dict[str, Any], ask: Callable[..., Any]) -> None:
    class Tracer(BaseCallbackHandler):
        def on_retriever_start(self, *_: Any, **kwargs: Any) -> None:
            heard.append(kwargs["metadata"])

    heard: list[dict[str, Any]] = []
    retriever = TelnyxRetriever(bucket="moons", **options)
    ask(retriever, "Which moon is icy?", config={"callbacks": [Tracer()]})
    assert heard[0]["ls_retriever_name"] == "telnyx"
    assert heard[0]["ls_vector_store_provider"] == "telnyx"
