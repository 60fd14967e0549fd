"""The ways of searching that `evaluate.py` compares; each is a row of its table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore

from langchain_telnyx import TelnyxEmbeddings, TelnyxRetriever
from langchain_telnyx.vectorstores.ranking.bm25 import bm25
from tests.evaluation.metrics import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from langchain_telnyx import TelnyxVectorStore
    from langchain_telnyx.client import Telnyx

# Of several passages of a document the best counts: enough of them for ten documents.
_PASSAGES = 100
_WIDTH = 4
_EVERYTHING = 5000


@dataclass(frozen=True)
class Question:
    """A question about a corpus.

    Attributes:
        question: The question.
        document: The files that answer it; none where the corpus does not answer it.
        kind: How it was written: `direct`, `paraphrased`, or not noted.
        queries: Other phrasings of it.
        held_out: Whether it is only used at the end of a change.
    """

    question: str
    document: tuple[str, ...] = ()
    kind: str = ""
    queries: tuple[str, ...] = ()
    held_out: bool = False

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Question:
        """Read an entry of a file of questions."""
        document = entry["document"] or ()
        documents = (document,) if isinstance(document, str) else tuple(document)
        fields = {**entry, "document": documents, "queries": tuple(entry.get("queries", ()))}
        return cls(**fields)


@dataclass(frozen=True)
class Lever:
    """Options of a search.

    Attributes:
        options: The options of `TelnyxRetriever`.
        queries: Whether to search for the other phrasings, too. Unless it is `None`, questions
            without other phrasings are left out.
        embeds: Whether it also requests embeddings for each question.
        splits: Whether the store splits the texts itself, by paragraphs.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    queries: bool | None = None
    embeds: bool = False
    splits: bool = False

    def search(
        self, client: Telnyx, store: TelnyxVectorStore, asked: Sequence[Question]
    ) -> list[Outcome]:
        """Search for the questions."""
        options = {"k": _PASSAGES, **self.options}
        retriever = TelnyxRetriever(bucket=store.bucket, client=client, **options)
        if self.queries is not None:
            asked = [each for each in asked if each.queries]
        if self.queries:
            found = [retriever.invoke(each.question, queries=list(each.queries)) for each in asked]
        else:
            questions = [each.question for each in asked]
            found = retriever.batch(questions, {"max_concurrency": _WIDTH})
        return [_outcome(each, passages) for each, passages in zip(asked, found, strict=True)]


LEVERS: dict[str, Lever] = {
    "the service alone": Lever(),
    "per_document": Lever({"per_document": True, "k": 10}),
    'rerank="bm25"': Lever({"rerank": "bm25"}),
    'rerank="bm25", per_document': Lever({"rerank": "bm25", "per_document": True, "k": 10}),
    'rerank="embeddings"': Lever({"rerank": "embeddings"}, embeds=True),
    "text_splitter": Lever(splits=True),
    'text_splitter, rerank="bm25"': Lever({"rerank": "bm25"}, splits=True),
    "without queries": Lever(queries=False),
    "with queries": Lever(queries=True),
    'without queries, rerank="bm25"': Lever({"rerank": "bm25"}, queries=False),
    'with queries, rerank="bm25"': Lever({"rerank": "bm25"}, queries=True),
}


def _outcome(asked: Question, passages: Sequence[Document]) -> Outcome:
    hits = [passage.metadata["telnyx"] for passage in passages]
    names = dict.fromkeys(passage.metadata["source"] for passage in passages)
    return Outcome(
        asked.question,
        asked.document,
        tuple(names),
        certainty=max((hit["score"] for hit in hits), default=None),
        score=next((hit.get("rerank_score") for hit in hits), None),
    )


def whole_documents(folder: Path, asked: Sequence[Question]) -> list[Outcome]:
    """Rank the whole documents by BM25, without the service."""
    texts = {path.name: path.read_text() for path in sorted(folder.iterdir())}
    outcomes = []
    for each in asked:
        scores = dict(zip(texts, bm25(each.question, list(texts.values())), strict=True))
        order = sorted(scores, key=lambda name: -scores[name])
        outcomes.append(
            Outcome(each.question, each.document, tuple(order[:_PASSAGES]), score=scores[order[0]])
        )
    return outcomes


def own_vectors(
    client: Telnyx, store: TelnyxVectorStore, asked: Sequence[Question]
) -> list[Outcome]:
    """Rank the service's passages by the vectors of the embedding endpoint, on this machine.

    With `--upstream`, these are the vectors of the model there.
    """
    passages = store.similarity_search("text", k=_EVERYTHING)
    vectors = InMemoryVectorStore(TelnyxEmbeddings(client=client, on_long_text="truncate"))
    vectors.add_documents(
        [Document(each.page_content, metadata=each.metadata) for each in passages]
    )
    outcomes = []
    for each in asked:
        found = vectors.similarity_search_with_score(each.question, k=_PASSAGES)
        names = dict.fromkeys(document.metadata["source"] for document, _ in found)
        outcomes.append(Outcome(each.question, each.document, tuple(names), score=found[0][1]))
    return outcomes
